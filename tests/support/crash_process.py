"""A process that dies by kill -9 just before its n-th statement, and who drives it. For tests only.

The victim's module calls `serve`: it reads one line for each try, forks a child that does what the line says and is
killed before that statement, and prints how the child ended. Forking spares the start of Python; no connection is
open before.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import psycopg

from app.kernel.settings import PROJECT_DIR, Settings

NEVER = 0
AFTER_COMMIT = -1


def die_before(statement: int) -> None:
    """Count every statement and every commit of this process from now on; `AFTER_COMMIT` lets the first one happen."""
    reached = 0

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def counted(original: Any, *, commits: bool = False) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal reached
            reached += 1
            if reached == statement:
                die()
            answer = original(*args, **kwargs)
            if commits and statement == AFTER_COMMIT:
                die()
            return answer

        return call

    for owner, name in (
        (psycopg.Cursor, "execute"),
        (psycopg.Cursor, "executemany"),
        (psycopg.Connection, "commit"),
    ):
        setattr(owner, name, counted(getattr(owner, name), commits=name == "commit"))


def serve(do: Callable[[str], None]) -> None:
    """Each line is the statement to die before and, after a space, what `do` is given."""
    print("ready", flush=True)
    for line in sys.stdin:
        statement, _, work = line.strip().partition(" ")
        child = os.fork()
        if child == 0:
            die_before(int(statement))
            do(work)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def environment(settings: Settings) -> dict[str, str]:
    """What a process of its own needs to work on the test's database."""
    return {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "MAIL_URL": settings.mail_url,
        "DEPTER_DATA": str(settings.data_dir),
        "SECRET_KEY": settings.secret_key,
        "PUBLIC_URL": settings.public_url,
        "DEPTER_ENV": "test",
    }


class Victim:
    """Works in a process that can be killed at a statement."""

    def __init__(self, module: str, settings: Settings) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=PROJECT_DIR,
            env=environment(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"

    def _answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def dies(self, statement: int, work: str) -> bool:
        """Do the work; False when all of it was done before it came to that statement."""
        assert self._process.stdin
        self._process.stdin.write(f"{statement} {work}\n")
        self._process.stdin.flush()
        code = int(self._answer())
        assert code in (0, -9), code
        return code == -9

    def end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)
