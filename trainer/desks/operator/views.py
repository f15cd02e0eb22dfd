"""The hub: how every institution is connected, and what waits for the operator."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from trainer.checking.lines import Mark, mark_of
from trainer.core.i18n import ZONE, ngettext
from trainer.core.i18n import gettext as _
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.logging import logger
from trainer.core.web.errors import Refusal
from trainer.core.web.numbers import whole_number
from trainer.core.web.service import service
from trainer.courses.belonging_queries import count_waiting_courses
from trainer.courses.connection_queries import standing_of_platforms
from trainer.courses.delivery_actions import park_switched_off, wake_switched_on
from trainer.courses.delivery_queries import ScoresOfPlatform, scores_of_platforms
from trainer.desks.operator.addresses import Value, own_addresses
from trainer.desks.operator.door import need_operator, the_operator
from trainer.desks.operator.guides import GUIDES
from trainer.institutions.actions import (
    MOST_WAITING,
    activate_platform,
    add_deployment,
    forget_waiting_deployment,
    set_deployment_active,
    set_platform_active,
)
from trainer.institutions.connection_queries import (
    ConnectedPlatform,
    connected_deployments,
    connected_platform,
    connected_platforms,
)
from trainer.institutions.invitation_queries import OPEN, MadeInvitation, made_invitations
from trainer.institutions.legacy import LONGEST_LEGACY, last_day_of
from trainer.people.actions import end_sessions

operator_desk = Blueprint("operator", __name__)
operator_desk.before_request(need_operator)
_log = logger("operator")
_NO_SCORES = ScoresOfPlatform(0, 0)


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing that the operator had best do now."""

    sentence: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Invited:
    """The invitations of one institution."""

    #: can be used
    open: list[MadeInvitation]
    #: used, expired or withdrawn
    over: list[MadeInvitation]


@operator_desk.get("/hub/")
def hub() -> str:
    """Per institution its platforms; on top what is to be done next."""
    with service().database.reading() as connection:
        platforms = connected_platforms(connection)
        scores = standing_of_platforms(connection)
        made = made_invitations(connection)
        waiting_courses = count_waiting_courses(connection)
    now = service().clock()
    today = now.astimezone(ZONE).date()
    marks = {one.id: mark_of(one, scores.get(one.id), today) for one in platforms}
    connected = {name: list(group) for name, group in groupby(platforms, key=lambda one: one.institution)}
    invited = {
        name: _by_use(list(group), now) for name, group in groupby(made, key=lambda one: one.institution)
    }
    return render_template(
        "operator/hub.html",
        institutions=sorted({*connected, *invited}),
        connected=connected,
        invited=invited,
        now=now,
        typed={},
        scores=scores,
        most_waiting=MOST_WAITING,
        marks=marks,
        next_step=_next_step(platforms, scores, waiting_courses) or _repair(platforms, marks),
        waiting_courses=waiting_courses,
        guides=GUIDES,
        operator=the_operator(),
    )


@operator_desk.get("/hub/platforms/<number>")
def platform(number: str) -> str:
    """One platform: its state, the values to copy, its deployments, its scores."""
    return platform_page(number)


def platform_page(number: str, *, problem: Refusal | None = None, typed: str = "") -> str:
    """The page of a platform; with the last day that was typed, and what is wrong with it."""
    with service().database.reading() as connection:
        found = _found(connected_platform(connection, number_in(number)))
        deployments = connected_deployments(connection, found.id)
        scores = scores_of_platforms(connection).get(found.id, _NO_SCORES)
        ends_on = last_day_of(connection, found.id)
    ours = own_addresses(service().settings.base_url, found.version)
    theirs = []
    if found.version == "1.1":
        # made here, and typed there
        ours.append(Value(_("Consumer key"), found.client_id))
    else:
        theirs = [Value(_("Issuer"), found.issuer), Value(_("Client id"), found.client_id)]
    today = service().clock().astimezone(ZONE).date()
    return render_template(
        "operator/platform.html",
        platform=found,
        deployments=deployments,
        most_waiting=MOST_WAITING,
        scores=scores,
        ours=ours,
        theirs=theirs,
        ends_on=ends_on,
        typed={"last_day": typed or (ends_on.isoformat() if ends_on else "")},
        problem=problem,
        first_day=today,
        latest_day=today + LONGEST_LEGACY,
        operator=the_operator(),
    )


@operator_desk.post("/hub/platforms/<number>/activate")
def activate(number: str) -> BaseResponse:
    """Switch a registration on for the first time."""
    with service().database.writing() as connection:
        found = _found(connected_platform(connection, number_in(number)))
        is_done = activate_platform(connection, found.id)
    if is_done:
        _log.info("platform activated", platform=found.id, account=the_operator().account_id)
    return _back(found.id)


@operator_desk.post("/hub/platforms/<number>/switch")
def switch(number: str) -> BaseResponse:
    """Switch a platform off (its sessions end, its scores wait) or on again.

    One that still waits for its activation is switched on by `activate` alone.
    """
    is_on = _on_or_off()
    with service().database.writing() as connection:
        found = _found(connected_platform(connection, number_in(number)))
        if found.pending:
            raise Refusal("platform_pending", 409)
        set_platform_active(connection, found.id, active=is_on)
        if is_on:
            wake_switched_on(connection, service().clock())
        else:
            end_sessions(connection, registration_id=found.id)
            park_switched_off(connection)
    _log.info("platform switched", platform=found.id, on=is_on, account=the_operator().account_id)
    return _back(found.id)


