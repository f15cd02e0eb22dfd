"""What the page of a vertaalslag shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

import modules.model as content
from modules.captions import count_words
from modules.pupil_hints import names_pupil_hints
from modules.reflection import ShortField
from trainer.core.i18n import format_moment, format_time, locale, ngettext
from trainer.core.i18n import gettext as _
from trainer.core.i18n import lazy_gettext as _l
from trainer.learning.states import ReflectionPage, ReflectionState

_TEXTS = {
    "one_word": _l("1 word"),
    "words": _l("%(n)s words"),
    "at_least": _l("at least %(n)s words"),
    "still": _l("%(n)s more to go"),
    "kept_here": _l("No connection. Your text is kept on this device and saved later."),
    "signed_out": _l(
        "Your session has ended. Open the module again from your course; your text is kept on this page."
    ),
    "not_saved": _l("This could not be saved. Copy your text and load the page again."),
    "too_short": _l("Not handed in yet: some texts are too short."),
}


@dataclass(frozen=True, slots=True)
class FieldView:
    """One of the texts."""

    key: str
    label: content.Text
    text: str
    words: str
    #: why it cannot be handed in
    wrong: str
    #: it seems to name a pupil
    hint: str
    #: what another window wrote here meanwhile, where that differs
    newer: str


@dataclass(frozen=True, slots=True)
class WritingView:
    """The page."""

    title: str
    prompt: content.Text
    fields: tuple[FieldView, ...]
    revision: int
    button: str
    saved: str
    handed_in: str
    hand_in_url: str
    draft_url: str
    #: another window wrote on: what stands in the fields is not saved
    has_newer: bool
    script: dict[str, Any]


def writing_view(
    page: ReflectionPage,
    now: datetime,
    too_short: Iterable[ShortField] = (),
    typed: Mapping[str, str] | None = None,
) -> WritingView:
    """The page of a vertaalslag.

    ``too_short`` is what kept it from being handed in just now; ``typed`` what was not saved, because another window
    wrote on: it stands in the fields, and what is saved beside them.
    """
    step, state, enrolment = page.reflection, page.state, page.page.enrolment.public_id
    texts = state.draft if typed is None else typed
    wrong = short_sentences(too_short)
    hints = pupil_hints(texts)
    draft_url = url_for("buddy.save_draft", enrolment=enrolment, step=step.key)
    hand_in_url = url_for("buddy.hand_in", enrolment=enrolment, step=step.key)
    return WritingView(
        title=step.title(locale()) if step.title else _("What do you take along to your own pupils?"),
        prompt=step.prompt,
        fields=tuple(
            FieldView(
                field.key,
                field.label,
                texts.get(field.key, ""),
                _words(count_words(texts.get(field.key, "")), step.min_words),
                wrong.get(field.key, ""),
                hints.get(field.key, ""),
                _newer(state.draft.get(field.key, ""), texts.get(field.key, "")),
            )
            for field in step.fields
        ),
        revision=state.revision,
        button=_button(page),
        saved=draft_saved(state) if typed is None else "",
        handed_in=_handed_in(state, now),
        hand_in_url=hand_in_url,
        draft_url=draft_url,
        has_newer=typed is not None,
        script={
            "enrolment": enrolment,
            "step": step.key,
            "revision": state.revision,
            "min_words": step.min_words,
            "newer": dict(state.draft) if typed is not None else None,
            "urls": {"draft": draft_url, "hand_in": hand_in_url},
            "texts": {name: str(text) for name, text in _TEXTS.items()},
        },
    )


def short_sentences(too_short: Iterable[ShortField]) -> dict[str, str]:
    """Field key → what it lacks."""
    return {
        one.key: ngettext(
            "%(n)s more word is needed here.", "%(n)s more words are needed here.", one.needed - one.words
        )
        for one in too_short
    }


def pupil_hints(texts: Mapping[str, str]) -> dict[str, str]:
    """Field key → a soft question about a text that seems to name a pupil."""
    hints = {}
    for key, text in texts.items():
        pieces = names_pupil_hints(text, locale())
        if pieces:
            quoted = ", ".join(f"“{piece}”" for piece in pieces[:3])
            hints[key] = _(
                "Could somebody recognise a pupil by this: %(pieces)s? Leave it out if so.", pieces=quoted
            )
    return hints


def draft_saved(state: ReflectionState) -> str:
    """``Bewaard om 14:05``; nothing when nothing was saved."""
    return _("Saved at %(time)s", time=format_time(state.saved_at)) if state.saved_at else ""


def _newer(saved: str, typed: str) -> str:
    """The saved text where it is another; forms end lines with CRLF."""
    return saved if saved != typed.replace("\r\n", "\n") else ""


def _words(words: int, needed: int) -> str:
    if words == 0:
        return _("at least %(n)s words", n=needed)
    counted = ngettext("%(n)s word", "%(n)s words", words)
    return f"{counted}, {_('%(n)s more to go', n=needed - words)}" if words < needed else counted


def _button(page: ReflectionPage) -> str:
    if page.state.handed_in_at is not None:
        return _("Hand in again")
    others = [step for step in page.page.open_steps if step.key != page.reflection.key]
    return _("Hand in the vertaalslag") if others else _("Complete the module")


def _handed_in(state: ReflectionState, now: datetime) -> str:
    if state.handed_in_at is None:
        return ""
    if state.has_changes:
        return _(
            "Handed in %(moment)s. What you changed since is only a draft.",
            moment=format_moment(state.handed_in_at, now),
        )
    return _("Handed in %(moment)s.", moment=format_moment(state.handed_in_at, now))
