"""An LMS moves from LTI 1.1 to 1.3: who comes is the same person as before, on a verified signature only; undone with one command."""

import hmac
import threading
from base64 import b64encode
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update

from tests.support.cosnics import Cosnics
from tests.support.lms import CLAIM, Lms
from tests.trainer.commands.test_platforms import trainer
from tests.trainer.conftest import House
from tests.trainer.desks.buddy.conftest import ENOUGH, Student
from tests.trainer.web.visitors import contents
from trainer.courses.models import Course, Delivery, Visit
from trainer.institutions.actions import add_deployment, find_or_make_institution
from trainer.institutions.models import Deployment
from trainer.learning.models import Attempt, Coverage, Enrolment
from trainer.people.models import BrowserSession, Buddy, Identity, IdentityJoin

ANA = "0cc175b9c0f1b6a831c399e269772661"
PEOPLE = ("buddy", "identity", "enrolment", "coverage", "attempt", "answer", "completion")


def claim(
    lms: Lms,
    house: House,
    nonce: str,
    old: Cosnics,
    *,
    user: str | None = ANA,
    secret: str | None = None,
    **other: Any,
) -> dict[str, Any]:
    """What the platform says of the past, signed with the old secret."""
    expires = int(house.clock().timestamp()) + 60
    text = f"{old.key}&1&{lms.issuer}&{lms.client_id}&{expires}&{nonce}"
    digest = hmac.digest((secret or old.secret).encode(), text.encode(), "sha256")
    told = {"oauth_consumer_key": old.key, "oauth_consumer_key_sign": b64encode(digest).decode(), **other}
    return {**told, "user_id": user} if user else told


def came(
    house: House, lms: Lms, old: Cosnics | None = None, *, changes: dict[str, Any] | None = None, **how: Any
) -> Student:
    """Somebody opens the module by LTI 1.3, with a claim about the past where `old` is given."""
    browser = house.browser()
    asked = lms.log_in(browser)
    said = dict(changes or {})
    if old is not None:
        said[CLAIM + "lti1p1"] = claim(lms, house, asked["nonce"], old, **how)
    answer = lms.post(browser, asked["state"], lms.sign(lms.claims(asked["nonce"], house.clock(), said)))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return Student(house, browser, answer.headers["Location"])


def came_before(house: House, old: Cosnics, **changes: str | None) -> Student:
    """Somebody opens the module by LTI 1.1."""
    browser = house.browser()
    return Student(house, browser, old.open(browser, changes).headers.get("Location", ""))


def buddies(house: House) -> dict[str, int]:
    """sub → whose it is."""
    with house.database.reading() as connection:
        return dict(connection.execute(select(Identity.sub, Identity.buddy_id)).all())  # type: ignore[arg-type]


def are_one(house: House) -> bool:
    found = buddies(house)
    return found["student-1"] == found[ANA]


def joins(house: House) -> int:
    with house.database.reading() as connection:
        return len(connection.execute(select(IdentityJoin.id)).all())


def works(student: Student) -> None:
    """All of the film, and the check."""
    student.watch_all()
    student.answer_all()


def completes(student: Student) -> None:
    """All that the module asks."""
    works(student)
    student.submit("lezen/finished")
    texts = dict.fromkeys(("worked", "different", "action", "notice"), ENOUGH)
    assert student.post("vertaalslag/hand-in", {"texts": texts, "revision": None}).status_code == 200


def test_what_was_done_before_is_there(house: House, before: Cosnics, after: Lms) -> None:
    works(came_before(house, before))
    ana = came(house, after, before)
    assert are_one(house)
    said = ana.words("status")
    assert "5 van 5 seconden" in said
    assert "4 van 4 juist" in said
    assert joins(house) == 1
    again = came(house, after, before)
    assert again.home == ana.home
    assert joins(house) == 1


def test_a_user_id_that_did_not_change_is_not_sent(house: House, before: Cosnics, after: Lms) -> None:
    came_before(house, before, user_id="student-1")
    came(house, after, before, user=None)
    with house.database.reading() as connection:
        assert len(set(connection.execute(select(Identity.buddy_id)).scalars())) == 1


