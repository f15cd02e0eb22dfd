"""The floor of a launch: the least that does the whole job correctly, in one file.

State signed and bound to the browser by a cookie; RS256 verified with a key that is kept; every claim checked that
LTI 1.3 says must be; the nonce spent and the user noted in one commit; a small page.  No course, no module, no session,
no errors a person could read.
"""

import hmac
import json
import os
import secrets
import sqlite3
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlencode
from urllib.request import urlopen

import psycopg
from flask import Flask, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from jinja2 import DictLoader
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

PLATFORM = json.loads(os.environ["BENCH_PLATFORM"])
ORIGIN = os.environ["BENCH_ORIGIN"]
DATABASE = os.environ["BENCH_DATABASE"]
SECRET = secrets.token_bytes(32)
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
PAGE = (
    "<!doctype html><html lang=nl><title>{{ title }}</title><h1>{{ title }}</h1><p>Dag {{ name }}</p></html>"
)

app = Flask(__name__)
app.jinja_loader = DictLoader({"page.html": PAGE})
keys = KeySet.import_key_set(json.load(urlopen(PLATFORM["jwks_uri"])))  # type: ignore[arg-type]

TABLES = (
    "CREATE TABLE IF NOT EXISTS spent (nonce TEXT PRIMARY KEY, expires BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS person (issuer TEXT, sub TEXT, name TEXT, last_seen BIGINT, PRIMARY KEY (issuer, sub))",
)
SPEND = "INSERT INTO spent VALUES (?, ?)"
NOTE = """INSERT INTO person VALUES (?, ?, ?, ?)
          ON CONFLICT (issuer, sub) DO UPDATE SET name = excluded.name, last_seen = excluded.last_seen"""
if DATABASE.startswith("sqlite"):
    lite = sqlite3.connect(DATABASE.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    lite.execute("PRAGMA journal_mode=WAL")
    lite.execute("PRAGMA synchronous=FULL")  # as durable as the service
    for table in TABLES:
        lite.execute(table)
else:
    big = psycopg.connect(DATABASE.replace("+psycopg", ""), prepare_threshold=0)
    for table in TABLES:
        big.execute(table)  # type: ignore[arg-type]
    big.commit()
    SPEND, NOTE = SPEND.replace("?", "%s"), NOTE.replace("?", "%s")


def _hash(text: str) -> str:
    return urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")


def _sign(body: str) -> str:
    return hmac.digest(SECRET, body.encode(), "sha256").hex()


@app.get("/lti/login")
def login() -> ResponseReturnValue:
    asked = request.args
    if asked["iss"] != PLATFORM["issuer"] or asked["client_id"] != PLATFORM["client_id"]:
        abort(400)
    if not asked["target_link_uri"].startswith(ORIGIN + "/"):
        abort(400)
    nonce, secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    state = [int(time.time()), _hash(nonce), _hash(secret), asked["target_link_uri"]]
    body = urlsafe_b64encode(json.dumps(state).encode()).decode()
    answer = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": PLATFORM["client_id"],
        "redirect_uri": ORIGIN + "/lti/launch",
        "login_hint": asked["login_hint"],
        "state": f"{body}.{_sign(body)}",
        "nonce": nonce,
        "lti_message_hint": asked.get("lti_message_hint", ""),
    }
    response = redirect(f"{PLATFORM['authorization_endpoint']}?{urlencode(answer)}")
    name = "__Host-l" + str(state[1])[:16]
    response.set_cookie(
        name, secret, max_age=600, secure=True, httponly=True, samesite="None", partitioned=True
    )
    return response


@app.post("/lti/launch")
def launch() -> ResponseReturnValue:
    body, _, mac = request.form["state"].partition(".")
    if not hmac.compare_digest(_sign(body), mac):
        abort(400)
    issued, nonce_hash, secret_hash, _target = json.loads(urlsafe_b64decode(body))
    now = int(time.time())
    if not 0 <= now - issued <= 600:
        abort(400)
    if not hmac.compare_digest(_hash(request.cookies.get("__Host-l" + nonce_hash[:16], "")), secret_hash):
        abort(400)
    try:
        claims = jwt.decode(request.form["id_token"], keys, algorithms=["RS256"]).claims
    except (JoseError, ValueError):
        abort(401)
    if not (
        claims["iss"] == PLATFORM["issuer"]
        and claims["aud"] == PLATFORM["client_id"]
        and claims.get("azp", claims["aud"]) == PLATFORM["client_id"]
        and now < claims["exp"] + 60
        and now - 360 < claims["iat"] < now + 60
        and hmac.compare_digest(_hash(claims["nonce"]), nonce_hash)
        and claims[LTI + "version"] == "1.3.0"
        and claims[LTI + "message_type"] == "LtiResourceLinkRequest"
        and claims[LTI + "deployment_id"] in PLATFORM["deployment_ids"]
        and claims[LTI + "target_link_uri"].startswith(ORIGIN + "/")
        and isinstance(claims[LTI + "roles"], list)
        and isinstance(claims["sub"], str)
        and 0 < len(claims["sub"]) <= 255
        and isinstance(claims[LTI + "resource_link"]["id"], str)
    ):
        abort(401)
    spent = (nonce_hash, issued + 600)
    person = (claims["iss"], claims["sub"], claims.get("name"), now)
    try:
        _keep(spent, person)
    except (sqlite3.IntegrityError, psycopg.IntegrityError):
        abort(401)
    title = claims[LTI + "resource_link"].get("title", "")
    return render_template("page.html", title=title, name=claims.get("name", ""))


def _keep(spent: tuple[object, ...], person: tuple[object, ...]) -> None:
    if DATABASE.startswith("sqlite"):
        lite.execute("BEGIN IMMEDIATE")
        with lite:
            lite.execute(SPEND, spent)
            lite.execute(NOTE, person)
    else:
        with big.transaction():
            big.execute(SPEND, spent)  # type: ignore[arg-type]
            big.execute(NOTE, person)  # type: ignore[arg-type]
