"""The two pages of a launch whose cookie may not come back: one has the LMS keep the secret, one asks for it again.

Anybody may frame them: an LMS may show its courses on a host that we learn of at the launch only, and neither
page holds anything of a person. Whoever frames them gets nothing: their scripts speak to the LMS's origin alone.
"""

from dataclasses import asdict
from typing import Any

from flask import jsonify, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti.login import AuthenticationRequest
from lti.storage import ANSWER_TIMEOUT_MS, PlatformStorage
from trainer.core.web.cookies import given_session
from trainer.core.web.headers import ANYONE, allow_framing, allow_own_frames


def keep_secret_page(started: AuthenticationRequest, storage: PlatformStorage) -> str:
    """Has the LMS keep the login's secret, then goes on to its authentication endpoint."""
    allow_framing(ANYONE)
    return render_template(
        "lti/keep_secret.html",
        login={
            "storage": _for_script(storage),
            "secret": started.binding_secret,
            "next": started.redirect_url,
        },
    )


def confirm_page(storage: PlatformStorage, state: str, token: str, *, in_own_window: bool) -> str:
    """Asks the LMS for the secret, and posts it with the launch that is sealed into ``token``.

    Where the session's cookie does not come back either it goes on as the page that holds the session, and shows the
    module in a frame, whose own headers say who may frame it.
    """
    allow_framing(ANYONE)
    allow_own_frames()
    return render_template(
        "lti/confirm_launch.html",
        launch={
            "storage": _for_script(storage),
            "address": url_for("lti.confirm") + ("?own-window" if in_own_window else ""),
            "state": state,
            "token": token,
        },
    )


def opened_for_script(response: BaseResponse) -> BaseResponse:
    """A redirect that signs somebody in, as JSON for the page's script: where it goes on, and the session."""
    answer = jsonify(location=response.headers["Location"], bearer=given_session(response))
    answer.headers.extend([("Set-Cookie", cookie) for cookie in response.headers.getlist("Set-Cookie")])
    return answer


def _for_script(storage: PlatformStorage) -> dict[str, Any]:
    return {**asdict(storage), "patience": ANSWER_TIMEOUT_MS}
