"""Films, captions and posters: kept under their hash, so a browser may keep them for ever; for who is signed in."""

from flask import Response, send_file

from trainer.catalogue.queries import find_media
from trainer.core.media import NotInStore
from trainer.core.web.errors import Refusal
from trainer.core.web.service import service
from trainer.desks.buddy import buddy_desk
from trainer.desks.door import signed_in

_FOR_EVER = "private, max-age=31536000, immutable"


@buddy_desk.get("/media/<sha256>/<name>")
def media_file(sha256: str, name: str) -> Response:
    """A file, or the part of it that a player asks for (RFC 9110, 14.2).

    The last part is found as fast as the first: the file is not read up to it.

    ``name`` is for people and for what a browser calls a download.
    """
    signed_in()
    with service().database.reading() as connection:
        found = find_media(connection, sha256)
    if found is None:
        raise Refusal("not_found", 404, detail=f"no media {sha256[:64]}")
    try:
        path = service().media.path(sha256)
    except NotInStore as problem:
        raise Refusal("not_found", 404, detail=f"media {sha256} is gone from the store ({name})") from problem
    response = send_file(path, mimetype=found.mime, conditional=True, etag=sha256)
    response.headers["Cache-Control"] = _FOR_EVER
    return response
