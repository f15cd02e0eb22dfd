"""Platforms' key sets: read once, kept while they are fresh, fetched again when a key is unknown, and served
when the platform's endpoint is down (Security Framework 1.1, 6.3; RFC 7517).

What all processes share is a KeySetStore: the last good set of each platform, and the right to fetch it
again. On top of it each process keeps the parsed keys.

The rules, in the order in which `KeySets.key_for` applies them:

1. A fresh set that holds the kid answers at once, without the store.
2. Else the store is asked: another process may have fetched meanwhile.
3. Else the set is fetched, by whoever claims the right to do so: at most once in COOLDOWN for a platform. A
   launch with a known kid waits for that no longer than a moment, one with an unknown kid up to the full
   time.
4. When the fetch fails, or someone else is at it, a known kid is taken from the last good set, up to
   STALE_LIMIT old; an unknown kid is refused.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from lti.claims import parse_object
from lti.errors import LtiError
from lti.http import HttpClient, HttpFailure, Timeout
from lti.platform import Platform

_log = logging.getLogger("lti.keysets")

COOLDOWN = timedelta(seconds=10)
SHORTEST_LIFE = timedelta(minutes=5)
DEFAULT_LIFE = timedelta(hours=1)
LONGEST_LIFE = timedelta(hours=24)
#: A platform whose keys could not be fetched for so long is not believed any more.
STALE_LIMIT = timedelta(days=7)
MAX_BYTES = 256 * 1024
#: Connect, and all together, in seconds: while a launch needs a key that is not known, and while it only
#: would like to know whether a known one is still good.
NEEDED = Timeout(3.0, 5.0)
WISHED = Timeout(1.0, 1.5)
_MAX_KEYS = 100
_RSA_BITS = range(2048, 8193)
_MAX_KID = 255
#: How long one process waits for another that is fetching, in seconds a piece.
_PAUSES = (0.05, 0.1, 0.2, 0.4)


@dataclass(frozen=True, slots=True)
class StoredKeySet:
    """A platform's key set as it is kept. jwks_json: the text as it came. Times are aware UTC."""

    jwks_json: str
    fetched_at: datetime
    expires_at: datetime


class KeySetStore(Protocol):
    """Where the processes of one service share key sets.

    Rows belong to a platform's key *and* its jwks_uri.
    """

    def load(self, platform: Platform) -> StoredKeySet | None:
        """The last good set, fresh or not."""
        ...

    def save(self, platform: Platform, stored: StoredKeySet) -> None:
        """Replace the last good set, unless a later one is there."""
        ...

    def claim_fetch(self, platform: Platform, now: datetime, cooldown: timedelta) -> bool:
        """Atomically: True, and `now` noted, unless someone claimed less than `cooldown` ago."""
        ...


class KeySource(Protocol):
    """Where a launch's verification gets its key."""

    def key_for(self, platform: Platform, kid: str, now: datetime) -> RSAKey:
        """The platform's key with this kid. LtiError `lti_key` or `lti_keys_unavailable`."""
        ...


def parse_key_set(text: bytes) -> dict[str, RSAKey]:
    """The usable keys of a JWKS document, by kid; ValueError if it is not one or has none.

    Usable is a public RSA key of 2048 to 8192 bits with a kid, for RS256 signatures or not saying for what
    (Open edX sends neither `alg` nor `use`). All others are passed over: they may be meant for someone else.
    """
    if len(text) > MAX_BYTES:
        raise ValueError("larger than 256 KB")
    keys = parse_object(text).get("keys")
    if not isinstance(keys, list):
        raise ValueError("no list of keys")
    usable: dict[str, RSAKey] = {}
    for jwk in keys[:_MAX_KEYS]:
        if not isinstance(jwk, dict):
            continue
        kid = jwk.get("kid")
        if isinstance(kid, str) and 0 < len(kid) <= _MAX_KID and kid not in usable:
            key = _usable_key(jwk, kid)
            if key is not None:
                usable[kid] = key
    if not usable:
        raise ValueError("no usable key")
    return usable


def _usable_key(jwk: dict[str, Any], kid: str) -> RSAKey | None:
    if (
        jwk.get("kty") != "RSA"
        or jwk.get("use") not in (None, "sig")
        or jwk.get("alg") not in (None, "RS256")
    ):
        return None
    operations = jwk.get("key_ops")
    if operations is not None and not (isinstance(operations, list) and "verify" in operations):
        return None
    modulus, exponent = jwk.get("n"), jwk.get("e")
    if not isinstance(modulus, str) or not isinstance(exponent, str):
        return None
    # Six bits a character: what cannot be of the right size is not worth the arithmetic
    if not _RSA_BITS.start <= len(modulus) * 6 <= _RSA_BITS.stop + 12 or len(exponent) > 12:
        return None
    try:
        # Only the public members: whoever publishes a private key gets no use of it here
        key = RSAKey.import_key({"kty": "RSA", "kid": kid, "n": modulus, "e": exponent})
        bits = key.public_key.key_size
    except (JoseError, ValueError, TypeError):
        return None
    return key if bits in _RSA_BITS else None


def lifetime(cache_control: str | None) -> timedelta:
    """How long a set is fresh: max-age of its Cache-Control, but 5 minutes at least and 24 hours at most."""
    directives = (cache_control or "").lower()
    if "no-store" in directives or "no-cache" in directives:
        return SHORTEST_LIFE
    found = re.search(r'(?<![a-z-])max-age\s*=\s*"?(\d{1,9})', directives)
    if found is None:
        return DEFAULT_LIFE
    return min(max(timedelta(seconds=int(found[1])), SHORTEST_LIFE), LONGEST_LIFE)


