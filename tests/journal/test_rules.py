"""The rules alone: facts and terms in, a decision out. No database, no application."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from app.journal.corrections.rules import outcome_of_applying_change_set, refusal_to_request_correction
from app.journal.gradebook.cell_state import (
    CellState,
    CoveringSheetState,
    LessonState,
    TeachingPeriod,
    attendance_status,
    is_main_teacher_on_day,
    parse_cell_value,
)
from app.journal.gradebook.entry_deadlines import cell_entry_deadline
from app.journal.gradebook.entry_rules import refusal_to_record_mark
from app.kernel.errors import Denied, Invalid, Refused, Stale
from app.regulation.rules import DeadlineCalendar, Policy

TEACHER, SUBSTITUTE, STUDENT, LESSON = (UUID(int=number) for number in range(1, 5))
STARTS = datetime(2026, 10, 14, 2, 0, tzinfo=UTC)
ENDS = STARTS + timedelta(minutes=80)
TERMS = DeadlineCalendar(
    {
        key: Policy(key, value, measure, clause, "test")
        for key, value, measure, clause in (
            ("attendance.entry_term", "24", "hours", "4.2.1"),
            ("attendance.late_entry_grace", "7", "calendar_days", "4.2.1"),
            ("grade.current_term", "5", "calendar_days", "4.3.1"),
            ("correction.self_window", "3", "calendar_days", "4.4.1"),
            ("correction.self_by", "JOURNAL", "code", "4.4.1"),
            ("correction.self_reason", "REQUIRED", "code", "1.4.4"),
        )
    }
)
TEACHERS = (
    TeachingPeriod(TEACHER, "LECTURER", date(2026, 9, 1), None),
    TeachingPeriod(SUBSTITUTE, "SUBSTITUTE", date(2026, 10, 14), date(2026, 10, 14)),
)


def lesson(**more):
    return LessonState(LESSON, STARTS, ENDS, more.pop("type", "LECTURE"), more.pop("state", "HELD"), **more)


def cell(kind="ATTENDANCE", held=None, **more):
    return CellState(held or lesson(), STUDENT, kind, **more)


TAKEN = {"roll_taken_at": ENDS, "roll_taken_by": TEACHER}
ENTERED = {"stored": "55", "version": 1, "stored_at": ENDS, "stored_by": TEACHER}


@pytest.mark.parametrize(
    "made, status",
    [
        (cell(), "NOT_RECORDED"),
        (cell(held=lesson(**TAKEN)), "PRESENT"),
        (cell(stored="PRESENT"), "PRESENT"),
        (cell(stored="ABSENT"), "ABSENT"),
        (cell(stored="ABSENT", reason="EXCUSED"), "EXCUSED"),
        (cell(stored="ABSENT", reason="SICK"), "SICK"),
        (cell(stored="ABSENT", reason="SICK", made_up=True), "MADE_UP"),
        (cell(applicable=False, held=lesson(**TAKEN)), "NOT_APPLICABLE"),
        (cell(held=lesson(type="INDEPENDENT_WORK")), "NOT_APPLICABLE"),
        (cell(held=lesson(state="CANCELLED")), "NOT_APPLICABLE"),
    ],
)
def test_a_status_of_annex_two_is_derived(made, status):
    assert attendance_status(made) == status


def test_what_closes_first_decides():
    now = ENDS + timedelta(days=30)
    sheet = CoveringSheetState("MODULE1", ENDS + timedelta(days=2))
    assert cell_entry_deadline(cell("GRADE"), TERMS, now).clause == "4.3.1"
    assert cell_entry_deadline(cell(), TERMS, now).clause == "4.2.1"
    assert cell_entry_deadline(cell("GRADE", **ENTERED), TERMS, now).clause == "4.4.1"
    corrected = cell("GRADE", **ENTERED, corrected_at=ENDS + timedelta(days=9))
    assert cell_entry_deadline(corrected, TERMS, now).clause == "4.4.2"
    closed = cell("GRADE", lesson(sheet=sheet), **ENTERED, corrected_at=ENDS + timedelta(days=9))
    found = cell_entry_deadline(closed, TERMS, now)
    assert (found.clause, found.at, found.remedy) == ("7.6", sheet.signed_or_closed_at, None)


def test_who_enters_and_who_corrects():
    now = ENDS + timedelta(hours=1)

    def asked(made, person, at=now, reason="because"):
        return refusal_to_record_mark(made, frozenset({person}), TEACHERS, TERMS, at, reason)

    assert asked(cell("GRADE"), TEACHER) is None
    assert asked(cell("GRADE"), SUBSTITUTE) is None
    assert isinstance(asked(cell("GRADE"), STUDENT), Denied)
    own = {**ENTERED, "stored_by": SUBSTITUTE}
    assert asked(cell("GRADE", **own), SUBSTITUTE) is None
    assert asked(cell("GRADE", **own), TEACHER) is None, "any teacher of the journal corrects it"
    assert isinstance(asked(cell("GRADE", **ENTERED), TEACHER, reason=""), Invalid)


def test_without_lectures_whoever_teaches_in_his_own_right_is_the_main_teacher():
    practice = (TeachingPeriod(TEACHER, "PRACTICE", date(2026, 9, 1), None), TEACHERS[1])
    assert is_main_teacher_on_day(practice, frozenset({TEACHER}), date(2026, 10, 14))
    assert not is_main_teacher_on_day(practice, frozenset({SUBSTITUTE}), date(2026, 10, 14))
    assert not is_main_teacher_on_day(practice, frozenset({TEACHER}), date(2026, 8, 31))


def test_what_may_be_asked_for():
    later, closed = ENDS + timedelta(days=30), cell("GRADE", **ENTERED)

    def asked(made=closed, version=1, new="65", person=TEACHER, at=later):
        return refusal_to_request_correction(made, version, new, frozenset({person}), TEACHERS, TERMS, at)

    assert asked() is None
    assert asked(new=None) is None
    assert isinstance(asked(person=STUDENT), Denied)
    assert isinstance(asked(version=2), Stale)
    assert isinstance(asked(new="55"), Invalid)
    assert asked(at=ENDS).clause == "4.4.1"
    assert asked(cell("GRADE", lesson(sheet=CoveringSheetState("FINAL", later)), **ENTERED)).clause == "7.6"
    settled = cell(**{**ENTERED, "stored": "ABSENT"}, made_up=True)
    assert isinstance(asked(settled, new="PRESENT"), Refused)


@pytest.mark.parametrize(
    "change, outcome",
    [
        ({}, "applied"),
        ({"version": 2}, "cell_changed"),
        ({"stored": "56"}, "cell_changed"),
        ({"applicable": False}, "cell_changed"),
        ({"held": lesson(sheet=CoveringSheetState("FINAL", ENDS))}, "sheet_closed"),
    ],
)
def test_how_a_change_set_ends(change, outcome):
    good = cell("GRADE", **ENTERED)
    plan = {"version": 1, "old": "55", "new": "65"}
    assert (
        outcome_of_applying_change_set([plan, plan], [good, cell("GRADE", **{**ENTERED, **change})])
        == outcome
    )


def test_values_have_one_spelling():
    assert [parse_cell_value("GRADE", text) for text in ("007", "7.0", "7,5", "", None)] == [
        "7",
        "7",
        "7.5",
        None,
        None,
    ]
    assert parse_cell_value("ATTENDANCE", "ABSENT") == "ABSENT"
    for kind, value in (("GRADE", "101"), ("GRADE", "7.55"), ("ATTENDANCE", "SICK"), ("ATTENDANCE", "85")):
        with pytest.raises(Invalid):
            parse_cell_value(kind, value)
