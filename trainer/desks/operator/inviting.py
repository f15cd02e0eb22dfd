"""Invitations in the hub: made for an institution and its LMS, followed, withdrawn.

The address is shown by the answer to the form that makes it, and never again: only the hash of its token is kept.
"""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from trainer.core.logging import logger
from trainer.core.web.errors import Refusal
from trainer.core.web.service import service
from trainer.desks.operator.addresses import own_addresses
from trainer.desks.operator.door import the_operator
from trainer.desks.operator.entering import read_guide, read_institution
from trainer.desks.operator.guides import GUIDES, guide_of
from trainer.desks.operator.views import not_here, number_in, operator_desk
from trainer.institutions.invitation_queries import (
    MadeInvitation,
    made_invitation,
)
from trainer.institutions.invitations import invitation_address, invite, withdraw_invitation
from trainer.institutions.queries import institution_names

_log = logger("operator")


@operator_desk.post("/hub/invitations")
def make_invitation() -> tuple[str, int] | BaseResponse:
    """Connect an institution: an invitation with what is done in its LMS; the LMS's guide where it takes none."""
    now = service().clock()
    try:
        guide, institution = read_guide(request.form), read_institution(request.form)
    except Refusal as problem:
        return _form_again(problem)
    if not guide.invites:
        return redirect(url_for("operator.guide", lms=guide.key, institution=institution), 303)
    with service().database.writing() as connection:
        made = invite(
            connection,
            institution,
            issuer=None,
            lms=guide.key,
            allow_insecure=service().settings.allow_insecure_platforms,
            now=now,
        )
        kept = _found(made_invitation(connection, made.id))
    _log.info("invited", invitation=made.id, lms=guide.key, account=the_operator().account_id)
    return _page(kept, invitation_address(service().settings.base_url, made.token)), 200


@operator_desk.get("/hub/invitations/<number>")
def invitation(number: str) -> str:
    """What became of an invitation, and what is to be done about it."""
    with service().database.reading() as connection:
        return _page(_found(made_invitation(connection, number_in(number))), None)


@operator_desk.post("/hub/invitations/<number>/withdraw")
def withdraw(number: str) -> BaseResponse:
    """End an invitation that nobody used yet."""
    now = service().clock()
    with service().database.writing() as connection:
        found = _found(made_invitation(connection, number_in(number)))
        is_done = withdraw_invitation(connection, found.id, now)
    if is_done:
        _log.info("invitation withdrawn", invitation=found.id, account=the_operator().account_id)
    return redirect(url_for("operator.invitation", number=found.id), 303)


def _page(found: MadeInvitation, address: str | None) -> str:
    now = service().clock()
    return render_template(
        "operator/invitation.html",
        invitation=found,
        state=found.state(now),
        is_awaited=found.is_awaited(now),
        address=address,
        guide=guide_of(found.lms),
        ours=own_addresses(service().settings.base_url, "1.3"),
        operator=the_operator(),
    )


def _form_again(problem: Refusal) -> tuple[str, int]:
    with service().database.reading() as connection:
        institutions = institution_names(connection).values()
    page = render_template(
        "operator/connect.html",
        guides=GUIDES,
        institutions=institutions,
        typed=request.form,
        problem=problem,
        operator=the_operator(),
    )
    return page, problem.status


def _found(found: MadeInvitation | None) -> MadeInvitation:
    if found is None:
        raise not_here()
    return found
