"""Every address, every answer: the headers that keep pages from doing, or being made to do, what they should not."""

import re
from itertools import product
from pathlib import Path

from flask import Flask
from werkzeug.test import TestResponse

from tests.trainer.conftest import BASE_URL, House
from tests.trainer.web.authorization import TABLE, body_of
from tests.trainer.web.visitors import Street, rules
from trainer.app import create_app
from trainer.core.settings import load_settings

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
#: answers without personal data, which caches may keep
PUBLIC = {"/static/<version>/<path:filename>", "/lti/jwks"}
EVIL = ("https://evil.example", "null", "http://127.0.0.1:8001", "http://127.0.0.1:8000.evil.example")


def policy(answer: TestResponse) -> dict[str, str]:
    """The directives of the answer's CSP; there is one header, and each directive stands once."""
    (header,) = answer.headers.getlist("Content-Security-Policy")
    parts = [part.strip().partition(" ") for part in header.split(";")]
    assert len({name for name, _, _ in parts}) == len(parts)
    return {name: value for name, _, value in parts}


def framed_by(answer: TestResponse) -> str:
    return policy(answer)["frame-ancestors"]


def check_headers(answer: TestResponse, *, forms_to: str = "'self'") -> None:
    found = policy(answer)
    assert {name: found.get(name) for name in POLICY} == {**POLICY, "form-action": forms_to}
    assert "unsafe" not in str(found)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Server" not in answer.headers
    assert "X-Powered-By" not in answer.headers
    if answer.mimetype in {"text/html", "text/plain", "text/css"}:
        assert "charset=utf-8" in answer.content_type


def test_on_every_address_for_everybody(street: Street) -> None:
    for method, rule, which in TABLE:
        path = street.fill(rule.replace("<step>", which))
        for name in ("nobody", "owner", "lecturer"):
            caller = street.callers[name]
            answer = caller.get(path) if method == "GET" else caller.post(path, **body_of(rule, street.film))
            hands_over = (method, rule, name) == ("POST", "/place/<request_id>", "lecturer")
            check_headers(answer, forms_to=street.house.lms.issuer if hands_over else "'self'")
            kept = answer.headers["Cache-Control"]
            if rule in PUBLIC and answer.status_code == 200:
                assert kept.startswith("public, max-age=")
            elif answer.mimetype == "video/mp4":
                assert kept.startswith("private, ")
            else:
                assert kept == "no-store", f"{name}: {method} {path}"


def test_on_what_is_no_address_too(street: Street) -> None:
    owner = street.callers["owner"]
    for answer in (
        owner.get("/nothing"),
        owner.get(f"/m/{street.enrolment}"),  # redirected to the address with a slash
        owner.get("/lti/launch"),  # 405
        owner.browser.options("/lti/launch", base_url=BASE_URL),
        owner.browser.open("/lti/launch", method="TRACE", base_url=BASE_URL),
        owner.post("/language", form={"x": "y" * 600_000}),  # 413
        owner.browser.head("/teach/", base_url=BASE_URL),
    ):
        check_headers(answer)
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_learners_pages_may_be_framed_by_the_own_platform_alone(street: Street) -> None:
    home = street.callers["owner"].home
    for page in (home, f"{home}status", f"{home}film/", f"{home}nothing/"):
        assert framed_by(street.callers["owner"].get(page)) == street.house.lms.issuer
    other = street.callers["other platform"]
    assert framed_by(other.get(other.home)) not in {street.house.lms.issuer, "*", "'none'"}
    assert framed_by(street.callers["lecturer"].get("/teach/")) == street.house.lms.issuer


def test_scripts_answers_and_pages_of_nobody_are_framed_by_no_one(street: Street) -> None:
    owner, nobody = street.callers["owner"], street.callers["nobody"]
    for answer in (
        owner.get("/api/v1/me"),
        nobody.get("/api/v1/me"),
        owner.post(f"/m/{street.enrolment}/progress", json={}),
        nobody.get("/healthz"),
        nobody.get("/metrics"),
        nobody.get("/lti/jwks"),
    ):
        assert framed_by(answer) == "'none'"


def test_a_page_without_data_that_comes_before_we_know_the_platform_may_be_framed(street: Street) -> None:
    nobody = street.callers["nobody"]
    for answer in (
        nobody.get(f"/m/{street.enrolment}/"),
        nobody.post("/lti/launch"),
        nobody.get("/lti/login"),
        nobody.get("/"),
        nobody.get("/nothing"),
        nobody.post("/language"),
    ):
        assert framed_by(answer) == "*"
        assert street.house.lms.issuer not in answer.get_data(as_text=True)


def test_no_other_origin_may_read_anything(street: Street) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-csrf-token"}
    owner = street.callers["owner"]
    for origin, rule in product(EVIL, street.house.app.url_map.iter_rules()):
        path = street.fill(rule.rule.replace("<step>", "film"))
        for method in ("GET", "POST", "OPTIONS"):
            answer = owner.browser.open(
                path, method=method, base_url=BASE_URL, headers={"Origin": origin, **asked}
            )
            assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")]
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def https_app(house: House) -> Flask:
    settings = load_settings(
        {
            "TRAINER_DATABASE_URL": str(house.database.url),
            "TRAINER_SECRET_KEY": house.settings.secret_key,
            "TRAINER_BASE_URL": "https://training.example.be",
            "TRAINER_MEDIA_ROOT": house.settings.media_root,
            "TRAINER_LOG_LEVEL": "ERROR",
        }
    )
    return create_app(settings, database=house.database, clock=house.clock)


def test_https_stays_https(house: House) -> None:
    browser = https_app(house).test_client()
    for method, rule in rules(house):
        path = rule.rule.replace("<version>/<path:filename>", "x/css/base.css").replace("<path:key>", "x")
        answer = browser.open(path, method=method, base_url="https://training.example.be")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "Strict-Transport-Security" not in house.browser().get("/healthz", base_url=BASE_URL).headers


def test_the_host_header_leads_nobody_astray(street: Street) -> None:
    owner = street.callers["owner"]
    for path in (f"/m/{street.enrolment}/", f"/m/{street.enrolment}/film/", "/api/v1/me", "/lti/jwks"):
        answer = owner.browser.get(path, base_url=BASE_URL, headers={"Host": "evil.example"})
        assert "evil.example" not in answer.get_data(as_text=True)
        assert "evil.example" not in str(answer.headers)


def test_templates_hold_no_script_style_or_handler_that_the_policy_would_stop() -> None:
    for path in (Path(__file__).parents[3] / "templates").rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:|<style", text), path.name
        for tag in re.findall(r"<script[^>]*>", text):
            assert "src=" in tag or 'type="application/json"' in tag, f"{path.name}: {tag}"
