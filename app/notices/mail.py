"""Send letters by SMTP."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit
from uuid import UUID

from app.kernel.i18n import load_translations
from app.notices.digest import DigestText
from app.notices.letter_layout import (
    format_digest_html,
    format_digest_text,
    format_letter_html,
    format_letter_text,
)
from app.notices.texts import NoticeText

TIMEOUT_SECONDS = 10.0
"""Seconds to wait for each answer of the mail server."""
MAIL_SETTINGS_PATH = "/account#letters"
"""The page where a person chooses the notices he gets by mail."""
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class UnencryptedConnection(OSError):
    """The server offers no encryption, so a password would be sent in clear text."""


@dataclass(frozen=True, slots=True)
class MailSender:
    """The connection to the mail server.

    `mail_url` and `mail_from` are as in the settings; links begin with `public_url`; `patience` is the
    timeout in seconds.
    """

    mail_url: str
    mail_from: str
    public_url: str
    patience: float = TIMEOUT_SECONDS

    def send_letter(
        self, letter: UUID, at: datetime, to: str, locale: str, worded: NoticeText, path: str
    ) -> None:
        """Send one letter. Raises OSError or smtplib.SMTPException when the server does not accept it."""
        self._send_message_to_server(self.compose_letter(letter, at, to, locale, worded, path))

    def send_digest(self, letter: UUID, at: datetime, to: str, locale: str, worded: DigestText) -> None:
        """Send a daily letter. Raises OSError or smtplib.SMTPException when the server does not accept it."""
        message = self._create_message_with_headers(letter, at, to, locale, worded.title)
        self._set_message_content(
            message,
            format_digest_text(worded, self.public_url, self._letter_footer_lines(locale)),
            format_digest_html(worded, self.public_url, self._letter_footer_lines(locale), locale),
            locale,
        )
        self._send_message_to_server(message)

    def verify_connection(self) -> None:
        """Connect, encrypt and log in as for a letter, and send none.

        Raises OSError or smtplib.SMTPException when the server does not accept it.
        """
        with self._open_mail_server_connection() as server:
            server.noop()

    def compose_letter(
        self, letter: UUID, at: datetime, to: str, locale: str, worded: NoticeText, path: str
    ) -> EmailMessage:
        """Return the message of a letter: the same bytes each time except MIME boundaries.

        Its Message-ID is the letter's id.
        """
        message = self._create_message_with_headers(letter, at, to, locale, worded.title)
        link, foot = self.public_url + path, self._letter_footer_lines(locale)
        self._set_message_content(
            message,
            format_letter_text(worded, link, foot),
            format_letter_html(worded, link, foot, locale),
            locale,
        )
        return message

    def _create_message_with_headers(
        self, letter: UUID, at: datetime, to: str, locale: str, title: str
    ) -> EmailMessage:
        """Return a message with its headers."""
        name, address = parseaddr(self.mail_from)
        message = EmailMessage(policy=SMTP)
        message["Message-ID"] = f"<{letter}@{urlsplit(self.public_url).hostname or 'localhost'}>"
        message["Date"] = format_datetime(at)
        message["From"] = Address(display_name=name, addr_spec=address)
        message["To"] = Address(addr_spec=to)
        message["Subject"] = title
        message["Auto-Submitted"] = "auto-generated"
        message["List-Unsubscribe"] = f"<{self.public_url}{MAIL_SETTINGS_PATH}>"
        return message

    def _set_message_content(self, message: EmailMessage, plain: str, page: str, locale: str) -> None:
        """Set the text and HTML parts of the message."""
        message.set_content(plain)
        message.add_alternative(page, subtype="html")
        message["Content-Language"] = locale

    def _letter_footer_lines(self, locale: str) -> tuple[str, ...]:
        """Return the lines at the end of every letter."""
        gettext = load_translations(locale).gettext
        return (
            gettext("Depter wrote this letter by itself; answers are not read."),
            gettext("What comes by mail, and when, is chosen here: %(url)s")
            % {"url": self.public_url + MAIL_SETTINGS_PATH},
        )

    def _send_message_to_server(self, message: EmailMessage) -> None:
        """Send the message to the server."""
        with self._open_mail_server_connection() as server:
            server.send_message(message)

    def _open_mail_server_connection(self) -> smtplib.SMTP:
        """Return an open, authenticated connection."""
        url = urlsplit(self.mail_url)
        host = url.hostname or "localhost"
        if url.scheme == "smtps":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, url.port or 465, timeout=self.patience, context=context
            )
        else:
            server = smtplib.SMTP(host, url.port or 25, timeout=self.patience)
        try:
            self._start_tls_and_log_in(server, host, url.scheme == "smtps", url.username, url.password)
        except BaseException:
            server.close()
            raise
        return server

    def _start_tls_and_log_in(
        self, server: smtplib.SMTP, host: str, encrypted: bool, user: str | None, password: str | None
    ) -> None:
        """Start TLS if the server offers it, and log in.

        A password is sent only under verified encryption or to this machine. Raises UnencryptedConnection.
        """
        server.ehlo_or_helo_if_needed()
        if not encrypted and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context() if user else _unverified_tls_context())
            encrypted = True
        if user:
            if not encrypted and host not in LOOPBACK_HOSTS:
                raise UnencryptedConnection(f"{host} offers no STARTTLS")
            server.login(unquote(user), unquote(password or ""))


def _unverified_tls_context() -> ssl.SSLContext:
    """Return a TLS context without certificate checks, against listeners, for use without a password."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
