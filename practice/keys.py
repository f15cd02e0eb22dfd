"""The platform's own keys: made, published, rotated, signed with."""

from __future__ import annotations

import secrets
import sqlite3
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import RSAAlgorithm

from practice.store import Store

#: Rotated-out keys that stay published, for tokens still on their way.
_KEPT = 2


def ensure_key(store: Store) -> None:
    """Make the first key, if there is none."""
    with store.reading() as connection:
        if connection.execute("SELECT 1 FROM keys").fetchone():
            return
    rotate(store)


def rotate(store: Store) -> str:
    """Sign with a new key from now on; the last ones stay published. Returns the new key's id."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    kid = secrets.token_urlsafe(12)
    with store.writing() as connection:
        connection.execute("INSERT INTO keys (kid, private_pem) VALUES (?, ?)", (kid, pem))
        connection.execute(
            "DELETE FROM keys WHERE position NOT IN (SELECT position FROM keys ORDER BY position DESC LIMIT ?)",
            (1 + _KEPT,),
        )
    return kid


def public_set(store: Store) -> dict[str, list[dict[str, Any]]]:
    """The JSON Web Key Set (RFC 7517, https://www.rfc-editor.org/rfc/rfc7517#section-5), newest first."""
    with store.reading() as connection:
        rows = connection.execute("SELECT kid, private_pem FROM keys ORDER BY position DESC").fetchall()
    return {"keys": [_public_jwk(row) for row in rows]}


def sign(store: Store, claims: dict[str, Any]) -> str:
    """A compact RS256 JWT by the newest key."""
    with store.reading() as connection:
        row = connection.execute(
            "SELECT kid, private_pem FROM keys ORDER BY position DESC LIMIT 1"
        ).fetchone()
    return jwt.encode(claims, row["private_pem"], algorithm="RS256", headers={"kid": row["kid"]})


def _public_jwk(row: sqlite3.Row) -> dict[str, Any]:
    private = load_pem_private_key(row["private_pem"].encode(), password=None)
    assert isinstance(private, RSAPrivateKey)
    jwk: dict[str, Any] = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    jwk.pop("key_ops", None)  # either `use` or `key_ops`, not both (RFC 7517, 4.3)
    return {**jwk, "use": "sig", "alg": "RS256", "kid": row["kid"]}
