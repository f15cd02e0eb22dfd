"""A link that leads a learner to a module that is unknown, or retired and never begun by them: what is known of it.

Launches of lecturers never end here: they are led to the choice of another module for the link.
"""

from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import Connection

from lti.messages import ResourceLinkLaunch
from trainer.catalogue.queries import CatalogueModule, edition, find_module, successor_of
from trainer.core.crypto import Seal
from trainer.core.i18n import locale
from trainer.courses.queries import Known

#: a page that offers the successor can be used that long
TIME_TO_GO_ON = timedelta(hours=1)
_PURPOSE = "successor"


@dataclass(frozen=True, slots=True)
class Launched:
    """What a launch said, as far as going on with a successor takes it."""

    registration_id: int
    #: the platform's name for the deployment
    deployment_id: str
    sub: str
    #: "" where there is no course
    context_id: str
    resource_link_id: str
    named_key: str | None
    roles: tuple[str, ...]
    locale: str
    return_url: str | None
    login: list[tuple[str, str]] | None


class DeadEnd(Exception):
    """The launch was good and is noted; what it asked for cannot be opened. Nobody is signed in.

    Attributes:
        launched: what the launch said.
        key: of the module that it wanted.
        module: that module, retired; none where there is no such module.
        successor: the module in use that takes its place.
    """

    def __init__(
        self, launched: Launched, key: str, module: CatalogueModule | None, successor: CatalogueModule | None
    ) -> None:
        super().__init__(key)
        self.launched = launched
        self.key = key
        self.module = module
        self.successor = successor


def launched_by(
    launch: ResourceLinkLaunch, *, registration_id: int, named_key: str | None, locale: str
) -> Launched:
    """What a launch said."""
    return Launched(
        registration_id=registration_id,
        deployment_id=launch.deployment_id,
        sub=launch.sub,
        context_id=launch.context.id if launch.context else "",
        resource_link_id=launch.resource_link.id,
        named_key=named_key,
        roles=launch.roles,
        locale=locale,
        return_url=launch.return_url,
        login=launch.login,
    )


def wanted_key(known: Known, named_key: str | None) -> str | None:
    """The key of the module that a launch wants: none where the link names none and nobody chose one."""
    is_replaced = known.chosen_module_key is not None and named_key == known.replaced_key
    return known.chosen_module_key if named_key is None or is_replaced else named_key


def dead_end(connection: Connection, launched: Launched, key: str) -> DeadEnd:
    """Why a module cannot be opened, and what can be in its place."""
    module = find_module(connection, key)
    return DeadEnd(launched, key, module, successor_of(connection, module) if module is not None else None)


def title_of(connection: Connection, module: CatalogueModule) -> str:
    """In the reader's language."""
    return edition(connection, module.edition_id).module.title(locale())


def seal_launched(seal: Seal, launched: Launched, mark: str, now: datetime) -> str:
    """What a launch said, for the form on its page; `mark` is random, and spent with it."""
    return seal.close_for(_PURPOSE, [now.isoformat(), mark, asdict(launched)])


def open_launched(seal: Seal, token: str, now: datetime) -> tuple[Launched, str] | None:
    """The same, with the mark; none when it is none of ours, or the page was left standing too long."""
    opened = seal.open_for(_PURPOSE, token)
    if opened is None:
        return None
    at, mark, said = opened
    if not timedelta() <= now - datetime.fromisoformat(at) <= TIME_TO_GO_ON:
        return None
    said = {one.name: said[one.name] for one in fields(Launched)}
    login = [(name, value) for name, value in said["login"]] if said["login"] is not None else None
    return Launched(**{**said, "roles": tuple(said["roles"]), "login": login}), mark
