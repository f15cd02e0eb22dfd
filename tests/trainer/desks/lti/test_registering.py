"""An administrator connects an LMS by an invitation: pastes one address, presses one button (LTI Dynamic Registration)."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lti.keys import ToolKey
from tests.support.registering import (
    CONFIGURATION,
    NRPS,
    TOOL,
    Answer,
    BrightspaceLms,
    CanvasLms,
    MoodleLms,
    SakaiLms,
    as_json,
)
from tests.trainer.conftest import BASE_URL
from tests.trainer.desks.lti.registering import EmptyHouse, code_of, empty_house, presses_connect

LMSS: dict[str, type[MoodleLms]] = {
    "moodle": MoodleLms,
    "canvas": CanvasLms,
    "brightspace": BrightspaceLms,
    "sakai": SakaiLms,
}


@pytest.fixture
def service(database_url: str, tool_key: ToolKey, tmp_path: Path) -> Iterator[EmptyHouse]:
    """A service that no LMS is connected with."""
    with empty_house(database_url, tmp_path, tool_key) as house:
        yield house


@pytest.fixture
def moodle(service: EmptyHouse) -> Iterator[MoodleLms]:
    """A Moodle that knows nothing of the service."""
    lms = MoodleLms(BASE_URL, service.clock)
    yield lms
    lms.close()


@pytest.mark.parametrize("product", LMSS)
def test_from_an_empty_service_to_the_first_launch(service: EmptyHouse, product: str) -> None:
    """Given an invitation, the administrator pastes it, presses Connect and activates; the operator switches it on."""
    service.clock.now = datetime.now(UTC)  # the commands go by the machine's clock
    lms, administrator = LMSS[product](BASE_URL, service.clock), service.browser()
    printed = service.trainer("platforms", "invite", "--institution", "Hogeschool X")
    assert printed.startswith(f"{BASE_URL}/lti/register?invitation=")
    assert len(printed.splitlines()) == 1

    page = lms.pastes(administrator, printed.strip())
    assert page.status_code == 200, page.get_data(as_text=True)
    assert "frame-ancestors *" in page.headers["Content-Security-Policy"]
    text = page.get_data(as_text=True)
    assert lms.issuer in text
    assert "Hogeschool X" in text
    assert not service.registrations(), "nothing is made before the administrator said so"
    done = presses_connect(administrator, page)
    assert done.status_code == 200, done.get_data(as_text=True)
    assert "js/registered.js" in done.get_data(as_text=True)
    assert "frame-ancestors *" in done.headers["Content-Security-Policy"]

    (row,) = service.registrations()
    assert (row["issuer"], row["client_id"], row["family"]) == (lms.issuer, lms.client_id, product)
    assert (row["pending"], row["active"], row["version"]) == (True, False, "1.3")
    assert row["withheld_scopes"] == ([NRPS] if product == "canvas" else [])
    assert service.deployments() == ([lms.deployment_id] if lms.deployment_id else [])
    number = str(row["id"])
    assert f"{number}  pending" in service.trainer("platforms", "list")

    lms.activates()
    student = service.browser()
    refused = student.post(
        "/lti/login",
        data={
            "iss": lms.issuer,
            "client_id": lms.client_id,
            "login_hint": "h",
            "target_link_uri": f"{BASE_URL}/lti/launch",
        },
        base_url=BASE_URL,
    )
    assert (refused.status_code, code_of(refused)) == (403, "lti_platform_inactive")
    service.trainer("platforms", "enable", number)
    if lms.deployment_id is None:
        assert lms.opens(student).status_code == 403, (
            "it did not tell its deployment, so the first launch does"
        )
        service.trainer("platforms", "deployments", number, "--adopt", "1:institution")
    assert lms.opens(student).status_code == 303
    assert f"{number}  on" in service.trainer("platforms", "list")
    lms.close()


def test_what_the_lms_is_told(service: EmptyHouse, moodle: MoodleLms) -> None:
    administrator = service.browser()
    presses_connect(administrator, moodle.pastes(administrator, service.invitation()))
    tool = moodle.tools[moodle.client_id]
    assert tool["client_name"] == "Buddy Trainer"
    assert tool["initiate_login_uri"] == f"{BASE_URL}/lti/login"
    assert tool["jwks_uri"] == f"{BASE_URL}/lti/jwks"
    assert tool["redirect_uris"] == [
        f"{BASE_URL}/lti/launch",
        f"{BASE_URL}/lti/deep-linking",
        f"{BASE_URL}/lti/launch/groeten",
    ]
    placing = tool[TOOL]["messages"][0]
    assert (placing["label"], placing["target_link_uri"]) == (
        "Modules van Buddy Trainer plaatsen",
        f"{BASE_URL}/lti/deep-linking",
    )
    assert "email" not in tool[TOOL]["claims"]


def test_notices_of_copies_are_asked_for_where_there_are_any(service: EmptyHouse, moodle: MoodleLms) -> None:
    scope = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
    offered = moodle.configuration()
    offered[CONFIGURATION]["notice_types_supported"] = ["LtiContextCopyNotice", "LtiHelloWorldNotice"]
    moodle.changes = {
        CONFIGURATION: offered[CONFIGURATION],
        "scopes_supported": [*offered["scopes_supported"], scope],
    }
    administrator = service.browser()
    presses_connect(administrator, moodle.pastes(administrator, service.invitation()))
    tool = moodle.tools[moodle.client_id]
    assert tool[TOOL]["notice_handlers"] == [
        {"notice_type": "LtiContextCopyNotice", "handler": f"{BASE_URL}/lti/notices"}
    ]
    assert scope in tool["scope"].split()


def test_without_an_lms_the_page_says_where_to_paste_it(service: EmptyHouse) -> None:
    invitation = service.invitation()
    page = service.browser().get(invitation.removeprefix(BASE_URL), base_url=BASE_URL)
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert invitation in text
    assert all(product in text for product in ("Moodle", "Canvas", "Blackboard", "Brightspace", "Sakai"))


@pytest.mark.parametrize("which", ["none", "made up", "used", "too old", "twice"])
def test_without_a_good_invitation_nobody_is_asked_anything(
    service: EmptyHouse, moodle: MoodleLms, which: str
) -> None:
    administrator, invitation = service.browser(), service.invitation()
    if which == "none":
        invitation = f"{BASE_URL}/lti/register"
    elif which == "made up":
        invitation = f"{BASE_URL}/lti/register?invitation={'x' * 43}"
    elif which == "used":
        presses_connect(administrator, moodle.pastes(administrator, invitation))
    elif which == "too old":
        service.clock.move(minutes=60)
    asked = len(moodle.asked)
    if which == "twice":
        refused = administrator.get(
            f"{invitation}&invitation=x&openid_configuration={moodle.issuer}/c".removeprefix(BASE_URL)
        )
    else:
        refused = moodle.pastes(administrator, invitation)
    assert (refused.status_code, code_of(refused)) == (403, "lti_invitation")
    assert len(moodle.asked) == asked


def test_an_invitation_that_runs_out_while_the_page_is_read(service: EmptyHouse, moodle: MoodleLms) -> None:
    administrator, invitation = service.browser(), service.invitation()
    service.clock.move(minutes=50)
    page = moodle.pastes(administrator, invitation)
    service.clock.move(minutes=15)
    asked = len(moodle.asked)
    refused = presses_connect(administrator, page)
    assert (refused.status_code, code_of(refused)) == (403, "lti_invitation")
    assert len(moodle.asked) == asked


def test_only_the_lms_that_the_operator_named(service: EmptyHouse, moodle: MoodleLms) -> None:
    administrator = service.browser()
    refused = moodle.pastes(administrator, service.invitation(issuer="https://moodle.school.be"))
    assert (refused.status_code, code_of(refused)) == (422, "lti_configuration_issuer")
    assert moodle.pastes(administrator, service.invitation(issuer=moodle.issuer)).status_code == 200


def test_an_lms_that_speaks_for_another_site(service: EmptyHouse, moodle: MoodleLms) -> None:
    moodle.changes["issuer"] = "http://moodle.other.example"
    refused = moodle.pastes(service.browser(), service.invitation())
    assert (refused.status_code, code_of(refused)) == (422, "lti_configuration_issuer")
    assert not service.registrations()


def test_addresses_on_other_sites_are_ticked_first(service: EmptyHouse, moodle: MoodleLms) -> None:
    moodle.changes["token_endpoint"] = "https://tokens.example.org/token"
    administrator = service.browser()
    page = moodle.pastes(administrator, service.invitation())
    assert "tokens.example.org" in page.get_data(as_text=True)
    untold = presses_connect(administrator, page, ticks=False)
    assert untold.status_code == 422
    assert 'role="alert"' in untold.get_data(as_text=True)
    assert not moodle.tools
    # What lies elsewhere only after the page was looked at is not agreed to with it
    moodle.changes["jwks_uri"] = "https://keys.example.org/jwks"
    again = presses_connect(administrator, page)
    assert "keys.example.org" in again.get_data(as_text=True)
    assert not moodle.tools
    assert presses_connect(administrator, again).status_code == 200
    assert service.registrations()[0]["token_endpoint"] == "https://tokens.example.org/token"


def test_an_issuer_that_changes_after_it_was_seen(service: EmptyHouse, moodle: MoodleLms) -> None:
    administrator = service.browser()
    page = moodle.pastes(administrator, service.invitation())
    moodle.changes["issuer"] = f"{moodle.issuer}/other"
    refused = presses_connect(administrator, page)
    assert (refused.status_code, code_of(refused)) == (422, "lti_configuration_issuer")
    assert not moodle.tools


def test_what_is_connected_already_stays_as_it_is(service: EmptyHouse, moodle: MoodleLms) -> None:
    """Moodle, told to update a tool that it has, keeps the client id."""
    administrator = service.browser()
    presses_connect(administrator, moodle.pastes(administrator, service.invitation()))
    service.trainer("platforms", "enable", str(service.registrations()[0]["id"]))
    before, deployments = service.registrations(), service.deployments()
    moodle.next_client_id, moodle.deployment_id = moodle.client_id, "31"
    page = moodle.pastes(administrator, service.invitation(institution="Hogeschool Y"))
    refused = presses_connect(administrator, page)
    assert (refused.status_code, code_of(refused)) == (409, "lti_registered")
    assert (service.registrations(), service.deployments()) == (before, deployments)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            (400, "text/plain", "Missing required attribute: <jwks_uri>"),
            "Missing required attribute: &lt;jwks_uri&gt;",
        ),
        (as_json(422, {"errors": ["redirect_uris must be https"]}), "redirect_uris must be https"),
        ((404, "text/html", "<html>Not <b>found</b>"), None),
    ],
)
def test_a_refusal_in_the_lmss_words_leaves_the_invitation_good(
    service: EmptyHouse, moodle: MoodleLms, answer: Answer, says: str | None
) -> None:
    administrator, invitation = service.browser(), service.invitation()
    moodle.instead = [answer]
    refused = presses_connect(administrator, moodle.pastes(administrator, invitation))
    assert (refused.status_code, code_of(refused)) == (422, "lti_registration_refused")
    quoted = refused.get_data(as_text=True)
    assert (says in quoted) if says else ("<blockquote" not in quoted)
    assert not service.registrations()
    assert presses_connect(administrator, moodle.pastes(administrator, invitation)).status_code == 200


def test_a_registration_token_is_for_one_use_within_the_hour(service: EmptyHouse, moodle: MoodleLms) -> None:
    administrator, invitation = service.browser(), service.invitation()
    page = moodle.pastes(administrator, invitation, registration_token="spent")
    refused = presses_connect(administrator, page)
    assert code_of(refused) == "lti_registration_refused"
    assert "Invalid registration token" in refused.get_data(as_text=True)
    assert service.open_invitations() == 1


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (None, 503, "lti_unreachable"),
        ((500, "text/html", "<html>"), 503, "lti_unreachable"),
        ((200, "text/html", "<html>"), 422, "lti_registration_answer"),
        (as_json(200, {"client_name": "x"}), 422, "lti_registration_answer"),
    ],
)
def test_when_the_tool_may_have_been_made_the_invitation_is_spent(
    service: EmptyHouse, moodle: MoodleLms, answer: Answer | None, status: int, code: str
) -> None:
    administrator, invitation = service.browser(), service.invitation()
    moodle.instead = [answer]
    refused = presses_connect(administrator, moodle.pastes(administrator, invitation))
    assert (refused.status_code, code_of(refused)) == (status, code)
    assert service.open_invitations() == 0
    assert moodle.pastes(administrator, invitation).status_code == 403


def test_an_lms_that_cannot_be_reached_spends_nothing(service: EmptyHouse, moodle: MoodleLms) -> None:
    invitation, administrator = service.invitation(), service.browser()
    moodle.close()
    refused = moodle.pastes(administrator, invitation)
    assert (refused.status_code, code_of(refused)) == (503, "lti_unreachable")
    assert "Retry-After" in refused.headers
    assert service.open_invitations() == 1


def test_of_two_at_once_one_connects(service: EmptyHouse, moodle: MoodleLms) -> None:
    invitation = service.invitation()
    browsers = [service.browser() for _ in range(4)]
    pages = [moodle.pastes(browser, invitation) for browser in browsers]
    statuses: list[int] = []
    start = threading.Barrier(len(browsers))

    def press(number: int) -> None:
        start.wait()
        statuses.append(presses_connect(browsers[number], pages[number]).status_code)

    threads = [threading.Thread(target=press, args=(number,)) for number in range(len(browsers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(statuses) == [200, 403, 403, 403]
    assert len(moodle.tools) == len(service.registrations()) == 1


@pytest.mark.parametrize("intent", ["", "x", "x.y", "é.é", ".", "W10=.AAAA"])
def test_a_form_that_no_page_of_ours_made(service: EmptyHouse, moodle: MoodleLms, intent: str) -> None:
    administrator = service.browser()
    page = moodle.pastes(administrator, service.invitation())
    asked = len(moodle.asked)
    refused = presses_connect(administrator, page, intent=intent)
    assert (refused.status_code, code_of(refused)) == (403, "csrf_token")
    assert len(moodle.asked) == asked


def test_a_form_from_another_site_or_a_page_that_stood_too_long(
    service: EmptyHouse, moodle: MoodleLms
) -> None:
    administrator, invitation = service.browser(), service.invitation()
    page = moodle.pastes(administrator, invitation)
    asked = len(moodle.asked)
    for headers in ({"Origin": moodle.issuer}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {}):
        refused = administrator.post(
            "/lti/register", data={"intent": "x"}, base_url=BASE_URL, headers=headers
        )
        assert (refused.status_code, code_of(refused)) == (403, "csrf_origin")
    service.clock.move(minutes=31)
    refused = presses_connect(administrator, page)
    assert (refused.status_code, code_of(refused)) == (403, "csrf_token")
    assert len(moodle.asked) == asked


@pytest.mark.parametrize(
    "changes",
    [
        {"product": "x" * 250},
        {"product": "a\0b"},
        {"authorization_endpoint": "http://localhost/" + "x" * 1100},
        {"issuer": 5},
        {"registration_endpoint": "ftp://localhost/"},
    ],
)
def test_whatever_an_lms_says_of_itself_is_taken_or_refused(
    service: EmptyHouse, moodle: MoodleLms, changes: dict[str, object]
) -> None:
    moodle.product = str(changes.pop("product", "moodle"))
    moodle.changes = changes
    administrator = service.browser()
    page = moodle.pastes(administrator, service.invitation())
    if changes:
        assert page.status_code == 422
    else:
        assert presses_connect(administrator, page).status_code == 200
        assert len(service.registrations()) == 1
