"""Clients that send half a request, or read slowly, stop nobody: the real server process, over real sockets."""

from __future__ import annotations

import contextlib
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from waitress import wasyncore
from waitress.task import ThreadedTaskDispatcher

from app.kernel.servers import buffered
from app.kernel.servers.parent_watch import die_with_parent_preexec_fn
from app.kernel.settings import PROJECT_DIR
from tests.support.crash_process import environment

PATIENCE = 60.0
"""Seconds a client waits before the test fails; a healthy answer takes milliseconds."""
CROWD = 200
SMALL = ("--workers", "1", "--threads", "2", "--patience", "2")


class Server:
    """`depter web` with one process and two threads: two clients that hold a thread would stop it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    def connect(self, sent: bytes = b"", receive: int = 0) -> socket.socket:
        made = socket.socket()
        if receive:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        made.settimeout(PATIENCE)
        made.connect(("127.0.0.1", self.port))
        made.sendall(sent)
        return made

    def asks(self, request: bytes) -> bytes:
        with self.connect(request) as line:
            return everything(line)

    def page(self) -> bytes:
        return self.asks(b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")


def everything(line: socket.socket) -> bytes:
    found = b""
    while piece := line.recv(65536):
        found += piece
    return found


@pytest.fixture(scope="module")
def server(settings: Any, database: Any) -> Iterator[Server]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "app.cli",
                "web",
                "--bind",
                f"fd://{bound.fileno()}",
                "--lifeline",
                *SMALL,
            ],
            cwd=PROJECT_DIR,
            env=environment(settings),
            stdin=subprocess.PIPE,
            pass_fds=(bound.fileno(),),
            preexec_fn=die_with_parent_preexec_fn(signal.SIGKILL),
        )
        bound.listen(512)
        made = Server(process, bound.getsockname()[1])
        assert made.page().startswith(b"HTTP/1.1 200")
        yield made
        process.terminate()
        assert process.wait(20) == 0


@contextlib.contextmanager
def crowd(server: Server, sent: bytes, receive: int = 0) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as lines:
        yield [lines.enter_context(server.connect(sent, receive)) for _ in range(CROWD)]


HALVES = {
    "half a body": b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nlogin=half",
    "half a header": b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    "half a chunk": b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nlog",
    "nothing": b"",
}


@pytest.mark.parametrize(
    "half",
    [pytest.param(half, marks=() if half == "half a body" else pytest.mark.torture) for half in HALVES],
)
def test_two_hundred_who_send_half_stop_nobody(server, half):
    with crowd(server, HALVES[half]) as lines:
        for number in range(10):
            for line in lines[number * 20 : number * 20 + 20]:
                line.sendall(b"x")
            assert server.page().startswith(b"HTTP/1.1 200")


def test_two_hundred_who_do_not_read_stop_nobody(server):
    request = b"GET /static/0/vendor/tabler/tabler.min.css HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with crowd(server, request, receive=4096) as lines:
        for _ in range(10):
            assert server.page().startswith(b"HTTP/1.1 200")
        head = lines[0].recv(15)
        assert head == b"HTTP/1.1 200 OK"


def test_a_connection_serves_one_request_after_another(server):
    request = b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with server.connect(request + request) as line:
        line.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert everything(line).count(b"HTTP/1.1 200 OK\r\n") == 3


def too_large(size: int, *more: bytes) -> bytes:
    lines = [b"POST /sign-in HTTP/1.1", b"Host: localhost", b"Content-Length: %d" % size, *more]
    return b"\r\n".join([*lines, b"Content-Type: text/plain", b"\r\n"])


def test_too_large_a_body_is_read_to_its_end_and_answered_with_a_page(server):
    size = buffered.MAX_BODY_BYTES + 2**20
    with server.connect(too_large(size, b"Accept-Language: en")) as line:
        sender = threading.Thread(target=line.sendall, args=(b"x" * size,))
        sender.start()
        found = everything(line)
        sender.join(PATIENCE)
    assert found.startswith(b"HTTP/1.1 413") and b"larger than 12 MB" in found


def test_who_asks_first_is_told_before_he_sends(server):
    request = too_large(buffered.MAX_BODY_BYTES + 1, b"Expect: 100-continue", b"Accept-Language: en")
    found = server.asks(request)
    assert found.startswith(b"HTTP/1.1 413") and b"larger than 12 MB" in found


def test_a_body_of_just_that_size_reaches_the_application(server):
    size = buffered.MAX_BODY_BYTES
    with server.connect(too_large(size, b"Connection: close")) as line:
        line.sendall(b"x" * size)
        found = everything(line)
    assert found.startswith(b"HTTP/1.1 400"), found[:200]


def test_a_body_for_which_the_disk_has_no_room_is_answered_in_words(server):
    """The largest size of a file stands for the full disk: the process may write 128 KB, the body has a megabyte."""
    size = 2**20
    (worker,) = children_of(server.process.pid)
    before = resource.prlimit(worker, resource.RLIMIT_FSIZE, (128 * 1024, resource.RLIM_INFINITY))
    try:
        with server.connect(too_large(size)) as line:
            line.sendall(b"x" * size)
            found = everything(line)
        assert found.startswith(b"HTTP/1.1 503") and b"The disk of the server is full" in found, found[:300]
        assert "Диск сервера заполнен".encode() in found and "диски толуп калды".encode() in found
        assert server.page().startswith(b"HTTP/1.1 200"), "the others are served as ever"
    finally:
        resource.prlimit(worker, resource.RLIMIT_FSIZE, before)
    with server.connect(too_large(size, b"Connection: close")) as line:
        line.sendall(b"x" * size)
        assert everything(line).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("room", [512, 50_000])
def test_an_answer_for_which_the_disk_has_no_room_stays_in_memory(room):
    """The file cannot even begin, or not grow after a part of it was read."""
    pieces = [b"%04d" % number * 256 for number in range(100)]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    answer, read = buffered._AnswerBuffer(16 * 1024), b""
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        for piece in pieces:
            answer.append(piece)
            read += answer.get(300, True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(answer) == len(b"".join(pieces)) - len(read)
    assert read + answer.get() == b"".join(pieces)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_https_before_the_proxy_is_believed_from_this_machine_only(server):
    """The referrer that CSRF demands of https is demanded: the request counts as secure."""
    request = (
        b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\nContent-Length: 0\r\n"
    )
    assert server.asks(request + b"Connection: close\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_at_the_end_an_answer_on_its_way_is_finished(server):
    """The last test of this server: it is told to end while somebody has read nothing of his answer yet."""
    request = (
        b"GET /static/0/vendor/tabler/tabler.min.css HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    whole = len(server.asks(request).partition(b"\r\n\r\n")[2])
    with server.connect(request, receive=4096) as line:
        begun = line.recv(100)
        server.process.terminate()
        assert len((begun + everything(line)).partition(b"\r\n\r\n")[2]) == whole
    assert server.process.wait(20) == 0


# --- deadlines, by a clock of the test --------------------------------------------------------------------


class Loop:
    """The loop of one worker in this process, turned by hand."""

    def __init__(self, bound: socket.socket) -> None:
        self.places: dict[int, Any] = {}
        self.answer = b"x" * 100
        self.bound = bound
        self.dispatcher = ThreadedTaskDispatcher()
        self.dispatcher.set_thread_count(1)
        adjustments = buffered._build_waitress_adjustments(1)
        self.server = buffered._create_server(
            self.bound, self._wsgi, self.places, self.dispatcher, adjustments
        )

    def _wsgi(self, environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [("Content-Length", str(len(self.answer)))])
        return [self.answer]

    def turn(self, times: int = 30) -> None:
        for _ in range(times):
            wasyncore.loop(timeout=0.01, use_poll=True, map=self.places, count=1)

    def turn_until(self, holds: Callable[[], Any]) -> None:
        for _ in range(3000):
            if holds():
                return
            self.turn(1)
        raise AssertionError("it did not come to that")

    def client(self, sent: bytes) -> socket.socket:
        made = socket.socket(self.bound.family)
        made.connect(self.bound.getsockname())
        made.setblocking(False)
        made.sendall(sent)
        self.turn(3)
        return made

    def later(self, seconds: float) -> None:
        self.server.maintenance(time.time() + seconds)
        self.turn(3)


@pytest.fixture
def bound() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0), backlog=300)


@pytest.fixture
def loop(bound: socket.socket) -> Iterator[Loop]:
    made = Loop(bound)
    yield made
    made.dispatcher.shutdown(timeout=5)
    wasyncore.close_all(made.places)
    made.bound.close()


def ended(line: socket.socket) -> bool:
    try:
        while line.recv(65536):
            continue
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
    return True


def test_a_request_that_never_ends_has_a_total_deadline_that_dripping_does_not_move(loop):
    line = loop.client(HALVES["half a body"])
    for _ in range(5):
        line.sendall(b"x")
        loop.turn(2)
    loop.later(buffered.REQUEST_GRACE_SECONDS - 1)
    assert not ended(line)
    line.sendall(b"x")
    loop.turn(2)
    loop.later(buffered.REQUEST_GRACE_SECONDS + 1)
    assert line.recv(100).startswith(b"HTTP/1.1 408") and ended(line)


def test_a_large_body_has_the_time_of_its_pace(loop):
    line = loop.client(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
    line.sendall(b"x" * 40960)
    loop.turn()
    loop.later(buffered.REQUEST_GRACE_SECONDS + 9)
    assert not ended(line)
    loop.later(buffered.REQUEST_GRACE_SECONDS + 11)
    assert ended(line)


def test_a_connection_without_a_request_is_closed_when_it_was_idle(loop):
    line = loop.client(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    loop.turn()
    loop.later(buffered.MAX_IDLE_SECONDS - 1)
    assert not ended(line)
    loop.later(buffered.MAX_IDLE_SECONDS + 1)
    assert ended(line)


def test_an_answer_that_nobody_reads_is_given_up(loop):
    loop.answer = b"x" * 8_000_000
    line = loop.client(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    (channel,) = loop.server.active_channels.values()
    loop.turn_until(lambda: channel.total_outbufs_len and not channel.requests)
    loop.later(0)
    loop.later(buffered.REQUEST_GRACE_SECONDS + channel.owed_bytes / buffered.MIN_BYTES_PER_SECOND - 5)
    assert loop.server.active_channels
    loop.later(buffered.REQUEST_GRACE_SECONDS + channel.owed_bytes / buffered.MIN_BYTES_PER_SECOND + 5)
    assert not loop.server.active_channels
    line.close()


class TestUnix:
    @pytest.fixture
    def bound(self) -> Iterator[socket.socket]:
        with tempfile.TemporaryDirectory() as folder:
            made = socket.socket(socket.AF_UNIX)
            made.bind(f"{folder}/web")
            made.listen(10)
            yield made

    def test_the_address_can_be_a_unix_socket(self, loop):
        line = loop.client(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        (channel,) = loop.server.active_channels.values()
        loop.turn_until(lambda: channel.last_activity and not channel.requests)
        loop.turn(3)
        assert line.recv(100).startswith(b"HTTP/1.1 200")
        line.close()


def test_when_places_run_out_who_has_waited_longest_makes_room(loop):
    loop.server.adj.connection_limit = 50
    lines = [loop.client(HALVES["half a header"]) for _ in range(49)]
    loop.later(0)
    over = [ended(line) for line in lines]
    assert over.index(False) >= 8 and not any(over[over.index(False) :])
    fresh = loop.client(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    loop.turn(50)
    assert fresh.recv(100).startswith(b"HTTP/1.1 200")
