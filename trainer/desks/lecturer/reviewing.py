"""A lecturer looks at what one learner did in one module: from the gradebook, or from the course's own list."""

from flask import render_template, url_for
from sqlalchemy import Connection

from trainer.core.i18n import locale
from trainer.core.logging import logger
from trainer.core.web.errors import Refusal
from trainer.core.web.service import service
from trainer.courses.delivery_queries import scores_of_enrolment
from trainer.courses.reviewing import ReviewedCourse, learner_in, open_review, reviewed_course
from trainer.courses.roster_queries import course_led_by
from trainer.desks.door import signed_in
from trainer.desks.lecturer.evidence import lines, score_lines, summary
from trainer.desks.lecturer.views import lecturer_desk, lecturers_only
from trainer.learning.queries import module_page
from trainer.people.queries import SignedIn

_log = logger("lecturer")


@lecturer_desk.get("/teach/courses/<course>/learners/<learner>/<module>")
def learner(course: str, learner: str, module: str) -> str:
    """From the list of the course, for who leads it."""
    person = lecturers_only()
    with service().database.reading() as connection:
        led = course_led_by(connection, course, person.identity_id)
        if led is None:
            raise Refusal("not_found", 404)
        seen = ReviewedCourse(led.id, led.institution_id, led.title, led.label)
        return _evidence(connection, person, seen, learner, module, back=course)


@lecturer_desk.get("/teach/reviews/<review>")
def review(review: str) -> str:
    """From the gradebook: what the LMS named at this lecturer's launch, for as long as a session can last."""
    person, now = signed_in(), service().clock()
    opened = open_review(service().seal, review, person.identity_id, now)
    if opened is None:
        raise Refusal("not_found", 404)
    with service().database.reading() as connection:
        course = reviewed_course(connection, opened)
        if course is None:
            raise Refusal("not_found", 404)
        return _evidence(connection, person, course, opened.buddy, opened.module_key)


def _evidence(
    connection: Connection,
    person: SignedIn,
    course: ReviewedCourse,
    buddy: str,
    module_key: str,
    *,
    back: str | None = None,
) -> str:
    now = service().clock()
    found = learner_in(connection, course, buddy, module_key)
    if found is None:
        raise Refusal("not_found", 404)
    page = module_page(connection, found.enrolment, found.buddy_id)
    scores = scores_of_enrolment(connection, found.enrolment_id, course_id=course.id)
    _log.info(
        "looked at a learner's work",
        viewer=person.identity_id,
        enrolment=found.enrolment_id,
        course=course.id,
    )
    return render_template(
        "lecturer/evidence.html",
        person=person,
        course=course,
        back=url_for("lecturer.learners", course=back) if back else None,
        learner=found,
        title=page.module.title(locale()),
        is_completed=page.completion is not None,
        summary=summary(page, now),
        parts=lines(page, now),
        scores=score_lines(scores, now),
    )
