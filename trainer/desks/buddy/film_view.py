"""What the player page and the text page show of a webcast."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import url_for

import modules.model as content
from modules.captions import Cue, transcript
from modules.coverage import Span
from trainer.core.i18n import DUTCH, format_position, locale
from trainer.core.i18n import gettext as _
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.web.cookies import carries_bearer
from trainer.desks.buddy.files import media_url
from trainer.desks.buddy.frame import Frame, gap_label, step_url
from trainer.desks.buddy.question_view import QuestionView, question_view
from trainer.desks.buddy.words import Act, film_time, percent
from trainer.learning.states import FilmState, PlayerPage

_LANGUAGE_NAMES = {"nl": "Nederlands", "en": "English"}

_KEYS = (
    ((_l("Space"), "K"), _l("play or pause")),
    (("J", "L"), _l("10 seconds back or on")),
    (("←", "→"), _l("5 seconds back or on")),
    (("0", "9"), _l("jump to that tenth of the film")),
    (("<", ">"), _l("slower or faster")),
    (("C",), _l("captions on or off")),
    (("↑", "↓"), _l("louder or softer")),
    (("M",), _l("sound on or off")),
    (("F",), _l("full screen")),
)

#: What the player's scripts say; %(names)s are filled in there.
_TEXTS = {
    "watched": _l("You watched %(amount)s"),
    "seconds_of": _l("%(seconds)s of %(length)s seconds"),
    "minutes_of": _l("%(time)s of %(length)s minutes"),
    "gap": "%(from)s – %(to)s",
    "start": _l("Start watching"),
    "go_on_from": _l("Go on watching from %(position)s"),
    "pause": _l("Pause"),
    "watch_again": _l("Watch again"),
    "position": _l("%(position)s of %(duration)s"),
    "chapters": _l("Chapters"),
    "choose": _l("Choose an answer first."),
    "go_on": _l("Go on watching"),
    "answer_not_saved": _l("No connection. Your answer is not saved yet; try again."),
    "signed_out": _l("Your session has ended. Open the module again from your course."),
    "connection_back": _l("The connection is back. Everything is saved."),
    "connection_offline": _l("No connection. Your watching time is kept and sent later."),
    "connection_busy": _l("The service is busy. Your watching time is kept and sent later."),
    "connection_refused": _l("Your watching time is not accepted. Load this page again."),
    "connection_signed_out": _l(
        "Your session has ended. Open the module again from your course. Your watching time is kept here."
    ),
}
#: The words of the player library that it does not have in our languages, or says otherwise than we do.
_PLAYER_TEXTS = {
    "Captions": _l("Captions"),
    "Subtitles": _l("Captions"),
    "Language and look of captions": _l("Language and look of captions"),
    "captions settings": _l("How captions look"),
    "subtitles settings": _l("How captions look"),
    "captions off": _l("No captions"),
    "subtitles off": _l("No captions"),
    "Caption Settings Dialog": _l("How captions look"),
    "Play": _l("Play"),
    "Pause": _l("Pause"),
    "Replay": _l("Play again"),
    "Mute": _l("Sound off"),
    "Unmute": _l("Sound on"),
    "Fullscreen": _l("Full screen"),
    "Exit Fullscreen": _l("Leave full screen"),
    "Playback Rate": _l("Speed"),
    "Chapters": _l("Chapters"),
    "Progress Bar": _l("Place in the film"),
    "Volume Level": _l("Volume"),
    "Opacity": _l("Opacity"),
    "Text Background": _l("Background of the text"),
    "Caption Area Background": _l("Background of the caption area"),
    "Done": _l("Done"),
    "Reset": _l("Reset"),
}


class TrackView(NamedTuple):
    """Captions in one language."""

    url: str
    language: str
    label: str
    is_default: bool


class LineView(NamedTuple):
    """A line of what is said; times in seconds."""

    start: str
    end: str
    position: str
    text: str
    lang: str | None


class ChapterView(NamedTuple):
    """A chapter."""

    start: str
    position: str
    title: content.Text
    #: what the film shows meanwhile
    bullets: tuple[content.Text, ...]


class GapView(NamedTuple):
    """A piece that was not watched."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class FilmView:
    """The player page."""

    url: str
    mime: str
    width: int
    height: int
    poster: str | None
    captions: tuple[TrackView, ...]
    lines: tuple[LineView, ...]
    chapters: tuple[ChapterView, ...]
    #: the film shows its words in another language than the page's, and we have them in the page's
    tells_screen: bool
    watched: list[Span]
    gaps: tuple[GapView, ...]
    length: int
    words: str
    needed: str
    go_on: str
    onward: Act
    enough: bool
    text_url: str | None
    text_counts: bool
    computer_voice: bool
    keys: tuple[Any, ...]
    questions: tuple[QuestionView, ...]
    #: for the page's script
    script: dict[str, Any]


