"""The vertaalslag: drafts as they are typed, and handing in."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, jsonify, render_template, request, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as BaseResponse

from modules.reflection import ShortField
from trainer.core.i18n import gettext as _
from trainer.core.web.errors import Refusal
from trainer.core.web.service import service
from trainer.desks.buddy import buddy_desk
from trainer.desks.buddy.frame import frame_of
from trainer.desks.buddy.incoming import bad, clean, json_body, read
from trainer.desks.buddy.pages import to_step
from trainer.desks.buddy.writing_view import draft_saved, pupil_hints, short_sentences, writing_view
from trainer.desks.door import signed_in
from trainer.learning import actions, queries
from trainer.learning.schemas import Texts, TextsSchema
from trainer.learning.states import ReflectionState

_SENT = TextsSchema()
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_Answer = Response | BaseResponse | tuple[str, int]
#: fields of the form that are no texts
_NO_TEXTS = frozenset({"csrf_token", "revision"})


@buddy_desk.post("/m/<enrolment>/<step>/draft")
def save_draft(enrolment: str, step: str) -> _Answer:
    """Keep what was typed so far."""
    person, now = signed_in(), service().clock()
    sent = _sent()
    with service().database.writing() as connection:
        saved = actions.save_draft(
            connection,
            enrolment,
            person.buddy_id,
            step,
            texts=clean(sent.texts),
            revision=sent.revision,
            unheard=clean(sent.unheard) if sent.unheard is not None else None,
            now=now,
        )
    if not request.is_json:
        return (
            _newer_page(enrolment, step, clean(sent.texts)) if saved.is_conflict else to_step(enrolment, step)
        )
    if saved.is_conflict:
        raise _newer_stands(saved.state)
    return jsonify(
        revision=saved.state.revision, saved=draft_saved(saved.state), hints=pupil_hints(saved.state.draft)
    )


@buddy_desk.post("/m/<enrolment>/<step>/hand-in")
def hand_in(enrolment: str, step: str) -> _Answer:
    """Hand in; the module page then tells what is left, or that it is done."""
    person, now = signed_in(), service().clock()
    sent = _sent()
    with service().database.writing() as connection:
        result = actions.hand_in(
            connection,
            enrolment,
            person.buddy_id,
            step,
            texts=clean(sent.texts),
            revision=sent.revision,
            unheard=clean(sent.unheard) if sent.unheard is not None else None,
            now=now,
        )
    home = url_for("buddy.module_page", enrolment=enrolment)
    if result.is_handed_in:
        return (
            jsonify(next=home, complete=result.completion is not None)
            if request.is_json
            else redirect(home, 303)
        )
    if result.is_conflict:
        if request.is_json:
            raise _newer_stands(result.state)
        return _newer_page(enrolment, step, clean(sent.texts))
    if request.is_json:
        raise Refusal(
            "texts_too_short",
            422,
            message=_("Not handed in yet: some texts are too short."),
            advice=_("Write a little more and hand it in again. What you wrote is saved."),
            json={"too_short": short_sentences(result.too_short), "revision": result.state.revision},
        )
    return _form(enrolment, step, too_short=result.too_short), 422


def _sent() -> Texts:
    """What the script or the form sent."""
    if request.is_json:
        body = json_body()
    else:
        texts = {key: text for key, text in request.form.items() if key not in _NO_TEXTS}
        if not texts:
            raise bad("a form without texts")
        revision = request.form.get("revision", "")
        body = {"texts": texts, "revision": int(revision) if _NUMBER.fullmatch(revision) else None}
    sent: Texts = read(_SENT, body)
    return sent


def _newer_page(enrolment: str, step: str, typed: Mapping[str, str]) -> tuple[str, int]:
    """Without script: the form with what was typed, and the newer text beside it; sending it again is the choice."""
    return _form(enrolment, step, typed=typed), 409


def _form(
    enrolment: str, step: str, *, too_short: Iterable[ShortField] = (), typed: Mapping[str, str] | None = None
) -> str:
    person = signed_in()
    with service().database.reading() as connection:
        page = queries.reflection_page(connection, enrolment, person.buddy_id, step)
    return render_template(
        "buddy/vertaalslag.html",
        person=person,
        view=frame_of(page.page, step),
        writing=writing_view(page, service().clock(), too_short, typed),
    )


def _newer_stands(state: ReflectionState) -> Refusal:
    """Another window wrote on: its text comes along, to choose from."""
    newer: dict[str, Any] = {
        "revision": state.revision,
        "texts": dict(state.draft),
        "saved": draft_saved(state),
    }
    return Refusal(
        "newer_draft",
        409,
        message=_("You went on writing in another window."),
        advice=_("Load the page again to see the newest text."),
        json=newer,
    )
