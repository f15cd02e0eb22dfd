"""The frames in which a page stands whose browser keeps no cookie of ours.

The page that holds such a session (``static/js/bearer_session.js``) fetches the others with its bearer and shows them.
The headers of what a script fetched count for nothing, so each page names an empty page of ours that comes with the
headers that it would have had itself, and is written into that.  Who may frame it, and where its forms go, is then
for the browser to hold, as with any page.
"""

from flask import Flask, Response, g, make_response, request, url_for

from trainer.core.web.cookies import carries_bearer
from trainer.core.web.headers import NO_ONE, allow_forms_to, allow_framing
from trainer.core.web.signed_addresses import check_signed_address, signed_address

#: the answer's header that names its frame
HEADER = "Page-Frame"
_FRAMED_BY = "framed-by"
_FORMS_TO = "forms-to"
_KEPT = "private, max-age=86400, immutable"
_EMPTY = '<!doctype html><meta charset="utf-8"><meta name="page-frame"><title></title>'


def install_page_frames(app: Flask) -> None:
    """Serve the empty pages, and name one with every page that goes to a bearer."""
    app.get("/frame", endpoint="page_frame")(empty_page)

    @app.after_request
    def _name(response: Response) -> Response:
        if response.mimetype == "text/html" and carries_bearer():
            fields = [(_FRAMED_BY, g.get("frame_ancestors", NO_ONE)), (_FORMS_TO, g.get("forms_to", ""))]
            response.headers[HEADER] = signed_address(url_for("page_frame"), fields)
        return response


def empty_page() -> Response:
    """Nothing, under the policy in its address, which only we can have written."""
    check_signed_address()
    ancestors = request.args[_FRAMED_BY]
    # The page that holds the session is an ancestor too
    allow_framing("'self'" if ancestors == NO_ONE else f"'self' {ancestors}")
    if request.args[_FORMS_TO]:
        allow_forms_to(request.args[_FORMS_TO])
    response = make_response(_EMPTY)
    response.headers["Cache-Control"] = _KEPT
    return response
