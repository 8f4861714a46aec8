"""A drawn sheet and the academic calendar that moves under it: the days it has then."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.journal.grade_sheets.entry_dates import (
    AssessmentPeriods,
    EntryDays,
    entry_days_after_calendar_change,
)
from app.journal.grading.rating import FINAL, MODULE1
from app.journal.grading.sheet_states import DRAFT, SIGNED

TODAY = date(2026, 10, 14)
DAY = timedelta(days=1)
HAS = EntryDays(TODAY, TODAY + 4 * DAY, TODAY + 4 * DAY)
"""The module week that runs."""


def week(first: date, last: date) -> AssessmentPeriods:
    return AssessmentPeriods(module1=(first, last), module2=None, session=None, exam_on=None)


def test_a_draft_gets_the_week_that_the_calendar_says_now():
    later = entry_days_after_calendar_change(
        MODULE1, DRAFT, HAS, week(TODAY + 7 * DAY, TODAY + 9 * DAY), TODAY
    )
    assert later == EntryDays(TODAY + 7 * DAY, TODAY + 9 * DAY, TODAY + 9 * DAY)


def test_a_week_that_ends_today_is_taken_and_one_that_ended_yesterday_is_not():
    assert (
        entry_days_after_calendar_change(MODULE1, DRAFT, HAS, week(TODAY - 2 * DAY, TODAY), TODAY).enter_until
        == TODAY
    )
    assert (
        entry_days_after_calendar_change(MODULE1, DRAFT, HAS, week(TODAY - 3 * DAY, TODAY - DAY), TODAY)
        == HAS
    )


@pytest.mark.parametrize("until, moves", [(TODAY, True), (TODAY - DAY, False), (None, True)])
def test_a_sheet_whose_days_are_over_keeps_them(until: date | None, moves: bool):
    has = EntryDays(None, until, TODAY)
    assert (
        entry_days_after_calendar_change(MODULE1, DRAFT, has, week(TODAY, TODAY + DAY), TODAY) != has
    ) is moves


def test_a_signed_sheet_and_one_the_calendar_is_silent_about_keep_their_days():
    moved = week(TODAY + 7 * DAY, TODAY + 9 * DAY)
    assert entry_days_after_calendar_change(MODULE1, SIGNED, HAS, moved, TODAY) == HAS
    assert entry_days_after_calendar_change(FINAL, DRAFT, HAS, moved, TODAY) == HAS


def test_what_a_signature_cut_stays_cut_when_the_sheet_comes_back():
    cut = EntryDays(HAS.enter_from, HAS.enter_until, TODAY - DAY)
    later = entry_days_after_calendar_change(
        MODULE1, DRAFT, cut, week(TODAY + 7 * DAY, TODAY + 9 * DAY), TODAY
    )
    assert later == EntryDays(TODAY + 7 * DAY, TODAY + 9 * DAY, TODAY - DAY)
