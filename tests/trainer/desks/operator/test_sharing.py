"""The pages on which an operator says whose courses are whose."""

import html
import re
from collections.abc import Sequence

import pytest
from sqlalchemy import event, insert, select, update
from werkzeug.test import TestResponse

from tests.support.lms import CLAIM
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.desks.operator.conftest import Staff
from trainer.courses.models import Course
from trainer.institutions.actions import find_or_make_institution
from trainer.institutions.models import CourseRule, Deployment, Institution

VIVES = ("label", "starts_with", "VIVES-", "VIVES")
UNIT = ("org_unit", "contains", "ucll", "UCLL")
VALUE = ("custom:course_school", "is", "luca", "LUCA")
COURSES = "/hub/deployments/1/courses"


@pytest.fixture
def schools(house: House) -> dict[str, int]:
    """Institutions by name; the deployment's own is the Oefenhogeschool."""
    with house.database.writing() as connection:
        names = ("Oefenhogeschool", "VIVES", "UCLL", "LUCA")
        return {name: find_or_make_institution(connection, name, house.clock()) for name in names}


def come(house: House, label: str, **claims: object) -> None:
    """A student opens a module in a course."""
    changes = {
        CLAIM + "context": {"id": label, "label": label, "title": f"Cursus {label}"},
        CLAIM + "resource_link": {"id": label},
        **{CLAIM + name: value for name, value in claims.items()},
    }
    assert house.lms.open(house.browser(), house.clock(), changes).status_code == 303


def whose(house: House) -> dict[str, str | None]:
    """Course → institution."""
    with house.database.reading() as connection:
        return dict(
            tuple(row)
            for row in connection.execute(
                select(Course.label, Institution.name).outerjoin(
                    Institution, Institution.id == Course.institution_id
                )
            )
        )


def send(
    operator: Staff,
    schools: dict[str, int],
    rules: Sequence[tuple[str, str, str, str]],
    after: TestResponse | None = None,
    **more: str,
) -> TestResponse:
    """Send the form with these rules; `after`: the page on which it stands."""
    page = (after or operator.get(COURSES)).get_data(as_text=True)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    form = {
        "csrf_token": hidden["csrf_token"],
        "tried": hidden.get("tried", ""),
        **{
            name: [rule[place] for rule in rules]
            for place, name in enumerate(("field", "comparison", "value"))
        },
        "institution": [str(schools.get(rule[3], "")) for rule in rules],
        **more,
    }
    return operator.browser.post(COURSES, data=form, headers={"Origin": BASE_URL}, base_url=BASE_URL)


