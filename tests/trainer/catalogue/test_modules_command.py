"""`trainer modules`: an author checks, publishes, lists and retires without help."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trainer.cli import main

LIBRARY = Path(__file__).parents[3] / "modules" / "library"


@pytest.fixture
def trainer(database_url: str, tmp_path: Path) -> Callable[..., Result]:
    settings = {
        "TRAINER_DATABASE_URL": database_url,
        "TRAINER_SECRET_KEY": "a secret key that is long enough for a test",
        "TRAINER_BASE_URL": "http://127.0.0.1:8000",
        "TRAINER_MEDIA_ROOT": str(tmp_path / "media"),
    }

    def run(*words: object) -> Result:
        return CliRunner().invoke(main, ["modules", *map(str, words)], env=settings)

    return run


def test_publish_list_and_publish_again(trainer: Callable[..., Result], folder: Path) -> None:
    first = trainer("publish", folder)
    assert (first.exit_code, first.stdout) == (0, "groeten: edition 1, published, major\n")
    assert "groeten" in trainer("list").stdout
    assert trainer("publish", folder / "module.xml").stdout == "groeten: edition 1, unchanged\n"


def test_a_changed_module_becomes_the_next_edition(trainer: Callable[..., Result], folder: Path) -> None:
    trainer("publish", folder)
    _replace(folder, "Groeten bij naam", "Groeten met de naam")
    assert trainer("publish", folder).stdout == "groeten: edition 2, published, minor\n"
    _replace(folder, 'score="0.80"', 'score="0.75"')
    assert trainer("publish", folder).stdout == "groeten: edition 3, published, major\n"
    _replace(folder, 'score="0.75"', 'score="0.70"')
    assert trainer("publish", "--minor", folder).stdout == "groeten: edition 4, published, minor\n"


def test_an_error_has_a_file_a_line_and_a_sentence(trainer: Callable[..., Result], folder: Path) -> None:
    _replace(folder, 'sha256="0811', 'sha256="0812')
    checked = trainer("check", folder)
    assert checked.exit_code == 1
    line = next(line for line in checked.stdout.splitlines() if "media_hash" in line)
    assert line.startswith(f"{folder}/module.xml:23: ")
    assert "another file than the document means" in line

    refused = trainer("publish", folder)
    assert refused.exit_code == 1
    assert "media_hash" in refused.stderr
    assert "Nothing was published." in refused.stderr
    assert trainer("list").stdout == ""


def test_one_error_keeps_all_of_them_back(trainer: Callable[..., Result], folder: Path) -> None:
    broken = folder.parent / "kapot"
    broken.mkdir()
    (broken / "module.xml").write_text("<module>", encoding="utf-8")
    refused = trainer("publish", folder.parent)
    assert refused.exit_code == 1
    assert trainer("list").stdout == ""


def test_a_folder_without_a_module_is_said_so(trainer: Callable[..., Result], tmp_path: Path) -> None:
    empty = tmp_path / "leeg"
    empty.mkdir()
    refused = trainer("check", empty)
    assert refused.exit_code == 2
    assert "there is no module.xml" in refused.stderr


def test_list_a_folder_without_a_database(trainer: Callable[..., Result], folder: Path) -> None:
    listed = trainer("list", folder)
    assert listed.exit_code == 0
    assert "Groeten bij naam" in listed.stdout


def test_retire(trainer: Callable[..., Result], folder: Path) -> None:
    trainer("publish", folder)
    _replace(folder, 'key="groeten"', 'key="begroeten"')
    trainer("publish", folder)
    done = trainer("retire", "groeten", "--successor", "begroeten")
    assert (done.exit_code, done.stdout) == (0, "groeten: retired, followed by begroeten\n")
    assert "(retired, see begroeten)" in trainer("list").stdout
    for successor in ("groeten", "nergens"):
        refused = trainer("retire", "begroeten", "--successor", successor)
        assert (refused.exit_code, successor in refused.stderr) == (1, True), (
            "a retired one takes nobody's place"
        )
    restored = trainer("restore", "groeten")
    assert (restored.exit_code, restored.stdout) == (0, "groeten: in use\n")
    assert "retired" not in trainer("list").stdout
    assert trainer("restore", "nergens").exit_code == 1
    unknown = trainer("retire", "nergens")
    assert unknown.exit_code == 1
    assert "nergens" in unknown.stderr


def test_the_whole_library_again_is_quick(trainer: Callable[..., Result]) -> None:
    first = trainer("publish", LIBRARY)
    assert first.exit_code == 0, first.stderr
    assert first.stdout.count("edition 1, published, major") == 12
    begin = time.process_time()
    again = trainer("publish", LIBRARY)
    assert again.stdout.count("unchanged") == 12
    assert time.process_time() - begin < 3


@pytest.mark.parametrize("command", ["check", "publish", "list", "retire", "restore"])
def test_help_says_what_it_does(trainer: Callable[..., Result], command: str) -> None:
    told = trainer(command, "--help")
    assert told.exit_code == 0
    assert len(told.stdout) > 200


def _replace(folder: Path, old: str, new: str) -> None:
    document = folder / "module.xml"
    text = document.read_text(encoding="utf-8")
    assert old in text
    document.write_text(text.replace(old, new), encoding="utf-8")
