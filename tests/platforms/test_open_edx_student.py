"""A student of an Open edX course does a module, and the gradebook of Open edX knows."""

from datetime import UTC, datetime, timedelta

from lti.services import SCORE, AccessToken
from tests.platforms.conftest import Meeting, all_at_once, eventually
from tests.platforms.open_edx import PlacedLink, Tool
from tests.platforms.visitor import Visitor
from trainer.courses.delivery_queries import DeliveryLine, list_deliveries
from trainer.institutions.service_tokens import claim_token_request, load_token, save_token

ME = "/api/v1/me"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


def test_a_student_completes_a_module_and_the_gradebook_holds_it(meeting: Meeting) -> None:
    link = meeting.place(mode="declarative")
    anna = Visitor()

    page = anna.open(meeting.open_edx.opening(link, "anna"))

    assert (page.status, "Groeten bij naam" in page.text) == (200, True)
    assert page.url.startswith(f"{meeting.service.base_url}/m/")
    me = anna.get(meeting.service.base_url + ME).json
    assert (me["sub"], me["issuer"]) == ("ext-anna", meeting.open_edx.base_url)
    assert f"{MEMBERSHIP}Learner" in me["roles"]

    anna.complete(page.url)

    eventually(lambda: meeting.open_edx.grade(link, "anna") == 1.0)
    assert len(meeting.open_edx.items(link)) == 1
    assert [(score["user"], score["given"], score["maximum"]) for score in meeting.open_edx.scores(link)] == [
        ("ext-anna", 1.0, 1.0)
    ]


def test_where_the_lms_made_no_column_one_is_made_once(meeting: Meeting) -> None:
    link = meeting.place(mode="programmatic")
    students = {name: Visitor() for name in ("bram", "cato", "dries")}
    homes = {
        name: visitor.open(meeting.open_edx.opening(link, name)).url for name, visitor in students.items()
    }
    assert meeting.open_edx.items(link) == []

    all_at_once(*(lambda name=name: students[name].complete(homes[name]) for name in students))

    eventually(lambda: all(meeting.open_edx.grade(link, name) == 1.0 for name in students))
    [item] = meeting.open_edx.items(link)
    assert (item["location"], item["maximum"]) == (link.location, 1)


def test_two_modules_opened_at_the_same_moment_keep_apart(meeting: Meeting) -> None:
    greeting, parting = meeting.place("groeten"), meeting.place("afscheid")
    emma = Visitor()

    # both logins first, and the answers in the other order: one browser, two frames of one course page
    pages = [emma.begin_launch(meeting.open_edx.opening(link, "emma")) for link in (greeting, parting)]
    parted, greeted = emma.finish_launch(pages[1]), emma.finish_launch(pages[0])

    assert ("Groeten bij naam" in greeted.text, "Afscheid nemen" in parted.text) == (True, True)
    emma.complete(parted.url)
    eventually(lambda: meeting.open_edx.grade(parting, "emma") == 1.0)
    assert meeting.open_edx.grade(greeting, "emma") is None


def test_a_token_that_is_not_good_any_more_is_replaced(meeting: Meeting) -> None:
    """Open edX says 403, never 401, to a token that is over or another client's."""
    elsewhere = meeting.place()
    (tool_1, link_1), (tool_2, link_2) = meeting.another_tool(), meeting.another_tool()
    expired = meeting.open_edx.token(link_1, SCORE, life=-60)
    foreign = meeting.open_edx.token(elsewhere, SCORE)
    keep_token(meeting, tool_1, expired)
    keep_token(meeting, tool_2, foreign)

    def do(link: PlacedLink, name: str) -> None:
        student = Visitor()
        student.complete(student.open(meeting.open_edx.opening(link, name)).url)

    all_at_once(lambda: do(link_1, "finn"), lambda: do(link_2, "fleur"))

    eventually(
        lambda: meeting.open_edx.grade(link_1, "finn") == meeting.open_edx.grade(link_2, "fleur") == 1.0
    )
    assert kept_token(meeting, tool_1) not in (None, expired)
    assert kept_token(meeting, tool_2) not in (None, foreign)


