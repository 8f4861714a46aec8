"""Takes requests whole before a thread sees them, and gives answers back at the pace of the reader.

A gunicorn worker that lets waitress read and write: one loop holds every connection, threads only run
requests that have arrived completely. So a client that sends half a header or half a body, or reads slowly,
costs a place in the loop and no thread. Each has a total deadline with a least pace; when places run out, who
kept one longest makes room.

Bodies of over `KEPT_IN_MEMORY` bytes wait in an unnamed temporary file (TMPDIR), and so do answers of over
`ANSWER_IN_MEMORY`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.receiver import FixedStreamReceiver
from waitress.server import TcpWSGIServer, UnixWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import RequestEntityTooLarge

MOST_BODY = 12 * 2**20
MOST_DRAINED = 64 * 2**20
"""A body over `MOST_BODY` is read to its end and thrown away, so that the browser sees the answer; not a
longer one.
"""
MOST_HEADER = 64 * 2**10
KEPT_IN_MEMORY = 64 * 2**10
ANSWER_IN_MEMORY = 256 * 2**10
MOST_WAITING = 512 * 2**20
"""Bytes of unfinished bodies in one process."""
MOST_CONNECTIONS = 1000

IDLE = 15.0
"""Seconds a connection may stay open without a request."""
GRACE = 20.0
"""Seconds for a request to arrive, and for an answer to be read; beyond it a client has to keep the pace."""
PACE = 4096.0
"""Bytes a second."""
LOST = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class _Drain(FixedStreamReceiver):  # type: ignore[misc]
    """Counts the bytes of a body that is too large, and keeps none."""

    completed: bool

    def received(self, data: bytes) -> int:
        taken = min(len(data), self.remain)
        self.remain -= taken
        self.completed = self.remain < 1
        return taken


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Hands a request with too large a body to the application without the body, which answers with a page."""

    completed: bool
    expect_continue: bool

    def received(self, data: bytes) -> int:
        if isinstance(self.body_rcv, _Drain) and not self.completed:
            taken = self.body_rcv.received(data)
            self.body_bytes_received += taken
            self.completed = self.body_rcv.completed
            return taken
        taken = int(super().received(data))
        if isinstance(self.error, RequestEntityTooLarge) and not self.chunked:
            self._let_the_application_say_so()
        return taken

    def _let_the_application_say_so(self) -> None:
        self.error = None
        self.headers["CONNECTION"] = "close"
        self.body_rcv = _Drain(self.content_length, OverflowableBuffer(KEPT_IN_MEMORY))
        self.completed = self.expect_continue or self.content_length > MOST_DRAINED
        self.expect_continue = False


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection, and since when it waits for its client."""

    parser_class = Parser
    began = 0.0
    owed_since = 0.0
    owed = 0

    def received(self, data: bytes) -> bool:
        """Take what has arrived; the clock of a request begins with its first byte and is never set back by
        another.
        """
        if self.request is None:
            self.began = time.time()
        return bool(super().received(data))

    @property
    def waiting(self) -> bool:
        """Whether nothing of it is being worked on: the client has to send or to read."""
        return not self.requests

    def unfinished(self) -> int:
        """Bytes of a body that has not arrived completely."""
        request = self.request
        return request.body_bytes_received if request is not None else 0

    def overdue(self, now: float) -> bool:
        """Whether the client has had its time."""
        if self.requests:
            return False
        if self.total_outbufs_len:
            if not self.owed_since:
                self.owed_since, self.owed = now, self.total_outbufs_len
            return bool(now - self.owed_since > GRACE + self.owed / PACE)
        self.owed_since = 0.0
        if self.request is not None:
            return bool(now - self.began > GRACE + self.unfinished() / PACE)
        return bool(now - self.last_activity > IDLE)

    def dismiss(self) -> None:
        """End the connection, with a word when a request was under way; at once, as a reader may never take
        more.
        """
        if self.request is not None and not self.total_outbufs_len:
            with contextlib.suppress(OSError):
                self.socket.send(LOST)
        self.will_close = True
        self.handle_close()


class _Listening:
    """What both kinds of listening sockets do beside accepting."""

    channel_class = Channel
    active_channels: dict[int, Channel]
    adj: Any
    _map: dict[int, Any]

    def maintenance(self, now: float) -> None:
        """Each second: end who is overdue; when places or memory run out, who has waited longest."""
        waiting = [channel for channel in self.active_channels.values() if channel.waiting]
        patient = []
        for channel in waiting:
            if channel.overdue(now):
                channel.dismiss()
            else:
                patient.append(channel)
        crowd = len(self._map) - (len(waiting) - len(patient)) - int(self.adj.connection_limit * 0.8)
        kept = sum(channel.unfinished() for channel in patient) - MOST_WAITING
        for channel in sorted(patient, key=lambda one: one.began or one.creation_time):
            if crowd <= 0 and kept <= 0:
                return
            crowd, kept = crowd - 1, kept - channel.unfinished()
            channel.dismiss()


class _Tcp(_Listening, TcpWSGIServer):  # type: ignore[misc]
    pass


class _Unix(_Listening, UnixWSGIServer):  # type: ignore[misc]
    pass


class _Signals(wasyncore.file_dispatcher):  # type: ignore[misc]
    """Wakes the loop when gunicorn's signal handlers have something to say."""

    def handle_read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self.recv(4096)

    def writable(self) -> bool:
        return False

    def handle_error(self) -> None:
        return None


