"""`make run` as a newcomer types it: it starts, answers, ends without a trace however it is ended, and starts again."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest

from app.kernel.dev_servers import ServerAddresses
from app.kernel.servers import paths
from app.kernel.servers.parent_watch import die_with_parent_preexec_fn
from tests.scenarios.processes import around, gone

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 300.0
"""Seconds that a start may take on the busiest machine; alone it takes five."""
ENDS_WITHIN = 30.0
"""Seconds after which nothing is left; alone it is under five."""


@dataclass(slots=True)
class Run:
    """One `make run` over a data folder of its own."""

    data: Path
    log: Path
    make: subprocess.Popen[bytes]

    def supervisor(self) -> int:
        return next(pid for pid, command in around(self.data).items() if "app.cli run" in command)

    def web(self) -> set[int]:
        return {pid for pid, command in around(self.data).items() if "app.cli web" in command}

    def address(self) -> str:
        found = re.search(r"running at (http://\S+)", self.log.read_text())
        assert found, self.log.read_text()
        return found[1]

    def answers(self) -> bool:
        with urlopen(self.address(), timeout=10) as answer:
            return bool(answer.status == 200)

    def database(self) -> psycopg.Connection:
        addresses = ServerAddresses.read_server_addresses(self.data)
        assert addresses
        return psycopg.connect(addresses.database_url().replace("+psycopg", ""), autocommit=True)


def interruptible() -> Callable[[], None]:
    """A `preexec_fn`: SIGINT ends the child, also where the suite was started in the background of a script, which
    ignores it for all below."""
    dies_with_us = die_with_parent_preexec_fn()

    def setup() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        dies_with_us()

    return setup


@pytest.fixture
def begin() -> Iterator[Callable[[], Run]]:
    """The running `make run`, started and waited for when there is none; all over one data folder."""
    folder = paths.ensure_project_data_dir(PROJECT) / f"two-commands-{os.getpid()}"
    runs: list[Run] = []

    def begin_run() -> Run:
        if runs and runs[-1].make.poll() is None:
            return runs[-1]
        log = folder.with_suffix(".log")
        began = time.monotonic()
        with log.open("wb") as out:
            environ = {**os.environ, "DEPTER_DATA": str(folder), "PORT": "0"}
            for name in ("DATABASE_URL", "REDIS_URL", "MAIL_URL", "PUBLIC_URL", "MAKEFLAGS", "MAKELEVEL"):
                environ.pop(name, None)
            make = subprocess.Popen(
                ["make", "run"],
                cwd=PROJECT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=interruptible(),
            )
        while "Ctrl-C ends it" not in log.read_text():
            assert make.poll() is None, log.read_text()
            assert time.monotonic() - began < PATIENCE, log.read_text()
            time.sleep(0.1)
        runs.append(Run(folder, log, make))
        return runs[-1]

    yield begin_run
    for run in runs:
        if run.make.poll() is None:
            run.make.terminate()
            run.make.wait(20)
    gone(folder, within=ENDS_WITHIN)
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_suffix(".log").unlink(missing_ok=True)


ENDINGS: dict[str, Callable[[Run], None]] = {
    "kill -9 of the supervisor": lambda run: os.kill(run.supervisor(), signal.SIGKILL),
    "Ctrl-C": lambda run: os.killpg(run.make.pid, signal.SIGINT),
}
RARE_ENDINGS: dict[str, Callable[[Run], None]] = {
    "SIGINT to make alone": lambda run: run.make.send_signal(signal.SIGINT),
    "kill -9 of make": lambda run: run.make.kill(),
    "Ctrl-C": lambda run: os.killpg(run.make.pid, signal.SIGINT),
}


@pytest.mark.parametrize(
    "endings", [ENDINGS, pytest.param(RARE_ENDINGS, marks=pytest.mark.torture)], ids=["usual", "rare"]
)
def test_make_run_ends_without_a_trace_however_it_is_ended_and_starts_again_with_its_data(begin, endings):
    run = begin()
    with run.database() as database:
        database.execute("CREATE TABLE public.endings (name text)")
    comes_back_on_the_same_address(run)
    for number, (ending, end) in enumerate(endings.items(), 1):
        with run.database() as database:
            database.execute("INSERT INTO public.endings VALUES (%s)", (ending,))
        end(run)
        gone(run.data, within=ENDS_WITHIN)
        run.make.wait(ENDS_WITHIN)
        if number == len(endings):
            break
        run = begin()
        assert run.answers(), ending
        with run.database() as database:
            kept = database.execute("SELECT count(*) FROM public.endings").fetchone()
        assert kept == (number,), ending


def comes_back_on_the_same_address(run: Run) -> None:
    """Every web process is killed; others take their place."""
    assert run.answers()
    before = run.web()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while not (run.web() - before) or "web ended" not in run.log.read_text():
        assert time.monotonic() < deadline, run.log.read_text()
        time.sleep(0.05)
    assert run.answers()
