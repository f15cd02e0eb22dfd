"""Whatever arrives is answered with a coded refusal, and the service goes on.  On both databases: each minds other things."""

import io
import json
from itertools import product
from typing import Any

from sqlalchemy import select

from tests.support.databases import database_url  # noqa: F401  (both databases here)
from tests.support.lms import AGS, CLAIM, INSTRUCTOR
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.web.visitors import BARE, Visitor, visitor
from trainer.courses.models import Link

DEEP = "[" * 200_000
STEPS = ("progress", "film/reading", "film/film-answer", "check/answer", "check/attempt", "vertaalslag/draft",
         "vertaalslag/hand-in")  # fmt: skip
JSON_BODIES: tuple[bytes, ...] = (
    b"", b"null", b"[]", b'"x"', b"0", b"{", b"nan", b'{"a": NaN}', b'{"a": 1e999}', b'{"a":' + b"9" * 5000 + b"}",
    DEEP.encode(), b'{"a":' * 100_000, b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"\xff\xff", b"{}" + b" " * 3_000_000,
    b'{"csrf_token": "\\ud800"}', b'{"csrf_token": ["x"]}', b'{"csrf_token": null, "csrf_token": {}}',
    "{}".encode("utf-16"), "{}".encode("utf-32"),
    json.dumps({"question": "\0", "chosen": ["\0"], "attempt": 1}).encode(),
    json.dumps({"question": "\ud800", "chosen": ["\udfff"], "attempt": 1}).encode(),
    json.dumps({"texts": {"\ud800": "\udc00", "worked": "\0\x1b[2J\r\n"}, "revision": 10**30}).encode(),
    json.dumps({"texts": {"worked": "x" * 20_001}}).encode(),
    json.dumps({"texts": {str(n): "" for n in range(50)}}).encode(),
    json.dumps({"film": "0" * 64, "played": [[0, 10**40]], "position": 10**400}).encode(),
)  # fmt: skip


def checked(answer: Any) -> int:
    """The status; the answer tells a code and no trace of the inside."""
    status: int = answer.status_code
    text = answer.get_data().decode("utf-8", "replace")
    assert status < 500, text[:500]
    assert "Traceback" not in text
    assert "sqlalchemy" not in text.lower()
    return status


KINDS = ("application/json", "application/json; charset=utf-16", "application/vnd.x+json", "text/plain", "")


def test_json_of_any_kind(house: House) -> None:
    who = visitor(house)
    who.get(f"{who.home}film/")
    for number, (step, body) in enumerate(product(STEPS, JSON_BODIES)):
        for token in ({"X-CSRF-Token": who.csrf}, {}):
            for kind in (KINDS[0], KINDS[1 + number % 4]):
                headers = {"Origin": BASE_URL, **token}
                answer = who.browser.post(
                    who.home + step, data=body, content_type=kind, headers=headers, base_url=BASE_URL
                )
                assert checked(answer) >= 400 or token, body[:40]
    assert who.get(who.home).status_code == 200


