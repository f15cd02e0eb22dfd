"""Basic Outcomes: a score as LTI 1.1 sends it (LTI 1.1.1 Implementation Guide, 6; OAuth Request Body Hash).

A small XML document in a signed request; the answer is XML too, and says "failure" with HTTP 200 as likely as
not. Writing it needs no library. Reading it does, a hardened one that refuses every DTD, and this package may
not choose it: whoever calls hands in a `ReadXml`.
"""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape
from typing import Final, Protocol
from urllib.parse import quote, urlsplit, urlunsplit

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, Client

from lti.answers import common_outcome, describe
from lti.fields import clean_text, has_control
from lti.grades import Delivered
from lti.http import HttpClient, HttpFailure, HttpResponse, Timeout
from lti.legacy.consumer import LegacyConsumer
from lti.legacy.launch import LegacyOutcome
from lti.outcomes import RateLimited, Refused, Retry
from lti.platforms import quirks_of_family

POX: Final = "http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"
_TYPE: Final = "application/xml"
_TIMEOUT = Timeout(5.0, 20.0)
_MAX_ANSWER = 256 * 1024
#: what may stand in a query beside letters and digits (RFC 3986, 3.4), encoded characters included
_QUERY = "-._~!$&'()*+,;=:@/?%"
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class XmlNode(Protocol):
    """An element: its name without namespace, its text, its children. `modules.xml.Node` is one."""

    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def children(self) -> Sequence[XmlNode]: ...


#: Reads an untrusted document: refuses every DOCTYPE, resolves nothing, is bounded in size and depth. Raises
#: ValueError for all that it will not read.
ReadXml = Callable[[bytes], XmlNode]


def result_text(score: float) -> str:
    """The score as text: `0.0` to `1.0`, with a point whatever the locale.

    ValueError for anything else: Cosnics reads it with floatval, to which a comma ends the number.
    """
    if not math.isfinite(score) or not 0 <= score <= 1:
        raise ValueError("a result lies between 0 and 1")
    return f"{score:.6f}".rstrip("0").ljust(3, "0")


def result_body(outcome: LegacyOutcome, score: float, message_id: str) -> bytes:
    """The replaceResult request (6.1.1). A retry may send the same bytes.

    message_id: ours, in the answer again. The language is of the number, and stays `en`.
    """
    if has_control(outcome.sourced_id) or has_control(message_id):
        raise ValueError("a control character cannot be written in XML")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<imsx_POXEnvelopeRequest xmlns="{POX}"><imsx_POXHeader><imsx_POXRequestHeaderInfo>'
        f"<imsx_version>V1.0</imsx_version>"
        f"<imsx_messageIdentifier>{escape(message_id)}</imsx_messageIdentifier>"
        "</imsx_POXRequestHeaderInfo></imsx_POXHeader><imsx_POXBody><replaceResultRequest><resultRecord>"
        f"<sourcedGUID><sourcedId>{escape(outcome.sourced_id)}</sourcedId></sourcedGUID>"
        f"<result><resultScore><language>en</language><textString>{result_text(score)}</textString></resultScore>"
        "</result></resultRecord></replaceResultRequest></imsx_POXBody></imsx_POXEnvelopeRequest>\n"
    ).encode()


def deliver_result(
    http: HttpClient,
    consumer: LegacyConsumer,
    outcome: LegacyOutcome,
    body: bytes,
    now: datetime,
    *,
    read_xml: ReadXml,
    user_agent: str,
    family_code: str | None = None,
) -> Delivered | Retry | RateLimited | Refused:
    """Post a score once and say how it ended. body: from `result_body`. family_code: the launch's.

    Nothing orders these messages, so a later score must not be sent before an earlier one has its outcome.
    """
    if not consumer.takes_scores_at(outcome.service_url):
        return Refused("foreign_host", detail="the outcome service's address is not the LMS's")
    signed_query = quirks_of_family(consumer.family, family_code).outcome_query_signed
    headers = {
        "Authorization": authorization(
            consumer, outcome.service_url, body, now, secrets.token_urlsafe(16), signed_query=signed_query
        ),
        "Accept": _TYPE,
        "Content-Type": _TYPE,
        "User-Agent": user_agent,
    }
    try:
        answer = http.request(
            "POST",
            outcome.service_url,
            headers=headers,
            body=body,
            timeout=_TIMEOUT,
            max_bytes=_MAX_ANSWER,
        )
    except HttpFailure as failure:
        return Retry(failure.kind, outcome_unknown=failure.outcome_unknown, detail=str(failure))
    return classify_result(answer, read_xml, now)


def authorization(
    consumer: LegacyConsumer, url: str, body: bytes, now: datetime, nonce: str, *, signed_query: bool = True
) -> str:
    """The Authorization header: `OAuth ` and the signed parameters, the hash of the body among them.

    signed_query: the query of the address is part of what is signed (RFC 5849, 3.4.1.3.1). Cosnics, whose
    addresses are all query, wants it so; Open edX leaves it out.
    """
    parts = urlsplit(url)
    signed_url = url if signed_query else urlunsplit(parts._replace(query=""))
    client = Client(
        consumer.key,
        client_secret=consumer.secret,
        signature_method=SIGNATURE_HMAC_SHA1,
        timestamp=str(int(now.timestamp())),
        nonce=nonce,
    )
    # Content-Type tells oauthlib to sign the hash of the body
    _, headers, _ = client.sign(_percent_encoded(signed_url), "POST", body.decode(), {"Content-Type": _TYPE})
    return str(headers["Authorization"])


def _percent_encoded(url: str) -> str:
    """oauthlib refuses a query with characters that should have been encoded; what they mean is the same."""
    parts = urlsplit(url)
    query = quote(_LONE_PERCENT.sub("%25", parts.query), safe=_QUERY)
    return urlunsplit(parts._replace(query=query))


def classify_result(
    answer: HttpResponse, read_xml: ReadXml, now: datetime
) -> Delivered | Retry | RateLimited | Refused:
    """What an answer means. Only `imsx_codeMajor` = `success` is success, whatever the status says.

    A 2xx that is no such document may be a login or maintenance page, with or without the score behind it.
    """
    common = common_outcome(answer, now)
    if common is not None:
        return common
    status = answer.status
    try:
        found = _status_info(read_xml(answer.body))
    except ValueError as error:
        found = {}
        unread = clean_text(str(error), 200)
    else:
        unread = "no imsx_codeMajor"
    code = found.get("imsx_codeMajor", "").strip().lower()
    if code == "success" and 200 <= status < 300:
        return Delivered(status)
    if not code and 200 <= status < 300:
        return Retry("protocol", None, True, status, f"outcome: {unread}")
    detail = clean_text(f"{code} {found.get('imsx_description', '')}", 255) if code else describe(answer)
    if code == "processing":
        return Retry("busy", None, True, status, detail)
    return Refused("forbidden" if status == 403 else "refused", status, detail)


def _status_info(root: XmlNode) -> dict[str, str]:
    """The members of imsx_statusInfo, wherever in the header it stands."""
    level: list[XmlNode] = [root]
    while level:
        for node in level:
            if node.name == "imsx_statusInfo":
                return {child.name: child.text for child in node.children}
        level = [child for node in level for child in node.children]
    return {}
