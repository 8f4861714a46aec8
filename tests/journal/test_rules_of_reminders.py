"""When somebody is reminded of a term, by the rules alone: the stage, to the second (4.2.1, 4.2.3, 4.3.1, 5.3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.journal.excuses.rules import excuse_submit_deadline
from app.journal.reminders.rules import (
    excuse_reminder_stage_or_none,
    grade_reminder_stage_and_deadline,
    makeup_reminder_stage_and_deadline,
    roll_reminder_stage_and_deadline,
)
from tests.journal.test_rules_of_requests import (
    DAY,
    ENDS,
    SECOND,
    SHEET,
    TERMS,
    debt,
    last_second,
    lesson,
)

DAYS = timedelta(days=1)


def stage(found):
    """The stage alone."""
    return found and found[0]


def test_a_roll_is_remembered_in_the_last_four_hours_of_its_term_and_once_they_are_over():
    end = ENDS + timedelta(hours=24)
    first = end - timedelta(hours=4)
    assert roll_reminder_stage_and_deadline(lesson(), TERMS, first - SECOND) is None
    for moment, told in ((first, "before"), (end, "before"), (end + SECOND, "over")):
        found = roll_reminder_stage_and_deadline(lesson(), TERMS, moment)
        assert (found[0], found[1].moment) == (told, end)


@pytest.mark.parametrize(
    "none_called",
    [
        lesson(type="INDEPENDENT_WORK"),
        lesson(state="CANCELLED"),
        lesson(roll_taken_at=ENDS),
        lesson(sheet=SHEET),
    ],
)
def test_no_roll_is_remembered_where_none_is_called(none_called):
    assert roll_reminder_stage_and_deadline(none_called, TERMS, ENDS + timedelta(hours=30)) is None


def test_grades_are_remembered_all_through_their_last_day():
    end = last_second(2026, 10, 19)
    begins = end - DAYS + SECOND
    for moment, told in (
        (begins - SECOND, None),
        (begins, "last_day"),
        (end, "last_day"),
        (end + SECOND, None),
    ):
        assert stage(grade_reminder_stage_and_deadline(lesson(), TERMS, moment)) == told
    assert grade_reminder_stage_and_deadline(lesson(), TERMS, end)[1].moment == end
    assert grade_reminder_stage_and_deadline(lesson(state="CANCELLED"), TERMS, end) is None
    assert grade_reminder_stage_and_deadline(lesson(sheet=SHEET), TERMS, end) is None


@pytest.mark.parametrize(
    ("days", "told"),
    [(8, None), (7, "7"), (6, "7"), (4, "7"), (3, "3"), (2, "3"), (1, "1"), (0, "1")],
)
def test_a_work_off_is_remembered_seven_three_and_one_days_before_each_of_its_two_ends(days, told):
    for end in (last_second(2026, 10, 28), last_second(2026, 12, 30)):
        found = makeup_reminder_stage_and_deadline(debt(), TERMS, end - days * DAYS)
        assert stage(found) == told
        assert told is None or found[1].moment == end


def test_after_both_ends_of_a_work_off_nothing_is_remembered():
    assert (
        stage(makeup_reminder_stage_and_deadline(debt(), TERMS, last_second(2026, 10, 28) + SECOND)) is None
    )
    assert stage(makeup_reminder_stage_and_deadline(debt(), TERMS, last_second(2026, 12, 30))) == "1"
    assert makeup_reminder_stage_and_deadline(debt(), TERMS, last_second(2026, 12, 30) + SECOND) is None


def test_a_document_is_remembered_on_the_working_day_before_the_last_and_on_the_last():
    term = excuse_submit_deadline(DAY, TERMS)
    end = last_second(2026, 10, 17)
    assert term.moment == end
    day_before = end - 2 * DAYS + SECOND
    for moment, told in (
        (day_before - SECOND, None),
        (day_before, "before"),
        (end, "before"),
        (end + SECOND, None),
    ):
        assert excuse_reminder_stage_or_none(term, TERMS, moment) == told
