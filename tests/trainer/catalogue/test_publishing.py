"""Publishing makes an immutable edition, once; what counts decides whether it is major."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import modules.model as content
from modules.problems import DocumentError
from tests.trainer.catalogue.conftest import NOW, Shelf
from trainer.catalogue import actions, queries


def test_the_first_edition_makes_the_module(shelf: Shelf) -> None:
    published = shelf.publish()
    assert (published.key, published.number, published.is_major, published.is_new) == (
        "groeten",
        1,
        True,
        True,
    )
    with shelf.database.reading() as connection:
        (listed,) = queries.list_modules(connection)
        found = queries.edition(connection, published.edition_id)
    assert (listed.key, listed.number, listed.edition_id) == ("groeten", 99, published.edition_id)
    assert found.module == shelf.package.module
    assert found.published_at == NOW


def test_the_same_again_is_no_new_edition(shelf: Shelf) -> None:
    first = shelf.publish()
    again = shelf.publish()
    assert again == replace(first, is_new=False)


def test_an_edition_never_changes(shelf: Shelf) -> None:
    first = shelf.publish()
    shelf.publish(title=content.Text("Anders"))
    with shelf.database.reading() as connection:
        assert queries.edition(connection, first.edition_id).module.title.nl == "Groeten bij naam"


def test_the_first_edition_cannot_be_minor(shelf: Shelf) -> None:
    with pytest.raises(DocumentError):
        shelf.publish(is_major=False)
    with shelf.database.reading() as connection:
        assert queries.find_module(connection, "groeten") is None


def _film(module: content.Module) -> dict[str, Any]:
    step = module.webcasts[0]
    poster = step.captions[0].media
    film = replace(step.film, media=replace(step.film.media, sha256=poster.sha256, path=poster.path))
    return {"steps": (replace(step, film=film), *module.steps[1:])}


def _right_answer(module: content.Module) -> dict[str, Any]:
    check = module.checks[0]
    first = check.questions[0]
    turned = replace(first, options=tuple(replace(one, right=not one.right) for one in first.options))
    changed = replace(check, questions=(turned, *check.questions[1:]))
    return {"steps": tuple(changed if step is check else step for step in module.steps)}


def _question_text(module: content.Module) -> dict[str, Any]:
    check = module.checks[0]
    first = replace(check.questions[0], prompt=content.Text("Anders gevraagd"))
    changed = replace(check, questions=(first, *check.questions[1:]))
    return {"steps": tuple(changed if step is check else step for step in module.steps)}


@pytest.mark.parametrize(
    ("change", "is_major"),
    [
        (lambda module: {"title": content.Text("Een tikfout minder")}, False),
        (_question_text, False),
        (lambda module: {"rule": replace(module.rule, watched=Decimal("0.5"))}, True),
        (_film, True),
        (_right_answer, True),
        (lambda module: {"steps": module.steps[:-1]}, True),
    ],
    ids=["title", "wording", "rule", "film", "right answer", "steps"],
)
def test_what_counts_makes_it_major(
    shelf: Shelf, change: Callable[[content.Module], dict[str, Any]], is_major: bool
) -> None:
    shelf.publish()
    assert shelf.publish(**change(shelf.package.module)).is_major is is_major


def test_the_author_has_the_last_word(shelf: Shelf) -> None:
    shelf.publish()
    assert shelf.publish(is_major=True, title=content.Text("Nieuw")).is_major
    assert not shelf.publish(is_major=False, minutes=content.Minutes(film=2)).is_major


def test_two_who_publish_at_once_get_numbers_in_turn(shelf: Shelf) -> None:
    shelf.publish()
    versions = [
        replace(shelf.package, module=replace(shelf.package.module, title=content.Text(f"Versie {number}")))
        for number in range(4)
    ]

    def publish(package: actions.Package) -> int:
        with shelf.database.writing() as connection:
            return actions.publish_edition(connection, package, now=NOW).number

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(publish, versions)) == [2, 3, 4, 5]


def test_media_are_kept_and_known(shelf: Shelf) -> None:
    shelf.publish()
    film = shelf.package.module.webcasts[0].film.media
    assert film.sha256 in shelf.store
    with shelf.database.reading() as connection:
        found = queries.find_media(connection, film.sha256)
        assert queries.find_media(connection, "0" * 64) is None
        assert queries.find_media(connection, "\x00") is None
    assert found == queries.StoredMedia(film.sha256, "video/mp4", 3965)


def test_a_file_that_changes_while_it_is_published_is_refused(shelf: Shelf, folder: Path) -> None:
    (folder / "groeten.mp4").write_bytes(b"something else")
    with pytest.raises(DocumentError, match="changed while it was being published"):
        shelf.publish()


def test_an_edition_is_read_once_per_process(shelf: Shelf) -> None:
    published = shelf.publish()
    with shelf.database.reading() as connection:
        first = queries.edition(connection, published.edition_id)
        assert queries.edition(connection, published.edition_id) is first
        with pytest.raises(queries.NoSuchEdition):
            queries.edition(connection, 12345)


def test_a_retired_module_says_what_takes_its_place(shelf: Shelf) -> None:
    shelf.publish()
    shelf.publish(key="nieuwer")
    with shelf.database.writing() as connection:
        actions.retire_module(connection, "groeten", successor="nieuwer", now=NOW)
    with shelf.database.reading() as connection:
        assert [module.key for module in queries.list_modules(connection)] == ["nieuwer"]
        retired = queries.find_module(connection, "groeten")
    assert retired is not None
    assert (retired.retired_at, retired.successor_key) == (NOW, "nieuwer")


@pytest.mark.parametrize(("key", "successor"), [("x", None), ("groeten", "x"), ("groeten", "groeten")])
def test_only_what_exists_can_be_retired(shelf: Shelf, key: str, successor: str | None) -> None:
    shelf.publish()
    with shelf.database.writing() as connection, pytest.raises(actions.NoSuchModule):
        actions.retire_module(connection, key, successor=successor, now=NOW)
