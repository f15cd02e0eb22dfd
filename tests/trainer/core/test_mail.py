"""Mail leaves by a real server, or says why it did not."""

import pytest

from tests.support.ports import free_port
from tests.support.smtp import MailServer
from trainer.core.mail import Mailer, MailFailed


def test_it_works(mail_server: MailServer) -> None:
    Mailer(mail_server.url, "trainer@example.be").send(
        "Één onderwerp", "Drie scores wachten.\n", "ops@example.be"
    )
    (message,) = mail_server.messages
    assert message["Subject"] == "Één onderwerp"
    assert message["From"] == "trainer@example.be"
    assert message["Auto-Submitted"] == "auto-generated"
    assert (
        message.get_content() == "Drie scores wachten.\r\n"
        or message.get_content() == "Drie scores wachten.\n"
    )


def test_an_address_that_is_refused(mail_server: MailServer) -> None:
    mail_server.unknown_addresses.add("nobody@example.be")
    with pytest.raises(MailFailed, match="no such mailbox"):
        Mailer(mail_server.url, "trainer@example.be").send("x", "y", "nobody@example.be")


def test_a_line_break_in_the_subject_adds_no_header(mail_server: MailServer) -> None:
    with pytest.raises(MailFailed):
        Mailer(mail_server.url, "trainer@example.be").send("x\r\nBcc: all@example.be", "y", "ops@example.be")
    assert mail_server.messages == []


@pytest.mark.parametrize("url", ["", "smtp://127.0.0.1:{port}", "gopher://127.0.0.1"])
def test_without_a_server_it_says_so(url: str) -> None:
    url = url.format(port=free_port())
    with pytest.raises(MailFailed):
        Mailer(url, "trainer@example.be").send("x", "y", "ops@example.be")
