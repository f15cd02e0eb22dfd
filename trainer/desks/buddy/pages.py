"""The pages that are looked at: the module, its steps, the text of a film."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

import modules.model as content
from modules.captions import Cue
from trainer.catalogue.queries import cues_of, edition
from trainer.core.i18n import format_moment
from trainer.core.i18n import gettext as _
from trainer.core.logging import logger
from trainer.core.media import NotInStore
from trainer.core.web.service import service
from trainer.desks.buddy import buddy_desk
from trainer.desks.buddy.check_view import check_view, result_view
from trainer.desks.buddy.evidence import asked, evidence
from trainer.desks.buddy.film_view import film_view, text_track, text_view
from trainer.desks.buddy.frame import frame_of
from trainer.desks.buddy.scores import score_lines
from trainer.desks.buddy.words import said
from trainer.desks.buddy.writing_view import writing_view
from trainer.desks.door import signed_in
from trainer.learning import actions, queries
from trainer.learning.errors import NoSuchEnrolment, NoSuchStep, TranscriptGone
from trainer.learning.states import CheckPage

_log = logger("buddy")

buddy_desk.add_app_template_global(said)


@buddy_desk.get("/m/<enrolment>/")
def module_page(enrolment: str) -> str:
    """What it is, how long it takes, what is asked, where I am, and the one next action."""
    return _overview(enrolment, "buddy/module.html")


@buddy_desk.get("/m/<enrolment>/status")
def status_page(enrolment: str) -> str:
    """What is still missing, and where the score is."""
    return _overview(enrolment, "buddy/status.html")


def _overview(enrolment: str, template: str) -> str:
    person, now = signed_in(), service().clock()
    with service().database.reading() as connection:
        page = queries.module_page(connection, enrolment, person.buddy_id)
        scores = score_lines(connection, page, now)
    completed = page.completion
    return render_template(
        template,
        person=person,
        view=frame_of(page),
        evidence=(*evidence(page, now), *scores),
        asked=asked(page.module),
        finished=_("You completed this module %(moment)s.", moment=format_moment(completed.completed_at, now))
        if completed
        else "",
        renews=page.module.rule.renewal == "academic-year",
        switch_url=url_for("buddy.switch_edition", enrolment=enrolment) if page.newer_edition_id else None,
    )


@buddy_desk.post("/m/<enrolment>/switch")
def switch_edition(enrolment: str) -> Response:
    """Go on with the newest edition of the module, as its page offered."""
    person, now = signed_in(), service().clock()
    with service().database.writing() as connection:
        actions.switch_edition(connection, enrolment, person.buddy_id, now=now)
    return redirect(url_for("buddy.module_page", enrolment=enrolment), 303)


@buddy_desk.get("/m/<enrolment>/<step>/")
def step_page(enrolment: str, step: str) -> str | Response:
    """A step, shown after its kind."""
    person = signed_in()
    with service().database.reading() as connection:
        found = queries.find_enrolment(connection, enrolment, person.buddy_id)
        if found is None:
            raise NoSuchEnrolment(enrolment)
        module = edition(connection, found.edition_id).module
    kind = next((one.kind for one in module.steps if one.key == step), None)
    if kind is None:
        raise NoSuchStep(step)
    return _STEP_PAGES[kind](enrolment, step)


def player(enrolment: str, step: str) -> str:
    """The film."""
    person, now = signed_in(), service().clock()
    with service().database.writing() as connection:
        actions.open_player(connection, enrolment, person.buddy_id, step, now=now)
        page = queries.player_page(connection, enrolment, person.buddy_id, step)
    track = text_track(page.webcast)
    frame = frame_of(page.page, step)
    return render_template(
        "buddy/player.html", person=person, view=frame, film=film_view(page, frame, _cues(track), track)
    )


@buddy_desk.get("/m/<enrolment>/<step>/text")
def text_page(enrolment: str, step: str) -> str:
    """The film's text, to read instead of watching."""
    person, now = signed_in(), service().clock()
    with service().database.writing() as connection:
        actions.open_player(connection, enrolment, person.buddy_id, step, now=now)
        page = queries.player_page(connection, enrolment, person.buddy_id, step)
    track = text_track(page.webcast)
    if track is None:
        raise NoSuchStep(step)
    cues = _cues(track)
    if not cues:
        raise TranscriptGone(track.media.path)
    frame = frame_of(page.page, step)
    return render_template(
        "buddy/text.html", person=person, view=frame, text=text_view(page, frame, cues, track)
    )


