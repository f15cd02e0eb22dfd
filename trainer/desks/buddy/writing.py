"""The vertaalslag: drafts as they are typed, and handing in."""

from typing import Any

from flask import Response, jsonify, render_template, request, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as BaseResponse

from trainer.core.i18n import gettext as _
from trainer.core.web.errors import Refusal
from trainer.core.web.service import service
from trainer.desks.buddy import buddy_desk
from trainer.desks.buddy.frame import frame_of
from trainer.desks.buddy.incoming import clean, json_body, read
from trainer.desks.buddy.writing_view import draft_saved, pupil_hints, short_sentences, writing_view
from trainer.desks.door import signed_in
from trainer.learning import actions, queries
from trainer.learning.schemas import TextsSchema
from trainer.learning.states import ReflectionState

_SENT = TextsSchema()
#: fields of the form that are no texts
_NO_TEXTS = frozenset({"csrf_token", "revision"})


@buddy_desk.post("/m/<enrolment>/<step>/draft")
def save_draft(enrolment: str, step: str) -> Response:
    """Keep what was typed so far."""
    person = signed_in()
    sent = read(_SENT, json_body())
    with service().database.writing() as connection:
        saved = actions.save_draft(
            connection,
            enrolment,
            person.buddy_id,
            step,
            texts=clean(sent.texts),
            revision=sent.revision,
            now=service().clock(),
        )
    if saved.is_conflict:
        raise _newer_stands(saved.state)
    return jsonify(
        revision=saved.state.revision, saved=draft_saved(saved.state), hints=pupil_hints(saved.state.draft)
    )


@buddy_desk.post("/m/<enrolment>/<step>/hand-in")
def hand_in(enrolment: str, step: str) -> Response | BaseResponse | tuple[str, int]:
    """Hand in; the module page then tells what is left, or that it is done."""
    person, now = signed_in(), service().clock()
    if request.is_json:
        sent = read(_SENT, json_body())
    else:
        texts = {key: text for key, text in request.form.items() if key not in _NO_TEXTS}
        sent = read(_SENT, {"texts": texts})
    with service().database.writing() as connection:
        result = actions.hand_in(
            connection,
            enrolment,
            person.buddy_id,
            step,
            texts=clean(sent.texts),
            revision=sent.revision,
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
        raise _newer_stands(result.state)
    if request.is_json:
        raise Refusal(
            "texts_too_short",
            422,
            message=_("Not handed in yet: some texts are too short."),
            advice=_("Write a little more and hand it in again. What you wrote is saved."),
            json={"too_short": short_sentences(result.too_short), "revision": result.state.revision},
        )
    with service().database.reading() as connection:
        page = queries.reflection_page(connection, enrolment, person.buddy_id, step)
    writing = writing_view(page, now, result.too_short)
    return render_template(
        "buddy/vertaalslag.html", person=person, view=frame_of(page.page, step), writing=writing
    ), 422


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
