"""The knowledge check: one question at a time, saved at once, with feedback; with and without script."""

from tests.trainer.conftest import BASE_URL
from tests.trainer.desks.buddy.conftest import RIGHT, Student, text_of
from tests.trainer.learning.conftest import statements


def test_it_works_with_script(noor: Student) -> None:
    assert "Vraag 1 van 4" in noor.words("check/")

    answer = noor.post("check/answer", {"attempt": 1, "question": "v1", "chosen": ["b"]}).get_json()

    assert (answer["right"], answer["verdict"], answer["saved"]) == (False, "Niet juist.", "Bewaard om 14:00")
    assert answer["next"] == {"label": "Volgende vraag", "url": noor.home + "check/"}
    assert [one["option"] for one in answer["feedback"]] == ["b"]
    assert "Vraag 2 van 4" in noor.words("check/")


def test_it_works_without_script(noor: Student) -> None:
    noor.get("check/")
    for question, chosen in RIGHT.items():
        answer = noor.submit("check/answer", attempt="1", question=question, option=chosen)
        assert answer.status_code == 303
        marked = noor.get(answer.headers["Location"])
        assert "Juist. Bewaard om 14:00" in text_of(marked)
        assert "disabled" in marked.get_data(as_text=True)

    says = noor.words("check/")
    assert "Gelukt 4 van 4 juist" in says
    assert "De vragen opnieuw doen" in says


def test_a_form_without_an_answer_asks_again(noor: Student) -> None:
    noor.get("check/")

    answer = noor.submit("check/answer", attempt="1", question="v1")

    assert answer.status_code == 422
    assert "Kies eerst een antwoord." in text_of(answer)


def test_too_little_right_says_what_is_needed_and_lets_one_try_again(noor: Student) -> None:
    noor.get("check/")
    for question, chosen in {"v1": ["b"], "v2": ["c"], "v3": ["true"], "v4": ["true"]}.items():
        noor.post("check/answer", {"attempt": 1, "question": question, "chosen": chosen})

    says = noor.words("check/")
    assert "Bijna 0 van 4 juist" in says
    assert "80 % is nodig: minstens 4 juiste antwoorden." in says

    assert noor.submit("check/attempt").status_code == 303
    assert "Vraag 1 van 4" in noor.words("check/")


def test_the_first_answer_counts(noor: Student) -> None:
    noor.get("check/")
    noor.post("check/answer", {"attempt": 1, "question": "v1", "chosen": ["b"]})

    answer = noor.post("check/answer", {"attempt": 1, "question": "v1", "chosen": ["a"]}).get_json()

    assert answer["right"] is False


def test_nonsense_is_refused(noor: Student) -> None:
    noor.get("check/")
    bodies = (
        [],
        {},
        {"attempt": 0, "question": "v1", "chosen": ["a"]},
        {"attempt": "1", "question": "v1", "chosen": []},
    )
    for body in bodies:
        assert noor.post("check/answer", body).status_code == 400, body
    assert noor.post("check/answer", {"attempt": 1, "question": "v1", "chosen": ["zzz"]}).status_code == 400
    assert noor.post("check/answer", {"attempt": 7, "question": "v1", "chosen": ["a"]}).status_code == 404
    assert noor.submit("check/answer", attempt="x" * 50, question="v1", option="a").status_code == 400


def test_a_form_without_the_token_is_refused(noor: Student) -> None:
    noor.get("check/")

    form = {"attempt": "1", "question": "v1", "option": "a"}
    answer = noor.browser.post(
        noor.home + "check/answer", data=form, base_url=BASE_URL, headers={"Origin": BASE_URL}
    )

    assert answer.status_code == 403


def test_a_question_takes_six_statements(noor: Student) -> None:
    noor.get("check/")

    with statements(noor.house.database) as seen:
        noor.get("check/")

    assert len(seen) == 6, seen  # session; enrolment; enrolment, what was seen, attempts; answers