class PassageView(NamedTuple):
    """A paragraph of the text: its cues are ``first`` … ``first + cues - 1``."""

    first: int
    cues: int
    start: int
    position: str
    text: str


class SectionView(NamedTuple):
    """A chapter of the text; ``bullets`` is what stands on the screen meanwhile."""

    title: str | None
    passages: tuple[PassageView, ...]
    bullets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextView:
    """The text page."""

    language: str
    sections: tuple[SectionView, ...]
    #: paragraphs in all, and those that count already
    passages: int
    done: int
    finished: bool
    words: str
    promise: str
    film_url: str
    onward: Act
    script: dict[str, Any]


def text_track(webcast: content.Webcast) -> content.Track | None:
    """The captions that the text is made of: in the reader's language, else in the film's, else any."""
    return (
        webcast.captions_in(locale())
        or webcast.captions_in(webcast.film.language)
        or next(iter(webcast.captions), None)
    )


def film_view(page: PlayerPage, frame: Frame, cues: Sequence[Cue], track: content.Track | None) -> FilmView:
    """The player page of a webcast; ``cues`` are those of ``track``, in the language in which the text is shown."""
    webcast, film, enrolment = page.webcast, page.film, page.page.enrolment.public_id
    rule = page.page.module.rule
    foreign = track.language if track and not locale().startswith(track.language) else None
    return FilmView(
        url=media_url(webcast.film.media),
        mime=webcast.film.media.mime,
        width=webcast.film.width,
        height=webcast.film.height,
        poster=media_url(webcast.poster) if webcast.poster else None,
        captions=tuple(
            TrackView(media_url(one.media), one.language, _LANGUAGE_NAMES[one.language], one == track)
            for one in webcast.captions
        ),
        lines=tuple(
            LineView(str(cue.start), str(cue.end), format_position(float(cue.start)), cue.line, foreign)
            for cue in cues
        ),
        chapters=tuple(
            ChapterView(str(one.start), format_position(float(one.start)), one.title, one.bullets)
            for one in webcast.chapters
        ),
        tells_screen=any(
            bullet(locale()) != bullet(webcast.film.language)
            for one in webcast.chapters
            for bullet in one.bullets
        ),
        watched=film.watched.spans,
        gaps=tuple(GapView(gap.start, gap.end, gap_label(gap.start, gap.end)) for gap in film.gaps)
        if film.watched
        else (),
        length=film.length,
        words=_("You watched %(amount)s", amount=film_time(film.seconds, film.length)),
        needed=_("%(part)s is needed", part=percent(rule.watched)),
        go_on=_go_on(film),
        onward=frame.onward,
        enough=film.via is not None,
        text_url=url_for("buddy.text_page", enrolment=enrolment, step=webcast.key) if cues else None,
        text_counts=rule.transcript,
        computer_voice=webcast.voice == "computer",
        keys=_KEYS,
        questions=tuple(question_view(one.question) for one in webcast.questions),
        script=_script(page, enrolment),
    )


