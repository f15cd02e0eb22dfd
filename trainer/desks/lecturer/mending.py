"""What a lecturer reads of links that need another module, and what is offered in its place."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from trainer.catalogue.queries import edition, find_module, successor_of
from trainer.core.i18n import format_date, locale
from trainer.courses.dead_links import DeadLink


@dataclass(frozen=True, slots=True)
class ToMend:
    """A link that needs another module, in the reader's language."""

    public_id: str
    title: str | None
    module_key: str
    #: of the retired module; none for one that does not exist
    module_title: str | None
    successor_key: str | None
    successor_title: str | None
    #: learners who wanted the module and did not get it, and since which day
    learners: int
    since: str | None


def to_mend(connection: Connection, links: Iterable[DeadLink]) -> list[ToMend]:
    """The links, with the titles of what they lead to and of what takes its place."""
    found = []
    for link in links:
        module = find_module(connection, link.module_key)
        successor = successor_of(connection, module) if module is not None else None
        titles = [
            edition(connection, one.edition_id).module.title(locale()) if one is not None else None
            for one in (module, successor)
        ]
        found.append(
            ToMend(
                public_id=link.public_id,
                title=link.title,
                module_key=link.module_key,
                module_title=titles[0],
                successor_key=successor.key if successor is not None else None,
                successor_title=titles[1],
                learners=link.learners,
                since=format_date(link.since) if link.since is not None else None,
            )
        )
    return found