def test_forms_of_any_kind(house: House) -> None:
    who = visitor(house)
    forms: list[Any] = [
        {"texts": "x"},
        {f"field-{n}": "x" for n in range(900)},
        {"worked": "\0\r\n", "\0": "x"},
        {"option": ["a", "a", "\0"], "question": "v1", "attempt": "9" * 30},
        {"option": "a", "question": "\r\nSet-Cookie: x=y", "attempt": "١"},
        {"locale": ["en", "nl-BE"], "next": ["/", "//evil.example"]},
        {"locale": "\0", "next": "\0"},
        {"worked": "x" * 600_000},
    ]
    for form in forms:
        for path in (*(who.home + step for step in STEPS), f"{who.home}lezen/finished", "/language"):
            values = {"csrf_token": who.csrf, **form}
            answer = who.browser.post(path, data=values, headers={"Origin": BASE_URL}, base_url=BASE_URL)
            checked(answer)
            assert "evil" not in answer.headers.get("Location", "")
            assert answer.headers.get("Set-Cookie") is None
    upload = {"csrf_token": who.csrf, "file": (io.BytesIO(b"x" * 1000), "\0../../x\r\n.txt")}
    checked(
        who.browser.post(
            who.home + "vertaalslag/hand-in", data=upload, headers={"Origin": BASE_URL}, base_url=BASE_URL
        )
    )
    token = f"csrf_token={who.csrf}"
    for raw in (
        f"{token}&a=%ff%00%ud800&worked=%0d%0a",
        f"{token}&{'&'.join(['a=b'] * 5000)}",
        f"{token}&%=&&&===",
    ):
        for path in (who.home + "vertaalslag/hand-in", who.home + "check/answer"):
            kind = "application/x-www-form-urlencoded"
            checked(
                who.browser.post(
                    path, data=raw, content_type=kind, headers={"Origin": BASE_URL}, base_url=BASE_URL
                )
            )
    assert who.get(who.home).status_code == 200


def test_a_lecturer_chooses_what_is_no_module(house: House) -> None:
    teacher = visitor(house, changes={"sub": "t", CLAIM + "roles": [INSTRUCTOR], **BARE})
    path = teacher.get("/teach/").get_data(as_text=True).split('href="/teach/links/')[1].split('"')[0]
    for module in (
        "\0",
        "a\0b",
        "\ud800".encode("utf-8", "surrogatepass"),
        "x" * 5000,
        "groeten\r\n",
        "'; --",
    ):
        assert checked(teacher.post(f"/teach/links/{path}", form={"module": module})) == 404


def test_addresses_of_any_kind(house: House) -> None:
    who = visitor(house)
    for path in (
        "/m/%00/", "/m/a%0d%0aSet-Cookie:x=y/", "/m/%ff%fe/", "/m/é/", "/m/" + "x" * 5000 + "/", "/m/..%2f..%2fetc/",
        f"{who.home}%00/", f"{who.home}film%0d%0a/text", f"{who.home}check/?question=%00%ff", f"{who.home}../../etc/passwd",
        "/media/%00/x", "/media/..%2f..%2f..%2fetc%2fpasswd/x", f"/media/{'0' * 64}/x", f"/media/{'g' * 64}/x",
        "/media/../../etc/passwd", "/media/..;/..;/etc/passwd", "/media//etc/passwd",
        "/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static/%00", "/static/css", "/static/css%00.css",
        "/static//etc/passwd", "/static/..%5capp.py", "/teach/links/%00/module", "/lti/launch/%00", "//evil.example/%2e%2e", "/\\evil",
    ):  # fmt: skip
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
            answer = who.browser.open(path, method=method, base_url=BASE_URL, headers={"Origin": BASE_URL})
            checked(answer)
            assert "root:" not in answer.get_data(as_text=True)
            assert "Set-Cookie" not in answer.headers
            assert answer.headers.get("Location", BASE_URL).startswith((BASE_URL, "/m/"))


