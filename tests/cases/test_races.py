"""Twenty people press the button at once: one is done, nineteen are told kindly, nothing is written twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from app.audit.models import AuditRecord
from app.cases.commands.claim import claim_pool_task
from app.cases.commands.complete import complete_task
from app.cases.commands.start import start_case
from app.cases.models import Case, History
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.db import db
from app.kernel.errors import DepterError
from app.kernel.ids import new_id
from tests.scenarios.world import REASON


def at_once(app: Any, deeds: list[Callable[[], Any]]) -> Counter[str]:
    """Run every deed in a thread and a connection of its own, all released by one barrier."""
    ends: list[str] = []
    barrier = threading.Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> None:
        with app.app_context():
            barrier.wait()
            try:
                deed()
                ends.append("done")
            except DepterError as refusal:
                ends.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return Counter(ends)


def directors(world: Any, count: int) -> list[Act]:
    assignment = (RoleAssignment("directorate", world.school.institute),)
    people = [world.hires("directorate", world.school.institute, name=f"Дирекция{n}") for n in range(count)]
    return [Act(person, None, world.clock(), assignment) for person in people]


def test_of_twenty_who_complete_one_task_one_is_done(app: Any, world: Any):
    acts = directors(world, 20)
    case = world.teacher().requests_correction()
    world.head().approves(case)
    (task,) = world.open_tasks(case)
    task_id = task.id
    world.session.rollback()

    def deed(act: Act) -> Callable[[], Any]:
        def complete() -> None:
            with door.write(act):
                complete_task(act, task_id, {"decision": "approve"})

        return complete

    ends = at_once(app, [deed(act) for act in acts])
    assert ends == {"done": 1, "cases.task.closed": 19}
    completed = select(func.count()).where(History.task_id == task_id, History.kind == "completed")
    assert world.session.scalar(completed) == 1
    told = select(func.count()).where(
        AuditRecord.case_id == case, AuditRecord.event_type == "cases.task.completed"
    )
    assert world.session.scalar(told) == 2
    assert world.open_elements(case) == ["decide_academic_office"]


def test_of_ten_who_claim_one_task_one_has_it(app: Any, world: Any):
    acts = directors(world, 10)
    case = world.teacher().requests_correction()
    world.head().approves(case)
    (task,) = world.open_tasks(case)
    task_id = task.id
    world.session.rollback()

    def deed(act: Act) -> Callable[[], Any]:
        def take() -> None:
            with door.write(act):
                claim_pool_task(act, task_id)

        return take

    ends = at_once(app, [deed(act) for act in acts])
    assert ends == {"done": 1, "cases.task.taken": 9}


def test_a_start_pressed_five_times_makes_one_case(app: Any, world: Any):
    case = new_id()
    answers = {"change_set": [world.edit()], "error_kind": "typo", "reason": REASON}
    act = world.teacher().act()
    world.session.rollback()

    def press() -> None:
        with door.write(act):
            start_case(act, case, "late_correction", answers)

    assert at_once(app, [press] * 5) == {"done": 5}
    assert world.session.scalar(select(func.count()).select_from(Case)) == 1
    assert world.open_elements(case) == ["endorse_department_head"]


def test_of_five_corrections_of_one_cell_at_once_one_begins(app: Any, world: Any):
    answers = {"change_set": [world.edit()], "error_kind": "typo", "reason": "Жаңылып терилген"}
    act = world.teacher().act()
    world.session.rollback()

    def ask() -> None:
        with door.write(act):
            start_case(act, new_id(), "late_correction", answers)

    assert at_once(app, [ask] * 5) == {"done": 1, "cases.start.under_way": 4}
    assert world.session.scalar(select(func.count()).select_from(Case)) == 1