@dataclass(slots=True)
class _Cached:
    keys: dict[str, RSAKey]
    stored: StoredKeySet


@dataclass(slots=True)
class _Shelf:
    """One platform's place in this process."""

    cached: _Cached | None = None
    fetching: threading.Lock = field(default_factory=threading.Lock)
    #: When this process last asked the store or the platform in vain, for launches with a kid it knows.
    quiet_until: datetime | None = None


class KeySets:
    """A KeySource over a store and an HTTP client. One for each process; safe to use from several threads."""

    def __init__(
        self,
        store: KeySetStore,
        http: HttpClient,
        user_agent: str,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._http = http
        self._headers = {"Accept": "application/json", "User-Agent": user_agent}
        self._pause = pause
        self._shelves: dict[tuple[str, str, str], _Shelf] = {}

    def key_for(self, platform: Platform, kid: str, now: datetime) -> RSAKey:
        """The platform's key with this kid, by the rules above.

        Raises LtiError `lti_key` if the platform has no such key, `lti_keys_unavailable` if no set of it was
        ever fetched and none can be fetched now.
        """
        # A changed jwks_uri makes another shelf: what was kept belongs to the old address
        shelf = self._shelves.setdefault((*platform.key, platform.jwks_uri), _Shelf())
        cached = shelf.cached
        if cached is not None and now < cached.stored.expires_at:
            key = cached.keys.get(kid)
            if key is not None:
                return key
        return self._find(shelf, platform, kid, now)

    def _find(self, shelf: _Shelf, platform: Platform, kid: str, now: datetime) -> RSAKey:
        known = shelf.cached is not None and kid in shelf.cached.keys
        if known and shelf.quiet_until is not None and now < shelf.quiet_until:
            return self._settle(shelf, platform, kid, now)
        # Who knows the key does not wait for another thread's fetch; who does not, waits for its end
        before = shelf.cached
        if not shelf.fetching.acquire(blocking=not known, timeout=-1 if known else NEEDED.total):
            return self._settle(shelf, platform, kid, now)
        try:
            if shelf.cached is not before and shelf.cached is not None and kid in shelf.cached.keys:
                return self._settle(shelf, platform, kid, now)
            self._renew(shelf, platform, kid, now)
        finally:
            shelf.fetching.release()
        return self._settle(shelf, platform, kid, now)

    def _renew(self, shelf: _Shelf, platform: Platform, kid: str, now: datetime) -> None:
        """Steps 2 and 3: look in the store, then fetch if we may."""
        if self._take_from_store(shelf, platform, kid, now):
            return
        cached = shelf.cached
        known = cached is not None and kid in cached.keys
        quiet = shelf.quiet_until is not None and now < shelf.quiet_until
        if self._store.claim_fetch(platform, now, COOLDOWN):
            # A platform that is always slow is waited for all the same when its set is a day overdue
            overdue = cached is not None and now >= cached.stored.expires_at + LONGEST_LIFE
            fetched = self._fetch(platform, now, WISHED if known and not overdue else NEEDED)
            if fetched is not None:
                self._store.save(platform, fetched.stored)
                shelf.cached = fetched
                shelf.quiet_until = None
                return
        elif not known and not quiet and (cached is None or cached.stored.fetched_at <= now - COOLDOWN):
            # Another process claimed within the cooldown and has stored nothing yet: it may be at it right
            # now. Once in a cooldown, so that a flood of unknown kids does not keep us waiting while the
            # platform is down.
            for seconds in _PAUSES:
                self._pause(seconds)
                if self._take_from_store(shelf, platform, kid, now):
                    return
        shelf.quiet_until = now + COOLDOWN

    def _take_from_store(self, shelf: _Shelf, platform: Platform, kid: str, now: datetime) -> bool:
        """Put the store's set on the shelf if it is newer; True when it is fresh and holds the kid."""
        stored = self._store.load(platform)
        cached = shelf.cached
        if stored is None:
            return False
        if cached is None or stored.fetched_at > cached.stored.fetched_at:
            try:
                cached = shelf.cached = _Cached(parse_key_set(stored.jwks_json.encode()), stored)
            except ValueError as error:
                _log.warning("stored key set of %s is unusable: %s", platform.issuer, error)
                return False
        return now < cached.stored.expires_at and kid in cached.keys

    def _settle(self, shelf: _Shelf, platform: Platform, kid: str, now: datetime) -> RSAKey:
        """Step 4: what is known now has to do."""
        cached = shelf.cached
        if cached is None:
            raise LtiError("lti_keys_unavailable", f"no key set of {platform.issuer}")
        key = cached.keys.get(kid)
        if key is None:
            raise LtiError("lti_key", f"unknown kid at {platform.issuer}")
        if now >= cached.stored.expires_at + STALE_LIMIT:
            raise LtiError("lti_keys_unavailable", f"key set of {platform.issuer} is too old")
        return key

    def _fetch(self, platform: Platform, now: datetime, timeout: Timeout) -> _Cached | None:
        try:
            answer = self._http.request(
                "GET",
                platform.jwks_uri,
                headers=self._headers,
                body=None,
                timeout=timeout,
                max_bytes=MAX_BYTES,
            )
        except HttpFailure as failure:
            _log.warning("key set of %s: %s", platform.issuer, failure)
            return None
        if answer.status != 200:
            _log.warning("key set of %s: status %d", platform.issuer, answer.status)
            return None
        try:
            keys = parse_key_set(answer.body)
        except ValueError as error:
            _log.warning("key set of %s: %s", platform.issuer, error)
            return None
        expires_at = now + lifetime(answer.header("Cache-Control"))
        return _Cached(keys, StoredKeySet(answer.body.decode("utf-8"), now, expires_at))
