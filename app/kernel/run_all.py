"""`make run`: private servers, migrations, demo data (none with EMPTY=1), web, worker and sealer.

The steps are commands of `app.cli`, each in a process of its own.
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

from app.kernel.atomic_files import write_file_atomically
from app.kernel.dev_servers import DevServers
from app.kernel.servers import parent_watch, paths
from app.kernel.servers.postgres import ServerNotStarted
from app.kernel.servers.subprocesses import Subprocess, stop_subprocesses

SETTING_NAME_BY_SERVER = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL", "mail": "MAIL_URL"}
PUBLIC_URL_FILE_NAME = "public-url"
"""In the data folder while pages are served, for commands that print links."""
END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Raised when the user or the parent process asked us to stop."""


def is_empty_demo_requested(environ: Mapping[str, str]) -> bool:
    """Return whether EMPTY=1 requests a university without demo data."""
    return environ.get("EMPTY", "") not in ("", "0")


def data_folder_of_run(project: Path, environ: Mapping[str, str]) -> Path:
    """Return DEPTER_DATA, or the folder of the demo, or of the empty university, of this project."""
    configured = environ.get("DEPTER_DATA")
    kind = "empty" if is_empty_demo_requested(environ) else "data"
    return Path(configured).resolve() if configured else paths.ensure_project_data_dir(project) / kind


def read_running_public_url(data: Path) -> str:
    """Return the URL of a running `make run` over this folder; "" when it is not known."""
    try:
        return (data / PUBLIC_URL_FILE_NAME).read_text().strip()
    except FileNotFoundError:
        return ""


def sealer_environment(data: Path, database_url: str) -> dict[str, str]:
    """Return the settings of the sealer of `make run`: its own role, key and folder of checkpoints."""
    return {
        "SEALER_DATABASE_URL": database_url,
        "SEALER_DIR": str(data / "sealer"),
        "SEALER_PUBLISH_DIR": str(data / "checkpoints"),
        "SEALER_ORIGIN": "localhost/audit",
    }


def bind_free_port(host: str, port: int) -> socket.socket:
    """Bind a socket to the port, or to the next free one of the following hundred. Raises OSError."""
    for candidate in (*range(port, port + 100), 0):
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, candidate))
        except OSError:
            bound.close()
            continue
        if _is_port_silent(host, candidate):
            return bound
        bound.close()
    raise OSError(f"no free port on {host}")


def _is_port_silent(host: str, port: int) -> bool:
    """Return whether nothing answers on the port."""
    if port == 0:
        return True
    # A socket bound to all addresses by another process may still let us bind.
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((host, port)) != 0