def _go_on(film: FilmState) -> str:
    if not film.watched:
        return _("Start watching")
    stopped = int(film.position)
    gap = film.watched.next_gap(film.position)
    if gap is None:
        return _("Watch again")
    at = stopped if stopped < film.length and stopped not in film.watched else gap.start
    return _("Go on watching from %(position)s", position=format_position(at))


def _script(page: PlayerPage, enrolment: str) -> dict[str, Any]:
    webcast, film = page.webcast, page.film
    return {
        "enrolment": enrolment,
        "language": locale()[:2],
        "film": {
            "sha256": film.sha256,
            "duration": float(webcast.film.duration),
            "seconds": film.length,
            "max_speed": float(webcast.max_speed),
        },
        "position": film.position,
        "gaps": film.gaps,
        "enough": film.via is not None,
        "chapters": [{"start": float(one.start), "title": one.title(locale())} for one in webcast.chapters],
        "questions": [
            {"key": one.question.key, "at": float(one.at), "answered": one.question.key in page.answers}
            for one in webcast.questions
        ],
        "urls": {
            "progress": url_for("buddy.report_watching", enrolment=enrolment),
            # the film's own address ends where the session is a bearer
            "film": url_for("buddy.film_address", enrolment=enrolment, step=webcast.key)
            if carries_bearer()
            else None,
            "player_words": url_for("static", filename=f"vendor/video.js/lang/{locale()[:2]}.json"),
            "film_answer": url_for("buddy.answer_in_film", enrolment=enrolment, step=webcast.key),
        },
        "texts": {name: str(text) for name, text in _TEXTS.items()},
        "player_texts": {name: str(text) for name, text in _PLAYER_TEXTS.items()},
    }


def text_view(page: PlayerPage, frame: Frame, cues: Sequence[Cue], track: content.Track) -> TextView:
    """The text page of a webcast."""
    webcast, enrolment = page.webcast, page.page.enrolment.public_id
    sections = tuple(
        SectionView(
            title=section.chapter.title(track.language) if section.chapter else None,
            passages=tuple(
                PassageView(
                    one.first, len(one.cues), int(one.start), format_position(float(one.start)), one.text
                )
                for one in section.paragraphs
            ),
            bullets=tuple(bullet(track.language) for bullet in section.chapter.bullets)
            if section.chapter
            else (),
        )
        for section in transcript(cues, webcast.chapters)
    )
    passages = [passage for section in sections for passage in section.passages]
    read = page.film.transcript(track.language)
    finished = page.film.via == "transcript" or bool(read and read.finished_at)
    shown = read.shown if read else None
    done = (
        len(passages)
        if finished
        else sum(
            shown is not None and all(cue in shown for cue in range(one.first, one.first + one.cues))
            for one in passages
        )
    )
    texts = {
        "read": _l("You read %(read)s of %(all)s parts"),
        "finished": _l("You read the whole text. That counts as watching the film."),
        "calm": _l(
            "We count at a calm reading pace, at most 400 words a minute. Stay on this page for a moment."
        ),
        "connection_offline": _l("No connection. What you read is kept and sent later."),
        "connection_signed_out": _TEXTS["signed_out"],
    }
    counts = page.page.module.rule.transcript
    return TextView(
        language=DUTCH if track.language == "nl" else track.language,
        sections=sections,
        passages=max(len(passages), 1),
        done=done,
        finished=finished,
        words=str(texts["finished"])
        if finished
        else _("You read %(read)s of %(all)s parts", read=done, all=len(passages)),
        promise=_("Read the whole text at your own pace: that counts as watching the film.")
        if counts
        else _("The text of the film. To complete this step, watch the film too."),
        film_url=step_url(enrolment, webcast.key),
        onward=frame.onward,
        script={
            "enrolment": enrolment,
            "film": page.film.sha256,
            "language": track.language,
            "read": shown.spans if shown else [],
            "finished": finished,
            "urls": {"reading": url_for("buddy.report_reading", enrolment=enrolment, step=webcast.key)},
            "texts": {name: str(text) for name, text in texts.items()},
        },
    )
