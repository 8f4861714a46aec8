"""Silence acts: what happens by itself when the term of a step ends, in every shipped diagram, at its very second.

A timer that is drawn takes the step away: who had it, who has it now and who asked are told. Without one the step only
becomes late: who has it is told, once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.cases.models import Task, Timer
from app.cases.timers import fire_due_timers
from app.diagrams import versions
from app.diagrams.versions import load_published_version_id, load_version
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.tables import Semester
from app.kernel import door
from app.outbox.models import Message
from tests.scenarios.excuses import by_policy, confirmed, excused, follows, registered
from tests.scenarios.world import World

WHY = {"reason": "Далилдер бар, текшерилди."}


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    made = World(db_session, clock)
    yield made
    made.is_whole()


def told(world: World, event_type: str) -> list[dict[str, Any]]:
    world.session.rollback()
    return list(
        world.session.scalars(
            select(Message.payload).where(Message.event_type == event_type).order_by(Message.id)
        )
    )


def late_correction(world: World, approvals: int) -> UUID:
    case = world.teacher().requests_correction()
    for actor in (world.head(), world.directorate(), world.office())[:approvals]:
        actor.approves(case)
    return case


def late_entry(world: World, approvals: int) -> UUID:
    case = world.teacher().asks_for_late_entry()
    for actor in (world.head(),)[:approvals]:
        actor.approves(case)
    return case


def plea(world: World, step: int) -> UUID:
    lesson = world.missed(5)
    world.session.get(Semester, world.school.semester).makeup_until = world.day(1)
    world.session.commit()
    case = world.student_actor().pleads(lesson)
    if step > 0:
        world.teacher().completes(case, opinion="support", **WHY)
    if step > 1:
        world.head().completes(case, decision="approve", **WHY)
    return case


def asked_makeup(world: World) -> UUID:
    return world.student_actor().asks_makeup(world.missed(5))


def set_makeup(world: World) -> UUID:
    world.session.get(Semester, world.school.semester).makeup_until = world.day(-6)
    world.session.commit()
    case = world.student_actor().asks_makeup(world.missed(5))
    world.teacher().sets_task(case)
    return case


def disputed(world: World) -> UUID:
    return world.student_actor().disputes(world.missed(1))


def explained(world: World) -> UUID:
    case = disputed(world)
    world.teacher().completes(case, decision="explain", **WHY)
    return case


def submitted(world: World) -> UUID:
    world.missed(3)
    world.attended(2)
    case = world.student_actor().hands_in(world.day(3))
    registered(world, case)
    return case


def returned(world: World) -> UUID:
    case = submitted(world)
    world.directorate().completes(case, decision="return", **WHY)
    return case


def to_enter(world: World) -> UUID:
    by_policy(world, "TEACHER_AFTER_CONFIRMATION")
    world.hires("teacher", world.school.department, name="Кесиптеш")
    world.missed(3)
    confirmed(world, world.student_actor().hands_in(world.day(3)))
    return follows(world)


def questioned(world: World) -> UUID:
    """By a third person of the directorate, so that its head and his deputy are both free to decide."""
    third = world.hires("directorate", world.school.institute, name="Үчүнчү")
    world.missed(9)
    confirmed(world, world.student_actor().hands_in(world.day(9)))
    (stands,) = excused(world)
    return world.actor("directorate", third).questions(stands.id)


def answered(world: World) -> UUID:
    case = questioned(world)
    world.student_actor().completes(case, **WHY)
    return case


def performed(world: World) -> UUID:
    case = world.student_actor().asks_makeup(world.missed(5))
    world.teacher().sets_task(case)
    world.student_actor().performs(case)
    return case


def escalated(world: World, kind: str) -> UUID:
    lesson = world.missed(1)
    if kind == "GRADE":
        act = world.teacher().act()
        with door.write(act):
            record_mark(act, CellEdit(lesson, world.student, "GRADE", "40", 0))
    case = world.student_actor().disputes(lesson, kind)
    world.teacher().completes(case, decision="explain", **WHY)
    world.student_actor().completes(case, decision="escalate", **WHY)
    return case


Scene = Callable[[World], UUID]
SCENES: dict[tuple[str, str], tuple[Scene, str]] = {
    ("late_correction", "endorse_department_head_late"): (lambda world: late_correction(world, 0), "deputy"),
    ("late_correction", "forward_directorate_late"): (lambda world: late_correction(world, 1), "deputy"),
    ("late_correction", "decide_academic_office_late"): (lambda world: late_correction(world, 2), "deputy"),
    ("late_correction", "release_it_late"): (lambda world: late_correction(world, 3), "deputy"),
    ("late_entry", "endorse_department_head_late"): (lambda world: late_entry(world, 0), "deputy"),
    ("late_entry", "decide_directorate_late"): (lambda world: late_entry(world, 1), "deputy"),
    ("makeup_extension", "opinion_late"): (lambda world: plea(world, 0), "went_on"),
    ("makeup_extension", "decide_head_late"): (lambda world: plea(world, 1), "deputy"),
    ("makeup_extension", "decide_directorate_late"): (lambda world: plea(world, 2), "deputy"),
    ("makeup", "assign_teacher_late"): (asked_makeup, "went_on"),
    ("makeup", "semester_over"): (set_makeup, "ended"),
    ("makeup", "accept_teacher_late"): (performed, "went_on"),
    ("dispute", "teacher_silent"): (disputed, "went_on"),
    ("dispute", "student_silent"): (explained, "ended"),
    ("dispute", "decide_head_late"): (lambda world: escalated(world, "GRADE"), "deputy"),
    ("dispute", "decide_directorate_late"): (lambda world: escalated(world, "ATTENDANCE"), "deputy"),
    ("excuse", "decide_directorate_late"): (submitted, "deputy"),
    ("excuse", "rework_student_late"): (returned, "ended"),
    ("excuse_entry", "enter_teacher_late"): (to_enter, "deputy"),
    ("excuse_revocation", "explain_student_late"): (questioned, "went_on"),
    ("excuse_revocation", "decide_directorate_late"): (answered, "deputy"),
}


@pytest.mark.parametrize("diagram", sorted({diagram for diagram, _timer in SCENES}))
def test_no_timer_of_these_diagrams_is_left_out(world, diagram):
    model = load_version(load_published_version_id(diagram)).model
    drawn = {timer.id for timer in model.timers.values() if timer.attached_to and timer.interrupting}
    assert drawn == {timer for name, timer in SCENES if name == diagram}


@pytest.mark.parametrize(("diagram", "timer"), sorted(SCENES))
def test_the_end_of_a_term_changes_the_owner_at_its_second_and_everybody_is_told(world, diagram, timer):
    scene, how = SCENES[diagram, timer]
    case = scene(world)
    task = world.open_tasks(case)[0]
    before, requester = owners(world, task), str(task.requester)
    fires_at = world.session.scalar(select(Timer.due_at).where(Timer.case_id == case, Timer.element == timer))
    world.session.rollback()
    world.clock.set(fires_at)
    assert fire_due_timers(door.write, world.clock()).advanced == 0
    assert [one.id for one in world.open_tasks(case)] == [task.id]
    opened = len(told(world, "cases.task.opened"))
    world.clock.advance(seconds=1)
    assert fire_due_timers(door.write, world.clock()).advanced == 1
    assert task.id not in [one.id for one in world.open_tasks(case)]
    (news,) = told(world, "cases.task.escalated")
    assert set(news["recipients"]) == before | {requester}
    assert (news["kind"], news["number"], news["url"]) == (how, task.number, f"/cases/{case}")
    fresh = told(world, "cases.task.opened")[opened:]
    now_open = {str(one.id): owners(world, one) for one in world.open_tasks(case)}
    assert {one["task"]: set(one["recipients"]) for one in fresh} == now_open
    if how == "ended":
        assert not now_open and world.case(case).status == "done"
    else:
        assert all(now_open.values()) and all(people != before for people in now_open.values())
    fire_due_timers(door.write, world.clock())
    assert len(told(world, "cases.task.escalated")) == 1


def owners(world: World, task: Task) -> set[str]:
    """Whose task it is: the one who has it, or the pool it waits for."""
    if task.assignee:
        return {str(task.assignee)}
    found = [one for one in told(world, "cases.task.opened") if one["task"] == str(task.id)]
    return set(found[0]["recipients"])


# --- without a timer at its end ----------------------------------------------------------------------------


def performed_late(world: World) -> UUID:
    case = world.student_actor().asks_makeup(world.missed(5))
    world.teacher().sets_task(case)
    return case


def second_deputy(world: World) -> UUID:
    case = late_correction(world, 0)
    world.days_pass(3)
    return case


def unregistered(world: World) -> UUID:
    world.missed(3)
    world.attended(2)
    return world.student_actor().hands_in(world.day(3))


@pytest.mark.parametrize(
    "scene", [performed_late, second_deputy, unregistered], ids=lambda scene: scene.__name__
)
def test_a_step_without_a_timer_at_its_end_only_becomes_late_and_its_owner_hears_it_once(world, scene):
    case = scene(world)
    task = world.open_tasks(case)[0]
    people, due = owners(world, task), task.due_at

    def overdue() -> list[dict[str, Any]]:
        return [
            one
            for one in told(world, "cases.task.reminded")
            if one["kind"] == "overdue" and one["task"] == str(task.id)
        ]

    world.session.rollback()
    world.clock.set(due)
    fire_due_timers(door.write, world.clock())
    assert overdue() == []
    world.clock.advance(seconds=1)
    fire_due_timers(door.write, world.clock())
    (news,) = overdue()
    assert set(news["recipients"]) == people
    assert [one.id for one in world.open_tasks(case)] == [task.id]
    world.clock.advance(days=2)
    fire_due_timers(door.write, world.clock())
    assert len(overdue()) == 1


def test_half_and_nine_tenths_of_a_term_are_told_once_each_to_who_has_it(world):
    case = late_correction(world, 0)
    task = world.open_tasks(case)[0]
    whole, people = task.due_at - task.opened_at, owners(world, task)
    begun = task.opened_at
    world.session.rollback()
    for share, kinds in (
        (0.49, []),
        (0.5, ["reminder_50"]),
        (0.89, ["reminder_50"]),
        (0.9, ["reminder_50", "reminder_90"]),
    ):
        world.clock.set(begun + whole * share)
        for _ in range(2):
            fire_due_timers(door.write, world.clock())
        found = told(world, "cases.task.reminded")
        assert [one["kind"] for one in found] == kinds
        assert all(set(one["recipients"]) == people for one in found)
    world.clock.set(begun + whole + timedelta(seconds=1))
    fire_due_timers(door.write, world.clock())
    assert [one["kind"] for one in told(world, "cases.task.reminded")] == ["reminder_50", "reminder_90"]
