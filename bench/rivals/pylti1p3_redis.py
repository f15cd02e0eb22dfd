"""PyLTI1p3 2.0.0 as its documentation shows it for Flask, at its best: nonces, launches and key sets in redis.

Over plain http it sets one cookie less than over https, which is to its advantage.
"""

import json
import os
import pickle
from typing import Any

import redis
from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from jinja2 import DictLoader
from pylti1p3.contrib.flask import FlaskCacheDataStorage, FlaskMessageLaunch, FlaskOIDCLogin, FlaskRequest
from pylti1p3.tool_config import ToolConfDict

PLATFORM = json.loads(os.environ["BENCH_PLATFORM"])
ORIGIN = os.environ["BENCH_ORIGIN"]
PAGE = (
    "<!doctype html><html lang=nl><title>{{ title }}</title><h1>{{ title }}</h1><p>Dag {{ name }}</p></html>"
)


class RedisCache:
    """What FlaskCacheDataStorage asks for (flask-caching's interface), with nothing between it and redis."""

    def __init__(self, path: str) -> None:
        self._redis = redis.Redis(unix_socket_path=path)

    def get(self, key: str) -> Any:
        found = self._redis.get(key)
        return pickle.loads(found) if found is not None else None

    def set(self, key: str, value: Any, expires: int | None = None) -> None:
        self._redis.set(key, pickle.dumps(value), ex=expires or 3600)


app = Flask(__name__)
app.secret_key = os.urandom(32)
app.jinja_loader = DictLoader({"page.html": PAGE})
tool = ToolConfDict(
    {
        PLATFORM["issuer"]: [
            {
                "default": True,
                "client_id": PLATFORM["client_id"],
                "auth_login_url": PLATFORM["authorization_endpoint"],
                "auth_token_url": PLATFORM["token_endpoint"],
                "key_set_url": PLATFORM["jwks_uri"],
                "key_set": None,
                "deployment_ids": PLATFORM["deployment_ids"],
            }
        ]
    }
)
cache = RedisCache(os.environ["BENCH_REDIS"])


@app.get("/lti/login")
def login() -> ResponseReturnValue:
    begun = FlaskOIDCLogin(FlaskRequest(), tool, launch_data_storage=FlaskCacheDataStorage(cache))
    return begun.redirect(ORIGIN + "/lti/launch")  # type: ignore[no-any-return]


@app.post("/lti/launch")
def launch() -> ResponseReturnValue:
    storage = FlaskCacheDataStorage(cache)
    came = FlaskMessageLaunch(FlaskRequest(), tool, launch_data_storage=storage)
    came.set_public_key_caching(storage, cache_lifetime=7200)
    claims = came.get_launch_data()
    title = claims["https://purl.imsglobal.org/spec/lti/claim/resource_link"].get("title", "")
    return render_template("page.html", title=title, name=claims.get("name", ""))
