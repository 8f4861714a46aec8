"""The letters a test run's mail server took."""

from __future__ import annotations

import time
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from app.kernel.servers.mail import MailCatcher


class Mailbox:
    """Letters in the order they came; the server can be taken down and up again."""

    def __init__(self, server: MailCatcher) -> None:
        self._server = server
        self._folder = server.handler.path

    def letters(self, to: str | None = None) -> list[EmailMessage]:
        """All letters, or those whose envelope names `to`; the envelope is in X-Envelope-To."""
        parser = BytesParser(_class=EmailMessage, policy=default)
        read = [parser.parsebytes(path.read_bytes()) for path in sorted(self._folder.glob("[0-9]*.eml"))]
        return [letter for letter in read if to is None or to in str(letter["X-Envelope-To"]).split(", ")]

    def wait_for(self, count: int, seconds: float = 10.0) -> list[EmailMessage]:
        """Wait until there are at least `count` letters; raises AssertionError."""
        deadline = time.monotonic() + seconds
        while len(found := self.letters()) < count:
            assert time.monotonic() < deadline, f"{len(found)} letters after {seconds} s, not {count}"
            time.sleep(0.02)
        return found

    def empty(self) -> None:
        """Throw all letters away."""
        for path in self._folder.glob("*.eml"):
            path.unlink()

    def down(self) -> None:
        """The server refuses connections."""
        self._server.stop()

    def up(self) -> None:
        """The server answers again, on the same port."""
        if self._server.is_down:
            self._server.start()
