"""The catalogue as a teacher sees it who places modules in a course, and the answer that goes back to the LMS."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as BaseResponse

import modules.model as content
from lti.deeplinking import RESPONSE_FIELD, GradeColumn, PlacedLink, answer_request
from lti.errors import LtiError
from lti.keys import signing_key
from lti.messages import DeepLinkingSettings
from lti.platform import Platform
from lti.urls import browser_origin
from trainer.catalogue.queries import edition, find_module, list_modules, successor_of
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.i18n import locale
from trainer.core.logging import logger
from trainer.core.web.errors import Refusal
from trainer.core.web.headers import NO_ONE, allow_forms_to
from trainer.core.web.service import service
from trainer.courses.placing import (
    Choice,
    Placing,
    close_placing,
    find_placing,
    keep_placements,
    placed_before,
)
from trainer.desks.door import signed_in
from trainer.desks.lti.admission import LAUNCH_PATH
from trainer.desks.lti.dead_end import title_of
from trainer.desks.lti.front_office import front_office
from trainer.institutions.queries import platform_by_id
from trainer.learning.enrolments import enrol, period_of
from trainer.people.queries import SignedIn

placing_desk = Blueprint("placing", __name__)
_log = logger("placing")

#: by which our columns are known among those of other tools
_TAG = "buddy-trainer"


@dataclass(frozen=True, slots=True)
class OnOffer:
    """A module that can be placed, as the list shows it."""

    module_id: int
    edition_id: int
    module: content.Module
    placed_at: datetime | None
    is_chosen: bool
    has_column: bool
    #: what the search looks in
    words: str

    @property
    def key(self) -> str:
        """The module's key."""
        return self.module.key

    @property
    def title(self) -> str:
        """In the reader's language."""
        return self.module.title(locale())


@dataclass(frozen=True, slots=True)
class Retired:
    """A module that was placed in this course, and can be placed no more."""

    title: str
    #: of what takes its place
    successor: str | None


@dataclass(frozen=True, slots=True)
class _Open:
    """A kept request with the platform that asked: what its answer is made of (`lti.deeplinking.Asked`)."""

    platform: Platform
    deployment_id: str
    settings: DeepLinkingSettings


@placing_desk.get("/place/<request_id>")
def choose(request_id: str) -> str:
    """The catalogue, with what was placed before; `?q=` searches, `?module=` and `?bare=` restore what was chosen."""
    person = signed_in()
    with service().database.reading() as connection:
        placing = _placing(connection, request_id, person)
        offered = _on_offer(
            connection, placing, chosen=request.args.getlist("module"), bare=request.args.getlist("bare")
        )
        retired = _retired(connection, placing)
    return _catalogue(person, placing, offered, retired, sought=request.args.get("q", "").strip()[:200])


@placing_desk.post("/place/<request_id>")
def chosen(request_id: str) -> BaseResponse:
    """The teacher has chosen, or wants none after all: once, and signed, on the way to the LMS."""
    person, now, office = signed_in(), service().clock(), front_office()
    key = signing_key(office.tool_keys(), now)
    with service().database.writing() as connection:
        placing = _placing(connection, request_id, person)
        wanted = [] if "cancel" in request.form else request.form.getlist("module")
        offered = _on_offer(connection, placing, chosen=wanted, bare=_without_column(wanted))
        if not wanted and "cancel" not in request.form:
            retired = _retired(connection, placing)
            page = _catalogue(person, placing, offered, retired, problem=_l("Choose at least one module."))
            return make_response(page, 422)
        picked = _picked(placing, offered, wanted)
        registered = platform_by_id(connection, placing.registration_id)
        if registered is None or not close_placing(connection, request_id, now):
            raise LtiError("lti_placed_already")
        columns = placing.settings.accept_line_item
        choices = [Choice(one.key, one.has_column or not columns) for one in picked]
        placed = keep_placements(connection, placing, choices, identity_id=person.identity_id, now=now)
        links = [_link(link_id, one) for (link_id, _), one in zip(placed, picked, strict=True)]
        answer = answer_request(
            _Open(registered.platform, placing.deployment_id, placing.settings),
            links,
            base_url=office.base_url,
            key=key,
            now=now,
        )
    _log.info("placed", registration=placing.registration_id, modules=[one.key for one in picked])
    return _hand_over(person, placing, answer, len(links))


@placing_desk.post("/place/<request_id>/preview")
def preview(request_id: str) -> BaseResponse:
    """The module as students get it: the teacher's own try, which sends no score anywhere."""
    person, now = signed_in(), service().clock()
    with service().database.writing() as connection:
        placing = _placing(connection, request_id, person)
        (one,) = _picked(placing, _on_offer(connection, placing), [request.form.get("module", "")])
        enrolment = enrol(
            connection,
            buddy_id=person.buddy_id,
            module_id=one.module_id,
            edition_id=one.edition_id,
            period=period_of(one.module, now),
            now=now,
        )
    return redirect(url_for("buddy.module_page", enrolment=enrolment.public_id), 303)


