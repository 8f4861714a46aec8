"""Ten thousand running cases and another version of their process: the plan, and the move of each case."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any
from uuid import uuid4

from lxml import etree
from sqlalchemy import select

from app.cases.migration import runs
from app.cases.migration.move import migrate_case
from app.cases.migration.plan import plan_migration
from app.cases.migration.worker import migrate_waiting_cases
from app.cases.models import Case, MigrationCase
from app.cases.queries.processes import RunningFilter
from app.diagrams.versions import load_version
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from tests.scenarios.versions import publishes
from tests.scenarios.world import World
from tests.support import query_counter
from tools.bench.table import Figure, figure
from tools.bench.world import Database, clone

KEY = "late_entry"
count = query_counter.count
Timed = Callable[[Iterator[Callable[[], Any]]], tuple[list[float], float, float]]


def measure(figures: list[Figure], world: World, database: Database, many: int, timed: Timed) -> None:
    """The plan of all of them, a tenth moved by the command, the others by the worker."""
    case = world.teacher().asks_for_late_entry()
    clone(database, case, many // 2, "f")
    world.head().approves(case)
    clone(database, case, many // 2, "d")
    target = load_version(publishes(world, lambda drawing: drawing.append(etree.Comment("next")), key=KEY))
    world.session.rollback()
    administrator = world.hires("process_admin", None)
    act = Act(administrator, None, world.clock(), (RoleAssignment("process_admin"),), "Жаңы чийме")

    def plan() -> None:
        world.session.rollback()
        assert plan_migration(act, target, RunningFilter()).moving >= many

    seconds, statements, trips = timed(plan for _ in range(5))
    note = f"all of them, {median(seconds) / many * 1e6:.0f} us a case"
    figures.append(
        figure(f"migration.plan_{many}", seconds, note, sql_statements=statements, round_trips=trips)
    )
    running = select(Case.id).where(Case.diagram == KEY, Case.version_id != target.id).limit(many // 10)
    cases = world.session.scalars(running).all()
    world.session.rollback()

    def move(case: Any) -> None:
        with door.write(act):
            migrate_case(act, case, target.id)

    seconds, statements, trips = timed((lambda case=case: move(case)) for case in cases)
    floor = next((one.p50_ms for one in figures if one.name == "floor.sql"), None)
    figures.append(
        figure(
            "migration.case.command",
            seconds,
            f"{many} cases would take {median(seconds) * many:.0f} s",
            sql_statements=statements,
            round_trips=trips,
            ratio_to_floor=round(median(seconds) * 1000 / floor, 2) if floor else None,
        )
    )
    _by_worker(figures, world, act, target)


def _by_worker(figures: list[Figure], world: World, act: Act, target: Any) -> None:
    """What is left, as the worker does it: claim, replay, move, note the result, commit."""
    with door.write(act):
        runs.start_migration(act, uuid4(), target, RunningFilter(), None, "Жаңы чийме")
    seconds: list[float] = []
    moved = 0
    while True:
        begun = time.perf_counter()
        done = migrate_waiting_cases(door.write, world.clock(), 100)
        if done < 100:
            break
        seconds.append((time.perf_counter() - begun) / done)
        moved += done
    rows = world.session.query(MigrationCase).filter(MigrationCase.state == "moved").count()
    world.session.rollback()
    assert rows >= moved > 0
    figures.append(
        figure("migration.case.worker", seconds, f"{rows} cases in {sum(seconds) * 100:.0f} s, one worker")
    )
