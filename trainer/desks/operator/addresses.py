"""Our own addresses, as an LMS wants to know them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Response, json

from lti.history import COPY_PARAMETERS
from lti.registration import SCOPES
from trainer.core.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Value:
    """Something to copy, and what it is called."""

    label: str
    value: str


def own_addresses(base_url: str, version: str) -> list[Value]:
    """What an LMS asks for, by the names that most of them use."""
    base = base_url.rstrip("/")
    if version == "1.1":
        return [Value(_("Launch address"), base + "/lti/1.1/launch")]
    return [
        Value(_("Login address (OIDC login initiation)"), base + "/lti/login"),
        Value(_("Launch address (target link, redirect URI)"), base + "/lti/launch"),
        Value(_("Deep linking address (also a redirect URI)"), base + "/lti/deep-linking"),
        Value(_("Key set (JWKS)"), base + "/lti/jwks"),
    ]


def canvas_configuration(base_url: str) -> Response:
    """The JSON of an LTI developer key, for "Paste JSON"
    (https://developerdocs.instructure.com/services/canvas/external-tools/lti/file.lti_dev_key_config).
    """
    base = base_url.rstrip("/")
    placing: dict[str, Any] = {
        "message_type": "LtiDeepLinkingRequest",
        "target_link_uri": base + "/lti/deep-linking",
    }
    configuration = {
        "title": "Buddy Trainer",
        "description": _("Online training of leerbuddies"),
        "oidc_initiation_url": base + "/lti/login",
        "target_link_uri": base + "/lti/launch",
        "redirect_uris": [base + "/lti/launch", base + "/lti/deep-linking"],
        "public_jwk_url": base + "/lti/jwks",
        "scopes": list(SCOPES),
        "custom_fields": dict(COPY_PARAMETERS),
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "domain": urlsplit(base).netloc,
                "privacy_level": "name_only",
                "settings": {
                    "text": "Buddy Trainer",
                    "placements": [
                        {"placement": name, "enabled": True, "text": "Buddy Trainer", **placing}
                        for name in ("assignment_selection", "link_selection")
                    ],
                },
            }
        ],
    }
    return Response(json.dumps(configuration, indent=2, ensure_ascii=False), mimetype="application/json")
