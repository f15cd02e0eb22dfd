"""What the tests of deliveries stand in: platforms, courses, buddies and completions, put straight into the database.

And the hostile platform's process, with the handle by which a test tells it what to do to whom.
"""

import json
import secrets
import ssl
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from lti.http import HttpResponse, Timeout
from lti.keys import ToolKey as KeyPair
from lti.keys import generate_key
from lti.services import LINE_ITEM, SCORE
from scripts.processes import BIN, ChildProcess
from tests.support.ports import free_port, wait_until_open
from trainer.catalogue.models import Edition, Module
from trainer.core.crypto import Seal
from trainer.core.database import Database
from trainer.core.http import SafeHttpClient
from trainer.core.settings import Settings, load_settings
from trainer.courses.models import Course, Delivery, Link, Visit
from trainer.institutions.models import Deployment, Institution, Registration, ToolKey
from trainer.learning.models import Completion, Enrolment
from trainer.people.models import Buddy, Identity

BOTH = (SCORE, LINE_ITEM)


@cache
def _tool_key() -> KeyPair:
    """Making a key takes a second, so all worlds of a run share one."""
    return generate_key(datetime.now(UTC))


class RunningHostilePlatform:
    """The hostile platform's process."""

    def __init__(self, folder: Path, *, certificate: Path | None = None) -> None:
        self.port = free_port()
        self.scheme = "https" if certificate else "http"
        module = ["-m", "tests.crash.hostile_platform", "--port", str(self.port)]
        tls = ["--certificate", str(certificate)] if certificate else []
        self.process = ChildProcess([BIN / "python", *module, *tls], folder / "hostile.log")
        wait_until_open(self.port, 20)

    def tenant(self, name: str | None = None) -> "HostileTenant":
        """A platform of this test's own."""
        return HostileTenant(f"{self.scheme}://127.0.0.1:{self.port}", name or f"t{secrets.token_hex(6)}")

    def stop(self) -> None:
        """End the process."""
        self.process.kill()


class HostileTenant:
    """The handle of one tenant of the hostile platform."""

    def __init__(self, origin: str, name: str) -> None:
        self.name = name
        self.url = f"{origin}/{name}"
        self._control = f"{origin}/control/{name}"
        self._tls: ssl.SSLContext | None = None

    def trust(self, certificate: Path) -> None:
        """Talk to the control over TLS with this certificate; its host name is not compared."""
        self._tls = ssl.create_default_context(cafile=str(certificate))
        self._tls.check_hostname = False

    def tell(self, **wanted: object) -> None:
        """Configure: `script={"score": ["500"]}`, `items=[…]`, `teachers=[…]`, `revoke_tokens=True`, …"""
        urllib.request.urlopen(
            urllib.request.Request(self._control, json.dumps(wanted).encode(), method="POST"),
            timeout=10,
            context=self._tls,
        ).close()

    def state(self) -> dict[str, Any]:
        """Gradebook and diary."""
        with urllib.request.urlopen(self._control, timeout=30, context=self._tls) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def requests(self, kind: str) -> list[dict[str, Any]]:
        """The diary's entries of one kind: "token", "list", "create" or "score"."""
        return [entry for entry in self.state()["diary"] if entry.get("kind") == kind]

    def scores(self) -> dict[tuple[str, str], dict[str, Any]]:
        """(line item, user) → the score in the gradebook; deleted columns left out."""
        items = self.state()["items"].items()
        return {
            (item_id, user): score
            for item_id, item in items
            if not item["deleted"]
            for user, score in item["scores"].items()
        }

    def item_url(self, item_id: str) -> str:
        """The address of a line item."""
        return f"{self.url}/lineitems/{item_id}/lineitem?type_id=1"


