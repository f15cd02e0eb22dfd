"""Renders the film of a module from its document: `python -m scripts.render_film warme-band --out DIR`.

Reads the chapters of module.xml (title, what is said, what stands on the screen) and writes into DIR, in the
language of the film: KEY.mp4, KEY.poster.png, KEY.LANG.vtt (captions), KEY.chapters.LANG.vtt and
KEY.transcript.LANG.md; and the three texts in the other language too when every chapter has it. At the end it
prints what module.xml has to say of the new film. Needs espeak-ng, ffmpeg and chromium.

The voice is a computer's, so the webcast says voice="computer"; replace the film by a recording of a person
whenever there is one.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from modules.captions import chapter_cues, transcript_text, write_captions
from modules.document import parse_document
from modules.model import LANGUAGES, Language, Module, Webcast
from modules.problems import DocumentError
from scripts.films.picture import HEIGHT, WIDTH, Slide, draw, encode, length
from scripts.films.programs import RenderingFailed, require_programs
from scripts.films.subtitles import split_over_captions
from scripts.films.voice import Narration, narrate

LIBRARY = Path(__file__).resolve().parent.parent / "modules" / "library"

SERIES = {
    ("nl", "webcast"): "Webcast · module {number} · Leerbuddy",
    ("nl", "webinar"): "Kernfilm bij het webinar · module {number} · Leerbuddy",
    ("en", "webcast"): "Webcast · module {number} · Learning buddy",
    ("en", "webinar"): "Core film of the webinar · module {number} · Learning buddy",
}


@dataclass(frozen=True, slots=True)
class Script:
    """What is to be filmed: a webcast of a module, and the name that its files get."""

    module: Module
    webcast: Webcast
    name: str

    @property
    def language(self) -> Language:
        """The language that is spoken."""
        return self.webcast.film.language

    @property
    def series(self) -> str:
        """The line above each slide."""
        return SERIES[self.language, self.module.kind].format(number=self.module.number)

    def is_complete_in(self, language: Language) -> bool:
        """Whether every chapter has its title, its sentences and its bullets in this language."""
        texts = [
            text
            for chapter in self.webcast.chapters
            for text in (chapter.title, *chapter.say, *chapter.bullets)
        ]
        return all(getattr(text, language) for text in texts)


def read_script(name: str, step: str | None) -> Script:
    """The script of a module: of the library by its key, else by the path of its document or folder.

    Raises RenderingFailed when there is no such module or step, or too little to make a film of.
    """
    path = Path(name) if Path(name).exists() else LIBRARY / name
    path = path / "module.xml" if path.is_dir() else path
    if not path.is_file():
        raise RenderingFailed(f"there is no module {name!r}: neither a path nor a folder of {LIBRARY}")
    try:
        module = parse_document(path.read_bytes(), name=str(path))
    except DocumentError as error:
        raise RenderingFailed(f"{error.problems[0]}; `trainer modules check` tells more") from error
    webcasts = [webcast for webcast in module.webcasts if step in (None, webcast.key)]
    if not webcasts:
        raise RenderingFailed(f"module {module.key} has no webcast{f' {step!r}' if step else ''}")
    webcast = webcasts[0]
    script = Script(
        module, webcast, module.key if webcast == module.webcasts[0] else f"{module.key}-{webcast.key}"
    )
    if not webcast.chapters or not all(chapter.say for chapter in webcast.chapters):
        raise RenderingFailed(
            f"module {module.key}: each chapter needs at least one spoken line (element “say”)"
        )
    if not script.is_complete_in(script.language):
        raise RenderingFailed(
            f"module {module.key}: a chapter lacks a text in the language of the film ({script.language})"
        )
    return script


def render(script: Script, out: Path) -> list[str]:
    """Makes the film, its poster and texts in the folder `out`; returns what module.xml has to say of it."""
    out.mkdir(parents=True, exist_ok=True)
    language, chapters = script.language, script.webcast.chapters
    narration = narrate([[sentence(language) for sentence in chapter.say] for chapter in chapters], language)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        narration.write(work / "sound.wav")
        draw(
            Slide(script.module.title(language)),
            out / f"{script.name}.poster.png",
            language,
            script.series,
            work,
        )
        slides = []
        for number, chapter in enumerate(chapters, start=1):
            bullets = [bullet(language) for bullet in chapter.bullets]
            slide = Slide(
                chapter.title(language), bullets, f"{number}/{len(chapters)}", number / len(chapters)
            )
            slides.append(work / f"slide-{number}.png")
            draw(slide, slides[-1], language, script.series, work)
        encode(
            out / f"{script.name}.mp4",
            slides=slides,
            starts=narration.chapters,
            sound=work / "sound.wav",
            duration=narration.duration,
            title=script.module.title(language),
            headings=[chapter.title(language) for chapter in chapters],
            language=language,
        )
    for other in LANGUAGES:
        if script.is_complete_in(other):
            write_texts(script, narration, other, out)
    return facts(script, narration, out)


def write_texts(script: Script, narration: Narration, language: Language, out: Path) -> None:
    """Writes captions, chapters and transcript in a language, timed by the sentences that are spoken."""
    chapters = [
        replace(chapter, start=start)
        for chapter, start in zip(script.webcast.chapters, narration.chapters, strict=True)
    ]
    captions = [
        caption
        for chapter, times in zip(chapters, narration.sentences, strict=True)
        for sentence, (start, end) in zip(chapter.say, times, strict=True)
        for caption in split_over_captions(sentence(language), start, end)
    ]
    headings = chapter_cues(chapters, narration.duration, language)
    told = transcript_text(captions, chapters, script.module.title(language), language)
    (out / f"{script.name}.{language}.vtt").write_bytes(write_captions(captions))
    (out / f"{script.name}.chapters.{language}.vtt").write_bytes(write_captions(headings))
    (out / f"{script.name}.transcript.{language}.md").write_text(told, encoding="utf-8")


def facts(script: Script, narration: Narration, out: Path) -> list[str]:
    """What module.xml has to say now: the film's duration, the start of each chapter, each file's hash."""
    lines = [
        f'duration="{length(out / f"{script.name}.mp4").normalize():f}" width="{WIDTH}" height="{HEIGHT}"'
    ]
    lines += [f'chapter start="{start.normalize():f}"' for start in narration.chapters]
    for path in sorted(out.glob(f"{script.name}.*")):
        content = path.read_bytes()
        lines.append(
            f'path="{path.name}" sha256="{hashlib.sha256(content).hexdigest()}" bytes="{len(content)}"'
        )
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="render_film",
        description="Render the film of a module, with its captions, chapters, transcript and poster.",
    )
    parser.add_argument(
        "module", help="key of a module of the library, or path of a module.xml or its folder"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for the files; files of the same name are replaced",
    )
    parser.add_argument("--step", metavar="KEY", help="key of the webcast, if the module has more than one")
    chosen = parser.parse_args(arguments)
    try:
        script = read_script(chosen.module, chosen.step)
        require_programs()
        print("\n".join(render(script, chosen.out)))
    except (RenderingFailed, OSError) as failure:
        print(f"render_film: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
