"""Which dates of a semester the academic office may set, and why not (4.3.2, 5.3.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.journal.courses.semester_dates import SemesterDates
from app.journal.semesters.rules import refusal_to_set_semester_dates
from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, Invalid, Refused

OFFICE = (RoleAssignment("academic_office"),)
TODAY = date(2026, 10, 14)
OLD = SemesterDates(
    date(2026, 9, 1),
    date(2026, 12, 31),
    module1_from=date(2026, 10, 5),
    module1_until=date(2026, 10, 10),
    module2_from=date(2026, 12, 7),
    module2_until=date(2026, 12, 12),
)


def wrong(
    new: SemesterDates, old: SemesterDates = OLD, reason: str = "Ректордун буйругу", assignments=OFFICE
):
    return refusal_to_set_semester_dates(old, new, assignments, TODAY, reason)


def test_the_office_sets_what_lies_ahead():
    session = {"session_from": date(2026, 12, 14), "session_until": date(2026, 12, 28)}
    assert wrong(replace(OLD, **session, makeup_until=date(2026, 12, 12))) is None
    assert wrong(replace(OLD, ends_on=date(2027, 1, 15))) is None


@pytest.mark.parametrize("role", ["directorate", "department_head", "it_admin", "teacher"])
def test_nobody_else_does(role):
    assert isinstance(wrong(OLD, assignments=(RoleAssignment(role),)), Denied)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ends_on": date(2026, 8, 1)}, "ends_on"),
        ({"session_from": date(2026, 12, 14)}, "session_until"),
        ({"session_until": date(2026, 12, 14)}, "session_from"),
        ({"module2_until": date(2026, 12, 1)}, "module2_until"),
        ({"session_from": date(2026, 12, 12), "session_until": date(2026, 12, 20)}, "session_from"),
        ({"makeup_until": date(2027, 1, 1)}, "makeup_until"),
        ({"ends_on": date(2026, 12, 10)}, "module2_until"),
        ({"makeup_until": date(2026, 8, 31)}, "makeup_until"),
    ],
)
def test_days_stand_in_order_and_inside_the_semester(changed, field):
    refusal = wrong(replace(OLD, **changed))
    assert isinstance(refusal, Invalid) and list(refusal.fields) == [field]


@pytest.mark.parametrize(
    "changed",
    [
        {"starts_on": date(2026, 9, 2)},
        {"module1_until": date(2026, 10, 20)},
        {"module1_from": None, "module1_until": None},
    ],
)
def test_what_has_passed_stays(changed):
    refusal = wrong(replace(OLD, **changed))
    assert isinstance(refusal, Invalid)
    assert {problem.code for found in refusal.fields.values() for problem in found} == {
        "journal.semester.passed"
    }


def test_no_day_is_moved_into_the_past_but_an_empty_one_may_be_filled_in():
    ahead = replace(OLD, makeup_until=date(2026, 12, 1))
    assert isinstance(wrong(replace(ahead, makeup_until=date(2026, 10, 13)), ahead), Invalid)
    assert wrong(replace(ahead, makeup_until=TODAY), ahead) is None
    empty = replace(OLD, module1_from=None, module1_until=None)
    assert wrong(OLD, empty) is None


def test_a_running_semester_asks_why_and_one_to_come_does_not():
    new = replace(OLD, makeup_until=date(2026, 12, 20))
    refusal = wrong(new, reason=" ")
    assert isinstance(refusal, Invalid) and list(refusal.fields) == ["reason"]
    ahead = SemesterDates(date(2027, 2, 1), date(2027, 6, 30))
    assert wrong(replace(ahead, makeup_until=date(2027, 6, 20)), ahead, reason="") is None


def test_a_semester_that_is_over_stays():
    over = SemesterDates(date(2026, 2, 1), date(2026, 6, 30))
    assert isinstance(wrong(replace(over, ends_on=date(2026, 12, 31)), over), Refused)


def test_on_its_last_day_a_semester_is_still_set_and_it_may_have_a_single_day():
    last = SemesterDates(date(2026, 9, 1), TODAY)
    assert wrong(replace(last, ends_on=date(2026, 12, 31)), last) is None
    single = SemesterDates(date(2027, 2, 1), date(2027, 2, 1))
    assert wrong(single, single) is None


def test_a_refusal_names_its_clause_and_what_is_wrong_with_a_day():
    refusal = wrong(OLD, assignments=(RoleAssignment("teacher"),))
    assert (refusal.code, refusal.clause) == ("journal.semester.not_yours", None)
    outside = wrong(replace(OLD, makeup_until=date(2027, 1, 1)))
    assert [problem.code for problem in outside.fields["makeup_until"]] == ["journal.semester.outside"]
