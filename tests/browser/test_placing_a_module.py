"""A teacher takes modules into a course; or a link was placed without one: students are told so, the teacher chooses."""

from collections.abc import Callable

from playwright.sync_api import Frame, Page, expect

from tests.browser.student import MODULE_PAGE, Student, settles


def test_the_teacher_chooses_and_the_students_get_it(student_opens_browser: Callable[..., Student]) -> None:
    student = student_opens_browser("lotte")
    frame = student.opens("stage-te-kiezen")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Hier staat nog geen module")
    expect(frame.get_by_role("main")).to_contain_text("Kom later terug")

    teacher = student_opens_browser("katrien")
    window = teacher.context.new_page()
    window.goto(f"{teacher.school.lms_url}/launch/stage-te-kiezen?in=window")
    expect(window.get_by_role("heading", level=1)).to_have_text("Welke module opent hier?")
    window.get_by_label("Een warme band opbouwen met je leerling").check()
    window.get_by_role("button", name="Deze module plaatsen").click()
    expect(window.get_by_role("main")).to_contain_text(
        "Studenten openen nu “Een warme band opbouwen met je leerling”."
    )

    frame = student.opens("stage-te-kiezen")
    frame.wait_for_url(MODULE_PAGE)
    expect(frame.get_by_role("heading", level=1)).to_have_text("Een warme band opbouwen met je leerling")


def follows(page: Page, link: str) -> Frame:
    """Open a page of the LMS by its link: the frame in it."""
    page.get_by_role("link", name=link).click()
    page.locator("#tool").wait_for()
    frame = page.frame(name="tool")
    assert frame is not None
    return frame


def test_the_teacher_takes_modules_into_the_course(student_opens_browser: Callable[..., Student]) -> None:
    """From the course's page and back to it, with the catalogue in the frame, where cookies are third-party."""
    teacher = student_opens_browser("katrien")
    page = teacher.page
    page.goto(f"{teacher.school.lms_url}/courses/stage")
    frame = follows(page, "Modules toevoegen")
    frame.get_by_label("Evalueren en afronden", exact=True).check()
    settles(frame)
    frame.get_by_role("button", name="In de cursus plaatsen").click()

    page.wait_for_url("**/courses/stage")
    placed = page.get_by_role("link", name="Evalueren en afronden")
    expect(placed).to_have_count(1)
    student = student_opens_browser("amina")
    student.page.goto(f"{teacher.school.lms_url}/courses/stage")
    module = follows(student.page, "Evalueren en afronden")
    module.wait_for_url(MODULE_PAGE)
    expect(module.get_by_role("heading", level=1)).to_have_text("Evalueren en afronden")

    again = follows(page, "Modules toevoegen")
    expect(again.locator("#about-afronden .placed")).to_be_visible()


def test_the_teacher_opens_a_module_in_the_course_and_looks_at_it(
    student_opens_browser: Callable[..., Student],
) -> None:
    module = student_opens_browser("katrien").opens_module()

    expect(module.locator("#next")).to_have_text("Begin te kijken")
    expect(module.locator("[data-evidence=score]")).to_have_count(0)


def test_a_student_may_not_choose(student_opens_browser: Callable[..., Student]) -> None:
    student = student_opens_browser("lotte")
    window = student.opens_window()

    window.goto(f"{student.school.service.base_url}/teach/")

    expect(window.get_by_role("main")).to_contain_text("Deze pagina is voor docenten van de cursus")


def test_a_module_that_does_not_exist_says_so_in_the_course(
    student_opens_browser: Callable[..., Student],
) -> None:
    frame = student_opens_browser().opens("leerbuddy-online")

    frame.wait_for_url("**/lti/launch")
    expect(frame.get_by_role("main")).to_contain_text("Achter deze link zit geen module")
