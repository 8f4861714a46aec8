"""Finds the living processes that have to do with a folder. Linux shows them below /proc."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path


def around(folder: Path) -> dict[int, str]:
    """Pid and command of every process with `folder` in its command, environment, working folder or open files."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        pid = int(entry.name)
        with contextlib.suppress(OSError):
            if pid != os.getpid() and os.fsencode(folder) in _traces(entry):
                found[pid] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return found


def _traces(entry: Path) -> bytes:
    if (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
        return b""
    links = [os.fsencode(os.readlink(entry / "cwd"))]
    for descriptor in (entry / "fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(os.fsencode(os.readlink(descriptor)))
    return b"\n".join([(entry / "cmdline").read_bytes(), (entry / "environ").read_bytes(), *links])


def gone(folder: Path, within: float = 5.0) -> float:
    """Wait until no process has to do with `folder`; returns the seconds it took, raises AssertionError."""
    began = time.monotonic()
    while left := around(folder):
        assert time.monotonic() - began < within, f"still there after {within} s: {left}"
        time.sleep(0.25)  # a look at every process of the machine costs more than this wait
    return time.monotonic() - began
