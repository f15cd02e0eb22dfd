"""Lecturers: modules in a course, who did what, and a link that needs another module. And what a student is told."""

from datetime import UTC, datetime

from scripts.screenshots.learning import KEY, MODULE, WATCHED
from scripts.screenshots.photographer import Photographer
from tests.browser.student import at_step, enrolment_of, plays_from, settles
from trainer.catalogue.actions import restore_module, retire_module


def lms(photographer: Photographer) -> None:
    """The module in the frame of the course, and the gradebook."""
    student = photographer.student(height=1240)
    module = student.opens_module(MODULE)
    photographer.school.has_watched(enrolment_of(module), *WATCHED, module=KEY)
    at_step(module, "film")
    plays_from(module, 43, speed=1)
    module.evaluate("() => videojs.getAllPlayers()[0].pause()")
    photographer.take(student.page, "lms-course")
    teacher = photographer.student("katrien")
    teacher.page.goto(f"{photographer.school.lms_url}/courses/leerbuddy/gradebook")
    photographer.take(teacher.page, "lms-gradebook")
    teacher.opens_window("leerbuddy-warme-band").goto(f"{photographer.school.service.base_url}/teach/")
    page = teacher.context.pages[-1]
    photographer.take(page, "teach")
    page.goto(f"{photographer.school.lms_url}/launch/stage-te-kiezen?in=window")
    page.wait_for_url("**/teach/**")
    photographer.take(page, "teach-choose")
    student.context.close()
    teacher.context.close()


def picker(photographer: Photographer) -> None:
    """The catalogue in the frame of the LMS, with two modules chosen."""
    teacher = photographer.student("katrien", height=1120)
    page = teacher.page
    page.goto(f"{photographer.school.lms_url}/courses/stage")
    page.get_by_role("link", name="Modules toevoegen").click()
    element = page.wait_for_selector("#tool")
    frame = element.content_frame() if element else None
    assert frame is not None
    for module in (KEY, "feedback"):
        frame.locator(f"#pick-{module}").check()
    settles(frame)
    photographer.take(page, "picker")
    photographer.look(page, "picker")
    teacher.context.close()


def course(photographer: Photographer) -> None:
    """Who is in a course, what one of them did, and what a student reads of it."""
    school = photographer.school
    school.begin_anew()
    picker(photographer)
    for person, ranges, wrong in (("amina", (), 0), ("jef", WATCHED, 3), ("lotte", ((0, 25),), None)):
        student = photographer.student(person)
        page = student.opens_window(MODULE)
        enrolment = enrolment_of(page)
        school.has_watched(enrolment, *ranges, module=KEY)
        if wrong is not None:
            school.has_answered(enrolment, wrong=wrong, module=KEY)
        if person == "amina":
            school.has_written(enrolment, module=KEY)
            student.opens_window("leerbuddy-afronden")
            page.goto(f"{school.service.base_url}/your-data/")
            photographer.take_and_look(page, "your-data")
        elif person == "jef":
            school.has_answered(enrolment, wrong=1, module=KEY)
            photographer.look(page, "module-page")
        student.context.close()
    teacher = photographer.student("katrien")
    teacher.opens_window("leerbuddy-afronden")
    page = teacher.opens_window(MODULE)
    page.goto(f"{school.service.base_url}/teach/")
    photographer.look(page, "teach")
    page.get_by_role("link", name="Wie zit er in de cursus").first.click()
    page.get_by_role("heading", level=1).wait_for()
    photographer.take_and_look(page, "course")
    page.get_by_role("row", name="Jef").get_by_role("link", name="Bezig").first.click()
    page.locator("svg.watched-strip").wait_for()
    photographer.take_and_look(page, "evidence")
    page.goto(f"{school.lms_url}/launch/stage-te-kiezen?in=window")
    page.wait_for_url("**/teach/**")
    photographer.look(page, "choose-module")
    teacher.context.close()


def retired(photographer: Photographer) -> None:
    """A module that is no longer offered: for who opens it, and for who placed it."""
    school = photographer.school
    school.begin_anew()
    with school.database.writing() as connection:
        retire_module(connection, "afronden", successor="feedback", now=datetime.now(UTC))
    student = photographer.student("lotte")
    frame = student.opens("leerbuddy-afronden")
    frame.get_by_role("button").first.wait_for()
    settles(frame)
    photographer.take_and_look(student.page, "retired")
    teacher = photographer.student("katrien")
    page = teacher.context.new_page()
    page.goto(f"{school.lms_url}/launch/leerbuddy-afronden?in=window")
    page.wait_for_url("**/teach/**")
    photographer.look(page, "mend-choose")
    page.goto(f"{school.service.base_url}/teach/")
    photographer.take_and_look(page, "teach-mend")
    page.get_by_role("link", name="Wie zit er in de cursus").first.click()
    page.get_by_role("heading", level=1).wait_for()
    photographer.look(page, "mend-course")
    for context in (student.context, teacher.context):
        context.close()
    with school.database.writing() as connection:
        restore_module(connection, "afronden")
