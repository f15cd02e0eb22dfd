"""The handle by which a test, in the place of an administrator and an author, sets the LMS up and looks into it."""

import json
import uuid
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from lti_consumer.api import get_lti_1p3_launch_info
from lti_consumer.data import Lti1p3LaunchData
from lti_consumer.models import (
    Lti1p3Passport,
    LtiAgsLineItem,
    LtiAgsScore,
    LtiConfiguration,
    LtiDlContentItem,
)
from lti_consumer.utils import get_lti_api_base
from opaque_keys.edx.keys import UsageKey

from campus import weather
from campus.models import Grade, Placement

_COURSE = "block-v1:Voorbeeld+LB+2026+type@lti_consumer+block@"


@csrf_exempt
def add_tool(request: HttpRequest) -> JsonResponse:
    """A tool: `{"jwks": url}`."""
    passport = Lti1p3Passport(lti_1p3_tool_keyset_url=json.loads(request.body)["jwks"])
    _give_keys(passport)
    passport.save()
    return JsonResponse({"tool": str(passport.passport_id)})


def _give_keys(passport: Lti1p3Passport) -> None:
    """A new key pair, which the package would make in seconds and OpenSSL makes in no time."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    passport.lti_1p3_internal_private_key = key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()
    passport.lti_1p3_internal_private_key_id = str(uuid.uuid4())
    passport.lti_1p3_internal_public_jwk = ""


@csrf_exempt
def place_link(request: HttpRequest) -> JsonResponse:
    """A block in the course: `{"tool", "block", "title", "login", "launch", "redirect_uris", "mode", "custom"}`.

    Gives its location, and what the LMS tells an administrator to type over into the tool.
    """
    given = json.loads(request.body)
    location = _COURSE + given["block"]
    Placement.objects.create(location=location, title=given["title"], custom=given["custom"])
    link = LtiConfiguration(
        version=LtiConfiguration.LTI_1P3,
        config_store=LtiConfiguration.CONFIG_ON_DB,
        location=UsageKey.from_string(location),
        lti_1p3_passport=Lti1p3Passport.objects.get(passport_id=given["tool"]),
        lti_1p3_oidc_url=given["login"],
        lti_1p3_launch_url=given["launch"],
        lti_1p3_redirect_uris=given["redirect_uris"],
        lti_advantage_ags_mode=given["mode"],
    )
    link.save()
    about = Lti1p3LaunchData(
        user_id="0", user_role="staff", config_id=str(link.config_id), resource_link_id=location
    )
    return JsonResponse(
        {
            "location": location,
            "link": link.pk,
            "issuer": get_lti_api_base(),
            **get_lti_1p3_launch_info(about),
        }
    )


@csrf_exempt
def pick_item(request: HttpRequest) -> JsonResponse:
    """What the package keeps after an author picked an item in the tool: `{"link", "url", "custom"}`."""
    given = json.loads(request.body)
    link = LtiConfiguration.objects.get(pk=given["link"])
    link.lti_advantage_deep_linking_enabled = True
    link.lti_advantage_deep_linking_launch_url = link.lti_1p3_launch_url
    link.save()
    LtiDlContentItem.objects.create(
        lti_configuration=link,
        content_type=LtiDlContentItem.LTI_RESOURCE_LINK,
        attributes={"url": given["url"], "custom": given["custom"]},
    )
    return JsonResponse({})


@csrf_exempt
def allow_deep_linking(request: HttpRequest) -> JsonResponse:
    """An author may choose in the tool what a link opens: `{"link", "address": the tool's}`."""
    given = json.loads(request.body)
    link = LtiConfiguration.objects.get(pk=given["link"])
    link.lti_advantage_deep_linking_enabled = True
    link.lti_advantage_deep_linking_launch_url = given["address"]
    link.save()
    return JsonResponse({})


@csrf_exempt
def rotate(request: HttpRequest) -> JsonResponse:
    """The LMS makes itself new keys for a tool: `{"tool"}`."""
    passport = Lti1p3Passport.objects.get(passport_id=json.loads(request.body)["tool"])
    _give_keys(passport)
    passport.save()
    return JsonResponse({})


@csrf_exempt
def make_token(request: HttpRequest) -> JsonResponse:
    """A service token as this LMS makes them: `{"link", "scopes", "life": seconds}`; a negative life is over."""
    given = json.loads(request.body)
    consumer = LtiConfiguration.objects.get(pk=given["link"]).get_lti_consumer()
    claims = {"sub": consumer.client_id, "iss": consumer.iss, "scopes": " ".join(given["scopes"])}
    return JsonResponse({"token": consumer.key_handler.encode_and_sign(claims, expiration=given["life"])})


@csrf_exempt
def lose_answer(request: HttpRequest) -> JsonResponse:
    """The next answer to this part of a path gets lost: `{"path"}`."""
    weather.to_lose.append(json.loads(request.body)["path"])
    return JsonResponse({})


@csrf_exempt
def remove_columns(request: HttpRequest) -> JsonResponse:
    """The teacher removes the line items of a link: `{"link"}`."""
    LtiAgsLineItem.objects.filter(lti_configuration_id=json.loads(request.body)["link"]).delete()
    return JsonResponse({})


def state(request: HttpRequest) -> JsonResponse:
    """Gradebook, line items, scores, and what authors picked."""
    grades: dict[str, dict[str, Any]] = {}
    for grade in Grade.objects.all():
        grades.setdefault(grade.location, {})[grade.username] = grade.score
    items = [
        {
            "id": item.pk,
            "link": item.lti_configuration_id,
            "location": str(item.resource_link_id),
            "label": item.label,
            "maximum": item.score_maximum,
            "resource_id": item.resource_id,
        }
        for item in LtiAgsLineItem.objects.order_by("pk")
    ]
    scores = [
        {
            "item": score.line_item_id,
            "user": score.user_id,
            "given": score.score_given,
            "maximum": score.score_maximum,
            "at": score.timestamp.isoformat(),
        }
        for score in LtiAgsScore.objects.order_by("pk")
    ]
    picked = [
        {"link": one.lti_configuration_id, **one.attributes}
        for one in LtiDlContentItem.objects.order_by("pk")
    ]
    return JsonResponse({"grades": grades, "line_items": items, "scores": scores, "picked": picked})
