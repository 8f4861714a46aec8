"""One private PostgreSQL, reachable through its socket folder only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.kernel.servers.parent_watch import die_with_parent_preexec_fn
from app.kernel.servers.paths import SystemUser

SUPERUSER = "depter"
PORT = "5432"
"""Only the end of the socket's name: nothing listens on a network."""
INITDB_OPTIONS = (
    "--auth=trust --encoding=UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C"
    " --no-instructions"
)
POSTGRES_SETTINGS = {
    "port": PORT,
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_naptime": "15s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "lc_messages": "C",
}
FORGETFUL_POSTGRES_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
}
"""For data that may be lost with the machine: tests."""


class ServerNotStarted(RuntimeError):
    """A server ended while starting; the message holds the end of its log."""


@dataclass(slots=True)
class Postgres:
    """The server over one cluster folder."""

    home: Path
    data: Path
    sockets: Path
    user: SystemUser | None
    forgetful: bool = False
    process: subprocess.Popen[bytes] | None = None

    @property
    def cluster_dir(self) -> Path:
        return self.data / "pg" / "cluster"

    @property
    def log_path(self) -> Path:
        return self.data / "postgres.log"

    def start(self, held: int) -> subprocess.Popen[bytes]:
        """Create the cluster when it is missing, start, wait until it answers.

        `held` is a lock that it inherits.
        """
        folder = self.cluster_dir.parent
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.user:
            os.chown(folder, self.user.uid, self.user.gid)
        if not self.cluster_dir.exists():
            self._initialise_cluster()
        wanted = {
            **POSTGRES_SETTINGS,
            **(FORGETFUL_POSTGRES_SETTINGS if self.forgetful else {}),
            "unix_socket_directories": str(self.sockets),
        }
        options = [part for name, value in wanted.items() for part in ("-c", f"{name}={value}")]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [self.home / "bin" / "postgres", "-D", self.cluster_dir, *options],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent_preexec_fn(signal.SIGINT),
                pass_fds=(held,),
                **self._popen_user_options(),
            )
        self._wait_until_ready()
        return self.process

    def _popen_user_options(self) -> dict[str, Any]:
        return dict(self.user.popen_options()) if self.user else {}

    def _initialise_cluster(self) -> None:
        """Create the cluster, whole or not at all."""
        # An interrupted initdb leaves a folder of another name, which the next start removes.
        partial = self.cluster_dir.with_name("cluster.partial")
        shutil.rmtree(partial, ignore_errors=True)
        command: list[str | Path] = [
            self.home / "bin" / "initdb",
            "-D",
            partial,
            "-U",
            SUPERUSER,
            *INITDB_OPTIONS.split(),
        ]
        done = subprocess.run(
            command + (["--no-sync"] if self.forgetful else []),
            check=False,
            cwd=self.cluster_dir.parent,
            capture_output=True,
            text=True,
            preexec_fn=die_with_parent_preexec_fn(signal.SIGKILL),
            **self._popen_user_options(),
        )
        if done.returncode:
            raise ServerNotStarted(
                f"PostgreSQL could not make its data folder:\n{done.stderr or done.stdout}"
            )
        partial.rename(self.cluster_dir)

    def _wait_until_ready(self, patience: float = 60.0) -> None:
        """Wait until PostgreSQL writes "ready" into the eighth line of its pid file. Raises ServerNotStarted."""
        assert self.process
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                lines = (self.cluster_dir / "postmaster.pid").read_text().splitlines()
            except FileNotFoundError:
                lines = []
            if len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7].startswith("ready"):
                return
            time.sleep(0.02)
        raise ServerNotStarted(
            f"PostgreSQL did not start:\n{self.log_path.read_text(errors='replace')[-2000:]}"
        )

    def create_database(self, name: str) -> None:
        """Create the database unless it exists."""
        query = f"SELECT 'CREATE DATABASE \"{name}\"' WHERE NOT EXISTS"
        query += f" (SELECT FROM pg_database WHERE datname = '{name}')\n\\gexec\n"
        command: list[str | Path] = [
            self.home / "bin" / "psql",
            "-qX",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            self.sockets,
        ]
        subprocess.run(
            [*command, "-p", PORT, "-U", SUPERUSER, "-d", "postgres"],
            input=query.encode(),
            check=True,
            preexec_fn=die_with_parent_preexec_fn(signal.SIGKILL),
        )

    def stop(self) -> None:
        """Shut down fast; after three seconds immediately, which recovers at the next start."""
        if self.process is None or self.process.poll() is not None:
            return
        for signum, patience in ((signal.SIGINT, 3.0), (signal.SIGQUIT, 1.0), (signal.SIGKILL, 5.0)):
            self.process.send_signal(signum)
            try:
                self.process.wait(patience)
                return
            except subprocess.TimeoutExpired:
                continue


def sqlalchemy_url(sockets: str, role: str, database: str) -> str:
    """Return the SQLAlchemy URL of one role on one database behind a socket folder."""
    return f"postgresql+psycopg://{role}@/{database}?host={quote(sockets, safe='/')}&port={PORT}"
