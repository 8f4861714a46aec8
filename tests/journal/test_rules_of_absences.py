"""What an absence still needs, by the rules alone: which document, which work, until which second (4.2.3, 5.2, 5.3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from app.journal.student_views.absence_needs import compute_absence_needs, first_present_day_after
from app.regulation.rules import DeadlineCalendar
from tests.journal.test_rules_of_requests import (
    DAY,
    ENDS,
    SECOND,
    SHEET,
    TERMS,
    absence,
    debt,
    last_second,
    lesson,
)

OFFICE = DeadlineCalendar(TERMS.policies, default_workdays_per_week=5)
FRIDAY = date(2026, 10, 16)
PAPER_ENDS, SOFT_ENDS, HARD_ENDS = (last_second(2026, *day) for day in ((10, 21), (10, 28), (12, 30)))


def needs(cell=None, returned: date | None = FRIDAY, at: datetime = ENDS, **more):
    found = compute_absence_needs(debt(cell, **more), returned, TERMS, OFFICE, at)
    return [(need.kind, need.until and need.until.moment, need.start) for need in found]


def test_he_came_back_on_the_first_day_after_it_on_which_he_was_present():
    present = [DAY - timedelta(days=1), DAY, date(2026, 10, 20), FRIDAY]
    assert first_present_day_after(present, DAY) == FRIDAY
    assert first_present_day_after([DAY], DAY) is None and first_present_day_after([], DAY) is None


@pytest.mark.parametrize("cell", [absence(stored="PRESENT"), absence(made_up=True), absence(reason="SICK")])
def test_what_is_settled_needs_nothing(cell):
    assert needs(cell) == []


def test_a_document_is_needed_until_its_last_second_and_afterwards_with_words():
    work = ("work_off", SOFT_ENDS, "makeup")
    assert needs(at=PAPER_ENDS) == [("document", PAPER_ENDS, "excuse"), work]
    assert needs(at=PAPER_ENDS + SECOND) == [("document_late", PAPER_ENDS, "excuse"), work]


def test_while_he_is_away_the_term_of_the_document_has_not_begun():
    assert needs(returned=None)[0] == ("on_return", None, "excuse")


def test_no_document_is_asked_for_what_has_a_reason_or_is_older_than_a_year():
    laboratory = absence(lesson(type="LAB"), reason="SICK")
    assert [kind for kind, *_ in needs(laboratory)] == ["work_off"]
    year_later = ENDS + timedelta(days=365)
    assert needs(at=year_later)[0][0] == "document_late"
    assert needs(at=year_later + timedelta(days=1)) == [("extension", HARD_ENDS, "makeup_extension")]


def test_the_work_is_first_due_softly_then_until_the_semesters_last_second_then_pleaded_for():
    def work(at):
        return needs(returned=None, at=at)[1]

    assert work(SOFT_ENDS) == ("work_off", SOFT_ENDS, "makeup")
    assert work(SOFT_ENDS + SECOND) == work(HARD_ENDS) == ("work_off_overdue", HARD_ENDS, "makeup")
    assert work(HARD_ENDS + SECOND) == ("extension", HARD_ENDS, "makeup_extension")


def test_under_a_closed_sheet_no_document_helps_and_after_the_semester_only_a_commission():
    shut = absence(lesson(sheet=SHEET))
    assert needs(shut) == [("work_off", SOFT_ENDS, "makeup")]
    assert needs(shut, at=HARD_ENDS + SECOND) == [("commission", HARD_ENDS, None)]