@operator_desk.post("/hub/platforms/<number>/adopt")
def adopt(number: str) -> BaseResponse:
    """Take a deployment into use that launched and waited."""
    now, named = service().clock(), request.form.get("deployment", "")
    with service().database.writing() as connection:
        found = _found(connected_platform(connection, number_in(number)))
        waiting = {one.deployment_id for one in connected_deployments(connection, found.id) if one.is_waiting}
        if named in waiting:
            add_deployment(connection, found.id, named, now)
            # one that was switched off, and knocked again, is there already
            set_deployment_active(connection, found.id, named, active=True)
            wake_switched_on(connection, now)
    if named in waiting:
        _log.info("deployment adopted", platform=found.id, account=the_operator().account_id)
    return _back(found.id)


@operator_desk.post("/hub/platforms/<number>/forget")
def forget(number: str) -> BaseResponse:
    """Take a deployment out of those that wait; when somebody comes by it again, it waits again."""
    named = request.form.get("deployment", "")
    with service().database.writing() as connection:
        found = _found(connected_platform(connection, number_in(number)))
        waiting = {one.deployment_id for one in connected_deployments(connection, found.id) if one.is_waiting}
        if named in waiting:
            forget_waiting_deployment(connection, found.id, named)
    if named in waiting:
        _log.info("deployment forgotten", platform=found.id, account=the_operator().account_id)
    return _back(found.id)


@operator_desk.post("/hub/platforms/<number>/deployment")
def switch_deployment(number: str) -> BaseResponse:
    """Switch a deployment off (its sessions end, its scores wait) or on again."""
    is_on, now, named = _on_or_off(), service().clock(), request.form.get("deployment", "")
    with service().database.writing() as connection:
        found = _found(connected_platform(connection, number_in(number)))
        # Only what is there is asked for: PostgreSQL would refuse a NUL in its own way
        known = {
            one.deployment_id for one in connected_deployments(connection, found.id) if not one.is_waiting
        }
        deployment = named in known and set_deployment_active(connection, found.id, named, active=is_on)
        if not deployment:
            raise not_here()
        if is_on:
            wake_switched_on(connection, now)
        else:
            end_sessions(connection, deployment_id=deployment)
            park_switched_off(connection)
    _log.info("deployment switched", platform=found.id, on=is_on, account=the_operator().account_id)
    return _back(found.id)


def _next_step(
    platforms: list[ConnectedPlatform], scores: Mapping[int, ScoresOfPlatform], waiting_courses: int
) -> NextStep | None:
    """What comes first: who cannot come in at all, then what does not arrive, then what nobody sees."""
    for one in platforms:
        if one.pending:
            return NextStep(
                _("%(name)s is registered, and waits until you switch it on.", name=one.name),
                _("Look at it and activate"),
                url_for("operator.platform", number=one.id),
            )
    for one in platforms:
        if one.waiting_deployments and one.active:
            return NextStep(
                ngettext(
                    "Somebody opened a module in %(name)s by a deployment that is not in use yet.",
                    "Modules were opened in %(name)s by %(n)s deployments that are not in use yet.",
                    one.waiting_deployments,
                    name=one.name,
                ),
                _("Look at it and adopt"),
                url_for("operator.platform", number=one.id),
            )
    for one in platforms:
        parked = scores.get(one.id, _NO_SCORES).parked
        if parked and one.active:
            return NextStep(
                ngettext(
                    "One score for %(name)s is set aside: somebody has to look at it.",
                    "%(n)s scores for %(name)s are set aside: somebody has to look at them.",
                    parked,
                    name=one.name,
                ),
                _("Look at it"),
                url_for("operator.platform", number=one.id),
            )
    if waiting_courses:
        return NextStep(
            ngettext(
                "One course waits: no rule says whose it is.",
                "%(n)s courses wait: no rule says whose they are.",
                waiting_courses,
            ),
            _("Assign"),
            url_for("operator.courses_that_wait"),
        )
    return None


def _by_use(made: list[MadeInvitation], now: datetime) -> Invited:
    is_open = [one.state(now) == OPEN for one in made]
    return Invited(
        [one for one, can_be in zip(made, is_open, strict=True) if can_be],
        [one for one, can_be in zip(made, is_open, strict=True) if not can_be],
    )


def _repair(platforms: list[ConnectedPlatform], marks: Mapping[int, Mark]) -> NextStep | None:
    """Then the connections: what does not work before what deserves a look."""
    says = {
        Mark.BAD: _l("Something in the connection with %(name)s does not work."),
        Mark.LOOK: _l("The connection with %(name)s deserves a look."),
    }
    for mark, sentence in says.items():
        for one in platforms:
            if one.active and marks[one.id] is mark:
                return NextStep(
                    str(sentence) % {"name": one.name},
                    _("Check the connection"),
                    url_for("operator.check", number=one.id),
                )
    return None


def _on_or_off() -> bool:
    wanted = request.form.get("to", "")
    if wanted not in {"on", "off"}:
        raise Refusal("bad_request", 400)
    return wanted == "on"


def number_in(text: str) -> int:
    """A row's number; what cannot be one is nobody's."""
    number = whole_number(text)
    if number is None:
        raise not_here()
    return number


def _found(platform: ConnectedPlatform | None) -> ConnectedPlatform:
    if platform is None:
        raise not_here()
    return platform


def not_here() -> Refusal:
    """What is said of an address, or a row's number, that leads to nothing."""
    return Refusal(
        "not_found",
        404,
        message=_l("There is no such page here."),
        advice=_l("Perhaps the address is not right."),
    )


def _back(number: int) -> BaseResponse:
    return redirect(url_for("operator.platform", number=number), 303)
