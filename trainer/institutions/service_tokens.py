"""Access tokens for platforms' services: what :mod:`lti.services` asks of where workers share them."""

import json
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update

from lti.platform import Platform
from lti.services import AccessToken
from trainer.core.crypto import Seal
from trainer.core.insert import insert_if_new
from trainer.institutions.models import ServiceToken
from trainer.institutions.queries import registration_id_of


def load_token(
    connection: Connection, seal: Seal, platform: Platform, scopes: frozenset[str]
) -> AccessToken | None:
    """The last token for exactly these scopes, good or not; None where none was kept.

    Raises:
        SealBroken: the secret key is another one than when the token was kept.
    """
    row = connection.execute(
        select(ServiceToken.sealed, ServiceToken.expires_at).where(
            ServiceToken.registration_id == registration_id_of(platform),
            ServiceToken.scopes == _joined(scopes),
        )
    ).one_or_none()
    if row is None or row.sealed is None or row.expires_at is None:
        return None
    kept = json.loads(seal.open(row.sealed))
    issued_at = datetime.fromisoformat(kept["issued_at"])
    return AccessToken(kept["value"], frozenset(kept["scopes"]), issued_at, row.expires_at)


def save_token(
    connection: Connection, seal: Seal, platform: Platform, scopes: frozenset[str], token: AccessToken
) -> None:
    """Keep a token for all workers, in the place of the one before."""
    kept = {
        "value": token.value,
        "scopes": sorted(token.scopes),
        "issued_at": token.issued_at.isoformat(),
    }
    connection.execute(
        update(ServiceToken)
        .where(
            ServiceToken.registration_id == registration_id_of(platform),
            ServiceToken.scopes == _joined(scopes),
        )
        .values(sealed=seal.close(json.dumps(kept)), expires_at=token.expires_at)
    )


def drop_token(
    connection: Connection, seal: Seal, platform: Platform, scopes: frozenset[str], token: AccessToken
) -> None:
    """Forget a token that the platform refused, unless another one is there by now."""
    here = (
        ServiceToken.registration_id == registration_id_of(platform),
        ServiceToken.scopes == _joined(scopes),
    )
    sealed = connection.execute(select(ServiceToken.sealed).where(*here)).scalar_one_or_none()
    if sealed is not None and json.loads(seal.open(sealed))["value"] == token.value:
        forget = update(ServiceToken).where(*here, ServiceToken.sealed == sealed)
        connection.execute(forget.values(sealed=None, expires_at=None))


def claim_token_request(
    connection: Connection, platform: Platform, scopes: frozenset[str], now: datetime, cooldown: timedelta
) -> bool:
    """Claim the right to ask for a token: one worker in each ``cooldown``.  False for an unknown platform."""
    registration_id = connection.execute(select(registration_id_of(platform))).scalar_one_or_none()
    if registration_id is None:
        return False
    row = {"registration_id": registration_id, "scopes": _joined(scopes), "asked_at": now}
    if insert_if_new(connection, ServiceToken, row):
        return True
    # A time in the future means that the clock was set back: it must not keep us from asking
    free = or_(
        ServiceToken.asked_at.is_(None),
        ServiceToken.asked_at <= now - cooldown,
        ServiceToken.asked_at > now + cooldown,
    )
    claim = (
        update(ServiceToken)
        .where(ServiceToken.registration_id == registration_id, ServiceToken.scopes == _joined(scopes), free)
        .values(asked_at=now)
    )
    if connection.execute(claim).rowcount == 1:
        return True
    # What stood in the way may have been a token that is over, taken out between the two statements
    return insert_if_new(connection, ServiceToken, row)


def _joined(scopes: frozenset[str]) -> str:
    return " ".join(sorted(scopes))
