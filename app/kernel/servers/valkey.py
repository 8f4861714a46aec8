"""One private Valkey on a unix socket, with its append-only file on."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from app.kernel.servers.parent_watch import die_with_parent_preexec_fn
from app.kernel.servers.postgres import ServerNotStarted

VALKEY_DATABASE_COUNT = 64


@dataclass(slots=True)
class Valkey:
    """The server over one folder."""

    binary: Path
    data: Path
    sockets: Path
    forgetful: bool = False
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket_path(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def log_path(self) -> Path:
        return self.data / "valkey.log"

    def start(self, held: int) -> subprocess.Popen[bytes]:
        """Start and wait until it answers. `held` is a lock that it inherits. Raises ServerNotStarted."""
        folder = self.data / "valkey"
        folder.mkdir(mode=0o700, exist_ok=True)
        self.socket_path.unlink(missing_ok=True)
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket_path),
            "--unixsocketperm": "700",
            "--dir": str(folder),
            "--databases": str(VALKEY_DATABASE_COUNT),
            "--save": "",
            "--appendonly": "no" if self.forgetful else "yes",
            "--appendfsync": "everysec",
            "--daemonize": "no",
        }
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [self.binary, *(part for option in options.items() for part in option)],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent_preexec_fn(signal.SIGTERM),
                pass_fds=(held,),
            )
        self._wait_until_ready()
        return self.process

    def _wait_until_ready(self, patience: float = 30.0) -> None:
        assert self.process
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and self.process.poll() is None:
            if self._is_answering_ping():
                return
            time.sleep(0.02)
        raise ServerNotStarted(f"Valkey did not start:\n{self.log_path.read_text(errors='replace')[-2000:]}")

    def _is_answering_ping(self) -> bool:
        """Return whether it answers PONG; while it loads its file it answers LOADING."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(1.0)
            try:
                line.connect(str(self.socket_path))
                line.sendall(b"PING\r\n")
                return line.recv(64).startswith(b"+PONG")
            except OSError:
                return False

    def stop(self) -> None:
        """Stop the server, which writes its file; kill it after three seconds."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(3.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5.0)


def redis_py_url(path: str, database: int = 0) -> str:
    """Return the redis-py URL of one numbered database behind a socket."""
    return f"unix://{quote(path, safe='/')}?db={database}"
