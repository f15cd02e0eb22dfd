"""The other side of LTI 1.1 for the stories here: an LMS that signs by hand, after RFC 5849 and the habits of
Cosnics, so that what we do with oauthlib meets somebody who does not."""

from __future__ import annotations

import hmac
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import lti
from lti.legacy import LegacyConsumer
from modules.xml import Node, read_xml
from tests.lti.sides import BASE_URL, NOW

LAUNCH_URL = f"{BASE_URL}/lti/1.1/launch"
SECRET = "s3cr3t-of-both"
CONSUMER = LegacyConsumer(
    "hogent", SECRET, "https://chamilo.example/", datetime(2027, 9, 1, tzinfo=UTC), family="cosnics"
)
OUTCOME_URL = "https://chamilo.example/index.php?application=Chamilo%5CApplication%5CLti&go=Result&uuid=7e0f-11&note=a%20b"


def escape(text: str) -> str:
    return quote(text, safe="-._~")


def signature(
    method: str, url: str, pairs: list[tuple[str, str]], secret: str, token_secret: str = ""
) -> str:
    """HMAC-SHA1 over method, address without its query, and all parameters, the query's among them."""
    parts = urlsplit(url)
    every = parse_qsl(parts.query, keep_blank_values=True) + pairs
    encoded = sorted((escape(name), escape(value)) for name, value in every)
    text = "&".join(f"{name}={value}" for name, value in encoded)
    base = f"{method}&{escape(f'{parts.scheme}://{parts.netloc}{parts.path}')}&{escape(text)}"
    return b64encode(
        hmac.digest(f"{escape(secret)}&{escape(token_secret)}".encode(), base.encode(), "sha1")
    ).decode()


#: As Cosnics writes it: an underscore in the locale, empty fields, the person's id where the course's should be.
FIELDS = {
    "lti_message_type": "basic-lti-launch-request",
    "lti_version": "LTI-1p0",
    "resource_link_id": "3f1c",
    "resource_link_title": "Warme band",
    "resource_link_description": "",
    "user_id": "0cc175b9c0f1b6a831c399e269772661",
    "roles": "Learner",
    "context_id": "17",
    "context_label": "LO2",
    "context_title": "Leerlingbegeleiding & zorg",
    "lis_person_name_given": "Ana",
    "lis_person_name_family": "Älvarez",
    "lis_person_name_full": "Ana Älvarez",
    "lis_person_contact_email_primary": "",
    "lis_course_section_sourcedid": "ana.alvarez",
    "lis_outcome_service_url": OUTCOME_URL,
    "lis_result_sourcedid": '{"data":"a&b<c>"}',
    "launch_presentation_locale": "nl_NL",
    "launch_presentation_document_target": "iframe",
    "launch_presentation_return_url": "https://chamilo.example/index.php?go=Done",
    "tool_consumer_info_product_family_code": "cosnics",
    "tool_consumer_instance_guid": "https://chamilo.example/",
    "custom_module": "warme-band",
    "oauth_consumer_key": "hogent",
    "oauth_signature_method": "HMAC-SHA1",
    "oauth_version": "1.0",
    "oauth_callback": "about:blank",
}


def launch_form(
    changes: dict[str, str | None] | None = None,
    *,
    url: str = LAUNCH_URL,
    secret: str = SECRET,
    at: datetime = NOW,
    nonce: str = "n-1",
) -> list[tuple[str, str]]:
    """A signed form; a change to None takes a field away."""
    fields: dict[str, str | None] = {
        **FIELDS,
        "oauth_timestamp": str(int(at.timestamp())),
        "oauth_nonce": nonce,
    }
    pairs = [(name, value) for name, value in (fields | (changes or {})).items() if value is not None]
    return [*pairs, ("oauth_signature", signature("POST", url, pairs, secret))]


#: A schema that any element fits: the reader is what counts, and it refuses what is dangerous before.
ANY_XML = """<grammar xmlns="http://relaxng.org/ns/structure/1.0"><start><ref name="any"/></start>
<define name="any"><element><anyName/><zeroOrMore><choice><attribute><anyName/></attribute><text/><ref name="any"/>
</choice></zeroOrMore></element></define></grammar>"""


def xml_reader(folder: Path) -> Any:
    """The service's own hardened reader, as a `ReadXml`."""
    schema = folder / "any.rng"
    schema.write_text(ANY_XML)

    def read(content: bytes) -> Node:
        return read_xml(content, name="answer", schema=schema)

    return read


def pox_answer(code: str, description: str = "", status: int = 200) -> lti.HttpResponse:
    body = f"""<?xml version="1.0" encoding="UTF-8"?>
<imsx_POXEnvelopeResponse xmlns="http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0">
  <imsx_POXHeader><imsx_POXResponseHeaderInfo><imsx_version>V1.0</imsx_version>
    <imsx_messageIdentifier>4560</imsx_messageIdentifier><imsx_statusInfo>
      <imsx_codeMajor>{code}</imsx_codeMajor><imsx_severity>status</imsx_severity>
      <imsx_description>{description}</imsx_description><imsx_messageRefIdentifier>m-1</imsx_messageRefIdentifier>
    </imsx_statusInfo></imsx_POXResponseHeaderInfo></imsx_POXHeader>
  <imsx_POXBody><replaceResultResponse/></imsx_POXBody>
</imsx_POXEnvelopeResponse>"""
    return lti.HttpResponse(
        200 if status == 200 else status, {"Content-Type": "application/xml"}, body.encode()
    )


class Cosnics:
    """Takes scores as Cosnics does: recomputes the hash of the body and the signature, answers 200 whatever."""

    def __init__(self, *, query_is_signed: bool = True) -> None:
        self.query_is_signed = query_is_signed
        self.bodies: list[bytes] = []

    def __call__(self, asked: dict[str, Any]) -> lti.HttpResponse:
        header: str = asked["headers"]["Authorization"]
        if not header.startswith("OAuth "):
            return pox_answer("failure", "no OAuth header")
        given = {
            unquote(name.strip()): unquote(value.strip().strip('"'))
            for name, _, value in (part.partition("=") for part in header.removeprefix("OAuth ").split(","))
        }
        signed = [(name, value) for name, value in given.items() if name not in ("oauth_signature", "realm")]
        url = asked["url"] if self.query_is_signed else asked["url"].partition("?")[0]
        if given["oauth_body_hash"] != b64encode(sha1(asked["body"]).digest()).decode():
            return pox_answer("failure", "body hash")
        if given["oauth_signature"] != signature("POST", url, signed, SECRET):
            return pox_answer("failure", "signature")
        if abs(NOW - datetime.fromtimestamp(int(given["oauth_timestamp"]), UTC)) > timedelta(minutes=5):
            return pox_answer("failure", "timestamp")
        self.bodies.append(asked["body"])
        return pox_answer("success")
