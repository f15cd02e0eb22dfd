"""A real mail server that keeps what it receives."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.ports import free_port


class MailServer:
    """An SMTP server on 127.0.0.1.  `messages` is what came in, in order; `url` goes into TRAINER_SMTP_URL."""

    def __init__(self) -> None:
        self.port = free_port()
        self.messages: list[EmailMessage] = []
        #: Addresses that are refused with "550 no such mailbox", for tests of what happens then.
        self.unknown_addresses: set[str] = set()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    @property
    def url(self) -> str:
        """Where the service sends its mail."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse one recipient."""
        if address in self.unknown_addresses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep one message."""
        content = cast(bytes, envelope.content)
        self.messages.append(message_from_bytes(content, policy=policy.default))
        return "250 kept"

    def stop(self) -> None:
        """Close the server."""
        self._controller.stop()


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A mail server of this test's own."""
    server = MailServer()
    yield server
    server.stop()
