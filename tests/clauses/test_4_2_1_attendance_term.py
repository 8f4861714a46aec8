"""4.2.1: attendance is entered within 24 hours of the end of the lesson; later it counts as late, then it is closed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import take_roll
from app.journal.tables import Lesson
from app.kernel import door
from app.kernel.errors import Refused
from tests.journal.school import NOW

pytestmark = pytest.mark.clause("4.2.1")
SECOND = timedelta(seconds=1)


def enter(school, lesson, at, student=0):
    act = school.teacher_act(at)
    with door.write(act):
        return record_mark(act, CellEdit(lesson, school.students[student], "ATTENDANCE", "ABSENT", 0))


def term_of(school, lesson):
    return school.session.get(Lesson, lesson).ends_at + timedelta(hours=24)


def test_the_last_second_of_the_twenty_four_hours_is_in_time(school):
    lesson = school.lesson()
    assert not enter(school, lesson, term_of(school, lesson)).late
    assert not school.cell(lesson, school.students[0]).late


def test_one_second_later_the_entry_is_possible_and_flagged(school):
    lesson = school.lesson()
    assert enter(school, lesson, term_of(school, lesson) + SECOND).late
    assert school.cell(lesson, school.students[0]).late


def test_the_hours_run_through_a_weekend(school):
    friday = NOW + timedelta(days=2)
    lesson = school.lesson(friday)
    assert enter(school, lesson, term_of(school, lesson) + SECOND).late


def test_after_the_grace_nobody_enters_alone_and_the_refusal_teaches(school):
    lesson = school.lesson()
    with pytest.raises(Refused) as refused:
        enter(school, lesson, term_of(school, lesson) + timedelta(days=9))
    error = refused.value
    assert (error.code, error.clause, error.remedy) == (
        "journal.mark.entry_closed",
        "4.2.1",
        "late_entry",
    )
    assert error.params["at"] > term_of(school, lesson) + timedelta(days=6)
    assert error.params["computation"]["steps"]


def test_within_the_grace_the_roll_can_still_be_taken(school):
    lesson = school.lesson()
    act = school.teacher_act(term_of(school, lesson) + timedelta(days=6))
    with door.write(act):
        assert take_roll(act, lesson).late


def test_the_refused_roll_names_the_clause(school):
    lesson = school.lesson()
    act = school.teacher_act(term_of(school, lesson) + timedelta(days=9))
    with pytest.raises(Refused) as refused, door.write(act):
        take_roll(act, lesson)
    assert refused.value.clause == "4.2.1"