def _placing(connection: Connection, request_id: str, person: SignedIn) -> Placing:
    """The person's request, still to be answered."""
    placing = find_placing(connection, request_id, person.identity_id)
    if placing is None:
        raise Refusal("not_found", 404)
    if placing.answered_at is not None:
        raise LtiError("lti_placed_already")
    if placing.expires_at <= service().clock():
        raise Refusal(
            "placing_expired",
            410,
            message=_l("Choosing took longer than an hour."),
            advice=_l("Go back to your course and choose there again to add modules."),
        )
    return placing


def _without_column(wanted: Iterable[str]) -> list[str]:
    """Of the chosen modules those whose box for a column was left empty."""
    with_column = set(request.form.getlist("column"))
    return [key for key in wanted if key not in with_column]


def _on_offer(
    connection: Connection, placing: Placing, *, chosen: Iterable[str] = (), bare: Iterable[str] = ()
) -> list[OnOffer]:
    """Every module that can be placed, in the order of the learning path."""
    before, chosen, bare = placed_before(connection, placing), set(chosen), set(bare)
    found = []
    for row in list_modules(connection):
        module = edition(connection, row.edition_id).module
        texts = [module.title, module.summary, *module.goals, *(one.label for one in module.audience)]
        found.append(
            OnOffer(
                row.id,
                row.edition_id,
                module,
                before.get(row.key),
                row.key in chosen,
                row.key not in bare,
                _plain(" ".join([module.key, *(text(locale()) for text in texts)])),
            )
        )
    return found


def _retired(connection: Connection, placing: Placing) -> list[Retired]:
    """What was placed in this course before and is not offered any more, with what takes its place."""
    found = []
    for key in sorted(placed_before(connection, placing)):
        module = find_module(connection, key)
        if module is not None and module.retired_at is not None:
            successor = successor_of(connection, module)
            title = title_of(connection, successor) if successor is not None else None
            found.append(Retired(title_of(connection, module), title))
    return found


def _plain(text: str) -> str:
    """In small letters without accents: `Reële` is found by `reele`.  picker.js does the same."""
    parts = unicodedata.normalize("NFD", text.lower())
    return "".join(one for one in parts if not unicodedata.combining(one))


def _picked(placing: Placing, offered: list[OnOffer], wanted: list[str]) -> list[OnOffer]:
    """The wanted modules, each once, in the order of the learning path."""
    picked = [one for one in offered if one.key in wanted]
    if {one.key for one in picked} != set(wanted):
        raise Refusal(
            "module_unknown",
            404,
            message=_l("This module does not exist."),
            advice=_l("Choose one from the list."),
        )
    if len(picked) > 1 and not placing.settings.accept_multiple:
        raise Refusal(
            "bad_request",
            400,
            message=_l("Your LMS takes one module at a time here."),
            advice=_l("Go back and choose one."),
        )
    return picked


def _catalogue(
    person: SignedIn,
    placing: Placing,
    offered: list[OnOffer],
    retired: list[Retired],
    *,
    sought: str = "",
    problem: object = None,
) -> str:
    words = _plain(sought).split()
    fitting = {one.key for one in offered if all(word in one.words for word in words)}
    return render_template(
        "lti/choose.html",
        person=person,
        placing=placing,
        offered=offered,
        retired=retired,
        is_found=bool(fitting),
        # What is chosen stays in sight: it would be placed unseen
        shown=fitting | {one.key for one in offered if one.is_chosen},
        sought=sought,
        problem=problem,
        # A cookie of the frame in the LMS is not sent by a window of its own: there, the preview stays in the frame
        has_window=request.headers.get("Sec-Fetch-Dest") == "document",
    )


def _link(link_id: str, one: OnOffer) -> PlacedLink:
    title = one.title
    return PlacedLink(
        id=link_id,
        url=f"{front_office().base_url}{LAUNCH_PATH}{one.key}",
        title=title,
        text=one.module.summary(locale()),
        custom={"module": one.key},
        column=GradeColumn(1, title, link_id, _TAG, is_reviewable=True) if one.has_column else None,
    )


def _hand_over(person: SignedIn, placing: Placing, answer: str, count: int) -> Response:
    """The form that brings the answer to the LMS, and can do nothing else."""
    address = placing.settings.return_url
    allow_forms_to(browser_origin(address) or NO_ONE)
    return make_response(
        render_template(
            "lti/hand_over.html",
            person=person,
            address=address,
            field=RESPONSE_FIELD,
            answer=answer,
            count=count,
        )
    )