def test_what_was_begun_today_goes_along(house: House, before: Cosnics, after: Lms) -> None:
    """They came by LTI 1.3 first; the platform tells of the past only later."""
    came_before(house, before, custom_module=None)
    works(came(house, after))
    ana = came(house, after, before)
    assert are_one(house)
    assert "4 van 4 juist" in ana.words("status")


@pytest.mark.parametrize("further", ["before", "today"])
def test_where_both_did_a_module_the_one_further_counts_and_the_other_is_kept(
    house: House, before: Cosnics, after: Lms, further: str
) -> None:
    old, new = came_before(house, before), came(house, after)
    came(house, after, changes={CLAIM + "resource_link": {"id": "other"}})  # by two links
    works(old if further == "before" else new)
    kept = (old if further == "before" else new).enrolment
    ana = came(house, after, before)
    assert ana.enrolment == kept
    assert "4 van 4 juist" in ana.words("status")
    assert came_before(house, before).enrolment == kept, "by the old way too"
    with house.database.reading() as connection:
        assert len(connection.execute(select(Enrolment.id)).all()) == 2, "nothing is deleted"
        visits = connection.execute(
            select(Identity.buddy_id, Enrolment.buddy_id)
            .join(Visit, Visit.identity_id == Identity.id)
            .join(Enrolment, Enrolment.id == Visit.enrolment_id)
        )
        assert all(mine == theirs for mine, theirs in visits)


# --- who is not joined -----------------------------------------------------------------------------------------------


def test_a_forged_signature_joins_nobody(house: House, before: Cosnics, after: Lms) -> None:
    came_before(house, before)
    came(house, after, before, secret="guessed")
    assert not are_one(house)
    came(house, after, before, oauth_consumer_key_sign="x")
    assert not are_one(house)
    came(house, after, before, oauth_consumer_key="bt-unknown")
    assert not are_one(house)


def test_a_claim_from_another_launch_joins_nobody(house: House, before: Cosnics, after: Lms) -> None:
    """Somebody carries Ana's claim into a launch of their own: it was signed for another nonce."""
    came_before(house, before)
    stolen = claim(after, house, "another-nonce", before)
    came(house, after, changes={CLAIM + "lti1p1": stolen})
    assert not are_one(house)


def test_a_legacy_id_alone_joins_nobody(house: House, before: Cosnics, after: Lms) -> None:
    came_before(house, before)
    came(house, after, changes={CLAIM + "lti11_legacy_user_id": ANA})
    assert not are_one(house)


def test_a_key_of_another_institution_joins_nobody(house: House, before: Cosnics) -> None:
    """HOGENT's key and secret, rightly used, by the platform of the Oefenhogeschool."""
    came_before(house, before)
    came(house, house.lms, before)
    assert not are_one(house)
    with house.database.writing() as connection:  # not either where all courses are the Oefenhogeschool's
        own = find_or_make_institution(connection, "Oefenhogeschool", house.clock())
        connection.execute(update(Course).values(institution_id=own))
    came(house, house.lms, before)
    assert not are_one(house)
    assert joins(house) == 0


@pytest.mark.parametrize("where", ["shared", "of another", "course of another", "course that waits"])
def test_nobody_is_joined_across_institutions(house: House, before: Cosnics, after: Lms, where: str) -> None:
    came_before(house, before)
    with house.database.writing() as connection:
        other = find_or_make_institution(connection, "Andere hogeschool", house.clock())
        registration = connection.execute(
            select(Identity.registration_id).where(Identity.sub == ANA)
        ).scalar_one()
        today = select(Deployment.registration_id).where(Deployment.registration_id != registration)
        today_id = max(connection.execute(today).scalars())
        if where == "shared":
            connection.execute(update(Deployment).values(is_shared=True))
        elif where == "of another":
            add_deployment(connection, today_id, "2", house.clock())
            connection.execute(
                update(Deployment).where(Deployment.deployment_id == "2").values(institution_id=other)
            )
    if where.startswith("course"):
        came(house, after)
        with house.database.writing() as connection:
            owner = other if where == "course of another" else None
            connection.execute(
                update(Course).where(Course.context_id == "course-1").values(institution_id=owner)
            )
        elsewhere = {CLAIM + "context": {"id": "c9"}, CLAIM + "resource_link": {"id": "l9"}}
        came(house, after, before, changes=elsewhere)
    came(house, after, before)
    assert not are_one(house)


