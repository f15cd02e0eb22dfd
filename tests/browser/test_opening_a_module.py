"""A student clicks a module in the course, and it opens."""

from playwright.sync_api import expect

from tests.browser.student import Student, enrolment_of, until


def test_it_opens_in_the_course_with_third_party_cookies_blocked(student: Student) -> None:
    module = student.opens_module()

    expect(module.get_by_role("heading", level=1)).to_have_text("Evalueren en afronden")
    expect(module.locator("#next")).to_have_text("Begin te kijken")
    assert student.page.url.startswith(student.school.lms_url), "the course stays around it"


def test_two_modules_in_two_tabs_at_once_each_land_on_their_own(student: Student) -> None:
    tabs = {link: student.context.new_page() for link in ("leerbuddy-afronden", "leerbuddy-warme-band")}
    for link, tab in tabs.items():
        tab.goto(f"{student.school.lms_url}/courses/leerbuddy/items/{link}", wait_until="commit")

    titles = {"leerbuddy-afronden": "Evalueren en afronden", "leerbuddy-warme-band": "Een warme band"}
    for link, tab in tabs.items():
        heading = tab.frame_locator("#tool").get_by_role("heading", level=1)
        expect(heading).to_contain_text(titles[link])


def test_the_same_module_in_another_course_goes_on_where_it_was(student: Student) -> None:
    here = enrolment_of(student.opens_module("leerbuddy-warme-band"))
    there = enrolment_of(student.opens_module("stage-warme-band"))

    assert here == there


def test_the_frame_grows_and_shrinks_with_the_module(student: Student) -> None:
    module = student.opens_module()

    def fits() -> bool:
        return bool(
            module.evaluate(
                "document.documentElement.scrollHeight <= innerHeight"
                " && innerHeight < document.body.getBoundingClientRect().height + 12"
            )
        )

    until(fits, what="a frame as high as the module page")
    assert module.evaluate("innerHeight") > 450
    student.page.set_viewport_size({"width": 480, "height": 800})
    until(fits, what="a higher frame in a narrow window")
    student.page.set_viewport_size({"width": 1280, "height": 800})
    until(fits, what="a lower frame in a wide window")
