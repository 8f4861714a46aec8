"""`make run`: private servers, migrations, demo data (or with EMPTY=1 none), web and worker, until somebody
ends it.

Knows the order of things and the commands of `app.cli`, not what they do.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from urllib.request import urlopen

from app.kernel.keeper import Keeper
from app.kernel.servers import lifeline, places
from app.kernel.servers.children import Child, stop
from app.kernel.servers.postgres import NotStarted
from app.kernel.wholefile import write_whole

NEEDS = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL", "mail": "MAIL_URL"}
ADDRESS = "public-url"
"""In the data folder while pages are served, for commands that print links."""
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """Somebody asked us to end."""


def wants_empty(environ: Mapping[str, str]) -> bool:
    """EMPTY=1: a university without demo data."""
    return environ.get("EMPTY", "") not in ("", "0")


def data_folder(project: Path, environ: Mapping[str, str]) -> Path:
    """DEPTER_DATA, or the folder of the demo, or of the empty university, of this project."""
    given = environ.get("DEPTER_DATA")
    kind = "empty" if wants_empty(environ) else "data"
    return Path(given).resolve() if given else places.home(project) / kind


def public_url(data: Path) -> str:
    """Where a running `make run` over this folder answers; "" when that is not known."""
    try:
        return (data / ADDRESS).read_text().strip()
    except FileNotFoundError:
        return ""


def listen(host: str, port: int) -> socket.socket:
    """A bound socket on the port, or on the next free one of the following hundred."""
    for candidate in (*range(port, port + 100), 0):
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, candidate))
        except OSError:
            bound.close()
            continue
        if _nobody_answers(host, candidate):
            return bound
        bound.close()
    raise OSError(f"no free port on {host}")


def _nobody_answers(host: str, port: int) -> bool:
    """A socket bound to all addresses elsewhere may let us bind; ask whether it answers."""
    if port == 0:
        return True
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((host, port)) != 0


@dataclass(slots=True)
class Demo:
    """One run of everything. `say` prints a line to the person."""

    project: Path
    environ: dict[str, str]
    has: Callable[[str], bool]
    say: Callable[[str], None] = field(default=lambda line: print(line, flush=True))
    parent: lifeline.Parent | None = None

    def run(self) -> int:
        """Until it is ended; returns the exit code."""
        os.umask(0o077)
        for signum in ENDINGS:
            signal.signal(signum, _raise)
        try:
            data = data_folder(self.project, self.environ)
            if not data.is_relative_to(self.project):
                self.say(f"The data is kept in {data}.")
            with self._servers(data) as keeper:
                self._prepare(data)
                self._serve(data, keeper)
        except Ended:
            self.say("\nStopped. `make run` starts again with the same data.")
            return 0
        except (NotStarted, places.NoPlace, subprocess.CalledProcessError, OSError) as problem:
            self.say(f"\nDepter cannot run: {problem}")
        return 1

    @contextlib.contextmanager
    def _servers(self, data: Path) -> Iterator[Keeper | None]:
        """Start those servers whose address the environment does not give, and add theirs to it."""
        kinds = tuple(kind for kind, name in NEEDS.items() if not self.environ.get(name))
        places.make(data)
        self.environ |= {"DEPTER_DATA": str(data), "PYTHONUNBUFFERED": "1"}
        self.environ.setdefault("DEPTER_ENV", "demo")
        if not kinds:
            yield None
            return
        keeper = Keeper.start(data, kinds)
        try:
            self.environ |= keeper.addresses.environment()
            yield keeper
        finally:
            _ignore_endings()
            keeper.stop()

    def _prepare(self, data: Path) -> None:
        self._do("migrate")
        if wants_empty(self.environ):
            return
        if self.has("demo") and not (data / "demo-accounts.txt").exists():
            self.say("Loading the demo university (only the first time) ...")
            self._do("demo")

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "app.cli", *words]

    def _do(self, *words: str) -> None:
        """Run one command of `app.cli` to its end; it dies with us."""
        child = subprocess.Popen(
            self._command(*words),
            env=self.environ,
            stdin=subprocess.DEVNULL,
            preexec_fn=lifeline.child_setup(signal.SIGKILL),
        )
        try:
            if child.wait():
                raise subprocess.CalledProcessError(child.returncode, f"depter {' '.join(words)}")
        finally:
            child.kill()
            child.wait()

    def _serve(self, data: Path, keeper: Keeper | None) -> None:
        host = self.environ.get("HOST", "127.0.0.1")
        with listen(host, int(self.environ.get("PORT", "8000"))) as bound:
            port = bound.getsockname()[1]
            self.environ.setdefault("PUBLIC_URL", f"http://{host}:{port}")
            write_whole(data / ADDRESS, self.environ["PUBLIC_URL"].encode())
            web = ["web", "--bind", f"fd://{bound.fileno()}", "--lifeline", "--patience", "2"]
            children = [
                Child("web", self._command(*web), data / "web.log", self.environ, (bound.fileno(),)),
                Child("worker", self._command("worker", "--lifeline"), data / "worker.log", self.environ),
            ]
            try:
                for child in children:
                    child.start()
                self._wait_for_page(f"http://{host}:{port}/", children)
                self._welcome(data)
                self._watch(children, keeper)
            finally:
                _ignore_endings()
                (data / ADDRESS).unlink(missing_ok=True)
                stop(children)

    def _wait_for_page(self, address: str, children: list[Child], patience: float = 60.0) -> None:
        web = children[0]
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and web.falls < 2:
            self._look(children)
            with contextlib.suppress(OSError), urlopen(address, timeout=5):
                return
            time.sleep(0.1)
        last = web.log.read_text(errors="replace")[-2000:]
        raise NotStarted(f"no answer from {address}. The end of {web.log}:\n{last}")

    def _welcome(self, data: Path) -> None:
        self.say(f"\n  Depter is running at {self.environ['PUBLIC_URL']}\n")
        accounts = data / "demo-accounts.txt"
        if wants_empty(self.environ):
            self._do("account", "first")
        elif accounts.exists():
            self.say(accounts.read_text().rstrip() + "\n")
        self.say(f"  Letters it sends: {data / 'mail'}    Logs: {data}/*.log")
        self.say("  Ctrl-C ends it; the data stays.")

    def _watch(self, children: list[Child], keeper: Keeper | None) -> None:
        while True:
            self._look(children)
            if keeper and not keeper.alive:
                raise NotStarted(f"the private servers ended; see {keeper.data}/*.log")
            time.sleep(0.25)

    def _look(self, children: list[Child]) -> None:
        if self.parent is not None and self.parent.ended():
            raise Ended
        for child in children:
            news = child.look()
            if news:
                self.say(news)


def _raise(signum: int, frame: FrameType | None) -> None:
    _ignore_endings()
    raise Ended


def _ignore_endings() -> None:
    for signum in ENDINGS:
        signal.signal(signum, signal.SIG_IGN)
