"""Films, captions and posters: kept under their hash, so a browser may keep them for ever; for who is signed in."""

from flask import Response, jsonify, send_file, url_for

import modules.model as content
from trainer.catalogue.queries import find_media
from trainer.core.media import NotInStore
from trainer.core.web.errors import Refusal
from trainer.core.web.service import service
from trainer.desks.buddy import buddy_desk
from trainer.desks.door import admit_to_file, file_address, signed_in
from trainer.learning import queries

_FOR_EVER = "private, max-age=31536000, immutable"


@buddy_desk.get("/media/<sha256>/<name>")
def media_file(sha256: str, name: str) -> Response:
    """A file, or the part of it that a player asks for (RFC 9110, 14.2).

    The last part is found as fast as the first: the file is not read up to it.

    ``name`` is for people and for what a browser calls a download.
    """
    admit_to_file()
    with service().database.reading() as connection:
        found = find_media(connection, sha256)
    # A name goes into a header, where a line break ends it
    if found is None or not name.isprintable():
        raise Refusal("not_found", 404, detail=f"no media {sha256[:64]}")
    try:
        path = service().media.path(sha256)
    except NotInStore as problem:
        raise Refusal("not_found", 404, detail=f"media {sha256} is gone from the store ({name})") from problem
    response = send_file(path, mimetype=found.mime, conditional=True, etag=sha256, download_name=name)
    response.headers["Cache-Control"] = _FOR_EVER
    return response


def media_url(media: content.Media) -> str:
    """Where a file of a module is, for the page that is being made."""
    name = media.path.rsplit("/", 1)[-1]
    return file_address(url_for("buddy.media_file", sha256=media.sha256, name=name))


@buddy_desk.get("/m/<enrolment>/<step>/film-address")
def film_address(enrolment: str, step: str) -> Response:
    """Where the film is now: for a player whose address of it is not good any more."""
    person = signed_in()
    with service().database.reading() as connection:
        page = queries.player_page(connection, enrolment, person.buddy_id, step)
    return jsonify(url=media_url(page.webcast.film.media))
