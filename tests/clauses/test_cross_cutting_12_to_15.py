"""Who corrects after a substitute, a late first entry, a decider who asked himself, a term that ends on a day off:
cross-cutting 12 to 15."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.tables import Teaching
from app.kernel import door
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.regulation.models import PolicyRow
from tests.scenarios.event_delivery import sheet_closed
from tests.scenarios.excuses import by_policy
from tests.scenarios.world import Actor

HERE = pytest.mark.clause


@pytest.fixture
def substitute(world):
    """Somebody who stood in yesterday and today, under his own name."""
    person = world.school.person("Калыков", "Бакыт")
    world.school.teaches(person, "SUBSTITUTE", world.day(1), world.day(0))
    return person


def enters(world, person, lesson, value="ABSENT", version=0, reason=""):
    act = world.school.teacher_act(world.clock(), person, reason)
    with door.write(act):
        record_mark(act, CellEdit(lesson, world.student, "ATTENDANCE", value, version, reason))


# --- 12: a substitute enters under his own name -----------------------------------------------------------


@HERE("4.4.1")
def test_what_a_substitute_entered_he_corrects_and_by_the_stricter_policy_nobody_else(world, substitute):
    by_policy(world, "AUTHOR", "correction.self_by", "4.4.1")
    lesson = world.school.lesson(world.clock() - timedelta(hours=3))
    enters(world, substitute, lesson)
    with pytest.raises(Refused) as refused:
        enters(world, world.school.lecturer, lesson, "PRESENT", 1, "Келген")
    assert refused.value.code == "journal.mark.entered_by_another"
    enters(world, substitute, lesson, "PRESENT", 1, "Келген")
    assert world.school.cell(lesson, world.student).first_entered_by == substitute


@HERE("4.4.1")
def test_once_he_is_gone_the_right_is_the_main_teachers_within_the_same_three_days(world, substitute):
    lesson = world.school.lesson(world.clock() - timedelta(hours=3))
    enters(world, substitute, lesson)
    world.clock.advance(days=2)
    enters(world, world.school.lecturer, lesson, "PRESENT", 1, "Келген")
    world.clock.advance(days=2)
    with pytest.raises(Refused) as refused:
        enters(world, world.school.lecturer, lesson, "ABSENT", 2, "Келбеген")
    assert refused.value.code == "journal.mark.self_window_closed"


@HERE("6.2")
def test_a_dispute_goes_to_the_substitute_while_he_teaches_and_then_to_the_main_teacher(world, substitute):
    lesson = world.school.lesson(world.clock() - timedelta(hours=3))
    enters(world, substitute, lesson)
    first = world.student_actor().disputes(lesson)
    assert world.open_tasks(first)[0].assignee == substitute
    other = world.school.lesson(world.clock() - timedelta(hours=5))
    enters(world, substitute, other)
    world.clock.advance(days=1)
    second = world.student_actor().disputes(other)
    assert world.open_tasks(second)[0].assignee == world.school.lecturer
    part = world.session.query(Teaching).filter_by(person_id=substitute).one()
    assert part.ends_on == world.day(1)


# --- 13: two windows --------------------------------------------------------------------------------------


@HERE("4.2.1")
def test_a_late_first_entry_counts_as_late_and_has_three_days_of_its_own(world):
    lesson = world.school.lesson(world.clock() - timedelta(days=5))
    enters(world, world.school.lecturer, lesson)
    assert world.school.cell(lesson, world.student).late
    world.clock.advance(days=3)
    enters(world, world.school.lecturer, lesson, "PRESENT", 1, "Келген")
    assert world.school.cell(lesson, world.student).late, "corrected, it is still counted as a violation"
    world.clock.advance(days=1)
    with pytest.raises(Refused) as refused:
        enters(world, world.school.lecturer, lesson, "ABSENT", 2, "Келбеген")
    assert refused.value.code == "journal.mark.self_window_closed"


@HERE("7.6")
def test_after_the_sheet_nobody_corrects_himself_though_his_days_run(world):
    lesson = world.school.lesson(world.clock() - timedelta(days=5))
    enters(world, world.school.lecturer, lesson)
    sheet_closed(world)
    with pytest.raises(Refused) as refused:
        enters(world, world.school.lecturer, lesson, "PRESENT", 1, "Келген")
    assert refused.value.clause == "7.6"


# --- 14: who asked does not decide ------------------------------------------------------------------------


@HERE("4.4.2")
def test_a_head_who_asks_himself_is_decided_about_by_his_deputy(world):
    head = world.people["department_head"]
    world.school.teaches(head, "PRACTICE", date(2026, 9, 1))
    world._grant(head, "teacher", world.school.department)
    asks = Actor(world, head, world.teacher().assignments)
    case = asks.requests_correction()
    (task,) = world.open_tasks(case)
    assert task.element == "endorse_department_head"
    assert task.assignee == world.people["department_head_deputy"] and head in task.excluded


@HERE("4.2.4")
def test_a_directorate_that_hands_in_itself_is_decided_about_by_its_deputy(world):
    world.missed(3)
    case = world.directorate().hands_in(world.day(3), students=[world.student], ground="event")
    (task,) = world.open_tasks(case)
    assert task.assignee == world.people["directorate_deputy"]


# --- 15: a term that ends on a day off --------------------------------------------------------------------


def rolls(world, value):
    world.session.add(
        PolicyRow(
            id=new_id(),
            key="caltime.roll",
            unit_id=None,
            value=value,
            measure="code",
            clause="5.3.1",
            source="default",
            effective_from=date(2026, 9, 1),
        )
    )
    world.session.commit()


@HERE("5.3.1")
@pytest.mark.parametrize(("roll", "day"), [("NONE", 18), ("NEXT_WORKING_DAY", 19)])
def test_fourteen_calendar_days_end_on_a_sunday_unless_the_policy_moves_them(world, roll, day):
    lesson = world.missed(10)
    rolls(world, roll)
    case = world.student_actor().asks_makeup(lesson)
    world.teacher().sets_task(case, due_on="2026-10-17")
    (task,) = world.open_tasks(case)
    assert task.due_at == datetime(2026, 10, day, 17, 59, 59, tzinfo=UTC)


@HERE("6.2")
def test_a_term_of_working_days_never_ends_on_a_day_off(world):
    world.clock.set(datetime(2026, 10, 16, 3, 0, tzinfo=UTC))
    lesson = world.missed(0.05)
    case = world.student_actor().disputes(lesson)
    (task,) = world.open_tasks(case)
    assert task.due_at == datetime(2026, 10, 20, 17, 59, 59, tzinfo=UTC), "Saturday, Monday, Tuesday"
