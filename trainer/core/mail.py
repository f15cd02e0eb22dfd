"""Sending mail by SMTP: plain text, to one address, from the service itself."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

TIMEOUT = 20.0
_PORTS = {"smtp": 25, "smtps": 465}


class MailFailed(Exception):
    """The mail was not taken; the text says why, without passwords."""


class Mailer:
    """Sends by the server of ``TRAINER_SMTP_URL``.

    Args:
        smtp_url: ``smtp://user:password@host:port`` (STARTTLS where the server offers it, required with a password)
            or ``smtps://…``; empty: nothing is sent.
        sender: address in From.
    """

    def __init__(self, smtp_url: str, sender: str) -> None:
        self._parts = urlsplit(smtp_url)
        self._sender = sender

    @property
    def is_configured(self) -> bool:
        """Whether there is a server to send by."""
        return self._parts.scheme in _PORTS and bool(self._parts.hostname)

    def send(self, subject: str, body: str, to: str) -> None:
        """Send one message; done when the server has taken it.

        Raises:
            MailFailed: no server is configured, it cannot be reached, or it refused.
        """
        if not self.is_configured:
            raise MailFailed("TRAINER_SMTP_URL names no mail server.")
        try:
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = self._sender, to, subject
            message["Date"] = formatdate(usegmt=True)
            message["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2] or None)
            message["Auto-Submitted"] = "auto-generated"
            message.set_content(body)
            with self._connected() as server:
                server.send_message(message)
        except (OSError, smtplib.SMTPException, ValueError) as problem:
            raise MailFailed(f"{type(problem).__name__}: {problem}"[:300]) from problem

    def _connected(self) -> smtplib.SMTP:
        host, port = str(self._parts.hostname), self._parts.port or _PORTS[self._parts.scheme]
        verified = ssl.create_default_context()
        if self._parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=verified)
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT)
            server.ehlo()
            if server.has_extn("starttls") or self._parts.password:
                server.starttls(context=verified)
                server.ehlo()
        if self._parts.username:
            server.login(unquote(self._parts.username), unquote(self._parts.password or ""))
        return server
