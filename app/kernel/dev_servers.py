"""Private servers of development and tests, kept running as long as the parent process lives.

As a program: `python -m app.kernel.dev_servers DATA_FOLDER`. It prints one line of JSON with the addresses and
runs until its stdin closes, for any reason; then it stops the servers. A server that ends meanwhile is started
again. All of the servers hold the lock of the data folder, so a next start waits until the last of them has ended.

    keeper = Keeper.start(folder)
    keeper.addresses.database_url("depter_app")
    keeper.stop()
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from app.kernel.servers import parent_watch, paths
from app.kernel.servers.postgres import SUPERUSER, Postgres, ServerNotStarted
from app.kernel.servers.postgres import sqlalchemy_url as postgres_url
from app.kernel.servers.valkey import Valkey
from app.kernel.servers.valkey import redis_py_url as valkey_url

DATABASE_NAME = "depter"
ADDRESS_FILE_NAME = "addresses.json"
"""In the data folder while the servers run, for commands started from elsewhere."""
SERVER_KINDS = ("postgres", "valkey", "mail")


@dataclass(frozen=True, slots=True)
class ServerAddresses:
    """Addresses of the started servers; an empty text means that the server was not requested."""

    data: str
    postgres_sockets: str = ""
    valkey_socket: str = ""
    mail_url: str = ""

    def database_url(self, role: str = SUPERUSER, name: str = DATABASE_NAME) -> str:
        """Return the SQLAlchemy URL of a role on a database; the superuser is `depter`."""
        return postgres_url(self.postgres_sockets, role, name)

    def redis_url(self, database: int = 0) -> str:
        """Return the redis-py URL of a numbered database (0 to 63)."""
        return valkey_url(self.valkey_socket, database)

    @classmethod
    def read_server_addresses(cls, data: Path) -> ServerAddresses | None:
        """Return the addresses that the running servers over `data` wrote down; None while none is ready."""
        try:
            return cls(**json.loads((data / ADDRESS_FILE_NAME).read_text()))
        except FileNotFoundError:
            return None

    def as_environment_settings(self) -> dict[str, str]:
        """Return the settings of these servers, as `Settings.from_env` reads them."""
        found = {}
        if self.postgres_sockets:
            found["DATABASE_URL"] = self.database_url("depter_app")
            found["MIGRATION_DATABASE_URL"] = self.database_url()
        if self.valkey_socket:
            found["REDIS_URL"] = self.redis_url()
        if self.mail_url:
            found["MAIL_URL"] = self.mail_url
        return found


class DevServers:
    """Handle of the parent on the process that keeps the servers."""

    def __init__(self, process: subprocess.Popen[str], data: Path) -> None:
        self.process = process
        self.data = data
        self._addresses: ServerAddresses | None = None

    @classmethod
    def start(
        cls,
        data: Path,
        kinds: tuple[str, ...] = SERVER_KINDS,
        *,
        forgetful: bool = False,
        disposable: bool = False,
    ) -> DevServers:
        """Start the servers `kinds` over the folder `data` in a process of their own; returns at once.

        `forgetful` servers may lose data with the machine; a `disposable` folder is removed at the end. Call
        it from the main thread: Linux ends the process with the thread that made it.
        """
        flags = ["--forgetful"] * forgetful + ["--disposable"] * disposable
        process = subprocess.Popen(
            [sys.executable, "-m", "app.kernel.dev_servers", str(data), "--kinds", ",".join(kinds), *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
            start_new_session=True,
        )
        return cls(process, data)

    @property
    def addresses(self) -> ServerAddresses:
        """Wait until the servers answer and return their addresses. Raises ServerNotStarted."""
        if self._addresses is None:
            assert self.process.stdout
            line = self.process.stdout.readline()
            if not line:
                raise ServerNotStarted(
                    f"the private servers did not start (keeper ended with {self.process.wait()})"
                )
            self._addresses = ServerAddresses(**json.loads(line))
        return self._addresses

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def stop(self, patience: float = 15.0) -> None:
        """Close the pipe and wait until every server has ended."""
        if self.process.stdin:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            parent_watch.kill_process_tree(self.process.pid)
            self.process.wait()


class Server(Protocol):
    """A server that can be started, also again."""

    def start(self, held: int) -> subprocess.Popen[bytes]:
        """Start and wait until it answers. `held` is a lock that it inherits."""
        ...


RESTART_WINDOW_SECONDS, MAX_RESTARTS = 60.0, 5


class ServerGroup:
    """The servers over one data folder, in the process that keeps them."""

    def __init__(self, data: Path, kinds: tuple[str, ...], forgetful: bool) -> None:
        self.data = data
        self.kinds = kinds
        self.forgetful = forgetful
        self._running: list[tuple[Server, subprocess.Popen[bytes]]] = []
        self._restarts: list[float] = []
        self._lock_fd = -1

    @contextlib.contextmanager
    def run_servers(self, wait: float = 10.0) -> Iterator[ServerAddresses]:
        """Run the servers for the block.

        Raises FileLocked when others still run over this folder, ServerNotStarted, NoUsableFolder.
        """
        paths.create_data_dir(self.data)
        with (
            parent_watch.hold_file_lock(self.data / "lock", wait) as self._lock_fd,
            contextlib.ExitStack() as cleanup,
        ):
            user = paths.postgres_user_if_root()
            cleanup.callback(paths.remove_outside_socket_dir, self.data)
            (self.data / ADDRESS_FILE_NAME).unlink(missing_ok=True)
            sockets = paths.prepare_socket_dir(self.data, user)
            found = {"data": str(self.data)}
            if "postgres" in self.kinds:
                found["postgres_sockets"] = self._start_postgres(sockets, user, cleanup)
            if "valkey" in self.kinds:
                found["valkey_socket"] = self._start_valkey(sockets, cleanup)
            if "mail" in self.kinds:
                found["mail_url"] = self._start_mail_catcher()
            addresses = ServerAddresses(**found)
            cleanup.callback((self.data / ADDRESS_FILE_NAME).unlink, missing_ok=True)
            _write_address_file(addresses)
            yield addresses

    def _start_postgres(
        self, sockets: Path, user: paths.SystemUser | None, cleanup: contextlib.ExitStack
    ) -> str:
        home = paths.find_or_copy_postgres_home(self.data.parent / "bin", user)
        postgres = Postgres(home, self.data, sockets, user, self.forgetful)
        cleanup.callback(postgres.stop)
        self._start_server(postgres)
        postgres.create_database(DATABASE_NAME)
        return str(sockets)

    def _start_valkey(self, sockets: Path, cleanup: contextlib.ExitStack) -> str:
        sockets.mkdir(mode=0o700, exist_ok=True)
        valkey = Valkey(paths.valkey_binary_path(), self.data, sockets, self.forgetful)
        cleanup.callback(valkey.stop)
        self._start_server(valkey)
        return str(valkey.socket_path)

    def _start_server(self, server: Server) -> None:
        self._running.append((server, server.start(self._lock_fd)))

    def restart_ended_servers(self) -> None:
        """Start each server again that has ended, over the same data and addresses.

        Raises ServerNotStarted when it does not start, or when servers end again and again.
        """
        for server, process in list(self._running):
            if process.poll() is None:
                continue
            now = time.monotonic()
            self._restarts = [at for at in self._restarts if now - at < RESTART_WINDOW_SECONDS] + [now]
            name = type(server).__name__
            if len(self._restarts) > MAX_RESTARTS:
                raise ServerNotStarted(
                    f"{name} ended {MAX_RESTARTS} times within a minute; see {self.data}/*.log"
                )
            print(
                f"{name} ended with {process.returncode} and is started again.", file=sys.stderr, flush=True
            )
            self._running.remove((server, process))
            self._start_server_with_retries(server)

    def _start_server_with_retries(self, server: Server, attempts: int = 10) -> None:
        """Start a server whose former process was killed: what it left needs a moment to end."""
        for attempt in range(attempts):
            try:
                return self._start_server(server)
            except ServerNotStarted:
                if attempt == attempts - 1:
                    raise
                time.sleep(0.5)

    def _start_mail_catcher(self) -> str:
        from app.kernel.servers.mail import MailCatcher

        catcher = MailCatcher(self.data / "mail")
        catcher.start()
        return catcher.url


def _write_address_file(addresses: ServerAddresses) -> None:
    note = Path(addresses.data) / ADDRESS_FILE_NAME
    partial = note.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(addresses)))
    # Renamed when complete: another command may read the file at any moment.
    partial.rename(note)


def run_servers_until_stdin_ends(servers: ServerGroup) -> int:
    """Print the addresses and start again what ends, until stdin closes. Raises ServerNotStarted."""
    with servers.run_servers() as addresses:
        print(json.dumps(asdict(addresses)), flush=True)
        while not select.select([sys.stdin], [], [], 0.5)[0]:
            servers.restart_ended_servers()
    return 0


def main() -> int:
    """Run the process that keeps the servers; returns the exit code."""
    parser = argparse.ArgumentParser(prog="app.kernel.dev_servers", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--kinds", default=",".join(SERVER_KINDS))
    parser.add_argument("--forgetful", action="store_true")
    parser.add_argument("--disposable", action="store_true")
    options = parser.parse_args()
    data = options.data.resolve()
    os.umask(0o077)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        return run_servers_until_stdin_ends(
            ServerGroup(data, tuple(options.kinds.split(",")), options.forgetful)
        )
    except (ServerNotStarted, paths.NoUsableFolder) as problem:
        print(problem, file=sys.stderr)
    except parent_watch.FileLocked:
        print(f"Another Depter is running over {data}.", file=sys.stderr)
    finally:
        if options.disposable:
            shutil.rmtree(data, ignore_errors=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
