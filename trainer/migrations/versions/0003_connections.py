"""connections: LTI 1.1, invitations, rules on courses, placements, rosters, accounts

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

import trainer.core.database

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=True),
        sa.Column("disabled_at", trainer.core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", trainer.core.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_account_public_id")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email_hash", sa.String(length=64), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("at", trainer.core.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sign_in_attempt_address_hash_at"), ["address_hash", "at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_sign_in_attempt_email_hash_at"), ["email_hash", "at"], unique=False
        )

    op.create_table(
        "account_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", trainer.core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", trainer.core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", trainer.core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_account_session_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_account_session")),
    )
    with op.batch_alter_table("account_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_session_account_id"), ["account_id"], unique=False)

    op.create_table(
        "course_rule",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("registration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("comparison", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("institution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", trainer.core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_course_rule_institution_id_institution")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_course_rule_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_rule")),
        sa.UniqueConstraint(
            "registration_id", "position", name=op.f("uq_course_rule_registration_id_position")
        ),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("institution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("expected_issuer", sa.String(length=500), nullable=True),
        sa.Column("created_at", trainer.core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", trainer.core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", trainer.core.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("registration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_invitation_institution_id_institution")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_invitation_registration_id_registration"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_table(
        "legacy_consumer",
        sa.Column("registration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("consumer_key", sa.String(length=255), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_legacy_consumer_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_legacy_consumer")),
        sa.UniqueConstraint("consumer_key", name=op.f("uq_legacy_consumer_consumer_key")),
    )
    op.create_table(
        "identity_join",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_buddy_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_buddy_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("proof", sa.String(length=40), nullable=False),
        sa.Column("enrolments", trainer.core.database.JsonText(), nullable=False),
        sa.Column("joined_at", trainer.core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("undone_at", trainer.core.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["from_buddy_id"], ["buddy.id"], name=op.f("fk_identity_join_from_buddy_id_buddy")
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_identity_join_identity_id_identity")
        ),
        sa.ForeignKeyConstraint(
            ["to_buddy_id"], ["buddy.id"], name=op.f("fk_identity_join_to_buddy_id_buddy")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_join")),
    )
    with op.batch_alter_table("identity_join", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_join_identity_id"), ["identity_id"], unique=False)

    op.create_table(
        "placement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("deployment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("context_id", sa.String(length=255), nullable=False),
        sa.Column("module_key", sa.String(length=100), nullable=False),
        sa.Column("has_column", sa.Boolean(), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", trainer.core.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name=op.f("fk_placement_deployment_id_deployment")
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_placement_identity_id_identity")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
        sa.UniqueConstraint("public_id", name=op.f("uq_placement_public_id")),
    )
    op.create_table(
        "placing_request",
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("registration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deployment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("context_id", sa.String(length=255), nullable=False),
        sa.Column("course_title", sa.String(length=500), nullable=True),
        sa.Column("settings", trainer.core.database.JsonText(), nullable=False),
        sa.Column("created_at", trainer.core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", trainer.core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", trainer.core.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployment.id"],
            name=op.f("fk_placing_request_deployment_id_deployment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["identity.id"],
            name=op.f("fk_placing_request_identity_id_identity"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_placing_request_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("public_id", name=op.f("pk_placing_request")),
    )
    with op.batch_alter_table("placing_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_placing_request_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "roster_member",
        sa.Column("course_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_sub", sa.String(length=255), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("roles", trainer.core.database.JsonText(), nullable=False),
        sa.Column("is_learner", sa.Boolean(), nullable=False),
        sa.Column("seen_at", trainer.core.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("left_at", trainer.core.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_roster_member_course_id_course")),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_roster_member_identity_id_identity")
        ),
        sa.PrimaryKeyConstraint("course_id", "user_sub", name=op.f("pk_roster_member")),
    )
    with op.batch_alter_table("roster_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_roster_member_identity_id"), ["identity_id"], unique=False)

    with op.batch_alter_table("course", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_assigned", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("org_unit", sa.String(length=255), nullable=True))
        batch_op.add_column(
            sa.Column("traits", trainer.core.database.JsonText(), server_default="{}", nullable=False)
        )
        batch_op.add_column(
            sa.Column("copied_from_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("memberships_url", sa.String(length=2048), nullable=True))
        batch_op.add_column(
            sa.Column("roster_due_at", trainer.core.database.UtcDateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(
            sa.Column("roster_at", trainer.core.database.UtcDateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(
            sa.Column("roster_tried_at", trainer.core.database.UtcDateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("roster_problem", sa.String(length=60), nullable=True))
        batch_op.alter_column("institution_id", existing_type=sa.BigInteger(), nullable=True)
        batch_op.create_foreign_key(
            batch_op.f("fk_course_copied_from_id_course"), "course", ["copied_from_id"], ["id"]
        )
        batch_op.create_index(
            "ix_course_roster_due_at",
            ["roster_due_at"],
            unique=False,
            sqlite_where=sa.text("roster_due_at IS NOT NULL"),
            postgresql_where=sa.text("roster_due_at IS NOT NULL"),
        )

    with op.batch_alter_table("deployment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("institution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("is_shared", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_foreign_key(
            batch_op.f("fk_deployment_institution_id_institution"), "institution", ["institution_id"], ["id"]
        )

    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("placement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(
            sa.Column("copied_from_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("outcome_url", sa.String(length=2048), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_link_placement_id_placement"), "placement", ["placement_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_link_copied_from_id_link"), "link", ["copied_from_id"], ["id"]
        )

    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.String(length=10), server_default="1.3", nullable=False))
        batch_op.add_column(sa.Column("pending", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(
            sa.Column(
                "withheld_scopes", trainer.core.database.JsonText(), server_default="[]", nullable=False
            )
        )
        batch_op.add_column(
            sa.Column("last_launch_at", trainer.core.database.UtcDateTime(timezone=True), nullable=True)
        )

    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("result_sourcedid", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("is_lecturer", sa.Boolean(), server_default=sa.false(), nullable=False))
    # Until now both were told by one column
    op.execute("UPDATE visit SET is_lecturer = may_place")


def downgrade() -> None:
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_column("is_lecturer")
        batch_op.drop_column("result_sourcedid")

    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_column("last_launch_at")
        batch_op.drop_column("withheld_scopes")
        batch_op.drop_column("pending")
        batch_op.drop_column("version")

    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_link_copied_from_id_link"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_link_placement_id_placement"), type_="foreignkey")
        batch_op.drop_column("outcome_url")
        batch_op.drop_column("copied_from_id")
        batch_op.drop_column("placement_id")

    with op.batch_alter_table("deployment", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_deployment_institution_id_institution"), type_="foreignkey")
        batch_op.drop_column("is_shared")
        batch_op.drop_column("institution_id")

    # Who waits for a rule goes to the registration's institution: there is nowhere to wait any more
    op.execute(
        "UPDATE course SET institution_id = (SELECT registration.institution_id FROM deployment"
        " JOIN registration ON registration.id = deployment.registration_id"
        " WHERE deployment.id = course.deployment_id) WHERE institution_id IS NULL"
    )
    with op.batch_alter_table("course", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_course_copied_from_id_course"), type_="foreignkey")
        batch_op.alter_column("institution_id", existing_type=sa.BigInteger(), nullable=False)
        batch_op.drop_column("roster_problem")
        batch_op.drop_column("roster_tried_at")
        batch_op.drop_index("ix_course_roster_due_at")
        batch_op.drop_column("roster_at")
        batch_op.drop_column("roster_due_at")
        batch_op.drop_column("memberships_url")
        batch_op.drop_column("copied_from_id")
        batch_op.drop_column("traits")
        batch_op.drop_column("org_unit")
        batch_op.drop_column("is_assigned")

    with op.batch_alter_table("roster_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_roster_member_identity_id"))

    op.drop_table("roster_member")
    with op.batch_alter_table("placing_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_placing_request_expires_at"))

    op.drop_table("placing_request")
    op.drop_table("placement")
    with op.batch_alter_table("identity_join", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identity_join_identity_id"))

    op.drop_table("identity_join")
    op.drop_table("legacy_consumer")
    op.drop_table("invitation")
    op.drop_table("course_rule")
    with op.batch_alter_table("account_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_session_account_id"))

    op.drop_table("account_session")
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_attempt_email_hash_at"))
        batch_op.drop_index(batch_op.f("ix_sign_in_attempt_address_hash_at"))

    op.drop_table("sign_in_attempt")
    op.drop_table("account")
