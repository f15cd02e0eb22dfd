"""The knowledge check: feedback with every answer, saved at once, again as often as one likes, the best counts."""

from playwright.sync_api import Frame, expect

from modules.model import KnowledgeCheck
from tests.browser.school import School
from tests.browser.student import Student, answers, at_step, enrolment_of


def check_of(school: School, module: str = "afronden") -> KnowledgeCheck:
    return next(step for step in school.modules[module].steps if isinstance(step, KnowledgeCheck))


def answers_all(module: Frame, check: KnowledgeCheck, *, wrong: int) -> None:
    for number, question in enumerate(check.questions):
        answers(module, question, right=number >= wrong)
        module.locator("form.answered a.button").click()


def test_a_wrong_answer_says_why_and_what_is_right(student: Student, school: School) -> None:
    module = student.opens_module()
    at_step(module, "check")
    question = check_of(school).questions[0]

    answers(module, question, right=False)

    expect(module.get_by_role("status")).to_contain_text("Niet juist.")
    expect(module.get_by_role("status")).to_contain_text("Bewaard om")
    given = next(option for option in question.options if not option.right)
    expect(module.locator("label.wrong")).to_contain_text(given.feedback("nl"))
    assert module.evaluate("() => document.activeElement.matches('a.button')"), (
        "the focus is on what comes next"
    )


def test_what_was_answered_is_still_there_after_a_reload(student: Student, school: School) -> None:
    module = student.opens_module()
    at_step(module, "check")
    answers(module, check_of(school).questions[0], right=True)

    at_step(module, "check")

    expect(module.get_by_text("Vraag 2 van 5")).to_be_visible()
    at_step(module)
    expect(module.locator("#next")).to_have_text("Begin te kijken")
    expect(module.locator("[data-evidence=knowledge_check]")).to_contain_text("4 vragen van deze poging")


def test_the_best_attempt_counts(student: Student, school: School) -> None:
    module = student.opens_module()
    check = check_of(school)
    at_step(module, "check")

    answers_all(module, check, wrong=3)
    expect(module.locator(".score")).to_have_text("2 van 5 juist")
    expect(module.get_by_role("main")).to_contain_text("80 % is nodig: minstens 4 juiste antwoorden")
    module.get_by_role("button", name="Opnieuw proberen").click()

    answers_all(module, check, wrong=0)
    expect(module.locator(".score")).to_have_text("5 van 5 juist")
    module.get_by_role("button", name="De vragen opnieuw doen").click()

    answers_all(module, check, wrong=5)
    expect(module.locator(".score")).to_have_text("0 van 5 juist")
    expect(module.get_by_role("main")).to_contain_text("Je beste poging telt: 5 van 5 juist.")
    at_step(module)
    expect(module.locator("[data-evidence=knowledge_check]")).to_contain_text(
        "5 van 5 juist in je beste poging"
    )


def test_an_answer_must_be_chosen(student: Student) -> None:
    module = student.opens_module()
    at_step(module, "check")

    module.get_by_role("button", name="Antwoorden").click()

    expect(module.get_by_role("status")).to_contain_text("Kies eerst een antwoord.")


def test_an_attempt_that_goes_on_in_another_window_is_one_attempt(student: Student, school: School) -> None:
    check = check_of(school)
    module = student.opens_module()
    at_step(module, "check")
    other = student.opens_window()
    at_step(other, "check")

    answers(module, check.questions[0], right=True)
    other.locator("input[name=option]").first.check()
    other.get_by_role("button", name="Antwoorden").click()

    expect(other.locator("form.answered")).to_be_visible()
    at_step(other, "check")
    expect(other.get_by_text("Vraag 2 van 5")).to_be_visible()
    assert enrolment_of(other) == enrolment_of(module)
