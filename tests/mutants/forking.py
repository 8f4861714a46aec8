"""Runs chosen tests on a mutated rule: one warm process, one fork a mutation, nothing written into the checkout.

`Nursery.run` sends a request to `python -m tests.mutants.forking`, which has imported every library but forgotten
`app` and `tests`. Its child imports them anew, the one rule through a loader that changes its tree, and runs pytest on
the servers of the test run, with a database of its own. What hangs is killed with all it started.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import hypothesis
import pytest

PROJECT = Path(__file__).resolve().parents[2]


class Nursery:
    """The parent's handle: `run(request)` answers what the child found. One request at a time."""

    def __init__(self, folder: Path, worker: str) -> None:
        self.folder, self.worker = folder, worker
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mutants.forking"],
            cwd=PROJECT,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Ask and wait. The answer has `failed`, `hung`, `broken` and, where lines were watched, `tests`."""
        given = request | {"folder": str(self.folder), "worker": self.worker}
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(given) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """The end of its input is the end of the nursery."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


# --- the warm process --------------------------------------------------------------------------------------


def serve() -> None:
    """Read requests from standard input until it ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    judge = _warmed()
    for line in sys.stdin:
        answers.write(json.dumps(_fork(judge, json.loads(line))) + "\n")
        answers.flush()


def _warmed() -> type[Any]:
    """The plugin of the children; every library is imported by then, and our own part of them forgotten."""
    import tests.scenarios.world  # noqa: F401
    from tests.mutants.judging import Judge

    for name in list(sys.modules):
        if name.split(".")[0] in ("app", "tests"):
            del sys.modules[name]
    return Judge


def _fork(judge: type[Any], request: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()
        try:
            found = json.dumps(_in_child(judge(request), request))
            with os.fdopen(writing, "w") as told:
                told.write(found)
        finally:
            os._exit(0)
    os.close(writing)
    return _awaited(child, reading, float(request["limit"]))


def _awaited(child: int, reading: int, limit: float) -> dict[str, Any]:
    """What the child says; killed with its processes when it says nothing for too long."""
    hung = False

    def too_long(*_: Any) -> None:
        nonlocal hung
        hung = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, limit)
    with os.fdopen(reading) as told:
        text = told.read()
    signal.setitimer(signal.ITIMER_REAL, 0)
    os.waitpid(child, 0)
    found = json.loads(text) if text else {"broken": "the child died"}
    return {"failed": [], "tests": {}, "broken": None, "hung": hung} | found


# --- in the child ------------------------------------------------------------------------------------------


def _in_child(judge: Any, request: dict[str, Any]) -> dict[str, Any]:
    log = os.open(f"{request['folder']}/{request['worker']}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    hypothesis.settings.register_profile("mutants", database=None, derandomize=True, deadline=None)
    hypothesis.settings.load_profile("mutants")
    sys.meta_path.insert(0, Changing(judge.changes()))
    began = time.monotonic()
    arguments = ["-q", "-p", "no:xdist", "-m", "not torture and not browser", *request.get("options", ())]
    code = pytest.main([*arguments, *request["files"]], plugins=[judge])
    return judge.found(int(code)) | {"seconds": time.monotonic() - began}


class Changing(importlib.abc.MetaPathFinder):
    """Imports some modules of ours from a changed tree; bytecode is neither read nor written."""

    def __init__(self, changes: dict[str, Callable[[str], CodeType]]) -> None:
        self.changes = changes

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Ours for the modules that are changed, else nothing."""
        if name not in self.changes:
            return None
        file = PROJECT.joinpath(*name.split(".")).with_suffix(".py")
        loader = _Changed(name, str(file), self.changes[name])
        return importlib.util.spec_from_file_location(name, file, loader=loader)


class _Changed(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, change: Callable[[str], CodeType]) -> None:
        super().__init__(name, path)
        self._change = change

    def get_code(self, fullname: str) -> CodeType:
        """The module's code, from its changed source."""
        return self._change(Path(self.path).read_text(encoding="utf-8"))


if __name__ == "__main__":
    serve()
