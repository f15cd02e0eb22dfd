"""What the pages report: seconds that were played, lines that were shown, answers inside a film."""

from flask import Response, jsonify

from trainer.core.crypto import hash_token
from trainer.core.web.cookies import session_token
from trainer.core.web.service import service
from trainer.desks.buddy import buddy_desk
from trainer.desks.buddy.incoming import json_body, read
from trainer.desks.buddy.question_view import marked_json
from trainer.desks.door import signed_in
from trainer.learning import actions
from trainer.learning.errors import NotSignedIn
from trainer.learning.schemas import FilmAnswerSchema, ReadingReportSchema, read_watching

_READING = ReadingReportSchema()
_FILM_ANSWER = FilmAnswerSchema()


@buddy_desk.post("/m/<enrolment>/progress")
def report_watching(enrolment: str) -> Response:
    """The heartbeat: one select, one update, one commit.

    Who reports is found in the same statement as what is watched.
    """
    report = read_watching(json_body())
    token = session_token()
    if token is None:
        raise NotSignedIn
    with service().database.writing() as connection:
        result = actions.record_watching(
            connection,
            session=hash_token(token),
            enrolment=enrolment,
            film=report.film,
            played=report.played,
            position=report.position,
            now=service().clock(),
        )
    return jsonify(
        accepted=result.accepted,
        again=result.again,
        watched=result.watched,
        length=result.length,
        gaps=result.gaps,
        enough=result.enough,
        complete=result.complete,
        next_after=result.next_after,
    )


@buddy_desk.post("/m/<enrolment>/<step>/reading")
def report_reading(enrolment: str, step: str) -> Response:
    """Lines of the film's text that were shown."""
    person = signed_in()
    report = read(_READING, json_body())
    with service().database.writing() as connection:
        result = actions.record_reading(
            connection,
            service().media,
            enrolment,
            person.buddy_id,
            step,
            language=report.language,
            shown=report.shown,
            now=service().clock(),
        )
    return jsonify(
        accepted=result.accepted,
        again=result.again,
        shown=result.shown,
        length=result.length,
        finished=result.finished,
        complete=result.complete,
        next_after=result.next_after,
    )


@buddy_desk.post("/m/<enrolment>/<step>/film-answer")
def answer_in_film(enrolment: str, step: str) -> Response:
    """An answer to a question that paused the film."""
    person, now = signed_in(), service().clock()
    given = read(_FILM_ANSWER, json_body())
    with service().database.writing() as connection:
        marked = actions.answer_film_question(
            connection,
            enrolment,
            person.buddy_id,
            step,
            question_key=given.question,
            chosen=given.chosen,
            now=now,
        )
    return jsonify(marked_json(marked, now))
