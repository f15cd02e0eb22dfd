"""The mail server that tests stand on takes mail as a real one does."""

import smtplib
from email.message import EmailMessage

import pytest

from tests.support.smtp import MailServer


def letter_to(address: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "trainer@example.be", address, "Eén score wacht"
    letter.set_content("De score van module 3 kwam niet aan.")
    return letter


def test_a_letter_arrives_whole(mail_server: MailServer) -> None:
    with smtplib.SMTP("127.0.0.1", mail_server.port) as post:
        post.send_message(letter_to("beheer@example.be"))

    [received] = mail_server.messages
    assert received["Subject"] == "Eén score wacht"
    assert "module 3" in received.get_content()


def test_an_unknown_mailbox_is_refused(mail_server: MailServer) -> None:
    mail_server.unknown_addresses.add("weg@example.be")

    with smtplib.SMTP("127.0.0.1", mail_server.port) as post, pytest.raises(smtplib.SMTPRecipientsRefused):
        post.send_message(letter_to("weg@example.be"))