def test_headers_and_cookies_of_any_kind(house: House) -> None:
    who = visitor(house)
    cookie = who.browser.get_cookie("__Host-s", domain="127.0.0.1")
    assert cookie is not None
    token, _, mark = cookie.value.partition(".")
    for name, value in (
        ("Cookie", "__Host-s=" + "x" * 43 + "." + mark),
        ("Cookie", "__Host-s=" + token + "."),
        ("Cookie", "__Host-s=" + token + ".\xff\xfe"),
        ("Cookie", '__Host-s="\\377\\000' + "x" * 41 + '.y"'),
        ("Cookie", "__Host-s=" + "." * 100),
        ("Cookie", "; ; =; __Host-s; \x01=\x02"),
        ("Cookie", "a=b; " * 3000),
        ("Accept-Language", "nl-BE;q=x, @, *, _, " + "en-" * 5000),
        ("Accept-Language", "xx_YY@zz;q=-1,\xff"),
        ("Accept", "text/html;q=nan, */*;q=1e999, application/json;;;"),
        ("Range", "bytes=" + "0-1," * 2000),
        ("Range", "bytes=9999999999999999999999-"),
        ("If-None-Match", '"' * 5000),
        ("If-Modified-Since", "Thu, 99 Foo 99999 99:99:99 GMT"),
        ("If-Range", "\xff"),
        ("X-CSRF-Token", "\xff\xfe"),
        ("Origin", "\xff"),
        ("Content-Type", "multipart/form-data; boundary=" + "x" * 5000),
        ("Content-Type", "application/x-www-form-urlencoded; charset=\xff"),
        ("Content-Length", "-1"),
        ("Content-Length", "x"),
        ("Host", "a b"),
        ("Authorization", "Basic \xff"),
    ):
        for method, path in (
            ("GET", who.home),
            ("GET", f"{who.home}film/"),
            ("POST", f"{who.home}progress"),
            ("POST", "/lti/launch"),
        ):
            fresh = house.browser()
            if name != "Cookie":
                fresh.set_cookie("__Host-s", cookie.value, domain="127.0.0.1", secure=True)
            headers = {"Origin": BASE_URL, "X-CSRF-Token": who.csrf, name: value}
            checked(fresh.open(path, method=method, base_url=BASE_URL, headers=headers, environ_overrides={}))


def test_ranges_of_a_film(house: House) -> None:
    who = visitor(house)
    page = who.get(f"{who.home}film/").get_data(as_text=True)
    film = page.split('<source src="')[1].split('"')[0]
    whole = who.get(film).data
    for asked, status, size in (
        ("bytes=0-", 206, len(whole)), ("bytes=-1", 206, 1), ("bytes=0-0", 206, 1), ("bytes=5-2", 416, None),
        (f"bytes={len(whole)}-", 416, None), ("abc", None, None), ("bytes=abc", None, None), (f"bytes=0-{10**30}", 206, len(whole)),
        ("bytes=0-0,2-3", None, None), ("bytes=" + "0-0," * 1000 + "1-1", None, None),
    ):  # fmt: skip
        answer = who.get(film, headers={"Range": asked})
        assert checked(answer) in ({status} if status else {200, 206, 416}), asked
        assert size is None or len(answer.data) == size
        assert len(answer.data) <= len(whole)
    stale = who.get(film, headers={"Range": "bytes=0-1", "If-Range": '"another"'})
    assert (stale.status_code, stale.data) == (200, whole)


