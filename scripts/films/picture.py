"""What is seen: a slide for each chapter, and the film made of slides and voice."""

from __future__ import annotations

import html
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from scripts.films.programs import RenderingFailed, is_root, run

WIDTH, HEIGHT = 1280, 720
SPOKEN_LANGUAGE = {"nl": "nld", "en": "eng"}

STYLE = """
* { box-sizing: border-box }
body { margin: 0; width: 1280px; height: 720px; padding: 64px 84px; overflow: hidden;
       display: flex; flex-direction: column; background: #fbf7ef; color: #1c2a33;
       font-family: 'Noto Sans', 'DejaVu Sans', sans-serif }
header { display: flex; justify-content: space-between; color: #0b5563; font-size: 24px; font-weight: 600 }
h1 { margin: 56px 0 36px; max-width: 1050px; font-size: 60px; line-height: 1.15 }
.cover h1 { margin-top: 150px; font-size: 76px }
ul { margin: 0; padding: 0; list-style: none }
li { position: relative; margin-bottom: 22px; padding-left: 52px; font-size: 38px; line-height: 1.3 }
li::before { content: ''; position: absolute; left: 0; top: 14px; width: 24px; height: 24px;
             border-radius: 50%; background: #d9622b }
footer { margin-top: auto; height: 10px; border-radius: 5px; background: #e3dccb }
footer i { display: block; height: 100%; border-radius: 5px; background: #0b5563 }
"""


@dataclass(frozen=True, slots=True)
class Slide:
    """A still picture: `done` is how far the film is at its end (0 to 1), `place` its corner ("2/4")."""

    heading: str
    bullets: Sequence[str] = ()
    place: str = ""
    done: float = 0.0

    def page(self, language: str, series: str) -> str:
        """The slide as an HTML page; `series` stands above it."""
        bullets = "".join(f"<li>{html.escape(bullet)}</li>" for bullet in self.bullets)
        return (
            f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title></title>'
            f'<style>{STYLE}</style><body class="{"" if self.place else "cover"}">'
            f"<header><span>{html.escape(series)}</span><span>{self.place}</span></header>"
            f"<h1>{html.escape(self.heading)}</h1><ul>{bullets}</ul>"
            f'<footer><i style="width: {self.done:.0%}"></i></footer>'
        )


def draw(slide: Slide, path: Path, language: str, series: str, work: Path) -> None:
    """Draws a slide as a PNG of 1280 × 720 at `path`: a Chromium opens it as a page and takes a picture.

    `work` is a folder to litter. Raises RenderingFailed.
    """
    page, profile = work / "slide.html", work / "chromium-profile"
    page.write_text(slide.page(language, series), encoding="utf-8")
    path.unlink(missing_ok=True)
    run("chromium", "--headless=new", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1",
        f"--window-size={WIDTH},{HEIGHT}", f"--user-data-dir={profile}", f"--screenshot={path.absolute()}",
        *(["--no-sandbox"] if is_root() else []), page.as_uri(), seconds=60)  # fmt: skip
    if not path.exists():
        raise RenderingFailed(f"chromium made no picture of the slide “{slide.heading}”")


def encode(
    film: Path,
    *,
    slides: Sequence[Path],
    starts: Sequence[Decimal],
    sound: Path,
    duration: Decimal,
    title: str,
    headings: Sequence[str],
    language: str,
) -> None:
    """Makes the MP4: H.264 and AAC, the index at its front so that it plays at once.

    Slide n is seen from `starts[n]` on; times are seconds. The chapters go
    into the file too, for players that are not ours.
    """
    folder = sound.parent
    ends = [*starts[1:], duration]
    shown = [
        f"file '{slide}'\nduration {end - start}"
        for slide, start, end in zip(slides, starts, ends, strict=True)
    ]
    # The concat demuxer ignores the duration of the last picture unless one follows it.
    (folder / "slides.txt").write_text("\n".join([*shown, f"file '{slides[-1]}'"]), encoding="utf-8")
    chapters = [
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start * 1000:.0f}\n"
        f"END={end * 1000:.0f}\ntitle={_escape(heading)}"
        for start, end, heading in zip(starts, ends, headings, strict=True)
    ]
    facts = [";FFMETADATA1", f"title={_escape(title)}", f"language={language}", *chapters]
    (folder / "facts.txt").write_text("\n".join(facts), encoding="utf-8")
    made = folder / "film.mp4"
    run("ffmpeg", "-y", "-hide_banner", "-loglevel", "error",
        "-f", "concat", "-safe", "0", "-i", str(folder / "slides.txt"),
        "-i", str(sound), "-i", str(folder / "facts.txt"),
        "-map", "0:v", "-map", "1:a", "-map_metadata", "2", "-map_chapters", "2", "-t", str(duration),
        "-vf", f"fps=25,scale={WIDTH}:{HEIGHT}:out_color_matrix=bt709,format=yuv420p",
        "-c:v", "libx264", "-profile:v", "high", "-level", "3.1", "-preset", "slow", "-tune", "stillimage",
        "-crf", "26", "-g", "250", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
        "-af", "highpass=f=90,lowpass=f=7600,loudnorm=I=-16:TP=-1.5:LRA=11", "-ar", "48000", "-ac", "1",
        "-c:a", "aac", "-b:a", "48k", "-metadata:s:a:0", f"language={SPOKEN_LANGUAGE[language]}",
        "-movflags", "+faststart", str(made))  # fmt: skip
    # Only a whole film takes the place of an older one.
    shutil.move(made, film)


def length(film: Path) -> Decimal:
    """How long a film lasts, in seconds, as a player will count it."""
    arguments = ("-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(film))
    return Decimal(run("ffprobe", *arguments).strip())


def _escape(text: str) -> str:
    """For ffmpeg's metadata format, https://ffmpeg.org/ffmpeg-formats.html#Metadata-2."""
    return "".join(f"\\{sign}" if sign in "=;#\\" else sign for sign in text)
