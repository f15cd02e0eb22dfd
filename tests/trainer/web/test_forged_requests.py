"""What changes something comes from a page of ours, and looking changes nothing."""

from typing import Any

from tests.trainer.conftest import BASE_URL, House
from tests.trainer.web.authorization import TABLE, body_of
from tests.trainer.web.visitors import Street, Visitor, rules, writes

#: Addresses that are posted to before there is a session; each checks the sender by itself: state, nonce and token of
#: a launch; `confirm`, which only pages of ours may post to, where the request comes from; `connect` (an LMS), which a
#: page of ours posts too, the origin and a signed intent; `go_on` (with a successor) likewise, and a sealed launch that
#: is good once; notices, which an LMS posts, the signature of each; launches of LTI 1.1 the signature and the nonce.
EXEMPT = {
    "lti.login",
    "lti.launch",
    "lti.launch_of_module",
    "lti.deep_linking",
    "lti.confirm",
    "lti.connect",
    "lti.go_on",
    "lti.notices",
    "lti.legacy_launch",
    "lti.legacy_launch_of_module",
}
#: What may be written while a page is served, by address. Besides, the session's last use, once a minute.
WRITES_ON_GET = {
    # the player: the film's row of watched seconds, the buddy's clock, the summary for overviews
    ("/m/<enrolment>/<step>/", "film"): {"coverage", "watch_clock", "enrolment"},
    ("/m/<enrolment>/<step>/text", "film"): {"coverage", "watch_clock", "enrolment"},
    # the first attempt begins when its first question is shown
    ("/m/<enrolment>/<step>/", "check"): {"attempt", "enrolment"},
}


def test_what_other_sites_may_post_to_is_counted_on_one_hand(house: House) -> None:
    exempt = {
        rule.endpoint for method, rule in rules(house)
        if method != "GET" and getattr(house.app.view_functions[rule.endpoint], "csrf_exempt", False)
    }  # fmt: skip
    assert exempt == EXEMPT


def posts(street: Street) -> list[tuple[str, dict[str, Any]]]:
    return [
        (street.fill(rule.replace("<step>", which)), body_of(rule, street.film))
        for method, rule, which in TABLE
        # the hub goes by a session of its own: tests/trainer/desks/operator
        if method == "POST" and not rule.startswith(("/lti/", "/hub/"))
    ]


FORGERIES: dict[str, dict[str, Any]] = {
    "another site": {"headers": {"Origin": "https://evil.example"}},
    "the LMS itself": {"headers": {"Origin": "http://localhost:9999"}},
    "a sandboxed frame": {"headers": {"Origin": "null"}},
    "another port": {"headers": {"Origin": "http://127.0.0.1:8001"}},
    "a look-alike": {"headers": {"Origin": BASE_URL + ".evil.example"}},
    "another site, by its own word": {"headers": {"Sec-Fetch-Site": "cross-site"}, "origin": None},
    "a sister site": {"headers": {"Sec-Fetch-Site": "same-site"}, "origin": None},
    "who says nothing": {"headers": {}, "origin": None},
    "two origins": {"headers": {"Origin": f"{BASE_URL} https://evil.example"}},
    "no token": {"csrf": ""},
    "a made-up token": {"csrf": "A" * 43},
    "a token of letters that no header may hold": {"csrf": "é"},
    "somebody else's token": {"csrf": "classmate"},
}


def test_a_forged_request_changes_nothing(street: Street) -> None:
    owner = street.callers["owner"]
    with writes(street.house.database) as changed:
        for forgery, how in FORGERIES.items():
            token = how.get("csrf", owner.csrf)
            token = street.callers[token].csrf if token in street.callers else token
            headers = {"Origin": BASE_URL, **how.get("headers", {})}
            if "origin" in how:
                del headers["Origin"]
            for path, body in posts(street):
                kind, content = ("json", body["json"]) if "json" in body else ("data", body["form"])
                sent: dict[str, Any] = {kind: {**content, "csrf_token": token}}
                answer = owner.browser.post(path, headers=headers, base_url=BASE_URL, **sent)
                assert answer.status_code == 403, f"{forgery}: {path}"
    assert not changed


def test_a_form_in_a_scripts_clothes_is_refused(street: Street) -> None:
    """A form of another site can send text/plain that reads as JSON, without asking first."""
    owner = street.callers["owner"]
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        text = f'{{"csrf_token": "{owner.csrf}", "film": "{street.film}", "played": [[0, 1]], "position": 1}}'
        answer = owner.browser.post(
            f"/m/{street.enrolment}/progress",
            data=text,
            content_type=kind,
            base_url=BASE_URL,
            headers={"Origin": BASE_URL},
        )
        assert answer.status_code == 403


def test_each_way_of_a_page_of_ours_is_taken(street: Street) -> None:
    owner = street.callers["owner"]
    owner.get(f"/m/{street.enrolment}/film/")
    path, body = f"/m/{street.enrolment}/progress", {"film": street.film, "played": [], "position": 0}
    for headers, extra in (
        ({"Origin": BASE_URL, "X-CSRF-Token": owner.csrf}, {}),
        ({"Sec-Fetch-Site": "same-origin", "X-CSRF-Token": owner.csrf}, {}),
        ({"Origin": BASE_URL}, {"csrf_token": owner.csrf}),  # a beacon
    ):
        answer = owner.browser.post(path, json={**body, **extra}, headers=headers, base_url=BASE_URL)
        assert answer.status_code == 200


def test_a_second_module_in_a_second_tab_keeps_the_first_tabs_page_working(street: Street) -> None:
    owner = street.callers["owner"]
    street.house.lms.open(owner.browser, street.house.clock())
    assert owner.post("/language", form={"locale": "en", "next": "/"}).status_code == 303


def test_the_token_of_another_person_in_the_same_browser_is_void(street: Street) -> None:
    """A shared computer: the page of who sat here before does nothing in the name of who sits here now."""
    owner = street.callers["owner"]
    street.house.lms.open(owner.browser, street.house.clock(), {"sub": "student-2"})
    assert owner.post("/language", form={"locale": "en", "next": "/"}).status_code == 403


def test_looking_changes_nothing(street: Street) -> None:
    for method, rule, which in TABLE:
        if method != "GET":
            continue
        path = street.fill(rule.replace("<step>", which))
        for caller in ("owner", "lecturer"):
            for verb in ("GET", "HEAD"):
                with writes(street.house.database) as changed:
                    street.callers[caller].browser.open(path, method=verb, base_url=BASE_URL)
                allowed = WRITES_ON_GET.get((rule, which), set()) if caller == "owner" else set()
                assert changed <= allowed, f"{caller}: {verb} {path}"


def test_looking_again_begins_no_second_attempt(street: Street) -> None:
    owner: Visitor = street.callers["owner"]
    owner.get(f"/m/{street.enrolment}/check/")
    with writes(street.house.database) as changed:
        owner.get(f"/m/{street.enrolment}/check/")
        owner.get(f"/m/{street.enrolment}/check/?question=v1")
    assert not changed
