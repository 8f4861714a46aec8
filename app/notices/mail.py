"""Sends letters by SMTP. Knows addresses of servers and the shape of a letter, no person and no database."""

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

from app.kernel.i18n import translations
from app.notices.digest import WordedDigest
from app.notices.letter_layout import digest_page, digest_text, letter_page, letter_text
from app.notices.texts import Worded

PATIENCE = 10.0
"""Seconds for each answer of the mail server."""
SETTINGS = "/account#letters"
"""Where a person chooses what comes by mail."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Unencrypted(OSError):
    """The server offers no encryption, and a password would travel in the clear."""


@dataclass(frozen=True, slots=True)
class PostOffice:
    """Where letters are handed in: `mail_url` and `mail_from` as in the settings; links begin with `public_url`."""

    mail_url: str
    mail_from: str
    public_url: str
    patience: float = PATIENCE

    def send(self, letter: UUID, at: datetime, to: str, locale: str, worded: Worded, path: str) -> None:
        """Hand one letter in. Raises OSError or smtplib.SMTPException when the server does not take it."""
        self._hand_in(self.compose(letter, at, to, locale, worded, path))

    def send_digest(self, letter: UUID, at: datetime, to: str, locale: str, worded: WordedDigest) -> None:
        """Hand the letter of a day in. Raises OSError or smtplib.SMTPException when the server does not take it."""
        message = self._envelope(letter, at, to, locale, worded.title)
        self._fill(
            message,
            digest_text(worded, self.public_url, self._foot(locale)),
            digest_page(worded, self.public_url, self._foot(locale), locale),
            locale,
        )
        self._hand_in(message)

    def compose(
        self, letter: UUID, at: datetime, to: str, locale: str, worded: Worded, path: str
    ) -> EmailMessage:
        """The letter, the same bytes each time but for MIME boundaries; its Message-ID is the letter's id."""
        message = self._envelope(letter, at, to, locale, worded.title)
        link, foot = self.public_url + path, self._foot(locale)
        self._fill(message, letter_text(worded, link, foot), letter_page(worded, link, foot, locale), locale)
        return message

    def _envelope(self, letter: UUID, at: datetime, to: str, locale: str, title: str) -> EmailMessage:
        name, address = parseaddr(self.mail_from)
        message = EmailMessage(policy=SMTP)
        message["Message-ID"] = f"<{letter}@{urlsplit(self.public_url).hostname or 'localhost'}>"
        message["Date"] = format_datetime(at)
        message["From"] = Address(display_name=name, addr_spec=address)
        message["To"] = Address(addr_spec=to)
        message["Subject"] = title
        message["Auto-Submitted"] = "auto-generated"
        message["List-Unsubscribe"] = f"<{self.public_url}{SETTINGS}>"
        return message

    def _fill(self, message: EmailMessage, plain: str, page: str, locale: str) -> None:
        message.set_content(plain)
        message.add_alternative(page, subtype="html")
        message["Content-Language"] = locale

    def _foot(self, locale: str) -> tuple[str, ...]:
        gettext = translations(locale).gettext
        return (
            gettext("Depter wrote this letter by itself; answers are not read."),
            gettext("What comes by mail, and when, is chosen here: %(url)s")
            % {"url": self.public_url + SETTINGS},
        )

    def _hand_in(self, message: EmailMessage) -> None:
        with self._connect() as server:
            server.send_message(message)

    def _connect(self) -> smtplib.SMTP:
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
            self._greet(server, host, url.scheme == "smtps", url.username, url.password)
        except BaseException:
            server.close()
            raise
        return server

    def _greet(
        self, server: smtplib.SMTP, host: str, encrypted: bool, user: str | None, password: str | None
    ) -> None:
        """Encrypt where the server can; a password is only told under verified encryption or to this machine."""
        server.ehlo_or_helo_if_needed()
        if not encrypted and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context() if user else _trusting())
            encrypted = True
        if user:
            if not encrypted and host not in LOOPBACK:
                raise Unencrypted(f"{host} offers no STARTTLS")
            server.login(unquote(user), unquote(password or ""))


def _trusting() -> ssl.SSLContext:
    """Encryption against listeners where nothing secret authenticates us; the certificate is not checked."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
