"""The connection check of one platform: what is known of it, and what it answers when it is tried."""

from flask import make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from trainer.checking.lines import stored_lines, tried_lines, worst
from trainer.checking.trying import Checked, read_check, try_connection
from trainer.core.http import SafeHttpClient
from trainer.core.logging import logger
from trainer.core.web.service import service
from trainer.desks.operator.door import the_operator
from trainer.desks.operator.views import not_here, number_in, operator_desk
from trainer.institutions.connection_tries import EVERY

_log = logger("operator")


@operator_desk.get("/hub/platforms/<number>/check")
def check(number: str) -> str:
    """What the last try found and what is stored; asks the LMS nothing."""
    return _page(_checked(number))


@operator_desk.post("/hub/platforms/<number>/check")
def try_now(number: str) -> BaseResponse:
    """Try the connection, then lead to the page that shows it: loading that again tries nothing."""
    parts, checked = service(), _checked(number)
    if checked.platform.version == "1.1":
        # there is nothing to try: LTI 1.1 has neither keys nor tokens
        return redirect(url_for("operator.check", number=checked.platform.id), 303)
    http = SafeHttpClient(allow_insecure=parts.settings.allow_insecure_platforms)
    if not try_connection(parts.database, parts.seal, http, parts.clock, checked.platform.id):
        response = make_response(_page(_checked(number), is_too_soon=True), 429)
        response.headers["Retry-After"] = str(round(EVERY.total_seconds()))
        return response
    _log.info("connection tried", platform=checked.platform.id, account=the_operator().account_id)
    return redirect(url_for("operator.check", number=checked.platform.id), 303)


def _checked(number: str) -> Checked:
    checked = read_check(service().database, service().clock, number_in(number))
    if checked is None:
        raise not_here()
    return checked


def _page(checked: Checked, *, is_too_soon: bool = False) -> str:
    base_url = service().settings.base_url
    tried = tried_lines(checked, base_url)
    stored = stored_lines(checked, base_url, service().clock())
    return render_template(
        "operator/check.html",
        platform=checked.platform,
        last=checked.last,
        tried=tried,
        stored=stored,
        whole=worst([*tried, *stored]),
        is_too_soon=is_too_soon,
        operator=the_operator(),
    )
