"""A mail server for demo and tests: takes every letter by SMTP and stores it as a file, without delivery."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import threading
import time
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP


class LetterFolderHandler:
    """Store of letters as `<time>-<number>.eml`, whole or not at all, with the envelope in two headers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._numbers = itertools.count()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Store one letter; called by aiosmtpd."""
        name = f"{time.time_ns()}-{os.getpid()}-{next(self._numbers)}.eml"
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        partial = self.path / f".{name}"
        try:
            partial.write_bytes(head.encode() + envelope.content)
            partial.rename(self.path / name)
        except OSError:
            # The answer of a mail server without room: the sender keeps the letter and tries again.
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            return "452 4.3.1 Insufficient system storage"
        return "250 kept"


class MailCatcher:
    """Mail server on a free loopback port, in a thread of its own, from `start` to `stop`."""

    def __init__(self, folder: Path) -> None:
        self.handler = LetterFolderHandler(folder)
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail-catcher", daemon=True)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def is_down(self) -> bool:
        return self._server is None

    def start(self) -> None:
        """Open the port (the same one when it was open before) and answer."""
        if not self._thread.is_alive():
            self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._create_smtp_server(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _create_smtp_server(self) -> asyncio.Server:
        return await self._loop.create_server(self._create_smtp_session, "127.0.0.1", self.port)

    def _create_smtp_session(self) -> SMTP:
        return SMTP(self.handler, hostname="localhost", enable_SMTPUTF8=True, loop=self._loop)

    def stop(self) -> None:
        """Close the port: a sender is then refused. `start` opens it again."""
        if self._server is not None:
            self._loop.call_soon_threadsafe(self._server.close)
            asyncio.run_coroutine_threadsafe(self._server.wait_closed(), self._loop).result(10)
            self._server = None
