"""End processes with their parent: signals, pipes and locks.

A parent holds the write end of a pipe that is its child's stdin, and never writes. Whatever ends the parent
(return, Ctrl-C, kill -9) closes the pipe. On Linux the kernel also signals the child; that covers the moment
before the child reads.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PR_SET_PDEATHSIG = 1


def request_signal_on_parent_death(signum: int = signal.SIGTERM) -> None:
    """Ask Linux to send `signum` to this process when the thread that made it ends; elsewhere do nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0)


def die_with_parent_preexec_fn(signum: int = signal.SIGTERM) -> Callable[[], None]:
    """Return a `preexec_fn`: the child gets `signum` when its parent dies, even if it died before the child
    asked.
    """
    parent = os.getpid()

    def set_death_signal() -> None:
        request_signal_on_parent_death(signum)
        # The parent may have died between fork and prctl: then no signal comes any more.
        if os.getppid() != parent:
            os._exit(1)

    return set_death_signal


def end_process_at_stdin_eof(grace: float = 2.0) -> None:
    """Start a thread that at the end of stdin sends SIGTERM to this process, and after `grace` seconds kills
    it and every process below it.
    """
    threading.Thread(target=_wait_for_stdin_eof_then_die, args=(grace,), name="lifeline", daemon=True).start()


def _wait_for_stdin_eof_then_die(grace: float) -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace)
    kill_process_tree(os.getpid())


def list_descendant_pids(pid: int) -> list[int]:
    """Return every living process below `pid`, nearest first (on Linux; elsewhere an empty list)."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.parent.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(0), [])
        found += below
        waiting += below
    return found


def kill_process_tree(pid: int) -> None:
    """Send SIGKILL to every process below `pid`, then to `pid` and its process group when it leads one."""
    for below in list_descendant_pids(pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(below, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)


class ParentProcess:
    """The process that started this one, and whether it still waits for us.

    `make` that alone received SIGINT restores the default handler and then waits for its child for ever;
    Linux shows this in the mask of caught signals.
    """

    def __init__(self) -> None:
        self.pid = os.getppid()
        self._caught = _caught_end_signals_mask(self.pid)

    def ended(self) -> bool:
        """Return whether the parent is gone or received a signal to end."""
        return os.getppid() != self.pid or bool(self._caught & ~_caught_end_signals_mask(self.pid))


def _caught_end_signals_mask(pid: int) -> int:
    """Return which of INT, TERM and HUP the process handles, as a bit mask; 0 where this cannot be known."""
    with contextlib.suppress(OSError, StopIteration, ValueError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        caught = int(next(line for line in lines if line.startswith("SigCgt:")).split()[1], 16)
        return caught & sum(1 << (signum - 1) for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    return 0


class FileLocked(RuntimeError):
    """Another process holds the folder."""


@contextlib.contextmanager
def hold_file_lock(path: Path, wait: float = 0.0) -> Iterator[int]:
    """Hold an exclusive lock on the file for the block; raises FileLocked after `wait` seconds.

    Yields the descriptor: a child that inherits it keeps the lock until it ends too.
    """
    deadline = time.monotonic() + wait
    with path.open("a") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise FileLocked(str(path)) from None
                time.sleep(0.05)
        yield handle.fileno()
