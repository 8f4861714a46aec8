"""CPU seconds of every test: a slow one fails, the slowest are printed at the end of the run.

Counted is the CPU of the worker's process in all its threads, and of the children that ended, in setup, call and
teardown; not what fixtures of a wider scope cost (an app, a scene), which the first test that needs them would pay.
Time on the wall is not judged: it says how busy the machine was. The speed of the machine is measured when a test is
over the bound: one that computes slower than where the bound was set (a busy neighbour on the same core makes it so)
gives more.
"""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

MOST = 3.0
"""CPU seconds that a test may take on a machine that needs `LOOP` seconds for `_loop`."""
LOOP = 0.030
HERE = Path(__file__).parents[1]
FREE_FOLDERS = ("worker", "kernel")
FREE_MARKS = ("browser", "torture", "starts")
"""Tests that start programs or a browser take what these take."""
PRINTED = 12
_shared = 0.0
_Item = TypeVar("_Item")


def cpu() -> float:
    """CPU seconds of this process and of its children that ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _loop() -> float:
    began = time.thread_time()
    sum(number * number % 7 for number in range(400_000))
    return time.thread_time() - began


def most() -> float:
    """CPU seconds that a test may take here and now, never less than `MOST`.

    Measured anew each time: how fast a core computes depends on what its neighbours do at the moment.
    """
    return MOST * max(1.0, statistics.median(_loop() for _ in range(5)) / LOOP)


def share(seconds: float) -> None:
    """Do not count these seconds for the running test: others use what they made."""
    global _shared
    _shared += seconds


def starts_programs(item: pytest.Item) -> bool:
    """Whether the test is in a folder of tests that start programs."""
    return item.path.is_relative_to(HERE) and item.path.relative_to(HERE).parts[0] in FREE_FOLDERS


def takes_long(item: pytest.Item) -> bool:
    """Whether the test starts programs, or waits for a browser."""
    return starts_programs(item) or item.get_closest_marker("browser") is not None


def deal(items: list[_Item], workers: int, is_long: Callable[[_Item], bool]) -> list[_Item]:
    """Return the tests in an order of which every worker gets as many long ones as the others, and begins with them.

    pytest-xdist (`--dist worksteal`) cuts the list into as many equal parts as there are workers.
    """
    long: list[_Item] = []
    short: list[_Item] = []
    for item in items:
        (long if is_long(item) else short).append(item)
    dealt: list[_Item] = []
    for number in range(workers):
        end = len(items) * (number + 1) // workers
        dealt += long[number::workers]
        room = max(0, end - len(dealt))
        dealt += short[:room]
        del short[:room]
    return dealt


def is_free(item: pytest.Item) -> bool:
    """Whether the test may take as long as it needs."""
    return starts_programs(item) or any(item.get_closest_marker(mark) for mark in FREE_MARKS)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> Iterator[Any]:
    """What a fixture of a session or a module costs, at its beginning and its end, is shared by its tests."""
    if fixturedef.scope == "function":
        return (yield)
    began = [0.0, 0.0]

    def start() -> None:
        began[:] = cpu(), _shared

    def end() -> None:
        share(cpu() - began[0] - (_shared - began[1]))

    fixturedef.addfinalizer(end)
    start()
    try:
        return (yield)
    finally:
        end()
        fixturedef.addfinalizer(start)  # finalizers run last in, first out


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[Any]:
    """Remember what had been spent when the test began."""
    item.stash[_began] = cpu() - _shared, time.monotonic()
    return (yield)


_began = pytest.StashKey[tuple[float, float]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """Write the seconds into the report of the teardown; fail it when they are too many."""
    report = yield
    if call.when == "teardown":
        before, moment = item.stash[_began]
        # A child that is waited for now may have worked long before: a test takes no more than every core gives.
        spent = min(cpu() - _shared - before, (os.cpu_count() or 1) * (time.monotonic() - moment))
        report.user_properties.append(("cpu", round(spent, 3)))
        report.user_properties.append(("free", is_free(item)))
        if spent > MOST and not is_free(item) and report.passed and spent > (bound := most()):
            report.outcome = "failed"
            report.longrepr = (
                f"{item.nodeid} took {spent:.1f} s of CPU, more than {bound:.1f}: make it cheaper, or move what"
                " starts programs to tests/worker or tests/kernel (tests/support/timing.py)"
            )
    return report


def slowest(reports: list[Any]) -> list[tuple[float, bool, str]]:
    """Seconds, whether any number of them is allowed, and names of the tests, the slowest first."""
    found = [(dict(report.user_properties), report.nodeid) for report in reports]
    return sorted(((one["cpu"], one["free"], name) for one, name in found if "cpu" in one), reverse=True)


def by_folder(found: list[tuple[float, bool, str]]) -> list[tuple[str, float]]:
    """Seconds of CPU by folder of the tests, the most first; folders below a second are left out."""
    spent: Counter[str] = Counter()
    for seconds, _, name in found:
        spent[name.split("/")[1] if name.count("/") > 1 else "tests"] += seconds
    return [(folder, seconds) for folder, seconds in spent.most_common() if seconds >= 1]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the slowest tests of the run, and of those that are judged."""
    stats = terminalreporter.stats
    reports = [one for kind in ("", "passed", "failed", "error") for one in stats.get(kind, [])]
    found = slowest([one for one in reports if getattr(one, "when", "") == "teardown"])
    if len(found) < PRINTED:
        return
    whole = sum(spent for spent, _, _ in found)
    terminalreporter.section(f"slowest of {len(found)} tests, {whole:.0f} s of CPU")
    for spent, _, name in found[:PRINTED]:
        terminalreporter.write_line(f"{spent:7.2f} s  {name}")
    terminalreporter.write_line(
        "by folder: " + ", ".join(f"{name} {spent:.0f} s" for name, spent in by_folder(found))
    )
    terminalreporter.section(f"slowest of those that may take {MOST} s")
    for spent, _, name in [one for one in found if not one[1]][:PRINTED]:
        terminalreporter.write_line(f"{spent:7.2f} s  {name}")
