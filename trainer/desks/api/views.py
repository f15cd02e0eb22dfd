"""Answers for scripts and for those who watch over the service."""

import hmac

from flask import Blueprint, Response, jsonify, request

from trainer.core import migrations
from trainer.core.metrics import CONTENT_TYPE
from trainer.core.settings import is_loopback_host
from trainer.core.web.errors import Refusal
from trainer.core.web.service import service
from trainer.courses.delivery_metrics import outbox_metrics
from trainer.desks.door import signed_in

api_desk = Blueprint("api", __name__)


@api_desk.get("/api/v1/me")
def me() -> Response:
    """Who this browser is signed in as."""
    person = signed_in()
    return jsonify(
        id=person.buddy_public_id,
        sub=person.sub,
        issuer=person.issuer,
        roles=list(person.roles),
        locale=person.locale,
    )


@api_desk.get("/healthz")
def health() -> Response:
    """200 while the database answers and has a schema that this code can work on, else 503."""
    if not migrations.is_ready(service().database):
        raise Refusal("schema_outdated", 503, detail="run `trainer db upgrade`", retry_after=30)
    return jsonify(status="ok")


@api_desk.get("/metrics")
def metrics() -> Response:
    """Prometheus metrics: for the bearer of TRAINER_METRICS_TOKEN; without one only where nobody else comes."""
    settings = service().settings
    if settings.metrics_token:
        given = request.headers.get("Authorization", "").encode()
        allowed = hmac.compare_digest(given, f"Bearer {settings.metrics_token}".encode())
    else:
        # Behind a proxy on this machine every visitor seems to come from it
        allowed = settings.is_loopback and is_loopback_host(request.remote_addr or "")
    if not allowed:
        raise Refusal("metrics_forbidden", 403)
    with service().database.reading() as connection:
        return Response(outbox_metrics(connection, service().clock()), content_type=CONTENT_TYPE)