class BufferedWorker(Worker):  # type: ignore[misc]
    """gunicorn forks it, restarts it and hands it the sockets; waitress serves."""

    alive: bool

    def run(self) -> None:
        """Serve until told to end or `max_requests` are answered, then finish what is under way."""
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(self.cfg.threads)
        places: dict[int, Any] = {}
        _Signals(self.PIPE[0], places)
        adjustments = _adjustments(self.cfg.threads)
        listening = [
            _listen(listener.sock, self._application, places, dispatcher, adjustments)
            for listener in self.sockets
        ]
        while self.alive and self.ppid == os.getppid():
            self.notify()
            wasyncore.loop(timeout=1.0, use_poll=True, map=places, count=1)
        self._finish(listening, places)

    def _application(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.alive = False
        beside = environ.get("REMOTE_ADDR") in ("127.0.0.1", "::1", "localhost")
        if beside and environ.get("HTTP_X_FORWARDED_PROTO") == "https":
            environ["wsgi.url_scheme"] = "https"
        answer: Iterable[bytes] = self.wsgi(environ, start_response)
        return answer

    def _finish(self, listening: list[Any], places: dict[int, Any]) -> None:
        """Take no new connection; wait for requests that run and for answers on their way, within the
        patience.
        """
        for server in listening:
            server.accepting = False
            server.del_channel(places)
        last = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < last and self.ppid == os.getppid():
            channels = [channel for server in listening for channel in server.active_channels.values()]
            if not any(channel.requests or channel.total_outbufs_len for channel in channels):
                return
            self.notify()
            wasyncore.loop(timeout=0.1, use_poll=True, map=places, count=1)


def _adjustments(threads: int) -> Adjustments:
    return Adjustments(
        threads=threads,
        connection_limit=_places(),
        recv_bytes=KEPT_IN_MEMORY,
        inbuf_overflow=KEPT_IN_MEMORY,
        outbuf_overflow=ANSWER_IN_MEMORY,
        max_request_header_size=MOST_HEADER,
        max_request_body_size=MOST_BODY + 1,
        cleanup_interval=1,
        ident=None,
        clear_untrusted_proxy_headers=False,
    )


def _places() -> int:
    """How many connections one process takes: each may need two temporary files beside its socket."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * MOST_CONNECTIONS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(100, min(MOST_CONNECTIONS, soft // 4))


def _listen(
    bound: socket.socket,
    application: Callable[..., Any],
    places: dict[int, Any],
    dispatcher: ThreadedTaskDispatcher,
    adjustments: Adjustments,
) -> Any:
    kind = _Unix if bound.family == socket.AF_UNIX else _Tcp
    about = (bound.family, bound.type, bound.proto, bound.getsockname())
    return kind(
        application,
        places,
        True,
        bound,
        dispatcher=dispatcher,
        adj=adjustments,
        bind_socket=False,
        sockinfo=about,
    )