def test_a_score_whose_answer_got_lost_is_sent_again_and_counts_once(meeting: Meeting) -> None:
    """The repetition has the same timestamp, to which Open edX says 400: it has the score already."""
    link = meeting.place()
    gita = Visitor()
    page = gita.open(meeting.open_edx.opening(link, "gita"))
    meeting.open_edx.lose_next_answer(f"/lti/{link.number}/lti-ags/")
    gita.complete(page.url)
    eventually(lambda: bool(deliveries(meeting, "waiting")) and deliveries(meeting, "waiting")[0].tries == 1)
    stored = meeting.open_edx.scores(link)
    assert [score["given"] for score in stored] == [1.0]
    [waiting] = deliveries(meeting, "waiting")

    meeting.service.command("deliveries", "retry", waiting.public_id)

    eventually(lambda: not deliveries(meeting, "waiting"))
    assert waiting.public_id in [line.public_id for line in deliveries(meeting, "delivered")]
    assert meeting.open_edx.scores(link) == stored
    assert meeting.open_edx.grade(link, "gita") == 1.0


def test_staff_teach_and_get_no_score(meeting: Meeting) -> None:
    link = meeting.place()
    said = {"staff": {"Instructor"}, "instructor": {"Instructor", "Administrator"}}
    teachers = {role: Visitor() for role in said}
    homes = {
        role: teacher.open(meeting.open_edx.opening(link, f"docent-{role}", role)).url
        for role, teacher in teachers.items()
    }
    student = Visitor()
    home = student.open(meeting.open_edx.opening(link, "hana")).url

    teach = f"{meeting.service.base_url}/teach/"
    for role, teacher in teachers.items():
        me = teacher.get(meeting.service.base_url + ME).json
        assert {uri.removeprefix(MEMBERSHIP) for uri in me["roles"] if uri.startswith(MEMBERSHIP)} == said[
            role
        ]
        assert teacher.get(teach).status == 200
    assert student.get(teach).status == 403

    all_at_once(
        lambda: student.watch(home),
        *(lambda role=role: teachers[role].complete(homes[role]) for role in said),
    )
    student.read(home)
    student.answer(home)
    student.write(home)

    # what the teachers did was there before
    eventually(lambda: meeting.open_edx.grade(link, "hana") == 1.0)
    assert [score["user"] for score in meeting.open_edx.scores(link)] == ["ext-hana"]


def test_an_item_that_was_picked_opens_although_the_login_names_another_address(meeting: Meeting) -> None:
    """Open edX's login names the block's own address, its id_token that of the item."""
    by_address, by_name = meeting.place(None), meeting.place("groeten")
    meeting.open_edx.pick(by_address, f"{meeting.service.base_url}/lti/launch/afscheid")
    meeting.open_edx.pick(by_name, f"{meeting.service.base_url}/lti/launch", {"module": "afscheid"})

    for link in (by_address, by_name):
        opened = Visitor().open(meeting.open_edx.opening(link, "jana"))

        assert opened.url.startswith(f"{meeting.service.base_url}/m/")
        assert "Afscheid nemen" in opened.text


def test_a_link_without_a_module_waits_for_the_teachers_choice(meeting: Meeting) -> None:
    link = meeting.place(None)
    student, teacher = Visitor(), Visitor()

    met = student.open(meeting.open_edx.opening(link, "iris"))
    choosing = teacher.open(meeting.open_edx.opening(link, "docent-kiest", "staff"))

    assert met.status == 200
    assert "/m/" not in met.url
    assert choosing.url.startswith(f"{meeting.service.base_url}/teach/")


def keep_token(meeting: Meeting, tool: Tool, value: str) -> None:
    """The service keeps a token that it takes for good, from an hour ago."""
    scopes, now = frozenset({SCORE}), datetime.now(UTC)
    asked_at = now - timedelta(hours=1)
    token = AccessToken(value, scopes, asked_at, now + timedelta(hours=1))
    with meeting.database.writing() as connection:
        assert claim_token_request(connection, tool.platform, scopes, asked_at, timedelta(seconds=1))
        save_token(connection, meeting.seal, tool.platform, scopes, token)


def kept_token(meeting: Meeting, tool: Tool) -> str | None:
    with meeting.database.reading() as connection:
        token = load_token(connection, meeting.seal, tool.platform, frozenset({SCORE}))
    return token.value if token else None


def deliveries(meeting: Meeting, state: str) -> list[DeliveryLine]:
    with meeting.database.reading() as connection:
        return list_deliveries(connection, state=state, platform=None, limit=100)
