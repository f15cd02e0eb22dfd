"""The HTTP client that this package is handed, and what it may rely on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class Timeout(NamedTuple):
    """Seconds to connect, and seconds for the whole exchange."""

    connect: float
    total: float


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer. `header` finds a header whatever its case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header, None if absent. The last one wins where a mapping holds two spellings."""
        name = name.lower()
        found = None
        for key, value in self.headers.items():
            if key.lower() == name:
                found = value
        return found


class HttpFailure(Exception):
    """No answer came.

    kind: `refused`, `resolve`, `address` (not allowed), `certificate`, `timeout`, `reset`, `too_big`,
    `protocol`. outcome_unknown: the request may have been received and acted on. False only when it surely
    was not sent.
    """

    def __init__(self, kind: str, outcome_unknown: bool, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        self.outcome_unknown = outcome_unknown


class HttpClient(Protocol):
    """What does the requests of this package. It must

    - verify certificates, speak TLS 1.2 or newer, and never follow a redirect: 3xx is an answer like any
      other;
    - refuse to connect to addresses that are not public (`lti.urls.is_public_address`) unless told otherwise;
    - stop reading after `max_bytes` of a decoded body and raise HttpFailure(`too_big`);
    - keep to both limits of `timeout`, raising HttpFailure(`timeout`);
    - raise nothing but HttpFailure.
    """

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: Timeout,
        max_bytes: int,
    ) -> HttpResponse: ...


def user_agent(version: str) -> str:
    """The User-Agent of every request: some Moodle and Canvas sites refuse requests without one."""
    return f"BuddyTrainer/{version}"
