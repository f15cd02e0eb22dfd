"""The state parameter: a signed value that binds a launch to the login it answers and to the browser that
began it.

No row is written for a login: the state carries what the launch must be compared with, and a launch spends
the nonce. It travels through the platform, which may mangle what is not URL-safe (Moodle strips HTML-like
text), so it consists of letters, digits, `-`, `_` and one `.`.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from lti.errors import LtiError

#: How long a login may take from our redirect to the launch.
STATE_TTL = timedelta(minutes=10)
#: A clock that was set back while a login was under way.
_SKEW = 60
_DOMAIN = b"lti-state-1."
_MAX_STATE = 16384
_FIELDS = (10, 11)
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class State:
    """What a state carries, after its signature was checked.

    issued_at: seconds since 1970, whole. nonce_hash: of the nonce that was sent along. binding_hash: of the
    secret that the browser keeps. login_hint is None when the hints were too long to carry along.
    storage_target: `lti_storage_target` of the login, as sent.
    """

    issued_at: int
    nonce_hash: str
    binding_hash: str
    issuer: str
    client_id: str
    target_link_uri: str
    login_hint: str | None
    lti_message_hint: str | None
    deployment_id: str | None
    storage_target: str | None = None

    @property
    def expires_at(self) -> datetime:
        """Until when a launch may answer; the spent nonce must be kept at least until then."""
        return datetime.fromtimestamp(self.issued_at, UTC) + STATE_TTL

    @property
    def cookie_name(self) -> str:
        """The cookie that holds the binding secret: one for each login, so that two tabs do not meet."""
        return cookie_name(self.nonce_hash)

    def login_parameters(self) -> list[tuple[str, str]] | None:
        """The fields of the login initiation, to repeat it at top level; None when it cannot be repeated."""
        if self.login_hint is None:
            return None
        parameters = [
            ("iss", self.issuer),
            ("login_hint", self.login_hint),
            ("target_link_uri", self.target_link_uri),
            ("client_id", self.client_id),
        ]
        # "0" is a message hint like any other: only absence is absence
        if self.lti_message_hint is not None:
            parameters.append(("lti_message_hint", self.lti_message_hint))
        if self.deployment_id is not None:
            parameters.append(("lti_deployment_id", self.deployment_id))
        return parameters


def hash_secret(secret: str) -> str:
    """SHA-256 of a random secret, URL-safe: what may be stored or shown in its place."""
    return urlsafe_b64encode(sha256(secret.encode("utf-8", "surrogatepass")).digest())[:-1].decode("ascii")


def cookie_name(nonce_hash: str) -> str:
    """`__Host-l` and the first 96 bits of the nonce's hash."""
    return "__Host-l" + nonce_hash[:16]


def sign_state(state: State, keys: Sequence[bytes]) -> str:
    """The state as it is sent: HMAC-SHA256 with the first of `keys`, each at least 32 bytes."""
    fields = [
        1,
        state.issued_at,
        state.nonce_hash,
        state.binding_hash,
        state.issuer,
        state.client_id,
        state.target_link_uri,
        state.login_hint,
        state.lti_message_hint,
        state.deployment_id,
    ]
    # Left out where there is none, so that in a rolling restart old and new processes read each other's
    if state.storage_target is not None:
        fields.append(state.storage_target)
    text = _JSON.encode(fields)
    body = urlsafe_b64encode(text.encode()).rstrip(b"=")
    return (body + b"." + _mac(body, keys[0])).decode("ascii")


def open_state(value: str, keys: Sequence[bytes], now: datetime) -> State:
    """The state that `value` carries. Any of `keys` may have signed it, so that keys can be changed under
    way.

    Raises LtiError `lti_state` if it is not ours, was altered, or was issued more than STATE_TTL before
    `now`.
    """
    body, dot, mac = value.partition(".")
    if not dot or len(value) > _MAX_STATE or not value.isascii():
        raise LtiError("lti_state", "not a state")
    signed = body.encode("ascii")
    given = mac.encode("ascii")
    if not any(hmac.compare_digest(_mac(signed, key), given) for key in keys):
        raise LtiError("lti_state", "bad signature")
    # From here on the content is our own writing
    fields = json.loads(urlsafe_b64decode(signed + b"=" * (-len(signed) % 4)))
    if len(fields) not in _FIELDS or fields[0] != 1:
        raise LtiError("lti_state", "written by another version")
    state = State(*fields[1:])
    age = now.timestamp() - state.issued_at
    if not -_SKEW <= age <= STATE_TTL.total_seconds():
        raise LtiError("lti_state", "expired" if age > 0 else "issued in the future")
    return state


def _mac(body: bytes, key: bytes) -> bytes:
    return urlsafe_b64encode(hmac.digest(key, _DOMAIN + body, "sha256"))[:-1]
