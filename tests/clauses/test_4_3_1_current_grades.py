"""4.3.1: current grades are entered within five calendar days of the day the task was done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.kernel import door
from app.kernel.errors import Refused

pytestmark = pytest.mark.clause("4.3.1")
LESSON = datetime(2026, 10, 14, 1, 0, tzinfo=UTC)
"""Wednesday, 07:00 in Bishkek."""
LAST = datetime(2026, 10, 19, 17, 59, 59, tzinfo=UTC)
"""Monday, 23:59:59 in Bishkek: the end of the fifth day."""


def enter(school, lesson, at):
    act = school.teacher_act(at)
    with door.write(act):
        return record_mark(act, CellEdit(lesson, school.students[0], "GRADE", "80", 0))


def test_a_grade_is_entered_on_the_day_itself(school):
    assert enter(school, school.lesson(LESSON), LESSON).value == "80"


def test_the_last_second_of_the_fifth_day_is_in_time(school):
    assert enter(school, school.lesson(LESSON), LAST).value == "80"


def test_one_second_later_it_is_closed_and_the_refusal_teaches(school):
    with pytest.raises(Refused) as refused:
        enter(school, school.lesson(LESSON), LAST + timedelta(seconds=1))
    error = refused.value
    assert (error.code, error.clause, error.remedy) == (
        "journal.mark.entry_closed",
        "4.3.1",
        "late_entry",
    )
    assert error.params["at"] == LAST and error.params["computation"]


def test_the_day_of_the_task_is_the_day_at_the_university(school):
    """21:00 UTC is 03:00 of the next day in Bishkek, and the five days count from that day."""
    lesson = school.lesson(datetime(2026, 10, 13, 21, 0, tzinfo=UTC))
    assert enter(school, lesson, LAST).value == "80"
