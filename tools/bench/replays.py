"""Ten thousand finished cases of one process, replayed on its next version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from app.cases.replays.queries import replay_finished_cases
from app.diagrams.versions import load_version
from tests.scenarios.versions import SECOND_VISA, publishes
from tests.scenarios.world import World
from tools.bench.table import Figure, figure
from tools.bench.world import Database, clone

KEY = "late_correction"
CHAIN = ("department_head", "directorate", "academic_office", "it_admin")
Timed = Callable[[Iterator[Callable[[], Any]]], tuple[list[float], float, float]]


def measure(figures: list[Figure], world: World, database: Database, many: int, timed: Timed) -> None:
    """Half of them were refused by the head, half were granted; the next version has a second visa."""
    refused = world.teacher().requests_correction()
    world.head().rejects(refused)
    granted = world.teacher().requests_correction()
    for role in CHAIN:
        world.actor(role).approves(granted)
    clone(database, refused, many // 2, "rr")
    clone(database, granted, many // 2, "rg")
    target = load_version(publishes(world, SECOND_VISA)).spec
    world.session.rollback()

    def replay() -> None:
        world.session.rollback()
        report = replay_finished_cases(KEY, target, many)
        assert report.total == many and 0 < report.other < many

    seconds, statements, trips = timed(replay for _ in range(5))
    note = f"all of them, {median(seconds) / many * 1e6:.0f} us a case"
    figures.append(figure(f"replay.last_{many}", seconds, note, sql_statements=statements, round_trips=trips))