def test_who_comes_into_a_course_of_another_institution_is_not_joined_there(
    house: House, before: Cosnics, after: Lms
) -> None:
    came_before(house, before)
    came(house, after, changes={"sub": "somebody"})
    with house.database.writing() as connection:
        other = find_or_make_institution(connection, "Andere hogeschool", house.clock())
        connection.execute(update(Course).where(Course.context_id == "course-1").values(institution_id=other))
    came(house, after, before)
    assert not are_one(house)


def test_one_person_of_before_is_one_person_today(house: House, before: Cosnics, after: Lms) -> None:
    came_before(house, before)
    came(house, after, before)
    came(house, after, before, changes={"sub": "student-2"})
    assert are_one(house)
    assert buddies(house)["student-2"] != buddies(house)[ANA]
    assert joins(house) == 1


def test_who_is_joined_is_not_joined_again_with_somebody_else(
    house: House, before: Cosnics, after: Lms
) -> None:
    came_before(house, before)
    came_before(house, before, user_id="another")
    came(house, after, before)
    came(house, after, before, user="another")
    assert are_one(house)
    assert joins(house) == 1


def test_who_was_kept_out_before_is_not_let_in_by_a_join(house: House, before: Cosnics, after: Lms) -> None:
    came_before(house, before)
    assert trainer(house, "people", "disable", ANA, "--platform", str(before.registration_id)).exit_code == 0
    came(house, after, before)
    assert not are_one(house)


def test_two_launches_at_once_join_once(house: House, before: Cosnics, after: Lms) -> None:
    works(came_before(house, before))
    came(house, after)
    problems: list[BaseException] = []

    def launch() -> None:
        try:
            came(house, after, before)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=launch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not problems
    assert are_one(house)
    assert joins(house) == 1


# --- undoing ---------------------------------------------------------------------------------------------------------


def undo(house: House, number: str = "1") -> str:
    done = trainer(house, "people", "undo-join", number)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("today", [False, True])
def test_undone_everything_is_as_it_was(house: House, before: Cosnics, after: Lms, today: bool) -> None:
    """Down to each row: whoever did something before has it, and nothing else."""
    works(came_before(house, before))
    student = came(house, after)
    if today:
        completes(student)
    was = {name: contents(house.database)[name] for name in PEOPLE}
    came(house, after, before)
    assert are_one(house)
    assert {name: contents(house.database)[name] for name in PEOPLE} != was
    undo(house)
    assert {name: contents(house.database)[name] for name in PEOPLE} == was


def test_what_was_done_since_stays_with_the_enrolment_it_was_done_in(
    house: House, before: Cosnics, after: Lms
) -> None:
    came_before(house, before).watch_all()
    new = came(house, after, before)
    new.answer_all()
    undo(house)
    assert not are_one(house)
    assert "4 van 4 juist" in came_before(house, before).words("status")
    fresh = came(house, after, before)
    assert "nog niet begonnen" in fresh.words("status")
    assert not are_one(house), "launches do not join again what was undone"
    with house.database.reading() as connection:
        assert len(connection.execute(select(Coverage.enrolment_id)).all()) == 1
        assert len(connection.execute(select(Attempt.id)).all()) == 1


