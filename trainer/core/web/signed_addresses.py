"""Addresses that carry their own proof, for what is asked for without a header: a film's player and a frame send none.

The signature (HMAC-SHA256) covers the path and every field, so none of them can be put together anew.  It says that we
wrote the address, and nothing more: what else must hold, such as a time or a session, the view asks by itself.
"""

import hmac
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import unquote, urlencode

from flask import request

from trainer.core.crypto import derive_key, keyed_hash
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.web.errors import Refusal
from trainer.core.web.service import service

SIGNATURE = "sig"


def signed_address(path: str, fields: Sequence[tuple[str, str]]) -> str:
    """``path``, as ``url_for`` writes it, with these fields and the signature over all of it."""
    query = urlencode(fields)
    return f"{path}?{query}&{SIGNATURE}={_signature(unquote(path), query)}"


def check_signed_address() -> None:
    """Refuse a request whose address we did not sign as it stands: 403 ``address_signature``."""
    query, found, given = request.query_string.decode("ascii", "replace").rpartition(f"&{SIGNATURE}=")
    right = _signature(request.path, query)
    if not found or not hmac.compare_digest(given.encode("utf-8", "replace"), right.encode()):
        raise Refusal(
            "address_signature",
            403,
            message=_l("This address is not complete."),
            advice=_l("Open the module again from your course."),
        )


def _signature(path: str, query: str) -> str:
    return keyed_hash(_key(service().settings.secret_key), f"{path}?{query}")


@lru_cache(maxsize=4)
def _key(secret_key: str) -> bytes:
    return derive_key(secret_key, "addresses")
