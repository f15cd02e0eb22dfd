"""Every text that a person may read has its Dutch, with the same places to fill, and no text waits that nobody says."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
DUTCH = ROOT / "trainer" / "translations" / "nl_BE"
#: sentences for authors, which the module checker makes; tests/modules holds them to its own texts
AUTHORS = "modules.po"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
_PLACE = re.compile(r"%\((\w+)\)[sd]")


def said() -> Iterator[tuple[str, tuple[str, ...]]]:
    """(where, message) of every text in code and templates; a message with a plural has two forms."""
    sources = [(path, "python") for path in (ROOT / "trainer").rglob("*.py")]
    sources += [(path, "jinja2") for path in (ROOT / "templates").rglob("*.html")]
    for path, method in sources:
        options = (
            {"silent": "false", "newstyle_gettext": "true", "trimmed": "false"} if method == "jinja2" else {}
        )
        for line, message, _, _ in extract(method, BytesIO(path.read_bytes()), KEYWORDS, (), options):
            forms = message if isinstance(message, tuple) else (message,)
            yield f"{path.relative_to(ROOT)}:{line}", tuple(form for form in forms if form)


def dutch() -> dict[tuple[str, ...], tuple[str, tuple[str, ...]]]:
    """Message → (catalogue, its Dutch forms)."""
    found: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {}
    for path in sorted(DUTCH.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    key = message.id if isinstance(message.id, tuple) else (message.id,)
                    value = message.string if isinstance(message.string, tuple) else (message.string,)
                    assert found.get(key, ("", value))[1] == value, (
                        f"{key} is said in two ways: {path.name}, {found[key][0]}"
                    )
                    found[key] = (path.name, value)
    return found


def test_every_text_has_its_dutch() -> None:
    catalogue = dutch()
    missing = sorted({f"{where}: {forms[0]}" for where, forms in said() if forms not in catalogue})
    assert not missing, "\n".join(missing)


def test_no_dutch_waits_for_a_text_that_nobody_says() -> None:
    spoken = {forms for _, forms in said()}
    idle = sorted(
        f"{name}: {forms[0]}"
        for forms, (name, _) in dutch().items()
        if forms not in spoken and name != AUTHORS
    )
    assert not idle, "\n".join(idle)


def test_every_dutch_text_is_there_and_fills_the_same_places() -> None:
    for forms, (name, texts) in dutch().items():
        assert all(texts), f"{name}: {forms[0]} has no Dutch"
        assert len(texts) == len(forms), f"{name}: {forms[0]}"
        for english, translated in zip(forms, texts, strict=True):
            assert set(_PLACE.findall(translated)) == set(_PLACE.findall(english)), f"{name}: {english}"
            assert (
                not re.search(r"%(?!\(\w+\)[sd]|%)", translated.replace(" %", "").replace("\u00a0%", ""))
                or "%" in english
            )
            assert "fuzzy" not in translated


def test_templates_speak_through_the_catalogue() -> None:
    """Words between tags, or in what is read aloud, that no catalogue can translate."""
    for path in (ROOT / "templates").rglob("*.html"):
        text = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<script.*?</script>",
            "\0",
            path.read_text("utf-8"),
            flags=re.DOTALL,
        )
        words = [piece.strip() for piece in re.findall(r">([^<>]*)<", text)]
        words += re.findall(r'\s(?:aria-label|title|alt|placeholder|label)="([^"]*)"', text)
        spoken = [
            piece for piece in words if re.search(r"[A-Za-z]{2,}", re.sub(r'[\w-]+="[^"]*"', "", piece))
        ]
        assert not spoken, f"{path.relative_to(ROOT)}: {spoken}"