def test_what_was_begun_since_goes_with_who_began_it(house: House, before: Cosnics, after: Lms) -> None:
    came_before(house, before, custom_module=None)
    new = came(house, after, before)
    house.clock.move(minutes=1)
    works(new)
    undo(house)
    again = came(house, after, before)
    assert again.enrolment == new.enrolment
    assert "4 van 4 juist" in again.words("status")


def test_scores_of_the_other_do_not_leave_any_more(house: House, before: Cosnics, after: Lms) -> None:
    ana = came_before(house, before)
    completes(ana)
    came(house, after, before)
    with house.database.reading() as connection:
        assert connection.execute(select(Delivery.user_sub)).scalars().all() == ["student-1"]
    assert "had left already" not in undo(house)
    with house.database.reading() as connection:
        assert not connection.execute(select(Delivery.id)).all()


def test_scores_that_left_are_told(house: House, before: Cosnics, after: Lms) -> None:
    ana = came_before(house, before)
    completes(ana)
    came(house, after, before)
    with house.database.writing() as connection:
        connection.execute(update(Delivery).values(state="delivered", delivered_at=house.clock()))
    assert "1 of their scores had left already" in undo(house)


def test_open_pages_of_both_are_signed_out(house: House, before: Cosnics, after: Lms) -> None:
    old = came_before(house, before)
    new = came(house, after, before)
    undo(house)
    assert new.get().status_code == 401
    assert old.get().status_code == 401


def test_the_list_tells_of_joins_and_undoing_is_for_once(house: House, before: Cosnics, after: Lms) -> None:
    came_before(house, before)
    came(house, after, before)
    listed = trainer(house, "people", "joins").output
    assert "1  student-1  Chamilo 2  lti1p1  joined 2026-11-03 13:00" in listed
    undo(house)
    assert ", undone " in trainer(house, "people", "joins").output
    for number in ("1", "77"):
        again = trainer(house, "people", "undo-join", number)
        assert again.exit_code == 1
        assert "There is no such join" in again.output


# --- what it costs ---------------------------------------------------------------------------------------------------


def statements(house: House, launch: Any) -> int:
    asked: list[str] = []

    def note(*call: object) -> None:
        asked.append(str(call[2]))

    event.listen(house.database.engine, "before_cursor_execute", note)
    try:
        launch()
    finally:
        event.remove(house.database.engine, "before_cursor_execute", note)
    return len(asked)


def test_coming_again_costs_one_question_more_and_none_where_nothing_is_told_of_the_past(
    house: House, before: Cosnics, after: Lms
) -> None:
    came_before(house, before)
    came(house, after, before)
    came(house, after)
    without = statements(house, lambda: came(house, after))
    assert statements(house, lambda: came(house, after, before)) == without + 1
    # 1 or 2 for the login and launch's platform; then known_at_launch, and what note_return writes
    assert without <= (4 if house.database.is_sqlite else 2) + 1


def test_the_person_of_before_is_the_one_that_stays(house: House, before: Cosnics, after: Lms) -> None:
    came_before(house, before)
    old = buddies(house)[ANA]
    came(house, after, before)
    assert buddies(house) == {ANA: old, "student-1": old}
    with house.database.reading() as connection:
        assert len(connection.execute(select(Buddy.id)).all()) == 2, (
            "who is nobody any more is kept, for undoing"
        )


def test_a_session_that_was_being_opened_meanwhile_shows_nothing_of_the_other(
    house: House, before: Cosnics, after: Lms
) -> None:
    """The launch had read who it is, the join was undone, the launch wrote its session."""
    works(came_before(house, before))
    new = came(house, after, before)
    with house.database.reading() as connection:
        late = dict(
            connection.execute(
                select(BrowserSession)
                .join(Identity, Identity.id == BrowserSession.identity_id)
                .where(Identity.sub == "student-1")
            )
            .mappings()
            .one()
        )
    assert "4 van 4 juist" in new.words("status")
    undo(house)
    with house.database.writing() as connection:
        connection.execute(insert(BrowserSession), late)
    for path in ("status", "/your-data/", "/your-data/download", "/api/v1/me"):
        assert new.get(path).status_code == 401
