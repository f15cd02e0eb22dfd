"""A Common Cartridge of links: read by somebody else's eyes, and the same bytes each time."""

import zipfile
from io import BytesIO

import pytest

from modules import CartridgeLink, write_cartridge
from tests.support.cartridge import import_cartridge

WARM = CartridgeLink(
    "warme-band",
    "Een warme band: “jij & ik” <3",
    "Over é, ñ en\n  een tweede regel.",
    "https://training.example.be/lti/launch/warme-band",
    {"module": "warme-band", "link_history": "$ResourceLink.id.history"},
)
FEEDBACK = CartridgeLink(
    "feedback", "Feedback", "Goed.", "http://localhost:5000/lti/launch/feedback", {"module": "feedback"}
)


def test_each_module_is_a_link_in_one_folder() -> None:
    course = import_cartridge(write_cartridge([WARM, FEEDBACK], title="Modules", language="nl-BE"))
    assert (course.title, course.language) == ("Modules", "nl-BE")
    assert [link.title for link in course.links] == [WARM.title, FEEDBACK.title]
    assert [link.url for link in course.links] == [WARM.url, FEEDBACK.url]
    assert [link.custom for link in course.links] == [WARM.custom, FEEDBACK.custom]
    assert course.links[0].description == "Over é, ñ en een tweede regel."


def test_the_same_links_make_the_same_bytes() -> None:
    first = write_cartridge([WARM, FEEDBACK], title="Modules", language="nl-BE")
    assert first == write_cartridge([WARM, FEEDBACK], title="Modules", language="nl-BE")
    assert first != write_cartridge([FEEDBACK, WARM], title="Modules", language="nl-BE")
    entries = zipfile.ZipFile(BytesIO(first)).infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert entries[0].filename == "imsmanifest.xml"


def test_files_of_other_modules_do_not_share_an_identifier() -> None:
    """Some LMSs take what has a known identifier for a new version of it."""
    manifests = {
        zipfile.ZipFile(BytesIO(write_cartridge([link], title="M", language="nl-BE")))
        .read("imsmanifest.xml")
        .split(b'identifier="')[1]
        .split(b'"')[0]
        for link in (WARM, FEEDBACK)
    }
    assert len(manifests) == 2


@pytest.mark.parametrize("links", [[], [WARM, WARM]])
def test_nothing_and_the_same_twice_are_no_cartridge(links: list[CartridgeLink]) -> None:
    with pytest.raises(ValueError, match="each module once"):
        write_cartridge(links, title="Modules", language="nl-BE")