LONG = "é" * 1000
TOLD = {
    "the title of a link": {CLAIM + "resource_link": {"id": "l", "title": LONG}},
    "the title of a course": {CLAIM + "context": {"id": "c", "title": LONG, "label": LONG}},
    "a name": {"name": LONG, "given_name": LONG, "family_name": LONG},
    "an e-mail address": {"email": "é" * 319 + "@"},
    "the way back": {CLAIM + "launch_presentation": {"locale": "x" * 40, "return_url": "https://lms.example/" + "x" * 2028}},
    "the grade service": {AGS: {"scope": ["x" * 255] * 50, "lineitem": "https://a.example/" + "x" * 2030, "lineitems": "https://a.example/" + "x" * 2030}},
    "ids": {"sub": "é" * 255, CLAIM + "context": {"id": "é" * 255}, CLAIM + "resource_link": {"id": "é" * 255}},
    "the kind of LMS": {CLAIM + "tool_platform": {"guid": LONG, "product_family_code": "é" * 255, "name": LONG}},
    "custom values": {CLAIM + "custom": {"x" * 5000: "y" * 5000, "a": {"b": 1}, "c": None, "d": 10**400 // 10**390, "e": 1e308}},
    "hundreds of roles": {CLAIM + "roles": ["x" * 255] * 130},
}  # fmt: skip


def test_a_launch_with_as_much_text_as_a_claim_may_hold(house: House) -> None:
    for changes in TOLD.values():
        for _ in range(2):  # the second time, what is known is changed
            who: Visitor = visitor(house, changes=changes)
            assert who.get(who.home).status_code == 200
        assert (
            visitor(house, changes={**changes, CLAIM + "roles": [INSTRUCTOR]}).get("/teach/").status_code
            == 200
        )


def test_an_address_that_is_too_long_is_none_and_not_cut_to_another(house: House) -> None:
    long = "https://lms.example/" + "x" * 3000
    changes = {
        CLAIM + "launch_presentation": {"return_url": long},
        AGS: {"scope": [], "lineitem": long, "lineitems": long},
    }
    who = visitor(house, changes=changes)
    assert "lms.example" not in who.get(who.home).get_data(as_text=True)
    with house.database.reading() as connection:
        assert connection.execute(select(Link.line_item_url, Link.line_items_url)).one() == (None, None)


def test_a_target_that_is_no_module(house: House) -> None:
    for key in (
        "%00",
        "a%00b",
        "%ed%a0%80",
        "%ff",
        "%0d%0a",
        "../../x",
        "x" * 1500,
        "groeten%00",
        "gr%6feten%2f..%2f",
    ):
        changes = {CLAIM + "target_link_uri": f"{BASE_URL}/lti/launch/{key}"}
        answer = house.lms.open(house.browser(), house.clock(), changes)
        assert checked(answer) == 404
        assert "Set-Cookie" not in answer.headers
    custom = {CLAIM + "custom": {"module": "a\0b" + "x" * 5000}}
    assert checked(house.lms.open(house.browser(), house.clock(), custom)) == 404


#: What a platform may put into its hints is its own affair.
OPAQUE = {"login_hint", "lti_message_hint", "client_id", "error"}
FIELDS = ("state", "id_token", "iss", "target_link_uri", *sorted(OPAQUE))
VALUES: tuple[Any, ...] = (
    "\0",
    "\r\nSet-Cookie: a=b",
    DEEP,
    "x" * 3_000_000,
    ["a", "a"],
    "'\"><script>",
    b"\xff\xfe",
    "é" * 300,
    "",
)


def test_a_form_of_the_lms_with_one_field_wrong(house: House) -> None:
    good = {"iss": house.lms.issuer, "login_hint": "h", "target_link_uri": f"{BASE_URL}/lti/launch/groeten",
            "client_id": house.lms.client_id}  # fmt: skip
    asked = house.lms.log_in(house.browser())
    launch = {
        "state": asked["state"],
        "id_token": house.lms.sign(house.lms.claims(asked["nonce"], house.clock())),
    }
    for field, (number, value) in product(FIELDS, enumerate(VALUES)):
        for path, fields in (("/lti/login", good), ("/lti/launch", launch), ("/lti/launch/groeten", launch)):
            answer = house.browser().post(path, data={**fields, field: value}, base_url=BASE_URL)
            status = checked(answer)
            if field in fields and (number < 5 or field not in OPAQUE):
                assert 400 <= status < 500, (path, field, value[:20])
                assert "Set-Cookie" not in answer.headers
        if isinstance(value, str) and len(value) < 5000:
            checked(house.browser().get("/lti/login", query_string={**good, field: value}, base_url=BASE_URL))
    assert visitor(house).home


def test_a_field_given_twice_is_refused(house: House) -> None:
    browser = house.browser()
    asked = house.lms.log_in(browser)
    token = house.lms.sign(house.lms.claims(asked["nonce"], house.clock()))
    for form in (
        {"state": [asked["state"]] * 2, "id_token": token},
        {"state": asked["state"], "id_token": [token, token]},
    ):
        answer = browser.post("/lti/launch", data=form, base_url=BASE_URL)
        assert checked(answer) == 400
    assert house.lms.post(browser, asked["state"], token).status_code == 303
