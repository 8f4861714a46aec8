"""Grade sheets by the rules alone: when points are entered, who signs, what is led on (1.5.2, 4.3.2, 4.3.3, 4.4.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.journal.grade_sheets import rules as grade_sheet_rules
from app.journal.grade_sheets.entry_dates import (
    AssessmentPeriods,
    due_sheet_kinds,
    entry_period_of_sheet_kind,
)
from app.journal.grade_sheets.rules import PointsEntry, SheetRuleState
from app.journal.gradebook.cell_state import TeachingPeriod
from app.journal.grading.initial_schemes import read_shipped_schemes
from app.journal.grading.rating import parse_scheme
from app.regulation.rules import DeadlineCalendar, Policy
from tests.journal.test_rules_of_requests import HIS, NOBODYS, SECOND, STUDENT, TEACHER, last_second, said

TERMS = DeadlineCalendar(
    {
        key: Policy(key, "0", "calendar_days", clause, "test")
        for key, clause in (("grade.module_entry", "4.3.2"), ("grade.final_entry", "4.3.3"))
    }
)
SCHEME = parse_scheme(
    "KG100", 1, next(row["definition"] for row in read_shipped_schemes() if row["code"] == "KG100")
)
MONDAY, SATURDAY, DAY = date(2026, 10, 12), date(2026, 10, 17), timedelta(days=1)
BEGINS, END = last_second(2026, 10, 11) + SECOND, last_second(2026, 10, 17)
DRAFT = SheetRuleState("MODULE1", "DRAFT", MONDAY, SATURDAY, None)
TEACHERS = (TeachingPeriod(TEACHER, "LECTURER", date(2026, 9, 1), None),)
BESIDE = (
    TeachingPeriod(TEACHER, "PRACTICE", MONDAY, None),
    TeachingPeriod(STUDENT, "LECTURER", MONDAY, None),
)
SIGNED = ("journal.sheet.signed", "4.4.3", None)
NOT_YOURS = ("journal.sheet.not_your_sheet", "3.1", None)


def entered(draft=DRAFT, at=END, points="10", status="GRADED", admitted=True, persons=HIS):
    entering = PointsEntry(STUDENT, status, None if points is None else Decimal(points), 1)
    return said(
        grade_sheet_rules.refusal_to_enter_sheet_points(
            draft, entering, 1, admitted, SCHEME, persons, TEACHERS, TERMS, at
        )
    )


def test_points_are_entered_from_the_first_to_the_last_second_of_the_week():
    assert entered() == () == entered(at=BEGINS)
    early = grade_sheet_rules.sheet_not_open_refusal(DRAFT, TERMS, BEGINS - SECOND)
    assert said(early) == ("journal.sheet.not_open_yet", "4.3.2", None) and early.params["on"] == MONDAY
    late = grade_sheet_rules.sheet_not_open_refusal(DRAFT, TERMS, END + SECOND)
    assert said(late) == ("journal.sheet.entry_closed", "4.3.2", "late_sheet")
    assert late.params["at"] == END and late.params["computation"]["policy"] == "grade.module_entry"
    exam = grade_sheet_rules.sheet_not_open_refusal(replace(DRAFT, kind="FINAL"), TERMS, END + SECOND)
    assert exam.clause == "4.3.3" and exam.params["computation"]["policy"] == "grade.final_entry"


def test_where_the_calendar_is_silent_a_sheet_is_open_until_it_is_signed():
    silent = replace(DRAFT, enter_from=None, enter_until=None)
    assert entered(silent, at=BEGINS - SECOND) == () == entered(silent, at=END + SECOND)
    assert entered(replace(silent, state="SIGNED")) == SIGNED
    assert not grade_sheet_rules.is_late_sheet_entry(silent, TERMS, END + SECOND)


def test_what_comes_after_the_last_second_is_late():
    assert not grade_sheet_rules.is_late_sheet_entry(
        DRAFT, TERMS, END
    ) and grade_sheet_rules.is_late_sheet_entry(DRAFT, TERMS, END + SECOND)


def test_a_sheet_opened_again_takes_the_lines_it_was_opened_for_until_its_moment():
    until = END + 3 * DAY
    whole, his, other = (
        replace(DRAFT, open_until=until, open_for=who) for who in (None, {STUDENT}, {TEACHER})
    )
    assert entered(whole, at=until) == () == entered(his, at=until)
    assert entered(other, at=until)[0] == entered(his, at=until + SECOND)[0] == "journal.sheet.entry_closed"
    assert grade_sheet_rules.sheet_not_open_refusal(other, TERMS, until) is None, "for somebody it is open"
    assert not DRAFT.is_open_by_permit_or_return(None, END)


def test_only_a_teacher_of_the_journal_enters_for_who_is_admitted_and_what_he_saw():
    assert entered(persons=NOBODYS) == NOT_YOURS
    assert entered(admitted=False) == ("journal.sheet.not_admitted", None, None)
    seen = PointsEntry(STUDENT, "GRADED", Decimal(10), 1)
    stale = grade_sheet_rules.refusal_to_enter_sheet_points(
        DRAFT, seen, 2, True, SCHEME, HIS, TEACHERS, TERMS, END
    )
    assert said(stale)[0] == "journal.sheet.line_changed" and stale.current == {"version": 2}


@pytest.mark.parametrize("points", ["0", "10", "9.9"])
def test_points_lie_between_nothing_and_the_most_of_the_part(points):
    assert entered(points=points) == ()


@pytest.mark.parametrize("points", ["-0.1", "10.1", "9.05", "NaN", "Infinity", None])
def test_what_is_no_points_of_the_part_is_refused(points):
    assert entered(points=points) == ("points", "journal.mark.not_points", {"most": 10})


def test_who_did_not_come_has_no_points_and_another_status_is_not_known():
    assert entered(status="NOT_ATTENDED", points=None) == ()
    assert entered(status="NOT_ATTENDED") == ("points", "journal.sheet.no_points_for_absent", {})
    assert entered(status="NOT_ADMITTED") == ("status", "journal.sheet.unknown_status", {})


def test_lines_are_pleaded_for_once_the_term_is_over_and_before_the_signature():
    def pleaded(draft=DRAFT, at=END + SECOND, persons=HIS):
        return said(
            grade_sheet_rules.refusal_to_request_late_sheet_entry(draft, persons, TEACHERS, TERMS, at)
        )

    assert pleaded() == () and pleaded(persons=NOBODYS) == NOT_YOURS
    assert pleaded(replace(DRAFT, state="SIGNED")) == SIGNED
    still = ("journal.entry.still_open", "4.3.2", None)
    silent = replace(DRAFT, enter_until=None)
    assert pleaded(at=END) == still == pleaded(silent)
    assert (
        grade_sheet_rules.refusal_to_request_late_sheet_entry(DRAFT, HIS, TEACHERS, TERMS, END).params["at"]
        == END
    )
    assert (
        grade_sheet_rules.refusal_to_request_late_sheet_entry(silent, HIS, TEACHERS, TERMS, BEGINS).params[
            "at"
        ]
        == BEGINS
    )


def signed(draft=DRAFT, missing=0, unsigned=(), persons=HIS, teachers=TEACHERS, at=END):
    return said(grade_sheet_rules.refusal_to_sign_sheet(draft, missing, unsigned, persons, teachers, at))


def test_the_main_teacher_signs_a_whole_sheet_from_its_first_day():
    assert signed() == () == signed(at=BEGINS) == signed(replace(DRAFT, enter_from=None), at=BEGINS - SECOND)
    assert signed(at=BEGINS - SECOND) == ("journal.sheet.not_open_yet", "4.3.2", None)
    assert signed(persons=NOBODYS) == NOT_YOURS == signed(teachers=BESIDE)
    assert signed(replace(DRAFT, state="SIGNED")) == SIGNED
    assert signed(missing=1) == ("journal.sheet.incomplete", "4.3.2", None)


def test_a_final_waits_for_both_modules():
    final = replace(DRAFT, kind="FINAL")
    assert signed(final, unsigned=["MODULE2"]) == ("journal.sheet.modules_first", None, None)
    assert grade_sheet_rules.unsigned_modules_before_final("FINAL", ["MODULE1"]) == ["MODULE2"]
    assert grade_sheet_rules.unsigned_modules_before_final("FINAL", ["MODULE2", "MODULE1"]) == []
    assert grade_sheet_rules.unsigned_modules_before_final("MODULE2", []) == []


WEEKS = AssessmentPeriods(
    (MONDAY, SATURDAY),
    (MONDAY + 56 * DAY, SATURDAY + 56 * DAY),
    (date(2026, 12, 14), date(2026, 12, 28)),
    date(2026, 12, 18),
)


def test_a_kind_is_entered_in_its_week_a_final_on_its_exam_day_or_in_the_session():
    assert entry_period_of_sheet_kind("MODULE1", WEEKS) == WEEKS.module1
    assert entry_period_of_sheet_kind("MODULE2", WEEKS) == WEEKS.module2
    assert entry_period_of_sheet_kind("FINAL", WEEKS) == (WEEKS.exam_on, WEEKS.exam_on)
    assert entry_period_of_sheet_kind("FINAL", replace(WEEKS, exam_on=None)) == WEEKS.session


def test_a_sheet_is_drawn_once_from_the_first_day_of_its_entering():
    def due(day: date, weeks: AssessmentPeriods = WEEKS, drawn=()):
        return due_sheet_kinds(weeks, drawn, day)

    assert due(MONDAY - DAY) == [] and due(MONDAY) == ["MODULE1"] and due(MONDAY, drawn=["MODULE1"]) == []
    assert due(date(2026, 12, 13), drawn=["MODULE1"]) == ["MODULE2"]
    assert due(date(2026, 12, 14)) == ["MODULE1", "MODULE2", "FINAL"], "a final from the session's first day"
    early_exam = replace(WEEKS, exam_on=date(2026, 12, 11))
    assert "FINAL" in due(date(2026, 12, 11), early_exam), "an exam before the session has its own day"
    alone = AssessmentPeriods(None, None, None, date(2026, 12, 18))
    assert due(date(2026, 12, 17), alone) == [] and due(date(2026, 12, 18), alone) == ["FINAL"]
    assert due(date(2026, 12, 18), AssessmentPeriods(None, None, WEEKS.session, None)) == ["FINAL"], (
        "a module has its week only"
    )
    assert due(date(2026, 12, 18), AssessmentPeriods(None, None, None, None)) == []


@pytest.mark.parametrize(
    ("state", "wanted", "outcome"),
    [
        ("SIGNED", "ENDORSED", "endorsed"),
        ("ENDORSED", "APPROVED", "approved"),
        ("APPROVED", "CLOSED", "closed"),
        ("ENDORSED", "ENDORSED", "endorsed"),
        ("SIGNED", "APPROVED", "changed"),
        ("APPROVED", "ENDORSED", "changed"),
        ("DRAFT", "ENDORSED", "changed"),
    ],
)
def test_a_signed_sheet_is_led_on_step_by_step_and_a_repeat_is_harmless(state, wanted, outcome):
    assert grade_sheet_rules.wanted_sheet_state_or_changed(state, wanted, True) == outcome
    assert grade_sheet_rules.wanted_sheet_state_or_changed(state, wanted, False) == "changed", (
        "another signature stands now"
    )


@pytest.mark.parametrize(
    ("state", "returned", "opened", "amended"),
    [
        ("DRAFT", True, "opened", "result_changed"),
        ("SIGNED", True, "signed", "amended"),
        ("ENDORSED", True, "signed", "amended"),
        ("APPROVED", False, "signed", "amended"),
        ("CLOSED", False, "signed", "amended"),
    ],
)
def test_what_may_still_be_done_with_a_sheet_depends_on_how_far_it_went(state, returned, opened, amended):
    assert grade_sheet_rules.can_take_signature_back(state) is returned
    assert grade_sheet_rules.outcome_of_opening_sheet_for_late_lines(state) == opened
    assert grade_sheet_rules.outcome_of_amending_result(state, 3, 3) == amended
    assert grade_sheet_rules.outcome_of_amending_result(state, 3, 2) == "result_changed"
