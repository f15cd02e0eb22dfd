"""Media are kept under their hash, whole or not at all, and nothing else in the folder can be reached."""

from hashlib import sha256
from pathlib import Path

import pytest

from trainer.core.media import MediaStore, NotInStore


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"moving pictures" * 100_000)
    return path


def test_what_is_put_can_be_read(store: MediaStore, film: Path) -> None:
    name = store.put(film)
    assert name == sha256(film.read_bytes()).hexdigest()
    assert name in store
    assert store.path(name) == store.root / name[:2] / name[2:]
    with store.open(name) as file:
        assert file.read() == film.read_bytes()


def test_putting_it_again_changes_nothing(store: MediaStore, film: Path) -> None:
    name = store.put(film)
    before = store.path(name).stat()
    assert store.put(film) == name
    assert store.path(name).stat().st_ino == before.st_ino


def test_a_copy_that_fails_leaves_nothing(store: MediaStore, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="directory"):
        store.put(tmp_path)
    assert list(store.root.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["", "..", "../" * 21 + "x", "/etc/passwd", "0" * 64, "A" * 64, "a" * 63 + "/", "a" * 64 + "\n", "\x00"],
)
def test_no_other_name_leads_anywhere(store: MediaStore, film: Path, name: str) -> None:
    store.put(film)
    assert name not in store
    with pytest.raises(NotInStore):
        store.path(name)
    with pytest.raises(NotInStore):
        store.open(name)
