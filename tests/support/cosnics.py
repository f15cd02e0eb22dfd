"""Cosnics (HOGENT's Chamilo) for stories about the service: signs LTI 1.1 forms by hand, after RFC 5849 and its own
habits, and takes results on loopback as its code does: HTTP 200 whatever comes of it."""

import hmac
import re
import threading
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha1
from html import escape, unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.house import BASE_URL, House
from trainer.core.crypto import Seal
from trainer.institutions.legacy import add_legacy_platform

LAUNCH_URL = f"{BASE_URL}/lti/1.1/launch"


class Cosnics:
    """One LMS: its key and secret at the service, its launches, its gradebook."""

    def __init__(self, house: House, *, name: str = "Chamilo van HOGENT", **details: Any) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        now = house.clock()
        details = {"ends_on": now.date().replace(year=now.year + 1), **details}
        with house.database.writing() as connection:
            made = add_legacy_platform(
                connection, Seal(house.settings.secret_key),
                name=name, institution="HOGENT", allow_insecure=True, now=now, **details,
            )  # fmt: skip
        self.registration_id, self.key, self.secret = made.registration_id, made.key, made.secret
        self.clock = house.clock
        #: sourcedid → what `floatval` made of the score
        self.gradebook: dict[str, float] = {}
        #: how many results came, taken or not
        self.posts = 0
        #: what the next results are answered: "down", "maintenance", or a codeMajor other than "success"
        self.script: list[str] = []
        self._nonces = 0

    def close(self) -> None:
        """Stop taking results."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def outcome_url(self) -> str:
        """All query, as Cosnics has it."""
        return f"{self.address}/index.php?application=Chamilo%5CApplication%5CLti&go=Result&uuid=7e0f-11"

    def form(self, changes: Mapping[str, str | None] | None = None, **how: Any) -> list[tuple[str, str]]:
        """A signed form; a change to None takes a field away.

        how: ``url``, ``secret``, ``at`` and ``nonce`` where they are other than they should be.
        """
        at: datetime = how.get("at") or self.clock()
        self._nonces += 1
        fields: dict[str, str | None] = {
            "lti_message_type": "basic-lti-launch-request",
            "lti_version": "LTI-1p0",
            "resource_link_id": "3f1c",
            "resource_link_title": "Groeten",
            "resource_link_description": "",
            "user_id": "0cc175b9c0f1b6a831c399e269772661",
            "roles": "Learner",
            "context_id": "17",
            "context_label": "LO2",
            "context_title": "Leerlingbegeleiding & zorg",
            "lis_person_name_full": "Ana Älvarez",
            "lis_person_contact_email_primary": "",
            "lis_course_section_sourcedid": "ana.alvarez",
            "lis_outcome_service_url": self.outcome_url,
            "lis_result_sourcedid": 'ana-right-"a&b<c>"',
            "launch_presentation_locale": "nl_NL",
            "launch_presentation_document_target": "iframe",
            "launch_presentation_return_url": f"{self.address}/index.php?go=Done",
            "tool_consumer_info_product_family_code": "cosnics",
            "tool_consumer_instance_guid": self.address,
            "custom_module": "groeten",
            "oauth_consumer_key": self.key,
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_version": "1.0",
            "oauth_callback": "about:blank",
            "oauth_timestamp": str(int(at.timestamp())),
            "oauth_nonce": how.get("nonce") or f"nonce-{self._nonces}",
            **(changes or {}),
        }
        pairs = [(name, value) for name, value in fields.items() if value is not None]
        made = signature(how.get("url") or LAUNCH_URL, pairs, how.get("secret") or self.secret)
        return [*pairs, ("oauth_signature", made)]

    def post(self, browser: FlaskClient, form: list[tuple[str, str]], url: str = LAUNCH_URL) -> TestResponse:
        """The person's browser posts the form, from a page of the LMS."""
        return browser.post(
            url.removeprefix(BASE_URL), data=dict(form), base_url=BASE_URL, headers={"Origin": self.address}
        )

    def open(
        self, browser: FlaskClient, changes: Mapping[str, str | None] | None = None, **how: Any
    ) -> TestResponse:
        """A whole launch."""
        return self.post(browser, self.form(changes, **how), how.get("url") or LAUNCH_URL)

    def _take(self, path: str, header: str, body: bytes) -> tuple[int, str]:
        self.posts += 1
        told = self.script.pop(0) if self.script else ""
        if told == "down":
            return 500, "Fatal error"
        if told == "maintenance":
            return 200, "<!DOCTYPE html><html><body>Even geduld</body></html>"
        if told:
            return 200, answer(told, f"no result for {unescape(sourced_id(body))}")
        if not header.startswith("OAuth "):
            return 200, answer("failure", "no OAuth header")
        given = {
            unquote(name.strip()): unquote(value.strip().strip('"'))
            for name, _, value in (part.partition("=") for part in header.removeprefix("OAuth ").split(","))
        }
        signed = [(name, value) for name, value in given.items() if name not in {"oauth_signature", "realm"}]
        if given["oauth_body_hash"] != b64encode(sha1(body).digest()).decode():
            return 200, answer("failure", "body hash")
        if given["oauth_signature"] != signature(self.address + path, signed, self.secret):
            return 200, answer("failure", "signature")
        score = re.search(r"<textString>(\d+\.\d+)</textString>", body.decode())
        if score is None or not 0 <= float(score[1]) <= 1:
            return 200, answer("failure", "score")
        self.gradebook[unescape(sourced_id(body))] = float(score[1])
        return 200, answer("success", "")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        lms = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, text = lms._take(self.path, self.headers.get("Authorization", ""), body)
                self.send_response(status)
                self.send_header("Content-Type", "application/xml")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: Any) -> None:
                """Tests need no access log."""

        return Handler


def sourced_id(body: bytes) -> str:
    """The sourcedid of a replaceResult, as it is written there."""
    found = re.search(r"<sourcedId>(.*?)</sourcedId>", body.decode())
    return found[1] if found else ""


def signature(url: str, pairs: list[tuple[str, str]], secret: str) -> str:
    """HMAC-SHA1 over POST, the address without its query, and all parameters, the query's among them."""
    parts = urlsplit(url)
    every = parse_qsl(parts.query, keep_blank_values=True) + pairs
    encoded = sorted((_escaped(name), _escaped(value)) for name, value in every)
    text = "&".join(f"{name}={value}" for name, value in encoded)
    base = f"POST&{_escaped(f'{parts.scheme}://{parts.netloc}{parts.path}')}&{_escaped(text)}"
    return b64encode(hmac.digest(f"{_escaped(secret)}&".encode(), base.encode(), "sha1")).decode()


def _escaped(text: str) -> str:
    return quote(text, safe="-._~")


def answer(code: str, description: str) -> str:
    """Cosnics' answer to a result; its severity is always "status"."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<imsx_POXEnvelopeResponse xmlns="http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0">
  <imsx_POXHeader><imsx_POXResponseHeaderInfo><imsx_version>V1.0</imsx_version><imsx_statusInfo>
    <imsx_codeMajor>{code}</imsx_codeMajor><imsx_severity>status</imsx_severity>
    <imsx_description>{escape(description)}</imsx_description>
  </imsx_statusInfo></imsx_POXResponseHeaderInfo></imsx_POXHeader>
  <imsx_POXBody><replaceResultResponse/></imsx_POXBody>
</imsx_POXEnvelopeResponse>"""
