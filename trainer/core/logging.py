"""Structured log lines (JSON, UTC) on standard error; secrets never reach them."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

#: event keys whose values are never written
SECRET_KEYS = frozenset(
    {
        "token",
        "id_token",
        "access_token",
        "state",
        "nonce",
        "cookie",
        "authorization",
        "bearer",
        "secret",
        "password",
        "private_key",
        "email",
        "name",
    }
)
_DETAIL = re.compile(r"(?:DETAIL|CONTEXT): .*")


def _mask(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in SECRET_KEYS & event.keys():
        event[key] = "…"
    return event


def _without_values(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """PostgreSQL quotes the row in question after ``DETAIL:``; the rest of the trace says enough."""
    if "exception" in event:
        event["exception"] = _DETAIL.sub("DETAIL: …", event["exception"])
    return event


def configure_logging(level: str = "INFO") -> None:
    """Write events of ``level`` and above as JSON lines on standard error."""
    logging.basicConfig(level=level, stream=sys.stderr, format="%(message)s")
    logging.getLogger("urllib3").setLevel("WARNING")
    logging.getLogger("alembic").setLevel("WARNING")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _mask,
            structlog.processors.format_exc_info,
            _without_values,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger that names its part of the house."""
    bound: structlog.typing.FilteringBoundLogger = structlog.get_logger(part=name)
    return bound
