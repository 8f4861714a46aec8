"""Fourteen calendar days, softly, and the last date of the semester, hard (5.3); from which day they count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.journal.makeups.debt_queries import load_debts_of_student_at_lessons
from app.journal.tables import MakeupStage, Semester
from app.kernel.clock import local_day
from app.kernel.errors import Invalid, Refused
from tests.scenarios.event_delivery import heard
from tests.scenarios.excuses import confirmed, excused, other_directorate

pytestmark = pytest.mark.clause("5.3.1")


def soft(world, lesson):
    """The last day of the fourteen."""
    (debt,) = load_debts_of_student_at_lessons(world.student, [lesson], world.clock())
    return local_day(debt.soft_deadline.moment)


def last_day(world, day):
    world.session.get(Semester, world.school.semester).makeup_until = day
    world.session.commit()


def test_fourteen_days_are_counted_from_the_lesson(world):
    lesson = world.missed(5)
    assert soft(world, lesson) == world.day(5) + timedelta(days=14)


def test_for_a_confirmed_excuse_they_begin_at_the_end_of_its_period(world):
    lesson = world.missed(5, type="LAB")
    confirmed(
        world,
        world.student_actor().hands_in(world.day(5), world.day(2), document_date=world.day(0).isoformat()),
    )
    assert soft(world, lesson) == world.day(2) + timedelta(days=14)


def test_for_an_excuse_taken_back_they_begin_with_that_decision(world):
    lesson = world.missed(5, type="LAB")
    confirmed(world, world.student_actor().hands_in(world.day(5)))
    (stands,) = excused(world)
    doubt = world.directorate().questions(stands.id)
    world.clock.advance(days=1)
    world.student_actor().completes(doubt, reason="Түшүндүрмө берем")
    other_directorate(world).completes(doubt, decision="approve", reason="Тастыкталган жок")
    assert soft(world, lesson) == world.day(0) + timedelta(days=14)


def test_the_last_second_of_the_fourteenth_day_and_the_first_after_it(world):
    lesson = world.missed(5)
    case = world.student_actor().asks_makeup(lesson)
    world.teacher().sets_task(case, due_on=world.day(-20).isoformat())
    world.student_actor().performs(case)
    ends = datetime(2026, 10, 23, 17, 59, 59, tzinfo=UTC)
    world.clock.set(ends)
    assert soft(world, lesson) == date(2026, 10, 23)
    world.clock.advance(seconds=1)
    assert (
        world.teacher().accepts(case, comment="Мөөнөтүнөн кийин кабыл алдым, себеби оруп калган").outcome
        == "done"
    )
    assert world.session.query(MakeupStage).filter_by(result="DONE").one().overdue


def test_within_the_fourteen_days_nothing_is_flagged(world):
    case = world.student_actor().asks_makeup(world.missed(5))
    world.teacher().sets_task(case)
    world.student_actor().performs(case)
    world.clock.set(datetime(2026, 10, 23, 17, 59, 59, tzinfo=UTC))
    world.teacher().accepts(case)
    assert not world.session.query(MakeupStage).filter_by(result="DONE").one().overdue


def test_the_task_of_the_student_is_due_by_the_day_of_the_absence_not_of_the_request(world):
    case = world.student_actor().asks_makeup(world.missed(5))
    world.teacher().sets_task(case)
    (task,) = world.open_tasks(case)
    assert (task.element, task.policy) == ("perform_student", "workoff.term")
    assert local_day(task.due_at) == world.day(5) + timedelta(days=14)


@pytest.mark.clause("5.3.2")
def test_after_the_semesters_last_date_nobody_asks_and_nobody_accepts(world):
    lesson, other = world.missed(5), world.missed(4)
    case = world.student_actor().asks_makeup(lesson)
    world.teacher().sets_task(case)
    world.student_actor().performs(case)
    last_day(world, world.day(-1))
    world.clock.set(datetime(2026, 10, 15, 17, 59, 59, tzinfo=UTC))
    world.student_actor().asks_makeup(other)
    world.clock.advance(seconds=1)
    with pytest.raises(Refused) as late:
        world.teacher().accepts(case)
    assert (late.value.code, late.value.clause) == ("journal.makeup.semester_over", "5.3.2")
    with pytest.raises(Refused):
        world.student_actor().asks_makeup(other)


@pytest.mark.clause("5.3.2")
def test_a_task_is_due_by_the_semesters_last_date_at_the_latest(world):
    last_day(world, world.day(-3))
    case = world.student_actor().asks_makeup(world.missed(5))
    with pytest.raises(Invalid) as refused:
        world.teacher().sets_task(case, due_on=world.day(-4).isoformat())
    assert refused.value.fields["due_on"][0].code == "journal.makeup.due_out_of_range"
    world.teacher().sets_task(case, due_on=world.day(-3).isoformat())


@pytest.mark.clause("5.3.2")
def test_a_work_not_done_by_the_semesters_last_date_expires_by_itself(world):
    last_day(world, world.day(-3))
    case = world.student_actor().asks_makeup(world.missed(5))
    world.teacher().sets_task(case, due_on=world.day(-3).isoformat())
    world.clock.set(datetime(2026, 10, 17, 17, 59, 59, tzinfo=UTC))
    assert world.days_pass(0).advanced == 0
    assert world.days_pass(1 / 86400).advanced == 1 and world.case(case).outcome == "expired"


@pytest.mark.clause("5.4.1")
@pytest.mark.parametrize("days", [-3, -9, -20])
def test_the_task_is_due_on_the_later_of_the_fourteen_days_and_the_day_the_teacher_set(world, days):
    case = world.student_actor().asks_makeup(world.missed(5))
    world.teacher().sets_task(case, due_on=world.day(days).isoformat())
    (task,) = world.open_tasks(case)
    fourteen = world.day(5) + timedelta(days=14)
    assert local_day(task.due_at) == max(fourteen, world.day(days)) and task.policy == "workoff.term"
    set_later = [step for step in task.computation["steps"] if step["kind"] == "not_before"]
    assert bool(set_later) is (world.day(days) > fourteen), "the page says where the later day comes from"
    world.clock.set(task.due_at)
    assert world.days_pass(0).advanced == 0
    assert world.open_elements(case) == ["perform_student"]


@pytest.mark.clause("5.4.1")
def test_a_later_day_stays_when_the_fourteen_days_move_below_it_and_gives_way_above_it(world):
    last_day(world, world.day(-60))
    lesson = world.missed(5, type="LAB")
    case = world.student_actor().asks_makeup(lesson)
    world.teacher().sets_task(case, form="repeat_lab", due_on=world.day(-11).isoformat())
    assert local_day(world.open_tasks(case)[0].due_at) == world.day(-11)
    excuse = world.student_actor().hands_in(
        world.day(5), world.day(4), document_date=world.day(0).isoformat()
    )
    confirmed(world, excuse)
    heard(world)
    assert local_day(world.open_tasks(case)[0].due_at) == world.day(-11), "the tenth day is earlier"
    (stands,) = excused(world)
    doubt = world.directorate().questions(stands.id)
    world.student_actor().completes(doubt, reason="Түшүндүрмө берем")
    other_directorate(world).completes(doubt, decision="approve", reason="Тастыкталган жок")
    heard(world)
    assert local_day(world.open_tasks(case)[0].due_at) == world.day(-14), "counted from the revocation"
