"""Answers to a knowledge check: from the page's script as JSON, or from its form."""

from flask import Response, jsonify, request
from werkzeug.wrappers import Response as BaseResponse

from trainer.core.i18n import gettext as _
from trainer.core.web.numbers import whole_number
from trainer.core.web.service import service
from trainer.desks.buddy import buddy_desk
from trainer.desks.buddy.check_view import next_question
from trainer.desks.buddy.incoming import json_body, read
from trainer.desks.buddy.pages import show_check, to_step
from trainer.desks.buddy.question_view import marked_json
from trainer.desks.door import signed_in
from trainer.learning import actions, queries
from trainer.learning.schemas import AnswerSchema

_ANSWER = AnswerSchema()


@buddy_desk.post("/m/<enrolment>/<step>/answer")
def answer_question(enrolment: str, step: str) -> Response | BaseResponse | tuple[str, int]:
    """Save an answer and mark it; the first answer to a question of an attempt counts."""
    person, now = signed_in(), service().clock()
    if request.is_json:
        body = json_body()
    else:
        chosen = request.form.getlist("option")
        body = {"chosen": chosen, "question": request.form.get("question", ""), "attempt": _number("attempt")}
        if not chosen:
            return _ask_again(enrolment, step, str(body["question"]))
    given = read(_ANSWER, body)
    with service().database.writing() as connection:
        answered = actions.answer_question(
            connection,
            enrolment,
            person.buddy_id,
            step,
            attempt=given.attempt,
            question_key=given.question,
            chosen=given.chosen,
            now=now,
        )
    if not request.is_json:
        return to_step(enrolment, step, question=given.question)
    following = next_question(enrolment, step, answered.attempt.finished_at is not None)
    return jsonify(
        **marked_json(answered.marked, now),
        answered=answered.attempt.score.answered,
        asked=answered.attempt.score.total,
        finished=answered.attempt.finished_at is not None,
        complete=answered.completion is not None,
        next={"label": following.label, "url": following.url},
    )


def _ask_again(enrolment: str, step: str, question: str) -> tuple[str, int]:
    """A form without an answer: the same question, with a word about it."""
    person = signed_in()
    with service().database.reading() as connection:
        page = queries.check_page(connection, enrolment, person.buddy_id, step)
    return show_check(page, question, _("Choose an answer first.")), 422


@buddy_desk.post("/m/<enrolment>/<step>/attempt")
def new_attempt(enrolment: str, step: str) -> Response | BaseResponse:
    """Begin again; the best attempt counts."""
    person, now = signed_in(), service().clock()
    with service().database.writing() as connection:
        attempt = actions.start_attempt(connection, enrolment, person.buddy_id, step, now=now)
    return jsonify(attempt=attempt.number) if request.is_json else to_step(enrolment, step)


def _number(name: str) -> int:
    return whole_number(request.form.get(name, "")) or 0
