"""A student clicks in the course and stands on the module's page."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select, update

from tests.support.house import count
from tests.support.lms import CLAIM, INSTRUCTOR, LEARNER, MEMBERSHIP
from tests.trainer.conftest import BASE_URL, House
from trainer.institutions.models import Deployment, Registration, WaitingDeployment
from trainer.people.actions import disable_identity, touch_session
from trainer.people.models import BrowserSession, Buddy, Identity


def test_it_works(house: House) -> None:
    browser = house.browser()
    answer = house.lms.open(browser, house.clock())
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/m/")
    page = browser.get(answer.headers["Location"], base_url=BASE_URL)
    assert page.status_code == 200
    assert "Groet" in page.get_data(as_text=True)
    me = browser.get("/api/v1/me", base_url=BASE_URL).get_json()
    assert (me["sub"], me["issuer"], me["roles"]) == ("student-1", house.lms.issuer, [LEARNER])
    assert me["id"]


def test_the_cookies_live_in_a_third_party_iframe(house: House) -> None:
    browser = house.browser()
    asked = browser.post(
        "/lti/login",
        data={
            "iss": house.lms.issuer,
            "login_hint": "h",
            "target_link_uri": f"{BASE_URL}/lti/launch/groeten",
            "client_id": house.lms.client_id,
        },
        base_url=BASE_URL,
    )
    session = house.lms.open(browser, house.clock())
    for cookie in [*asked.headers.getlist("Set-Cookie"), session.headers.getlist("Set-Cookie")[0]]:
        assert cookie.startswith("__Host-")
        for attribute in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
            assert attribute in cookie


def test_login_by_get_works_too(house: House) -> None:
    answer = house.browser().get(
        "/lti/login",
        query_string={
            "iss": house.lms.issuer,
            "login_hint": "h&<",
            "lti_message_hint": "0",
            "target_link_uri": f"{BASE_URL}/lti/launch/groeten",
        },
        base_url=BASE_URL,
    )
    assert answer.status_code == 302
    assert "login_hint=h%26%3C" in answer.headers["Location"]
    assert "lti_message_hint=0" in answer.headers["Location"]


def test_a_second_module_in_a_second_tab_lands_on_its_own_page(house: House) -> None:
    """Both logins are under way at once; each answer opens what its own token says."""
    browser = house.browser()
    first = house.lms.log_in(browser)
    second = house.lms.log_in(browser)
    now = house.clock()
    other_link = {CLAIM + "resource_link": {"id": "link-2", "title": "Nog eens"}}
    answers = [
        house.lms.post(
            browser, asked["state"], house.lms.sign(house.lms.claims(asked["nonce"], now, changes))
        )
        for asked, changes in ((second, other_link), (first, None))
    ]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len([cookie for cookie in browser._cookies or {} if "__Host-l" in str(cookie)]) == 0  # type: ignore[attr-defined]


def test_a_launch_spends_its_nonce(house: House) -> None:
    browser = house.browser()
    asked = house.lms.log_in(browser)
    token = house.lms.sign(house.lms.claims(asked["nonce"], house.clock()))
    cookies = dict(browser._cookies)  # type: ignore[attr-defined]
    assert house.lms.post(browser, asked["state"], token).status_code == 303
    browser._cookies.update(cookies)  # type: ignore[attr-defined]
    again = house.lms.post(browser, asked["state"], token)
    assert again.status_code == 401
    assert "Set-Cookie" not in again.headers
    assert count(house, BrowserSession) == 1


def test_of_twelve_launches_at_once_with_one_nonce_one_wins(house: House) -> None:
    browser = house.browser()
    house.lms.open(browser, house.clock())  # keys are known, the student too
    asked = house.lms.log_in(browser)
    token = house.lms.sign(house.lms.claims(asked["nonce"], house.clock()))
    cookies = dict(browser._cookies)  # type: ignore[attr-defined]

    def launch(_: int) -> int:
        racer = house.browser()
        racer._cookies.update(cookies)  # type: ignore[attr-defined]
        return house.lms.post(racer, asked["state"], token).status_code

    with ThreadPoolExecutor(12) as threads:
        statuses = sorted(threads.map(launch, range(12)))
    assert statuses == [303] + [401] * 11


def test_two_first_launches_at_once_are_one_person(house: House) -> None:
    browsers = [house.browser() for _ in range(6)]
    asked = [house.lms.log_in(browser) for browser in browsers]
    now = house.clock()

    def launch(index: int) -> int:
        changes = {CLAIM + "resource_link": {"id": f"link-{index}"}}
        token = house.lms.sign(house.lms.claims(asked[index]["nonce"], now, changes))
        return house.lms.post(browsers[index], asked[index]["state"], token).status_code

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(launch, range(6))) == {303}
    assert (count(house, Identity), count(house, Buddy)) == (1, 1)


def test_another_browser_cannot_finish_the_login(house: House) -> None:
    """Login CSRF: the attacker's own state and token, posted in the victim's browser."""
    attacker, victim = house.browser(), house.browser()
    house.lms.open(victim, house.clock(), {"sub": "victim"})
    asked = house.lms.log_in(attacker)
    token = house.lms.sign(house.lms.claims(asked["nonce"], house.clock(), {"sub": "attacker"}))
    answer = house.lms.post(victim, asked["state"], token)
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    assert victim.get("/api/v1/me", base_url=BASE_URL).get_json()["sub"] == "victim"


def test_where_no_cookie_holds_a_new_window_repeats_the_login(house: House) -> None:
    asked = house.lms.log_in(house.browser(), lti_message_hint="0")
    token = house.lms.sign(house.lms.claims(asked["nonce"], house.clock()))
    answer = house.lms.post(house.browser(), asked["state"], token)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "Module openen in een nieuw venster" in text
    assert 'target="_blank"' in text
    assert 'href="/lti/login?iss=' in text
    assert "lti_message_hint=0" in text
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]


def test_an_unknown_deployment_waits_in_the_inbox(house: House) -> None:
    changes = {CLAIM + "deployment_id": "new"}
    for _ in range(2):
        assert house.lms.open(house.browser(), house.clock(), changes).status_code == 403
    with house.database.reading() as connection:
        waiting = connection.execute(select(WaitingDeployment.deployment_id, WaitingDeployment.times)).all()
    assert [tuple(row) for row in waiting] == [("new", 2)]
    assert count(house, BrowserSession) == 0
    assert count(house, Buddy) == 0


def test_a_bad_signature_puts_nothing_in_the_inbox(house: House) -> None:
    browser = house.browser()
    asked = house.lms.log_in(browser)
    claims = house.lms.claims(asked["nonce"], house.clock(), {CLAIM + "deployment_id": "new"})
    token = house.lms.sign(claims)
    assert house.lms.post(browser, asked["state"], token[:-8] + "AAAAAAAA").status_code == 401
    assert count(house, WaitingDeployment) == 0


def test_a_registration_may_adopt_deployments_by_itself(house: House) -> None:
    from tests.support.lms import Lms

    site = Lms(BASE_URL, client_id="own-site")
    try:
        site.register(house.database, house.clock(), deployment_ids=[], adopts_deployments=True)
        assert site.open(house.browser(), house.clock(), {CLAIM + "deployment_id": "77"}).status_code == 303
    finally:
        site.close()
    with house.database.reading() as connection:
        assert "77" in connection.execute(select(Deployment.deployment_id)).scalars().all()


def test_a_link_without_a_module_tells_the_student_and_lets_the_teacher_choose(house: House) -> None:
    bare = {CLAIM + "target_link_uri": f"{BASE_URL}/lti/launch", CLAIM + "resource_link": {"id": "bare"}}
    student = house.lms.open(house.browser(), house.clock(), bare)
    assert student.status_code == 200
    assert "Hier staat nog geen module" in student.get_data(as_text=True)
    teacher = house.browser()
    opened = house.lms.open(teacher, house.clock(), {"sub": "teacher", CLAIM + "roles": [INSTRUCTOR], **bare})
    choose = opened.headers["Location"]
    assert choose.startswith("/teach/links/")
    form = teacher.get(choose, base_url=BASE_URL).get_data(as_text=True)
    token = form.split('name="csrf_token" value="')[1].split('"')[0]
    chosen = teacher.post(
        choose,
        data={"csrf_token": token, "module": "groeten"},
        base_url=BASE_URL,
        headers={"Origin": BASE_URL},
    )
    assert chosen.headers["Location"] == choose
    assert "Studenten openen nu" in teacher.get(choose, base_url=BASE_URL).get_data(as_text=True)
    assert "Opent" in teacher.get("/teach/", base_url=BASE_URL).get_data(as_text=True)
    assert house.lms.open(house.browser(), house.clock(), bare).headers["Location"].startswith("/m/")


def test_a_content_developer_places_modules_and_sees_nothing_else(house: House) -> None:
    bare = {CLAIM + "target_link_uri": f"{BASE_URL}/lti/launch", CLAIM + "resource_link": {"id": "bare"}}
    developer = house.browser()
    opened = house.lms.open(
        developer, house.clock(), {CLAIM + "roles": [f"{MEMBERSHIP}#ContentDeveloper"], **bare}
    )
    assert developer.get(opened.headers["Location"], base_url=BASE_URL).status_code == 200
    assert developer.get("/teach/", base_url=BASE_URL).status_code == 403


def test_unknown_module_is_a_page_with_the_way_on(house: House) -> None:
    answer = house.lms.open(house.browser(), house.clock(), {CLAIM + "custom": {"module": "bestaat-niet"}})
    assert answer.status_code == 404
    assert "Meld het aan je docent" in answer.get_data(as_text=True)


def test_the_custom_parameter_decides_before_the_path(house: House) -> None:
    changes = {
        CLAIM + "custom": {"module": "groeten"},
        CLAIM + "target_link_uri": f"{BASE_URL}/lti/launch/something-else",
    }
    assert house.lms.open(house.browser(), house.clock(), changes).status_code == 303


def test_only_context_roles_open_the_teachers_page(house: House) -> None:
    base = "http://purl.imsglobal.org/vocab/lis/v2"
    for index, (roles, status) in enumerate(
        [
            ([INSTRUCTOR], 200),
            (["Instructor"], 200),
            ([f"{MEMBERSHIP}/Instructor#TeachingAssistant"], 200),
            ([f"{MEMBERSHIP}#Administrator"], 200),
            ([LEARNER], 403),
            ([], 403),
            ([f"{base}/institution/person#Instructor"], 403),
            ([f"{base}/system/person#Administrator"], 403),
            ([f"{MEMBERSHIP}/Learner#Instructor"], 403),
            ([f"{MEMBERSHIP}#Mentor"], 403),
            (["http://evil.example/vocab/lis/v2/membership#Instructor"], 403),
            (["instructor "], 403),
        ]
    ):
        browser = house.browser()
        opened = house.lms.open(browser, house.clock(), {"sub": f"person-{index}", CLAIM + "roles": roles})
        assert opened.status_code == 303, roles
        assert browser.get("/teach/", base_url=BASE_URL).status_code == status, roles


def test_nobody_is_nobody(house: House) -> None:
    assert house.browser().get("/api/v1/me", base_url=BASE_URL).status_code == 401
    assert house.browser().get("/teach/", base_url=BASE_URL).status_code == 401


def test_an_email_joins_nobody(house: House) -> None:
    for sub in ("a", "b"):
        house.lms.open(house.browser(), house.clock(), {"sub": sub, "email": "same@example.be"})
    assert count(house, Buddy) == 2


def test_a_disabled_person_stays_out_and_is_signed_out(house: House) -> None:
    browser = house.browser()
    house.lms.open(browser, house.clock())
    with house.database.writing() as connection:
        identity = connection.execute(select(Identity.id)).scalar_one()
        disable_identity(connection, identity, house.clock())
    assert browser.get("/api/v1/me", base_url=BASE_URL).status_code == 401
    assert house.lms.open(browser, house.clock()).status_code == 403


def test_a_session_ends_when_idle_and_after_eight_hours(house: House) -> None:
    browser = house.browser()
    house.lms.open(browser, house.clock())
    for _ in range(9):
        house.clock.move(minutes=50)
        assert browser.get("/api/v1/me", base_url=BASE_URL).status_code == 200
    house.clock.move(minutes=50)
    assert browser.get("/api/v1/me", base_url=BASE_URL).status_code == 401
    house.lms.open(browser, house.clock())
    house.clock.move(minutes=61)
    assert browser.get("/api/v1/me", base_url=BASE_URL).status_code == 401


def test_the_key_set_shows_no_private_part(house: House) -> None:
    keys = house.browser().get("/lti/jwks", base_url=BASE_URL)
    assert keys.headers["Cache-Control"] == "public, max-age=3600"
    assert len(keys.get_json()["keys"]) == 1
    for key in keys.get_json()["keys"]:
        assert set(key) == {"kty", "use", "alg", "kid", "n", "e"}


def test_a_link_that_names_its_module_is_not_told_to_lack_one(house: House) -> None:
    house.lms.open(
        house.browser(), house.clock(), {CLAIM + "resource_link": {"id": "named", "title": "Week 3"}}
    )
    teacher = house.browser()
    house.lms.open(teacher, house.clock(), {"sub": "teacher", CLAIM + "roles": [INSTRUCTOR]})
    courses = teacher.get("/teach/", base_url=BASE_URL).get_data(as_text=True)
    assert "Week 3" in courses
    assert "Nog geen module gekozen" not in courses


def test_a_launch_is_read_from_the_form_alone(house: House) -> None:
    """What stands in an address ends in logs and histories."""
    browser = house.browser()
    asked = house.lms.log_in(browser)
    token = house.lms.sign(house.lms.claims(asked["nonce"], house.clock()))
    answer = browser.post(
        "/lti/launch", query_string={"state": asked["state"], "id_token": token}, base_url=BASE_URL
    )
    assert answer.status_code == 400


def test_a_session_that_was_born_while_its_platform_was_switched_off_ends_within_a_minute(
    house: House,
) -> None:
    browser = house.browser()
    house.lms.open(browser, house.clock())
    with house.database.writing() as connection:
        connection.execute(update(Registration).values(active=False))
        token_hash = connection.execute(select(BrowserSession.token_hash)).scalar_one()
        assert not touch_session(connection, token_hash, house.clock())
