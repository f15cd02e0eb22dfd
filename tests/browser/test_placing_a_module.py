"""A link that was placed without a module: students are told so, the teacher chooses."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.student import MODULE_PAGE, Student


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
    expect(frame.get_by_role("main")).to_contain_text("Deze link wijst naar een module die niet bestaat.")