class RunningClock:
    """A clock that runs with the machine's, some factor faster, and can be pushed on or back.

    Two processes given the same `origin` and `speed` agree.
    """

    def __init__(self, *, speed: float = 1.0, origin: float | None = None) -> None:
        self.speed = speed
        self.origin = time.time() if origin is None else origin
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return (
            datetime.fromtimestamp(self.origin + (time.time() - self.origin) * self.speed, UTC) + self.ahead
        )

    def push(self, by: timedelta) -> None:
        """Let time pass (or step back) at once."""
        self.ahead += by


class HastyHttpClient(SafeHttpClient):
    """The real client, allowed to go to loopback, that waits less long: platforms in tests are near."""

    limit = Timeout(1.0, 0.8)

    def request(self, method: str, url: str, **options: Any) -> HttpResponse:
        """As the real one does, with shorter limits."""
        return super().request(method, url, **{**options, "timeout": self.limit})


class World:
    """The rows of one database, made as a story needs them."""

    def __init__(self, database_url: str, **settings: str) -> None:
        self.database = Database(database_url)
        environment = {
            "TRAINER_DATABASE_URL": database_url,
            "TRAINER_SECRET_KEY": "s" * 40,
            "TRAINER_BASE_URL": "http://127.0.0.1:8000",
            "TRAINER_ALLOW_INSECURE_PLATFORMS": "1",
            "TRAINER_DELIVERY_RATE": "1000",
            "TRAINER_LOG_LEVEL": "ERROR",
            **{f"TRAINER_{name.upper()}": value for name, value in settings.items()},
        }
        self.environment = environment
        self.settings: Settings = load_settings(environment)
        self.clock = RunningClock()
        self.seal = Seal(self.settings.secret_key)
        with self.database.writing() as connection:
            key = _tool_key()
            sealed = self.seal.close(key.private_pem().decode())
            made_at = self.clock() - timedelta(days=2)  # so that it signs at once
            connection.execute(insert(ToolKey).values(kid=key.kid, private_key=sealed, created_at=made_at))
            self.public_keys = [key.public_jwk()]
            self.institution_id = self._insert(
                connection, Institution, name=f"Hogeschool {secrets.token_hex(4)}", created_at=self.clock()
            )
            module_id = self._insert(connection, Module, key="warme-band", number=1, created_at=self.clock())
            self.edition_id = self._insert(
                connection,
                Edition,
                module_id=module_id,
                number=1,
                line=1,
                is_major=True,
                document="<module/>",
                document_sha256="0" * 64,
                published_at=self.clock(),
            )
            self.module_id = module_id

    def close(self) -> None:
        """Give the connections back."""
        self.database.dispose()

    @staticmethod
    def _insert(connection: Connection, table: Any, **values: object) -> int:
        known = {name: value for name, value in values.items() if name in table.__table__.columns}
        made = connection.execute(insert(table).values(known).returning(table.id)).scalar_one()
        return int(made)

    def platform(self, tenant: HostileTenant, *, url: str | None = None, **values: object) -> int:
        """Register a tenant as a platform, and let it know our keys; gives the registration's id."""
        tenant.tell(keys=self.public_keys)
        return self.registration(url or tenant.url, name=tenant.name, **values)

    def registration(self, url: str, *, name: str, **values: object) -> int:
        """A registration with one deployment ("1") whose services lie below `url`."""
        with self.database.writing() as connection:
            registration_id = self._insert(
                connection,
                Registration,
                institution_id=self.institution_id,
                name=name,
                issuer=url,
                client_id="trainer",
                authorization_endpoint=f"{url}/auth",
                token_endpoint=f"{url}/token",
                jwks_uri=f"{url}/jwks",
                active=True,
                adopts_deployments=False,
                frame_origins=[],
                created_at=self.clock(),
                **values,
            )
            self._insert(
                connection,
                Deployment,
                registration_id=registration_id,
                deployment_id="1",
                active=True,
                created_at=self.clock(),
            )
            return registration_id

    def link(
        self,
        registration_id: int,
        *,
        line_item: str | None = None,
        line_items: str | None = None,
        scopes: Sequence[str] = BOTH,
        course: str = "Stage 1",
        name: str | None = None,
    ) -> int:
        """A link in a course of its own; gives its id."""
        with self.database.writing() as connection:
            deployment_id = connection.execute(
                select(Deployment.id).where(Deployment.registration_id == registration_id)
            ).scalar_one()
            course_id = self._insert(
                connection,
                Course,
                public_id=secrets.token_hex(16),
                deployment_id=deployment_id,
                institution_id=self.institution_id,
                context_id=secrets.token_hex(4),
                title=course,
                created_at=self.clock(),
            )
            return self._insert(
                connection,
                Link,
                public_id=secrets.token_hex(16),
                deployment_id=deployment_id,
                course_id=course_id,
                resource_link_id=name or secrets.token_hex(4),
                title="Warme band",
                ags_scopes=list(scopes),
                line_item_url=line_item,
                line_items_url=line_items,
                columns_used=0,
                columns_asked=0,
                created_at=self.clock(),
            )

    def buddy(self, registration_id: int, sub: str) -> tuple[int, int]:
        """(identity, enrolment) of a buddy who began the module."""
        with self.database.writing() as connection:
            return self._buddy(connection, registration_id, sub)

    def _buddy(self, connection: Connection, registration_id: int, sub: str) -> tuple[int, int]:
        now = self.clock()
        buddy_id = self._insert(connection, Buddy, public_id=secrets.token_hex(16), created_at=now)
        identity_id = self._insert(
            connection, Identity, buddy_id=buddy_id, registration_id=registration_id, sub=sub, created_at=now
        )
        enrolment_id = self._insert(
            connection,
            Enrolment,
            public_id=secrets.token_hex(16),
            buddy_id=buddy_id,
            module_id=self.module_id,
            edition_id=self.edition_id,
            period="",
            started_at=now,
            last_active_at=now,
            progress=0,
        )
        return identity_id, enrolment_id

    def visit(self, link_id: int, identity_id: int, enrolment_id: int, *, is_lecturer: bool = False) -> int:
        """The buddy came through a link."""
        with self.database.writing() as connection:
            return self._visit(connection, link_id, identity_id, enrolment_id, is_lecturer)

    def _visit(
        self,
        connection: Connection,
        link_id: int,
        identity_id: int,
        enrolment_id: int,
        is_lecturer: bool = False,
    ) -> int:
        now = self.clock()
        return self._insert(
            connection,
            Visit,
            link_id=link_id,
            identity_id=identity_id,
            enrolment_id=enrolment_id,
            may_place=is_lecturer,
            has_result=not is_lecturer,
            first_at=now,
            last_at=now,
        )

    def complete(self, enrolment_id: int) -> int:
        """The buddy completed the module; gives the completion's id."""
        with self.database.writing() as connection:
            return self._complete(connection, enrolment_id)

    def _complete(self, connection: Connection, enrolment_id: int) -> int:
        now = self.clock()
        connection.execute(update(Enrolment).where(Enrolment.id == enrolment_id).values(completed_at=now))
        return self._insert(
            connection,
            Completion,
            enrolment_id=enrolment_id,
            edition_id=self.edition_id,
            completed_at=now,
            via="film",
            evidence={},
        )

    def completed(self, registration_id: int, link_id: int, sub: str) -> int:
        """A buddy came through a link and completed the module, in one transaction; gives the enrolment's id."""
        with self.database.writing() as connection:
            identity_id, enrolment_id = self._buddy(connection, registration_id, sub)
            self._visit(connection, link_id, identity_id, enrolment_id)
            self._complete(connection, enrolment_id)
            return enrolment_id

    def deliveries(self) -> list[Any]:
        """Every row, oldest first."""
        with self.database.reading() as connection:
            return list(connection.execute(select(Delivery.__table__).order_by(Delivery.id)))

    def with_settings(self, **values: object) -> Settings:
        """The settings with some changed."""
        return replace(self.settings, **values)  # type: ignore[arg-type]
