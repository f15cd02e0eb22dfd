"""What an operator enters to connect an LMS, read and checked.

What cannot be is a `Refusal` whose ``extra["field"]`` names the field it is about; the view shows the form again, with
all that was typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lti.errors import LtiError
from lti.fields import has_control
from lti.platform import Platform, check_platform, is_audience_of
from lti.urls import browser_origin, check_platform_url
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.web.errors import Refusal
from trainer.desks.operator.guide import Answers, Guide
from trainer.desks.operator.guides import guide_of
from trainer.institutions.actions import institution_name
from trainer.institutions.legacy import LONGEST_LEGACY

ADDRESSES = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
FIELDS = ("institution", *ADDRESSES, "client_id", "deployment_id", "audience", "site")
_LONGEST_ID, _LONGEST_ADDRESS = 255, 1000
_LONGEST_ISSUER = 255
_WHOLE = _l("It is a whole address on the internet, and begins with https://.")


@dataclass(frozen=True, slots=True)
class EnteredPlatform:
    """A platform that may be stored."""

    institution: str
    platform: Platform
    deployment_ids: tuple[str, ...]
    frame_origins: tuple[str, ...]


def read_institution(form: Mapping[str, str]) -> str:
    """Whose LMS it is. Refusal ``institution_name``."""
    name = institution_name(form.get("institution", ""))
    if name is None:
        raise Refusal(
            "institution_name",
            422,
            message=_l("The name of the institution is missing, or longer than 200 characters."),
            advice=_l("Write it as the institution does itself."),
            field="institution",
        )
    return name


def read_guide(form: Mapping[str, str]) -> Guide:
    """Which LMS it is. Refusal ``lms_unknown``."""
    found = guide_of(form.get("lms"))
    if found is None:
        raise Refusal(
            "lms_unknown",
            422,
            message=_l("Choose which LMS the institution has."),
            advice=_l("Not in the list? Choose “Another LMS”."),
            field="lms",
        )
    return found


def read_platform(form: Mapping[str, str], answers: Answers, *, allow_insecure: bool) -> EnteredPlatform:
    """What the LMS showed. Refusals ``institution_name``, ``lti_registration`` and ``url_not_allowed``."""
    institution = read_institution(form)
    typed = {name: form.get(name, "").strip() for name in FIELDS}
    issuer, client_id = typed["issuer"], typed["client_id"]
    for name, follows in answers.follows.items():
        if not typed[name] and issuer and client_id:
            typed[name] = follows.format(issuer=issuer.rstrip("/"), client_id=client_id)
    if not client_id or len(client_id) > _LONGEST_ID or has_control(client_id):
        raise _unusable("client_id")
    for name in ADDRESSES:
        _check_address(typed[name], name, allow_insecure=allow_insecure)
    if len(issuer) > _LONGEST_ISSUER or "?" in issuer:
        raise _no_address("issuer")
    for name in ("deployment_id", "audience"):
        if len(typed[name]) > _LONGEST_ID or has_control(typed[name]):
            raise _unusable(name)
    site = None
    if typed["site"]:
        _check_address(typed["site"], "site", allow_insecure=allow_insecure)
        site = browser_origin(typed["site"])
    frame_origins = (site,) if site else ()
    platform = Platform(
        issuer=issuer,
        client_id=client_id,
        authorization_endpoint=typed["authorization_endpoint"],
        token_endpoint=typed["token_endpoint"],
        jwks_uri=typed["jwks_uri"],
        audience=typed["audience"] or None,
        family=answers.family,
        service_hosts=tuple(origin.partition("://")[2] for origin in frame_origins),
    )
    if not allow_insecure and typed["audience"] and not is_audience_of(platform, typed["audience"]):
        raise _no_address("audience", advice=_l("It is of the same site as the token address."))
    try:
        check_platform(platform, allow_insecure=allow_insecure)
    except LtiError as problem:  # what a single field does not show
        raise _no_address("issuer", detail=problem.detail) from None
    deployments = (typed["deployment_id"],) if typed["deployment_id"] else ()
    return EnteredPlatform(institution, platform, deployments, frame_origins)


def read_last_day(form: Mapping[str, str], today: date) -> date:
    """Until when LTI 1.1 is good. Refusal ``last_day``."""
    try:
        day = date.fromisoformat(form.get("last_day", "").strip())
    except ValueError:
        day = date.min
    if not today <= day <= today + LONGEST_LEGACY:
        raise Refusal(
            "last_day",
            422,
            message=_l("That is no day from today until five years on."),
            advice=_l("Choose the last day on which the LMS may open modules by LTI 1.1."),
            field="last_day",
        )
    return day


def taken_already() -> Refusal:
    """Of a pair of issuer and client id that is connected."""
    return Refusal(
        "lti_registered",
        409,
        message=_l("This issuer and client id are connected already. Nothing was changed."),
        advice=_l("Look in the hub for the platform that has them."),
        field="client_id",
    )


def _check_address(address: str, name: str, *, allow_insecure: bool) -> None:
    try:
        check_platform_url(address, name, allow_insecure=allow_insecure)
    except LtiError as problem:
        raise _no_address(name, detail=problem.detail) from None
    if len(address) > _LONGEST_ADDRESS:
        raise _no_address(name)


def _no_address(name: str, *, detail: str = "", advice: Any = _WHOLE) -> Refusal:
    return Refusal(
        "url_not_allowed",
        422,
        message=_l("This is no address that can be used here."),
        advice=advice,
        detail=detail,
        field=name,
    )


def _unusable(name: str) -> Refusal:
    return Refusal(
        "lti_registration",
        422,
        message=_l("This is missing, too long, or has characters that it cannot have."),
        advice=_l("Copy it again from the LMS."),
        field=name,
    )
