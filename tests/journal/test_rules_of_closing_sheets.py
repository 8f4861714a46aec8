"""When a sheet may be closed and until when a lesson is open, by the rules alone: each moment and each refusal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.journal.grade_sheets.closing_rules import (
    ClosingBlocker,
    refusal_to_close_sheet,
    sheet_closing_possible_or_wait,
)
from app.journal.gradebook.entry_deadlines import lesson_editable_until
from app.kernel.errors import Invalid
from app.regulation.rules import Deadline
from tests.journal.test_rules_of_requests import ENDS, SECOND, STARTS, TERMS, last_second, lesson

ENDED = date(2026, 12, 31)
OPENS = Deadline(datetime(2027, 1, 14, 17, 59, 59, tzinfo=UTC), "sheet.close_after", "7.6", ())
AFTER = OPENS.moment + SECOND
LESSONS, PERMITS = ClosingBlocker("lessons", 2, AFTER), ClosingBlocker("permits", 1, AFTER)
EXCUSES, APPEALS = ClosingBlocker("excuses", 3), ClosingBlocker("appeals", 1)


def asked(
    *blockers: ClosingBlocker, noted: Any = (), reason: str = "Семестр бүттү", at: datetime = AFTER
) -> Any:
    return refusal_to_close_sheet(ENDED, OPENS, blockers, noted, reason, at)


def problem(error: Any) -> tuple[str, str, dict[str, Any]]:
    assert isinstance(error, Invalid)
    ((field, (found,)),) = error.fields.items()
    return field, found.code, dict(found.params)


def test_it_is_closed_after_the_last_second_of_its_day_and_the_clause_says_only_after_the_semester():
    assert asked() is None and asked(reason="") is None
    early = asked(at=OPENS.moment)
    assert (early.code, early.clause, early.params["at"]) == (
        "journal.sheet.close_too_early",
        None,
        OPENS.moment,
    )
    assert early.params["computation"]["policy"] == "sheet.close_after"
    last = datetime(2026, 12, 31, 17, 59, 59, tzinfo=UTC)
    assert (asked(at=last).clause, asked(at=last + SECOND).clause) == ("7.6", None)


@pytest.mark.parametrize(
    ("blocker", "code"),
    [(LESSONS, "journal.sheet.lessons_run"), (PERMITS, "journal.sheet.permits_run")],
)
def test_a_running_deadline_is_never_noted_away(blocker, code):
    refusal = asked(EXCUSES, blocker, noted=(blocker.kind_and_count_code, EXCUSES.kind_and_count_code))
    assert (refusal.code, refusal.clause) == (code, None)
    assert refusal.params == {"n": blocker.count, "at": AFTER}
    assert not blocker.can_be_noted and EXCUSES.can_be_noted


def test_everything_else_is_noted_as_it_was_seen_and_with_a_reason():
    assert asked(EXCUSES, APPEALS, noted=("excuses:3", "appeals:1")) is None
    assert problem(asked(EXCUSES, APPEALS)) == ("blockers", "journal.sheet.not_noted", {"n": 4})
    assert problem(asked(EXCUSES, APPEALS, noted=("excuses:3",))) == (
        "blockers",
        "journal.sheet.not_noted",
        {"n": 1},
    )
    assert problem(asked(EXCUSES, noted=("excuses:2",))) == (
        "blockers",
        "journal.sheet.blockers_changed",
        {"n": 3},
    )
    for reason in ("", "   "):
        assert problem(asked(EXCUSES, noted=("excuses:3",), reason=reason)) == (
            "reason",
            "journal.sheet.close_reason_needed",
            {},
        )


def test_the_task_opens_once_nothing_is_left_that_cannot_be_noted():
    assert (
        sheet_closing_possible_or_wait(OPENS, (), AFTER)
        == sheet_closing_possible_or_wait(OPENS, (EXCUSES, APPEALS), AFTER)
        == "possible"
    )
    assert sheet_closing_possible_or_wait(OPENS, (), OPENS.moment) == "wait"
    assert sheet_closing_possible_or_wait(OPENS, (EXCUSES, LESSONS), AFTER) == "wait"
    assert sheet_closing_possible_or_wait(OPENS, (PERMITS,), AFTER) == "wait"


def test_a_lesson_is_open_until_the_last_of_its_deadlines():
    grade, grace = last_second(2026, 10, 19), last_second(2026, 10, 22)
    assert lesson_editable_until(lesson(), None, TERMS) == grace, (
        "a roll nobody took: a day and seven days of grace"
    )
    assert lesson_editable_until(lesson(type="INDEPENDENT_WORK"), None, TERMS) == grade, (
        "five days for a grade"
    )
    assert lesson_editable_until(lesson(roll_taken_at=ENDS), None, TERMS) == grade
    entered = datetime(2026, 10, 21, 3, tzinfo=UTC)
    assert lesson_editable_until(lesson(), entered, TERMS) == last_second(2026, 10, 24), (
        "three days to correct it"
    )
    rolled = lesson(roll_taken_at=entered)
    assert lesson_editable_until(rolled, STARTS, TERMS) == last_second(2026, 10, 24)
    assert lesson_editable_until(rolled, entered + timedelta(days=1), TERMS) == last_second(2026, 10, 25)
