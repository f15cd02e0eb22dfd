"""A module's folder: every file is there, is the one that is meant, and lies inside the folder."""

import shutil

import pytest

from modules import (
    DocumentError,
    check_module,
    find_media,
    hash_file,
    library_folders,
    load_library,
    load_module,
    read_document,
)


@pytest.fixture
def folder(greeting_folder, tmp_path):
    """A copy of the example that a story may damage."""
    return shutil.copytree(greeting_folder, tmp_path / "library" / "groeten")


def codes(folder):
    return [problem.code for problem in check_module(folder)]


def edit(folder, right, wrong):
    document = folder / "module.xml"
    content = document.read_text("utf-8")
    assert right in content
    document.write_text(content.replace(right, wrong, 1), "utf-8")


def test_it_works(greeting_folder):
    assert check_module(greeting_folder) == []
    package = load_module(greeting_folder)
    assert package.module.key == "groeten"
    assert package.file(package.module.webcasts[0].film.media) == greeting_folder / "groeten.mp4"


def test_a_folder_without_a_document(tmp_path):
    assert codes(tmp_path) == ["document_unreadable"]
    assert codes(tmp_path / "nowhere") == ["document_unreadable"]


def test_a_file_that_is_missing(folder):
    (folder / "groeten.mp4").unlink()
    (problem,) = check_module(folder)
    assert problem.code == "media_missing"
    assert problem.line > 0
    assert problem.file == str(folder / "module.xml")


def test_a_file_that_is_another_one(folder):
    with (folder / "groeten.mp4").open("ab") as film:
        film.write(b"x")
    first, second = check_module(folder)
    assert {first.code, second.code} == {"media_hash", "media_size"}
    assert hash_file(folder / "groeten.mp4") in first.sentence + second.sentence


def test_a_link_out_of_the_folder_is_not_followed(folder):
    (folder / "groeten.png").unlink()
    (folder / "groeten.png").symlink_to("/etc/passwd")
    assert codes(folder) == ["media_outside"]


def test_a_folder_that_links_outside_is_not_followed(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "elsewhere")
    (folder / "media").symlink_to(tmp_path / "elsewhere")
    edit(folder, 'path="groeten.mp4"', 'path="media/groeten.mp4"')
    assert codes(folder) == ["media_outside"]


def test_a_path_out_of_the_folder_is_refused_even_when_no_schema_was_asked(greeting_folder, greeting):
    for path in ("../groeten/groeten.mp4x", "/etc/passwd", "a/../../x"):
        media = type(greeting.webcasts[0].film.media)(path, "0" * 64, "video/mp4")
        with pytest.raises(DocumentError) as refused:
            find_media(greeting_folder, media)
        assert refused.value.problems[0].code in {"media_outside", "media_missing"}


def test_a_directory_is_no_media(folder):
    (folder / "groeten.png").unlink()
    (folder / "groeten.png").mkdir()
    assert codes(folder) == ["media_missing"]


def test_a_film_that_is_no_film(folder):
    (folder / "groeten.mp4").write_bytes(b"<html><script>alert(1)</script></html>")
    assert "media_type" in codes(folder)


def test_captions_that_cannot_be_read_are_told_in_their_own_file(folder):
    captions = folder / "groeten.nl.vtt"
    captions.write_text("WEBVTT\n\n00:01,000 --> 00:02,000\nDag\n", "utf-8")
    told = {problem.code: problem for problem in check_module(folder)}
    assert told.keys() == {"media_hash", "vtt_time"}
    assert (told["vtt_time"].file, told["vtt_time"].line) == (str(captions), 3)


def test_captions_that_go_on_after_the_film(folder):
    captions = folder / "groeten.nl.vtt"
    captions.write_text("WEBVTT\n\n00:09.000 --> 00:10.000\nDag\n", "utf-8")
    assert "vtt_outside" in codes(folder)


def test_errors_of_the_document_and_of_its_files_are_told_together(folder):
    edit(folder, 'at="2.5"', 'at="9"')
    (folder / "groeten.png").unlink()
    assert set(codes(folder)) == {"question_outside", "media_missing"}


def test_a_warning_does_not_keep_a_module_back(folder):
    edit(folder, '<text xml:lang="en">The greeting</text>', "")
    package = load_module(folder)
    assert [problem.code for problem in package.warnings] == ["english_missing"]
    assert check_module(folder) == list(package.warnings)


def test_a_library_is_its_modules_by_number(folder):
    second = shutil.copytree(folder, folder.parent / "a-second")
    edit(second, 'key="groeten" number="99"', 'key="tweede" number="7"')
    (folder.parent / "README.md").write_text("no module")
    packages = load_library(folder.parent)
    assert [package.module.key for package in packages] == ["tweede", "groeten"]
    assert library_folders(folder) == [folder]
    assert library_folders(folder.parent / "nowhere") == []


def test_two_modules_with_one_key_are_refused(folder):
    shutil.copytree(folder, folder.parent / "a-second")
    with pytest.raises(DocumentError) as refused:
        load_library(folder.parent)
    assert {problem.code for problem in refused.value.problems} == {"module_key_twice", "module_number_twice"}


def test_the_document_alone_can_be_read_without_its_files(greeting_document):
    assert read_document(greeting_document, name="module.xml").key == "groeten"