@dataclass(slots=True)
class AllProcessesRun:
    """One run of all processes. `say` prints a line for the user."""

    project: Path
    environ: dict[str, str]
    has_command: Callable[[str], bool]
    say: Callable[[str], None] = field(default=lambda line: print(line, flush=True))
    parent: parent_watch.ParentProcess | None = None

    def run(self) -> int:
        """Run until stopped; return the exit code."""
        os.umask(0o077)
        for signum in END_SIGNALS:
            signal.signal(signum, _raise_stop_requested)
        try:
            data = data_folder_of_run(self.project, self.environ)
            if not data.is_relative_to(self.project):
                self.say(f"The data is kept in {data}.")
            with self._run_missing_servers(data) as keeper:
                self._prepare_database(data)
                self._run_web_and_worker(data, keeper)
        except StopRequested:
            self.say("\nStopped. `make run` starts again with the same data.")
            return 0
        except (ServerNotStarted, paths.NoUsableFolder, subprocess.CalledProcessError, OSError) as problem:
            self.say(f"\nDepter cannot run: {problem}")
        return 1

    @contextlib.contextmanager
    def _run_missing_servers(self, data: Path) -> Iterator[DevServers | None]:
        """Start those servers whose address the environment does not give, and add theirs to it."""
        kinds = tuple(kind for kind, name in SETTING_NAME_BY_SERVER.items() if not self.environ.get(name))
        paths.create_data_dir(data)
        self.environ |= {"DEPTER_DATA": str(data), "PYTHONUNBUFFERED": "1"}
        self.environ.setdefault("DEPTER_ENV", "demo")
        if not kinds:
            yield None
            return
        keeper = DevServers.start(data, kinds)
        try:
            self.environ |= keeper.addresses.as_environment_settings()
            yield keeper
        finally:
            _ignore_end_signals()
            keeper.stop()

    def _prepare_database(self, data: Path) -> None:
        self._run_cli_command("migrate")
        if is_empty_demo_requested(self.environ):
            return
        if self.has_command("demo") and not (data / "demo-accounts.txt").exists():
            self.say("Loading the demo university (only the first time) ...")
            self._run_cli_command("demo")

    def _cli_command_line(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "app.cli", *words]

    def _run_cli_command(self, *words: str) -> None:
        """Run one command of `app.cli` to its end; it ends with this process."""
        child = subprocess.Popen(
            self._cli_command_line(*words),
            env=self.environ,
            stdin=subprocess.DEVNULL,
            preexec_fn=parent_watch.die_with_parent_preexec_fn(signal.SIGKILL),
        )
        try:
            if child.wait():
                raise subprocess.CalledProcessError(child.returncode, f"depter {' '.join(words)}")
        finally:
            child.kill()
            child.wait()

    def _run_web_and_worker(self, data: Path, keeper: DevServers | None) -> None:
        host = self.environ.get("HOST", "127.0.0.1")
        with bind_free_port(host, int(self.environ.get("PORT", "8000"))) as bound:
            port = bound.getsockname()[1]
            self.environ.setdefault("PUBLIC_URL", f"http://{host}:{port}")
            write_file_atomically(data / PUBLIC_URL_FILE_NAME, self.environ["PUBLIC_URL"].encode())
            web = ["web", "--bind", f"fd://{bound.fileno()}", "--lifeline", "--patience", "2"]
            children = [
                Subprocess(
                    "web", self._cli_command_line(*web), data / "web.log", self.environ, (bound.fileno(),)
                ),
                Subprocess(
                    "worker",
                    self._cli_command_line("worker", "--lifeline"),
                    data / "worker.log",
                    self.environ,
                ),
            ]
            sealer = self._sealer_process(data, keeper)
            children += [sealer] if sealer else []
            try:
                for child in children:
                    child.start()
                self._wait_until_page_answers(f"http://{host}:{port}/", children)
                self._print_welcome(data)
                self._watch_children(children, keeper)
            finally:
                _ignore_end_signals()
                (data / PUBLIC_URL_FILE_NAME).unlink(missing_ok=True)
                stop_subprocesses(children)

    def _sealer_process(self, data: Path, keeper: DevServers | None) -> Subprocess | None:
        """Return the sealer over the private PostgreSQL, or over the server whose password the environment has."""
        given = self.environ.get("SEALER_DATABASE_URL")
        if not given and (keeper is None or not keeper.addresses.postgres_sockets):
            self.say("No sealer: SEALER_DATABASE_URL is not set (docs/running.md).")
            return None
        url = given or (keeper.addresses.database_url("depter_sealer") if keeper else "")
        environment = sealer_environment(data, url) | self.environ
        # It needs neither the secret nor the other roles.
        for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "SECRET_KEY", "PREVIOUS_SECRET_KEY"):
            environment.pop(name, None)
        return Subprocess(
            "sealer", self._cli_command_line("sealer", "--lifeline"), data / "sealer.log", environment
        )

    def _wait_until_page_answers(
        self, address: str, children: list[Subprocess], patience: float = 60.0
    ) -> None:
        web = children[0]
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and web.end_count < 2:
            self._restart_ended_children(children)
            with contextlib.suppress(OSError), urlopen(address, timeout=5):
                return
            time.sleep(0.1)
        last = web.log_path.read_text(errors="replace")[-2000:]
        raise ServerNotStarted(f"no answer from {address}. The end of {web.log_path}:\n{last}")

    def _print_welcome(self, data: Path) -> None:
        self.say(f"\n  Depter is running at {self.environ['PUBLIC_URL']}\n")
        accounts = data / "demo-accounts.txt"
        if is_empty_demo_requested(self.environ):
            self._run_cli_command("account", "first")
        elif accounts.exists():
            self.say(accounts.read_text().rstrip() + "\n")
        self.say(f"  Letters it sends: {data / 'mail'}    Logs: {data}/*.log")
        self.say("  Ctrl-C ends it; the data stays.")

    def _watch_children(self, children: list[Subprocess], keeper: DevServers | None) -> None:
        while True:
            self._restart_ended_children(children)
            if keeper and not keeper.is_alive:
                raise ServerNotStarted(f"the private servers ended; see {keeper.data}/*.log")
            time.sleep(0.25)

    def _restart_ended_children(self, children: list[Subprocess]) -> None:
        if self.parent is not None and self.parent.ended():
            raise StopRequested
        for child in children:
            message = child.restart_if_ended()
            if message:
                self.say(message)


def _raise_stop_requested(signum: int, frame: FrameType | None) -> None:
    _ignore_end_signals()
    raise StopRequested


def _ignore_end_signals() -> None:
    for signum in END_SIGNALS:
        signal.signal(signum, signal.SIG_IGN)
