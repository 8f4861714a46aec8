"""Gunicorn worker that reads whole requests before a thread runs them, and sends answers as clients read
them.

Waitress reads and writes: one loop holds every connection, threads only run requests that have arrived
completely. So a client that sends half a header or half a body, or reads slowly, occupies a connection and no
thread. Each has a total deadline with a minimum speed; when connections run out, those that have waited
longest are closed.

Bodies of over `MAX_BODY_IN_MEMORY` bytes wait in an unnamed temporary file (TMPDIR), and so do answers of over
`MAX_ANSWER_IN_MEMORY`.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import logging
import os
import resource
import socket
import time
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.buffers import BytesIOBasedBuffer, OverflowableBuffer, TempfileBasedBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.receiver import FixedStreamReceiver
from waitress.server import TcpWSGIServer, UnixWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import RequestEntityTooLarge

MAX_BODY_BYTES = 12 * 2**20
MAX_DISCARDED_BODY_BYTES = 64 * 2**20
"""A body over `MAX_BODY_BYTES` is read to its end and thrown away, so that the browser sees the answer; not a
longer one.
"""
MAX_HEADER_BYTES = 64 * 2**10
MAX_BODY_IN_MEMORY = 64 * 2**10
MAX_ANSWER_IN_MEMORY = 256 * 2**10
MAX_UNFINISHED_BODY_BYTES = 512 * 2**20
"""Bytes of unfinished bodies in one process."""
MAX_CONNECTIONS = 1000

MAX_IDLE_SECONDS = 15.0
"""Seconds a connection may stay open without a request."""
REQUEST_GRACE_SECONDS = 20.0
"""Seconds for a request to arrive, and for an answer to be read; beyond it a client has to keep the pace."""
MIN_BYTES_PER_SECOND = 4096.0
"""Bytes a second."""
TIMEOUT_ANSWER = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class _DiscardingReceiver(FixedStreamReceiver):  # type: ignore[misc]
    """Receiver that counts the bytes of a body that is too large, and keeps none."""

    completed: bool

    def received(self, data: bytes) -> int:
        taken = min(len(data), self.remain)
        self.remain -= taken
        self.completed = self.remain < 1
        return taken


FULL_DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FULL_DISK_HEADER = "X_DEPTER_FULL_DISK"
_FULL_DISK_PAGE = """<!doctype html><html lang="ky"><meta charset="utf-8"><title>503</title>
<p lang="ky">Сервердин диски толуп калды, эч нерсе сакталган жок. IT администраторуна айтып, кийин кайра жөнөтүңүз.</p>
<p lang="ru">Диск сервера заполнен, ничего не сохранено. Сообщите администратору ИТ и отправьте ещё раз позже.</p>
<p lang="en">The disk of the server is full, nothing was stored. Tell the IT administrator and send it again later.</p>
""".encode()
"""The answer to a body that found no room in TMPDIR: it never reached the application."""


class _AnswerBuffer(OverflowableBuffer):  # type: ignore[misc]
    """Buffer of an answer that returns to memory when the disk has no room for it."""

    buf: Any
    overflowed: bool

    def append(self, data: bytes) -> None:
        """Add data; what was written to a file that cannot grow is read back."""
        buffer = self.buf
        if not isinstance(buffer, TempfileBasedBuffer):
            super().append(data)
            return
        # Every append ends with a seek, which flushes: what is in the file is whole before this one.
        position, size = buffer.file.tell(), os.fstat(buffer.file.fileno()).st_size
        try:
            buffer.append(data)
        except OSError as problem:
            if problem.errno not in FULL_DISK_ERRORS:
                raise
            self.buf = BytesIOBasedBuffer()
            self.buf.append(os.pread(buffer.file.fileno(), size - position, position))
            self.buf.append(data)
            with contextlib.suppress(OSError):
                buffer.close()

    def _set_large_buffer(self) -> None:
        old = self.buf
        position = old.getfile().tell() if old is not None else 0
        try:
            super()._set_large_buffer()
        except OSError as problem:
            if problem.errno not in FULL_DISK_ERRORS:
                raise
            old.getfile().seek(position)
            self.overflowed = True


class OversizeBodyParser(HTTPRequestParser):  # type: ignore[misc]
    """Parser that passes a request with too large a body to the application without the body, which answers
    with a page.
    """

    completed: bool
    expect_continue: bool
    body_rcv: Any

    def received(self, data: bytes) -> int:
        if isinstance(self.body_rcv, _DiscardingReceiver) and not self.completed:
            taken = self.body_rcv.received(data)
            self.body_bytes_received += taken
            self.completed = self.body_rcv.completed
            return taken
        try:
            taken = int(super().received(data))
        except OSError as problem:
            if problem.errno not in FULL_DISK_ERRORS or not isinstance(self.body_rcv, FixedStreamReceiver):
                raise
            return self._discard_body_without_room(data)
        if isinstance(self.error, RequestEntityTooLarge) and not self.chunked:
            self._discard_body()
        return taken

    def _discard_body_without_room(self, data: bytes) -> int:
        """Read the rest of a body for which the disk has no room and keep none of it; return the bytes taken."""
        self.headers["CONNECTION"] = "close"
        self.headers[_FULL_DISK_HEADER] = "1"
        self.body_rcv = _DiscardingReceiver(self.body_rcv.remain, OverflowableBuffer(MAX_BODY_IN_MEMORY))
        return self.received(data)

    def _discard_body(self) -> None:
        self.error = None
        self.headers["CONNECTION"] = "close"
        self.body_rcv = _DiscardingReceiver(self.content_length, OverflowableBuffer(MAX_BODY_IN_MEMORY))
        self.completed = self.expect_continue or self.content_length > MAX_DISCARDED_BODY_BYTES
        self.expect_continue = False


_waiting_numbers = itertools.count()
"""Says who has waited longest, whatever the clock of the machine does: it grows with each connection and request."""


class BufferedChannel(HTTPChannel):  # type: ignore[misc]
    """One connection, and the moment since when it waits for its client."""

    parser_class = OversizeBodyParser
    request_began_at = 0.0
    waiting_number = 0
    owed_since = 0.0
    owed_bytes = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting_number = next(_waiting_numbers)
        self.outbufs = [_AnswerBuffer(self.adj.outbuf_overflow)]

    def received(self, data: bytes) -> bool:
        """Take received data. The time of a request begins with its first byte; later bytes do not reset it."""
        if self.request is None:
            self.request_began_at = time.time()
            self.waiting_number = next(_waiting_numbers)
        return bool(super().received(data))

    @property
    def is_waiting_for_client(self) -> bool:
        """Return whether none of its requests is running: the client has to send or to read."""
        return not self.requests

    def count_unfinished_body_bytes(self) -> int:
        """Return the number of bytes of a body that has not arrived completely."""
        request = self.request
        return request.body_bytes_received if request is not None else 0

    def is_overdue(self, now: float) -> bool:
        """Return whether the client has used up its time."""
        if self.requests:
            return False
        if self.total_outbufs_len:
            if not self.owed_since:
                self.owed_since, self.owed_bytes = now, self.total_outbufs_len
            return bool(
                now - self.owed_since > REQUEST_GRACE_SECONDS + self.owed_bytes / MIN_BYTES_PER_SECOND
            )
        self.owed_since = 0.0
        if self.request is not None:
            return bool(
                now - self.request_began_at
                > REQUEST_GRACE_SECONDS + self.count_unfinished_body_bytes() / MIN_BYTES_PER_SECOND
            )
        return bool(now - self.last_activity > MAX_IDLE_SECONDS)

    def close_with_timeout_answer(self) -> None:
        """Close the connection at once, with an answer when a request was under way; a reader may never take
        more.
        """
        if self.request is not None and not self.total_outbufs_len:
            with contextlib.suppress(OSError):
                self.socket.send(TIMEOUT_ANSWER)
        self.will_close = True
        self.handle_close()


class _ConnectionClosingMixin:
    """Maintenance that both kinds of listening sockets share."""

    channel_class = BufferedChannel
    active_channels: dict[int, BufferedChannel]
    adj: Any
    _map: dict[int, Any]

    def maintenance(self, now: float) -> None:
        """Close overdue connections each second; when places or memory run out, the longest waiting."""
        waiting = [channel for channel in self.active_channels.values() if channel.is_waiting_for_client]
        kept_waiting = []
        for channel in waiting:
            if channel.is_overdue(now):
                channel.close_with_timeout_answer()
            else:
                kept_waiting.append(channel)
        surplus = len(self._map) - (len(waiting) - len(kept_waiting)) - int(self.adj.connection_limit * 0.8)
        excess_bytes = (
            sum(channel.count_unfinished_body_bytes() for channel in kept_waiting) - MAX_UNFINISHED_BODY_BYTES
        )
        for channel in sorted(kept_waiting, key=attrgetter("waiting_number")):
            if surplus <= 0 and excess_bytes <= 0:
                return
            surplus, excess_bytes = surplus - 1, excess_bytes - channel.count_unfinished_body_bytes()
            channel.close_with_timeout_answer()


class _TcpServer(_ConnectionClosingMixin, TcpWSGIServer):  # type: ignore[misc]
    pass


class _UnixServer(_ConnectionClosingMixin, UnixWSGIServer):  # type: ignore[misc]
    pass


class _SignalPipe(wasyncore.file_dispatcher):  # type: ignore[misc]
    """Pipe that wakes the loop when a signal handler of gunicorn has written to it."""

    def handle_read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self.recv(4096)

    def writable(self) -> bool:
        return False

    def handle_error(self) -> None:
        return None


class BufferedWorker(Worker):  # type: ignore[misc]
    """Worker that gunicorn forks and restarts; waitress serves its sockets."""

    alive: bool

    def run(self) -> None:
        """Serve until stopped or `max_requests` are answered, then finish what is under way."""
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(self.cfg.threads)
        socket_map: dict[int, Any] = {}
        _SignalPipe(self.PIPE[0], socket_map)
        adjustments = _build_waitress_adjustments(self.cfg.threads)
        listening = [
            _create_server(listener.sock, self._call_application, socket_map, dispatcher, adjustments)
            for listener in self.sockets
        ]
        while self.alive and self.ppid == os.getppid():
            self.notify()
            wasyncore.loop(timeout=1.0, use_poll=True, map=socket_map, count=1)
        self._finish_requests(listening, socket_map)

    def _call_application(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if environ.get(f"HTTP_{_FULL_DISK_HEADER}"):
            start_response("503 Service Unavailable", [("Content-Type", "text/html; charset=utf-8")])
            return [_FULL_DISK_PAGE]
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.alive = False
        beside = environ.get("REMOTE_ADDR") in ("127.0.0.1", "::1", "localhost")
        if beside and environ.get("HTTP_X_FORWARDED_PROTO") == "https":
            environ["wsgi.url_scheme"] = "https"
        answer: Iterable[bytes] = self.wsgi(environ, start_response)
        return answer

    def _finish_requests(self, listening: list[Any], socket_map: dict[int, Any]) -> None:
        """Accept no new connection; wait for running requests and for answers being sent, at most the
        graceful timeout.
        """
        for server in listening:
            server.accepting = False
            server.del_channel(socket_map)
        last = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < last and self.ppid == os.getppid():
            channels = [channel for server in listening for channel in server.active_channels.values()]
            if not any(channel.requests or channel.total_outbufs_len for channel in channels):
                return
            self.notify()
            wasyncore.loop(timeout=0.1, use_poll=True, map=socket_map, count=1)


def _build_waitress_adjustments(threads: int) -> Adjustments:
    return Adjustments(
        threads=threads,
        connection_limit=_max_process_connections(),
        recv_bytes=MAX_BODY_IN_MEMORY,
        inbuf_overflow=MAX_BODY_IN_MEMORY,
        outbuf_overflow=MAX_ANSWER_IN_MEMORY,
        max_request_header_size=MAX_HEADER_BYTES,
        max_request_body_size=MAX_BODY_BYTES + 1,
        cleanup_interval=1,
        ident=None,
        clear_untrusted_proxy_headers=False,
    )


def _max_process_connections() -> int:
    """Return the number of connections of a process: each may need two temporary files beside its socket."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * MAX_CONNECTIONS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MAX_CONNECTIONS if soft == resource.RLIM_INFINITY else max(100, min(MAX_CONNECTIONS, soft // 4))


def _create_server(
    bound: socket.socket,
    application: Callable[..., Any],
    socket_map: dict[int, Any],
    dispatcher: ThreadedTaskDispatcher,
    adjustments: Adjustments,
) -> Any:
    kind = _UnixServer if bound.family == socket.AF_UNIX else _TcpServer
    about = (bound.family, bound.type, bound.proto, bound.getsockname())
    return kind(
        application,
        socket_map,
        True,
        bound,
        dispatcher=dispatcher,
        adj=adjustments,
        bind_socket=False,
        sockinfo=about,
    )
