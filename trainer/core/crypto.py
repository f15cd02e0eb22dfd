"""Keys derived from the one secret key, and sealing of small secrets at rest."""

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SealBroken(Exception):
    """A sealed text cannot be opened: it was made with another secret key, or changed."""


def derive_key(secret_key: str, purpose: str) -> bytes:
    """A 32-byte key for one purpose (HKDF-SHA256, RFC 5869), so that no two uses share a key."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret_key.encode())


def hash_token(token: str) -> str:
    """SHA-256 in hexadecimal of a random token: what the database keeps of it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def keyed_hash(key: bytes, text: str) -> str:
    """HMAC-SHA256 of ``text``, URL-safe, without padding."""
    return base64.urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).rstrip(b"=").decode()


class Seal:
    """Encrypts small texts: what the database keeps, such as private keys, and what pages carry without reading it."""

    def __init__(self, secret_key: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(derive_key(secret_key, "seal")))

    def close(self, text: str) -> str:
        """The sealed text."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text again.

        Raises:
            SealBroken: the secret key is another one, or the sealed text was changed.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as problem:
            raise SealBroken(
                "A stored secret does not open with the present TRAINER_SECRET_KEY."
            ) from problem

    def close_for(self, purpose: str, said: object) -> str:
        """What a page of ours carries until it comes back: anything that JSON can hold, good for this purpose alone."""
        return self.close(json.dumps([purpose, said]))

    def open_for(self, purpose: str, sealed: str) -> Any | None:
        """What `close_for` sealed; None for what is not ours, was changed, or was sealed for something else."""
        try:
            given, said = json.loads(self.open(sealed))
        except (SealBroken, ValueError, TypeError):
            return None
        return said if given == purpose else None
