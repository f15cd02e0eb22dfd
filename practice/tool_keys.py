"""The tool's public keys, from its key set."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from typing import Any

import jwt

_TIMEOUT = 5.0  # seconds
_MAX_BYTES = 256 * 1024


class UnknownKey(Exception):
    """The tool publishes no usable key of that id, or its key set cannot be had."""


class ToolKeys:
    """A cache of the tool's key set; an unknown key id fetches it again, so that a new key works at once."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str, jwt.PyJWK] = {}
        self._lock = threading.Lock()

    def find(self, kid: str) -> jwt.PyJWK:
        """The key of this id. UnknownKey if there is none."""
        with self._lock:
            if kid not in self._keys:
                self._keys = _read_set(_fetch(self._url))
            try:
                return self._keys[kid]
            except KeyError:
                raise UnknownKey(f"{self._url} has no key {kid!r}") from None


def _fetch(url: str) -> object:
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310 the configured tool
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
            return json.loads(answer.read(_MAX_BYTES))
    except (OSError, urllib.error.URLError, ValueError) as error:
        raise UnknownKey(f"{url}: {error}") from error


def _read_set(found: object) -> dict[str, jwt.PyJWK]:
    """Moodle refuses a whole set for one key without `alg`; so do we."""
    entries: Any = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(entries, list):
        raise UnknownKey("the key set is no object with a list of keys")
    keys: dict[str, jwt.PyJWK] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not entry.get("alg") or not entry.get("kid"):
            raise UnknownKey("a key in the set has no alg or no kid")
        if set(entry) & {"d", "p", "q", "dp", "dq", "qi"}:
            raise UnknownKey("the key set publishes a private key")
        if entry["alg"] == "RS256" and entry.get("use", "sig") == "sig":
            try:
                keys[str(entry["kid"])] = jwt.PyJWK(entry, algorithm="RS256")
            except jwt.PyJWTError as error:
                raise UnknownKey(f"a key in the set cannot be read: {error}") from error
    return keys
