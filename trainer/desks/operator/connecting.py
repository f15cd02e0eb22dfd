"""A page for each LMS: what to do there, and the form for what it gives back.

LTI 1.3: the form makes the platform.  LTI 1.1: it makes a key and a secret, which the answer shows this once.
"""

from collections.abc import Mapping

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti.keys import signing_key
from trainer.core.i18n import ZONE
from trainer.core.i18n import gettext as _
from trainer.core.logging import logger
from trainer.core.web.errors import Refusal
from trainer.core.web.service import service
from trainer.desks.operator.addresses import canvas_configuration, own_addresses
from trainer.desks.operator.door import the_operator
from trainer.desks.operator.entering import (
    read_institution,
    read_last_day,
    read_platform,
    taken_already,
)
from trainer.desks.operator.guide import KEYS, Answers, Guide
from trainer.desks.operator.guides import guide_of
from trainer.desks.operator.views import not_here, number_in, operator_desk, platform_page
from trainer.institutions.actions import PlatformExists, register_platform
from trainer.institutions.legacy import LONGEST_LEGACY, NewConsumer, add_legacy_platform, set_last_day
from trainer.institutions.queries import institution_names, tool_keys

_log = logger("operator")


@operator_desk.get("/hub/guides/canvas.json")
def canvas_json() -> BaseResponse:
    """What the administrator of a Canvas pastes: the developer key's configuration."""
    return canvas_configuration(service().settings.base_url)


@operator_desk.get("/hub/guides/<lms>")
def guide(lms: str) -> str:
    """What to do in one LMS, in order, with values to copy."""
    found = _guide(lms)
    answers = found.answers or Answers()
    return _page(found, {"institution": request.args.get("institution", ""), **answers.given})


@operator_desk.post("/hub/guides/<lms>/connect")
def connect(lms: str) -> tuple[str, int] | BaseResponse:
    """Connect a platform with what its LMS showed; or make the key and secret of one that knows LTI 1.1 only."""
    found = _guide(lms)
    try:
        if found.version == "1.1":
            institution, made = _make_key(found)
            return _page(found, {"institution": institution}, made=made), 200
        if found.answers is None:
            raise not_here()
        return redirect(url_for("operator.platform", number=_connect(found, found.answers)), 303)
    except Refusal as problem:
        if "field" not in problem.extra:
            raise
        return _page(found, request.form, problem=problem), problem.status


@operator_desk.post("/hub/platforms/<number>/last-day")
def last_day(number: str) -> tuple[str, int] | BaseResponse:
    """Let a platform of LTI 1.1 go on until another day."""
    registration_id = number_in(number)
    try:
        wanted = read_last_day(request.form, service().clock().astimezone(ZONE).date())
    except Refusal as problem:
        return platform_page(number, problem=problem, typed=request.form.get("last_day", "")), problem.status
    with service().database.writing() as connection:
        is_done = set_last_day(connection, registration_id, wanted)
    if not is_done:
        raise not_here()
    _log.info("last day set", platform=registration_id, day=str(wanted), account=the_operator().account_id)
    return redirect(url_for("operator.platform", number=registration_id), 303)


def _connect(found: Guide, answers: Answers) -> int:
    parts = service()
    allow_insecure = parts.settings.allow_insecure_platforms
    entered = read_platform(request.form, answers, allow_insecure=allow_insecure)
    try:
        with parts.database.writing() as connection:
            made = register_platform(
                connection,
                entered.platform,
                name=_name(found, entered.institution),
                institution=entered.institution,
                deployment_ids=entered.deployment_ids,
                frame_origins=entered.frame_origins,
                allow_insecure=allow_insecure,
                now=parts.clock(),
            )
    except PlatformExists:
        raise taken_already() from None
    _log.info("platform connected", platform=made, lms=found.key, account=the_operator().account_id)
    return made


def _make_key(found: Guide) -> tuple[str, NewConsumer]:
    parts, now = service(), service().clock()
    institution = read_institution(request.form)
    ends_on = read_last_day(request.form, now.astimezone(ZONE).date())
    with parts.database.writing() as connection:
        made = add_legacy_platform(
            connection,
            parts.seal,
            name=_name(found, institution),
            institution=institution,
            ends_on=ends_on,
            allow_insecure=parts.settings.allow_insecure_platforms,
            now=now,
        )
    _log.info("key made", platform=made.registration_id, lms=found.key, account=the_operator().account_id)
    return institution, made


def _name(found: Guide, institution: str) -> str:
    lms = _("LMS") if found.key == "other" else str(found.name)
    return _("%(lms)s of %(institution)s", lms=lms, institution=institution)[:200]


def _guide(lms: str) -> Guide:
    found = guide_of(lms)
    if found is None:
        raise not_here()
    return found


def _page(
    found: Guide,
    typed: Mapping[str, str],
    *,
    problem: Refusal | None = None,
    made: NewConsumer | None = None,
) -> str:
    parts, now = service(), service().clock()
    today = now.astimezone(ZONE).date()
    with parts.database.reading() as connection:
        institutions = institution_names(connection).values()
        key = (
            signing_key(tool_keys(connection, parts.seal), now).public_pem().decode("ascii")
            if any(step.shows == KEYS for step in found.steps)
            else None
        )
    base_url = parts.settings.base_url
    return render_template(
        "operator/guide.html",
        guide=found,
        ours=own_addresses(base_url, found.version),
        configuration=canvas_configuration(base_url).get_data(as_text=True)
        if found.key == "canvas"
        else None,
        public_key=key,
        institutions=institutions,
        typed=typed,
        problem=problem,
        made=made,
        first_day=today,
        latest_day=today + LONGEST_LEGACY,
        operator=the_operator(),
    )