def read(answer: TestResponse) -> str:
    """What a reader reads."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


def rows(answer: TestResponse) -> list[tuple[str, str]]:
    """The rules in the form: field and value."""
    page = answer.get_data(as_text=True)
    return [
        (
            re.findall(r'<option value="([^"]+)" selected>', one)[0],
            re.findall(r'name="value" value="([^"]*)"', one)[0],
        )
        for one in re.findall(r'<fieldset class="rule">.*?</fieldset>', page, re.DOTALL)
        if re.search(r'name="value" value="[^"]', one)
    ]


def test_rules_are_tried_out_and_then_saved(house: House, operator: Staff, schools: dict[str, int]) -> None:
    come(house, "VIVES-1")
    come(house, "LO-1", lis={"course_section_sourcedid": "UCLL/1"})
    come(house, "LO-2", custom={"course_school": "LUCA"})
    come(house, "LO-3")
    assert "Alle cursussen van deze deployment zijn van Oefenhogeschool" in read(operator.get(COURSES))
    begun = operator.get(COURSES + "?rules=1")
    assert "value of course_school" not in read(begun)
    assert "waarde van course_school" in read(begun)

    tried = send(operator, schools, [VIVES, UNIT, VALUE], begun)

    text = read(tried)
    assert "4 cursussen krijgen een andere instelling" in text
    assert "Bij één cursus past geen regel; die wacht" in text
    assert "Oefenhogeschool 4 0" in text
    assert "Oefenhogeschool → VIVES" in text
    assert set(whose(house).values()) == {"Oefenhogeschool"}, "nothing is saved yet"
    assert send(operator, schools, [VIVES, UNIT, VALUE], tried, deed="save").headers["Location"] == COURSES
    assert whose(house) == {"VIVES-1": "VIVES", "LO-1": "UCLL", "LO-2": "LUCA", "LO-3": None}
    saved = operator.get(COURSES)
    assert "De regels die nu gelden" in read(saved)
    assert "Deze regels bewaren" not in read(saved)
    assert rows(saved) == [("label", "VIVES-"), ("org_unit", "ucll"), ("custom:course_school", "luca")]
    assert "Gedeeld, met regels" in read(operator.get(f"/hub/platforms/{house.registration_id}"))


def test_what_was_not_tried_out_is_not_saved(house: House, operator: Staff, schools: dict[str, int]) -> None:
    come(house, "VIVES-1")
    answer = send(operator, schools, [VIVES], deed="save")
    assert "Er is nog niets bewaard" in read(answer)
    # changed after it was tried out
    tried = send(operator, schools, [VIVES])
    answer = send(operator, schools, [VIVES, UNIT], tried, deed="save")
    assert "Er is nog niets bewaard" in read(answer)
    assert whose(house) == {"VIVES-1": "Oefenhogeschool"}
    # somebody else saved others meanwhile
    other = send(operator, schools, [UNIT])
    assert send(operator, schools, [UNIT], other, deed="save").status_code == 303
    assert "Er is nog niets bewaard" in read(send(operator, schools, [VIVES, UNIT], answer, deed="save"))
    assert whose(house) == {"VIVES-1": None}


def test_rules_do_not_take_back_what_somebody_else_gave_meanwhile(
    house: House, operator: Staff, schools: dict[str, int]
) -> None:
    """Given rules in force, and others tried out in their place: when somebody gives all courses to one institution
    meanwhile, the page that was tried before says so instead of sharing them again."""
    come(house, "VIVES-1")
    assert send(operator, schools, [UNIT], send(operator, schools, [UNIT]), deed="save").status_code == 303
    tried = send(operator, schools, [VIVES])
    operator.post(f"{COURSES.rpartition('/')[0]}/institution", COURSES, institution=str(schools["LUCA"]))
    assert whose(house) == {"VIVES-1": "LUCA"}
    answer = send(operator, schools, [VIVES], tried, deed="save")
    assert "Er is nog niets bewaard" in read(answer)
    assert whose(house) == {"VIVES-1": "LUCA"}
    assert send(operator, schools, [VIVES], answer, deed="save").status_code == 303
    assert whose(house) == {"VIVES-1": "VIVES"}


def test_the_order_of_rules(house: House, operator: Staff, schools: dict[str, int]) -> None:
    come(house, "VIVES-UCLL")
    general = ("label", "contains", "ucll", "UCLL")
    assert "VIVES 0 1" in read(send(operator, schools, [VIVES, general]))
    moved = send(operator, schools, [VIVES, general], earlier="1")
    assert "UCLL 0 1" in read(moved)
    assert rows(moved) == [("label", "ucll"), ("label", "VIVES-")]
    assert rows(send(operator, schools, [VIVES, general], without="0")) == [("label", "ucll")]
    for nonsense in ("0", "2", "x", "²", "-1", "9" * 9):
        assert rows(send(operator, schools, [VIVES, general], earlier=nonsense)) == [
            ("label", "VIVES-"),
            ("label", "ucll"),
        ]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (("label", "is", "", "VIVES"), "Regel 2 heeft geen waarde"),
        (("label", "is", "y" * 201, "VIVES"), "Regel 2 heeft geen waarde, of een van meer dan 200 tekens"),
        (("label", "is", "a\0b", "VIVES"), "Regel 2 heeft geen waarde"),
        (("label", "is", "luca", "nobody"), "Regel 2 heeft geen instelling"),
        (("colour", "is", "luca", "VIVES"), "Regel 2 kijkt naar iets"),
        (("label", "looks like", "luca", "VIVES"), "Regel 2 kijkt naar iets"),
        (("custom:user_id", "is", "luca", "VIVES"), "Regel 2 kijkt naar iets"),
    ],
)
def test_a_rule_that_cannot_be_saved_is_shown_again_with_what_is_wrong(
    house: House, operator: Staff, schools: dict[str, int], rule: tuple[str, str, str, str], sentence: str
) -> None:
    for deed in ({}, {"deed": "save"}):
        answer = send(operator, schools, [VIVES, rule], **deed)
        assert answer.status_code == 422
        assert sentence in read(answer)
        assert 'value="VIVES-"' in answer.get_data(as_text=True), "what was written is kept"
    with house.database.reading() as connection:
        assert connection.execute(select(CourseRule)).all() == []


def test_an_institution_that_is_none(house: House, operator: Staff, schools: dict[str, int]) -> None:
    for number in ("99", "x", "", "9" * 30, "²"):
        answer = operator.post("/hub/deployments/1/institution", COURSES, institution=number)
        assert answer.status_code == 422
        assert "INSTITUTION-UNKNOWN" in answer.get_data(as_text=True)
    schools = {**schools, "nobody": 99}
    assert send(operator, schools, [(*VIVES[:3], "nobody")]).status_code == 422


def test_a_form_that_is_not_whole(operator: Staff, schools: dict[str, int]) -> None:
    answer = send(operator, schools, [VIVES], value="")
    assert answer.status_code == 422, "one value, and it is empty"
    for broken in (
        {"field": []},
        {"value": ["a", "b"]},
        {name: ["x"] * 101 for name in ("field", "comparison", "value", "institution")},
    ):
        answer = send(operator, schools, [VIVES], **broken)  # type: ignore[arg-type]
        assert answer.status_code == 400
        assert "COURSE-RULES" in answer.get_data(as_text=True)


def test_no_more_than_fifty_rules(operator: Staff, schools: dict[str, int]) -> None:
    fifty = [("label", "is", f"c{number}", "VIVES") for number in range(50)]
    assert send(operator, schools, fifty).status_code == 200
    answer = send(operator, schools, [*fifty, VIVES])
    assert answer.status_code == 422
    assert "meer dan 50 regels" in read(answer)


def test_an_institution_is_added_and_the_rules_stay_as_written(
    house: House, operator: Staff, schools: dict[str, int]
) -> None:
    answer = send(operator, schools, [VIVES], deed="institution", name="  Odisee   hogeschool ")
    assert ">Odisee hogeschool</option>" in answer.get_data(as_text=True)
    assert rows(answer) == [("label", "VIVES-")]
    for name in ("", " ", "x" * 201, "a\0b"):
        assert send(operator, schools, [VIVES], deed="institution", name=name).status_code == 422
    with house.database.reading() as connection:
        assert len(connection.execute(select(Institution.id)).all()) == 5


def test_one_institution_and_back(house: House, operator: Staff, schools: dict[str, int]) -> None:
    come(house, "VIVES-1")
    answer = operator.post("/hub/deployments/1/institution", COURSES, institution=str(schools["UCLL"]))
    assert answer.headers["Location"] == COURSES
    assert whose(house) == {"VIVES-1": "UCLL"}
    assert "Cursussen van UCLL" in read(operator.get(f"/hub/platforms/{house.registration_id}"))
    come(house, "VIVES-2")
    assert whose(house)["VIVES-2"] == "UCLL"


def share(house: House) -> None:
    """The deployment is shared, without any rule."""
    with house.database.writing() as connection:
        connection.execute(update(Deployment).values(is_shared=True))


def test_a_course_that_waits_is_assigned_and_can_be_left_to_the_rules_again(
    house: House, operator: Staff, schools: dict[str, int]
) -> None:
    share(house)
    come(house, "VIVES-LO-1")
    hub = operator.get("/hub/").get_data(as_text=True)
    assert "Eén cursus wacht" in html.unescape(hub)
    assert 'class="button" href="/hub/courses/waiting"' in hub
    waiting = operator.get("/hub/courses/waiting").get_data(as_text=True)
    assert "code van de cursus begint met ‘VIVES-LO-’" in html.unescape(waiting)
    # the hint leads to the rule, written already
    link = re.search(r'href="(/hub/deployments/1/courses\?[^"]+)"', waiting)
    assert link is not None
    assert rows(operator.get(html.unescape(link[1]))) == [("label", "VIVES-LO-")]
    form = re.search(r'action="(/hub/courses/[0-9a-f]{32}/institution)"', waiting)
    assert form is not None

    answer = operator.post(form[1], "/hub/courses/waiting", institution=str(schools["LUCA"]), part="1")

    assert answer.status_code == 303
    assert whose(house) == {"VIVES-LO-1": "LUCA"}
    assert "Er wacht geen cursus" in read(operator.get("/hub/courses/waiting"))
    assert "er wacht niets op jou" in read(operator.get("/hub/"))
    tried = send(operator, schools, [VIVES])
    assert "Eén is met de hand toegewezen en blijft zo" in read(tried)
    send(operator, schools, [VIVES], tried, deed="save")
    come(house, "VIVES-LO-1")
    assert whose(house) == {"VIVES-LO-1": "LUCA"}
    listed = send(operator, schools, [VIVES], list="by_hand")
    assert form[1] in listed.get_data(as_text=True)
    answer = operator.post(form[1], COURSES, institution="rules", deployment="1")
    assert answer.headers["Location"] == COURSES
    assert whose(house) == {"VIVES-LO-1": "VIVES"}


def fill(house: House, count: int, institution_id: int | None) -> None:
    """Courses of the deployment."""
    with house.database.writing() as connection:
        connection.execute(
            insert(Course),
            [
                {
                    "public_id": f"{number:032x}",
                    "deployment_id": 1,
                    "context_id": f"c{number}",
                    "label": f"C-{number:03}",
                    "traits": {},
                    "institution_id": institution_id,
                    "created_at": house.clock(),
                }
                for number in range(count)
            ],
        )


def test_names_that_links_make_up_do_not_fill_the_page(
    house: House, operator: Staff, schools: dict[str, int]
) -> None:
    """In many LMSs a teacher may add custom parameters to a link: each course may tell twenty names of its own."""
    share(house)
    fill(house, 200, None)
    with house.database.writing() as connection:
        for row in connection.execute(select(Course.id)).all():
            told = {f"course_{row.id}_{number}": "x" for number in range(19)} | {"course_school": "luca"}
            connection.execute(update(Course).where(Course.id == row.id).values(traits=told))
    own = ("custom:course_5_5", "is", "x", "VIVES")
    page = send(operator, schools, [VALUE, own]).get_data(as_text=True)
    names = set(re.findall(r'<option value="custom:(\w+)"', page))
    assert len(names) <= 101
    assert {"course_school", "course_5_5"} <= names


def test_long_lists_are_parted(house: House, operator: Staff, schools: dict[str, int]) -> None:
    share(house)
    fill(house, 120, None)
    seen: list[str] = []
    for part in range(1, 7):
        page = operator.get(f"/hub/courses/waiting?part={part}").get_data(as_text=True)
        seen += re.findall(r"<b>(C-\d+)</b>", page)
        assert f"Deel {part} van 6" in page
    assert sorted(seen) == [f"C-{number:03}" for number in range(120)]
    for nonsense in ("7", "0", "-1", "x", "9" * 30, "²"):
        assert operator.get(f"/hub/courses/waiting?part={nonsense}").status_code == 200
    tried: list[str] = []
    for part in range(1, 7):
        page = send(operator, schools, [VIVES], list=f"waiting:{part}").get_data(as_text=True)
        tried += re.findall(r"<b>(C-\d+)</b>", page)
    assert sorted(tried) == sorted(seen)
    for nonsense in ("waiting:x", "nothing:1", ":", "waiting:" + "9" * 30, "all"):
        assert send(operator, schools, [VIVES], list=nonsense).status_code == 200


def test_the_pages_ask_few_things_however_many_courses(
    house: House, operator: Staff, schools: dict[str, int]
) -> None:
    share(house)
    ran: list[str] = []
    event.listen(house.database.engine, "before_cursor_execute", lambda *seen: ran.append(seen[2]))

    def statements(path: str) -> int:
        ran.clear()
        assert operator.get(path).status_code == 200
        return len(ran)

    few = [statements(path) for path in ("/hub/courses/waiting", COURSES)]
    fill(house, 120, None)
    assert [statements(path) for path in ("/hub/courses/waiting", COURSES)] == few
    assert few[0] <= 6, few
    assert few[1] <= 8, few


def test_what_is_not_there(house: House, operator: Staff) -> None:
    for path in ("/hub/deployments/99/courses", "/hub/deployments/x/courses", "/hub/deployments/²/courses"):
        assert operator.get(path).status_code == 404
    for course in ("f" * 32, "x", "F" * 32, "a\0b"):
        for institution in ("1", "rules"):
            answer = operator.post(f"/hub/courses/{course}/institution", institution=institution)
            assert answer.status_code == 404, course
    for nonsense in (
        "?field=colour&comparison=is&value=x",
        "?field=label&comparison=is&value=",
        "?field=%00&value=%00",
    ):
        assert operator.get(COURSES + nonsense).status_code == 200


def test_what_courses_are_called_is_text_and_no_markup(
    house: House, operator: Staff, schools: dict[str, int]
) -> None:
    share(house)
    come(house, "<script>alert(1)</script>", custom={'course_"><b>': "1"})
    for path in ("/hub/courses/waiting", COURSES):
        page = operator.get(path).get_data(as_text=True)
        assert "<script>alert" not in page
        assert '"><b>' not in page


@pytest.mark.parametrize(
    "path", [COURSES, "/hub/deployments/1/institution", "/hub/courses/" + "0" * 32 + "/institution"]
)
def test_a_forged_request_changes_nothing(
    house: House, operator: Staff, schools: dict[str, int], path: str
) -> None:
    fill(house, 1, schools["Oefenhogeschool"])
    good = re.search(r'name="csrf_token" value="([^"]*)"', operator.get("/hub/").get_data(as_text=True))
    assert good is not None
    for origin, token in (
        (BASE_URL, ""),
        (BASE_URL, "A" * 43),
        ("https://evil.example", good[1]),
        (None, good[1]),
    ):
        answer = operator.send(
            path, origin=origin, csrf_token=token, institution=str(schools["LUCA"]), field="label",
            comparison="is", value="c-000", deed="save",
        )  # fmt: skip
        assert answer.status_code == 403
    assert whose(house) == {"C-000": "Oefenhogeschool"}
