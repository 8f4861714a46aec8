"""Supervision of a few programs that run side by side: one that ends is started again."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.kernel.servers.parent_watch import (
    die_with_parent_preexec_fn,
    kill_process_tree,
    list_descendant_pids,
)

FIRST_RESTART_PAUSE, MAX_RESTART_PAUSE = 0.5, 30.0
STEADY_SECONDS = 30.0
"""Seconds after which a program counts as running well."""


@dataclass(slots=True)
class Subprocess:
    """One program that shall always run. Its stdin is a pipe that we hold: it ends when we do."""

    name: str
    command: list[str]
    log_path: Path
    environment: Mapping[str, str]
    inherited_fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_RESTART_PAUSE
    restart_at: float = 0.0
    end_count: int = 0

    def start(self) -> None:
        """Start the program; call from the main thread."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=dict(self.environment),
                start_new_session=True,
                preexec_fn=die_with_parent_preexec_fn(signal.SIGTERM),
                pass_fds=self.inherited_fds,
            )
        self.started = time.monotonic()

    def restart_if_ended(self) -> str | None:
        """Start the program again when it ended, later each time; return a sentence when it has just ended."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.restart_at:
                self.start()
            return None
        code = self.process.poll()
        if code is None:
            return None
        self._release_process()
        self.end_count += 1
        self.pause = (
            FIRST_RESTART_PAUSE
            if now - self.started > STEADY_SECONDS
            else min(self.pause * 2, MAX_RESTART_PAUSE)
        )
        self.restart_at = now + self.pause
        return (
            f"{self.name} ended with {code}; it starts again in {self.pause:.0f} s. Its log: {self.log_path}"
        )

    def _release_process(self) -> None:
        if self.process is None:
            return
        kill_process_tree(self.process.pid)
        if self.process.stdin:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        self.process.wait()
        self.process = None


def stop_subprocesses(children: Iterable[Subprocess], patience: float = 2.0) -> None:
    """Ask all of them to end at once, then kill those left and every process they started."""
    running = [child for child in children if child.process is not None]
    below = [pid for child in running if child.process for pid in list_descendant_pids(child.process.pid)]
    for child in running:
        if child.process:
            child.process.terminate()
    deadline = time.monotonic() + patience
    for child in running:
        if child.process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
        child._release_process()
    for pid in below:
        kill_process_tree(pid)
