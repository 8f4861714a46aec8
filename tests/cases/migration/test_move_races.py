"""A task is completed while its case is moved: whoever comes second is told, on two connections."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from app.cases.commands.complete import complete_task
from app.cases.migration.move import migrate_case
from app.cases.models import CaseState, Task
from app.diagrams.versions import load_version
from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError
from tests.cases.migration.conftest import Administrator
from tests.scenarios.versions import publishes, retitled
from tests.scenarios.world import World


def one_after_the_other(
    app: Any, first: Callable[[], Any], second: Callable[[], Any], act: Act
) -> tuple[str, str]:
    """`first` writes and keeps its transaction open; `second` waits for the lock; how each of them ends."""
    written, go = threading.Event(), threading.Event()
    ends: dict[str, str] = {}

    def run(name: str, deed: Callable[[], Any], *, waits: bool) -> None:
        with app.app_context():
            try:
                with door.write(act):
                    deed()
                    if waits:
                        written.set()
                        go.wait(20)
                ends[name] = "done"
            except DepterError as refusal:
                ends[name] = refusal.code
            finally:
                written.set()
                db.session.remove()

    threads = [threading.Thread(target=run, args=("first", first), kwargs={"waits": True})]
    threads[0].start()
    written.wait(20)
    threads.append(threading.Thread(target=run, args=("second", second), kwargs={"waits": False}))
    threads[1].start()
    _wait_until_blocked()
    go.set()
    for thread in threads:
        thread.join(20)
    return ends["first"], ends["second"]


def _wait_until_blocked() -> None:
    """Until a connection of this database waits for a row that another has locked."""
    blocked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(400):
        db.session.rollback()
        if db.session.scalar(blocked):
            break
        threading.Event().wait(0.01)
    db.session.rollback()


def test_whoever_comes_second_is_told_that_the_case_has_changed(
    app: Any, world: World, administrator: Administrator
):
    cases = [world.teacher().requests_correction() for _ in range(2)]
    first = world.case(cases[0]).version_id
    tasks = [world.open_tasks(case)[0].id for case in cases]
    seen = [world.session.get(CaseState, case).revision for case in cases]
    target = publishes(world, retitled)
    world.session.rollback()
    head = world.head().act()

    def completes(place: int) -> Callable[[], Any]:
        return lambda: complete_task(head, tasks[place], {"decision": "approve"}, checked_version=first)

    def migrates(place: int) -> Callable[[], Any]:
        act = administrator.act()
        return lambda: migrate_case(act, cases[place], target, seen_revision=seen[place])

    assert one_after_the_other(app, completes(0), migrates(0), head) == (
        "done",
        "cases.migration.case_changed",
    )
    assert one_after_the_other(app, migrates(1), completes(1), head) == (
        "done",
        "cases.task.version_changed",
    )
    assert [world.case(case).version_id == target for case in cases] == [False, True]
    assert [world.open_elements(case) for case in cases] == [
        ["forward_directorate"],
        ["endorse_department_head"],
    ]
    with door.write(head):
        complete_task(head, tasks[1], {"decision": "approve"}, checked_version=target)
    closed = world.session.get(Task, tasks[1])
    assert closed.closed_how == "approve" and load_version(closed.version_id).number == 2