def check(enrolment: str, step: str) -> str:
    """The next open question of the check, the one that is asked for, or the result."""
    person, now = signed_in(), service().clock()
    with service().database.reading() as connection:
        page = queries.check_page(connection, enrolment, person.buddy_id, step)
    if page.attempt is None or page.is_answered:
        begin_or_close = actions.start_attempt if page.attempt is None else actions.close_attempt
        with service().database.writing() as connection:
            begin_or_close(connection, enrolment, person.buddy_id, step, now=now)
            page = queries.check_page(connection, enrolment, person.buddy_id, step)
    return show_check(page, request.args.get("question"))


def show_check(page: CheckPage, wanted: str | None = None, problem: str = "") -> str:
    """The page of a question (``wanted``: its key), or the result when all are answered."""
    person, now = signed_in(), service().clock()
    frame = frame_of(page.page, page.check.key)
    question = _question(page, wanted)
    if page.attempt is None or question is None:
        return render_template(
            "buddy/check_result.html", person=person, view=frame, result=result_view(page, frame, now)
        )
    return render_template(
        "buddy/check.html", person=person, view=frame, check=check_view(page, page.attempt, question, problem)
    )


def _question(page: CheckPage, wanted: str | None) -> content.Question | None:
    """The question that was asked for, else the first open one, else none."""
    for question in page.check.questions:
        if question.key == wanted:
            return question
    return next((one for one in page.check.questions if one.key not in page.answers), None)


def vertaalslag(enrolment: str, step: str) -> str:
    """The texts of a vertaalslag, as last saved."""
    person, now = signed_in(), service().clock()
    with service().database.reading() as connection:
        page = queries.reflection_page(connection, enrolment, person.buddy_id, step)
    return render_template(
        "buddy/vertaalslag.html",
        person=person,
        view=frame_of(page.page, step),
        writing=writing_view(page, now),
    )


def reading(enrolment: str, step: str) -> str:
    """A page to read."""
    person = signed_in()
    with service().database.reading() as connection:
        page = queries.reading_page(connection, enrolment, person.buddy_id, step)
    return render_template(
        "buddy/reading.html",
        person=person,
        view=frame_of(page.page, step),
        reading=page.reading,
        finish_url=url_for("buddy.finish_reading", enrolment=enrolment, step=step),
    )


@buddy_desk.post("/m/<enrolment>/<step>/finished")
def finish_reading(enrolment: str, step: str) -> Response:
    """The page was read; on to what is next."""
    person, now = signed_in(), service().clock()
    with service().database.writing() as connection:
        actions.finish_page(connection, enrolment, person.buddy_id, step, now=now)
        page = queries.module_page(connection, enrolment, person.buddy_id)
    return redirect(frame_of(page, step).onward.url, 303)


_STEP_PAGES = {"webcast": player, "reading": reading, "knowledge_check": check, "reflection": vertaalslag}


def _cues(track: content.Track | None) -> tuple[Cue, ...]:
    """What is said; nothing when the file is gone, so that the film can still be watched."""
    if track is None:
        return ()
    try:
        return cues_of(service().media, track)
    except NotInStore:
        _log.error("captions are gone from the store", sha256=track.media.sha256, path=track.media.path)
        return ()


def to_step(enrolment: str, step: str, question: str | None = None) -> Response:
    """Back to a step's page after a form, if said to the question that was answered."""
    return redirect(url_for("buddy.step_page", enrolment=enrolment, step=step, question=question), 303)
