"""Reminders of terms that are no task of a case: the boundary minute, once each, to whom it concerns, and no mark."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.diagrams import versions
from app.journal.gradebook.roll_call import take_roll
from app.journal.reminders.commands import EXCUSE_REMINDED, GRADES_REMINDED, MAKEUP_REMINDED, ROLL_REMINDED
from app.journal.tables import Cell, Lesson, Reminder, Semester
from app.kernel import door
from app.kernel.clock import UNIVERSITY_ZONE
from app.outbox.models import Message
from app.people.models import Membership
from app.worker import due_work
from tests.journal.school import NOW
from tests.scenarios.world import World
from tests.support.query_counter import statements


@pytest.fixture
def world(db_session, clock) -> World:
    """Everything the world begins with lies outside the terms."""
    versions.clear_version_cache()
    made = World(db_session, clock)
    db_session.execute(
        update(Lesson).values(starts_at=NOW - timedelta(days=40), ends_at=NOW - timedelta(days=39))
    )
    db_session.execute(update(Cell).where(Cell.value == "ABSENT").values(made_up=True))
    db_session.commit()
    return made


def told(app: Any, world: World, event_type: str) -> list[dict[str, Any]]:
    """Look once, and everything that was ever told of this."""
    due_work.run_journal_reminders(app)
    world.session.rollback()
    found = select(Message.payload).where(Message.event_type == event_type).order_by(Message.id)
    return list(world.session.scalars(found))


def at(day: int, hour: int = 0, minute: int = 1) -> datetime:
    """A moment of October 2026 in Bishkek."""
    return datetime(2026, 10, day, hour, minute, tzinfo=UNIVERSITY_ZONE)


# --- rolls (4.2.1) -----------------------------------------------------------------------------------------


@pytest.fixture
def untaken(world) -> UUID:
    """A lesson that ends on Wednesday at 10:20; its 24 hours end on Thursday at 10:20."""
    return world.school.lesson(NOW)


@pytest.mark.clause("4.2.1")
def test_a_teacher_is_reminded_four_hours_before_the_day_is_over_and_when_it_is(app, world, clock, untaken):
    clock.set(at(15, 6, 19))
    assert told(app, world, ROLL_REMINDED) == []
    clock.set(at(15, 6, 20))
    (before,) = told(app, world, ROLL_REMINDED)
    assert before["kind"] == "before" and before["recipients"] == [str(world.school.lecturer)]
    assert before["url"] == f"/journal/lesson/{untaken}" and before["clause"] == "4.2.1"
    assert datetime.fromisoformat(before["due_at"]) == at(15, 10, 20)
    clock.set(at(15, 10, 20))
    assert len(told(app, world, ROLL_REMINDED)) == 1
    clock.set(at(15, 10, 20) + timedelta(seconds=1))
    assert [one["kind"] for one in told(app, world, ROLL_REMINDED)] == ["before", "over"]
    clock.advance(days=1)
    assert len(told(app, world, ROLL_REMINDED)) == 2


@pytest.mark.clause("3.2")
def test_who_stands_in_for_the_teacher_on_that_day_is_reminded_too(app, world, clock, untaken):
    stand_in = world.hires("teacher", world.school.department, name="Алмаштыруучу")
    last = world.hires("teacher", world.school.department, name="Мурдагы")
    world.stands_in(world.school.lecturer, stand_in, at(15).date(), at(15).date())
    world.stands_in(world.school.lecturer, last, at(14).date(), at(14).date())
    clock.set(at(15, 6, 20))
    (before,) = told(app, world, ROLL_REMINDED)
    assert set(before["recipients"]) == {str(world.school.lecturer), str(stand_in)}
    clock.set(at(16, 0, 0))
    assert told(app, world, ROLL_REMINDED)[1]["recipients"] == [str(world.school.lecturer)]


def test_reminding_marks_nothing(app, world, clock, untaken):
    marks = world.session.scalar(select(func.count()).select_from(Cell))
    clock.set(at(16, 12))
    assert len(told(app, world, ROLL_REMINDED)) == 1
    assert world.session.scalar(select(func.count()).select_from(Cell)) == marks
    assert world.session.get(Lesson, untaken).roll_taken_at is None


def test_a_roll_that_was_called_a_lesson_that_was_not_held_and_one_without_roll_remind_nobody(
    app, world, clock
):
    taken = world.school.lesson(NOW)
    world.school.lesson(NOW, state="CANCELLED")
    world.school.lesson(NOW, type="INDEPENDENT_WORK")
    with door.write(world.school.teacher_act(at(14, 11))) as _:
        take_roll(world.school.teacher_act(at(14, 11)), taken)
    clock.set(at(16, 12))
    assert told(app, world, ROLL_REMINDED) == []


def test_whose_lesson_it_was_is_told(app, world, clock):
    assistant = world.hires("teacher", world.school.department, name="Жардамчы")
    world.school.teaches(assistant, "PRACTICE")
    world.school.lesson(NOW, type="PRACTICE")
    clock.set(at(15, 9))
    (news,) = told(app, world, ROLL_REMINDED)
    assert news["recipients"] == [str(assistant)]


def test_a_lesson_of_long_ago_reminds_nobody(app, world, clock, untaken):
    clock.set(at(29, 12))
    assert told(app, world, ROLL_REMINDED) == []


def test_many_lessons_are_told_in_batches_and_none_is_left_out(app, world, clock, monkeypatch):
    monkeypatch.setattr(due_work, "BATCH_SIZE", 3)
    for number in range(8):
        world.school.lesson(NOW + timedelta(minutes=number))
    clock.set(at(15, 9))
    assert len(told(app, world, ROLL_REMINDED)) == 8
    clock.set(at(15, 14))
    assert len(told(app, world, ROLL_REMINDED)) == 16


# --- grades (4.3.1) ----------------------------------------------------------------------------------------


@pytest.mark.clause("4.3.1")
def test_on_the_last_of_five_days_a_task_without_grades_is_remembered(app, world, clock):
    lesson = world.school.lesson(NOW, task="5 мисал чыгаруу")
    world.school.lesson(NOW)
    clock.set(at(18, 23, 58))
    assert told(app, world, GRADES_REMINDED) == []
    clock.set(at(19))
    (news,) = told(app, world, GRADES_REMINDED)
    assert news["url"].endswith(str(lesson)) and news["recipients"] == [str(world.school.lecturer)]
    assert news["clause"] == "4.3.1"
    clock.set(at(19, 20))
    assert len(told(app, world, GRADES_REMINDED)) == 1
    clock.set(at(20))
    assert len(told(app, world, GRADES_REMINDED)) == 1


# --- work-offs (5.3.1, 5.3.2) ------------------------------------------------------------------------------


@pytest.mark.clause("5.3.1")
@pytest.mark.parametrize(
    ("left", "stage"), [(8, None), (7, "7"), (4, "7"), (3, "3"), (2, "3"), (1, "1"), (0, "1")]
)
def test_a_student_is_reminded_seven_three_and_one_days_before_his_fourteen_end(
    app, world, clock, left, stage
):
    world.missed(2)  # Monday 12 October: until Monday 26 October
    clock.set(at(26 - left))
    found = told(app, world, MAKEUP_REMINDED)
    assert [news["kind"] for news in found] == ([stage] if stage else [])
    for news in found:
        assert news["recipients"] == [str(world.student)] and news["url"] == "/student/absences"
        assert datetime.fromisoformat(news["due_at"]).astimezone(UNIVERSITY_ZONE).date() == at(26).date()


def test_each_of_the_three_is_told_once(app, world, clock):
    world.missed(2)
    for day in range(19, 28):
        if day in (20, 24):
            clock.set(at(day))
            due_work.run_journal_reminders(app)
        clock.set(at(day, 15))
        stages = [news["kind"] for news in told(app, world, MAKEUP_REMINDED)]
    assert stages == ["7", "3", "1"]


def test_lessons_of_one_journal_that_end_together_are_one_piece_of_news(app, world, clock):
    first, second = world.missed(2), world.missed(2)
    clock.set(at(19))
    (news,) = told(app, world, MAKEUP_REMINDED)
    assert {one["lesson"] for one in news["subject"]["missed"]} == {str(first), str(second)}
    assert news["subject"]["student"] == ""


def test_what_a_running_work_off_makes_up_has_reminders_of_its_own(app, world, clock):
    lesson = world.missed(2)
    world.student_actor().asks_makeup(lesson)
    clock.set(at(19))
    assert told(app, world, MAKEUP_REMINDED) == []


def test_who_does_not_belong_to_the_group_any_more_is_left_alone(app, world, clock):
    world.missed(2)
    world.session.execute(
        update(Membership).where(Membership.person_id == world.student).values(ends_on=world.day(1))
    )
    world.session.commit()
    clock.set(at(19))
    assert told(app, world, MAKEUP_REMINDED) == []


@pytest.mark.clause("5.3.2")
def test_after_the_fourteen_days_the_semesters_last_date_is_remembered(app, world, clock):
    world.missed(2)
    world.session.execute(update(Semester).values(makeup_until=at(31).date()))
    world.session.commit()
    clock.set(at(26))
    due_work.run_journal_reminders(app)
    clock.set(at(28))
    found = told(app, world, MAKEUP_REMINDED)
    assert [(news["kind"], news["clause"]) for news in found] == [("1", "5.3.1"), ("3", "5.3.2")]


def test_a_term_that_moved_is_another_term(app, world, clock):
    lesson = world.missed(2)
    clock.set(at(19))
    assert len(told(app, world, MAKEUP_REMINDED)) == 1
    case = world.student_actor().hands_in(world.day(7), world.day(0))
    from tests.scenarios.excuses import confirmed

    confirmed(world, case)
    assert world.status(lesson) == "SICK"
    world.session.execute(update(Lesson).where(Lesson.id == lesson).values(type="PRACTICE"))
    world.session.commit()
    clock.set(at(27))
    assert [news["kind"] for news in told(app, world, MAKEUP_REMINDED)] == ["7", "7"]


def test_a_round_goes_through_everybody_in_batches_and_once_a_day(app, world, clock, monkeypatch):
    monkeypatch.setattr(due_work, "BATCH_SIZE", 2)
    for student in world.school.students:
        world.missed(2, student)
    clock.set(at(19))
    assert len(told(app, world, MAKEUP_REMINDED)) == len(world.school.students)
    with statements() as quiet:
        due_work.run_journal_reminders(app)
    assert len(quiet) < 17


def test_a_round_that_was_cut_off_goes_on_where_it_was(app, world, clock, monkeypatch):
    for student in world.school.students:
        world.missed(2, student)
    monkeypatch.setattr(due_work, "BATCH_SIZE", 2)
    monkeypatch.setattr(due_work, "MAX_ROUNDS_PER_JOB", 1)
    clock.set(at(19))
    counts = [len(told(app, world, MAKEUP_REMINDED)) for _ in range(4)]
    assert counts == [2, 4, 5, 5]


# --- documents (4.2.3) -------------------------------------------------------------------------------------


@pytest.mark.clause("4.2.3")
def test_who_came_back_is_reminded_of_his_document_a_working_day_before_its_term_ends(app, world, clock):
    world.missed(2)
    world.attended(1)  # back on Tuesday the 13th: until Friday the 16th
    clock.set(at(14, 12))
    assert told(app, world, EXCUSE_REMINDED) == []
    clock.set(at(15))
    (news,) = told(app, world, EXCUSE_REMINDED)
    assert news["recipients"] == [str(world.student)] and news["subject"]["date"] == "2026-10-13"
    assert datetime.fromisoformat(news["due_at"]).astimezone(UNIVERSITY_ZONE).date() == at(16).date()
    clock.set(at(16))
    assert len(told(app, world, EXCUSE_REMINDED)) == 1


def test_who_has_not_come_back_or_has_handed_in_is_not_reminded(app, world, clock):
    world.missed(2)
    clock.set(at(15))
    assert told(app, world, EXCUSE_REMINDED) == []
    clock.set(NOW)
    world.missed(3, world.school.students[1])
    world.attended(1)
    world.student_actor().hands_in(world.day(2))
    world.student_actor(world.school.students[1]).hands_in(world.day(3))
    clock.set(at(16))
    assert told(app, world, EXCUSE_REMINDED) == []


def test_what_proves_a_telling_is_kept_for_a_year_and_then_forgotten(app, world, clock, untaken):
    clock.set(at(15, 9))
    due_work.run_journal_reminders(app)
    clock.advance(days=399)
    due_work.run_hourly_jobs(app)
    assert world.session.scalar(select(func.count()).select_from(Reminder)) == 1
    clock.advance(days=2)
    due_work.run_hourly_jobs(app)
    world.session.rollback()
    assert world.session.scalar(select(func.count()).select_from(Reminder)) == 0
