"""What a teacher enters, corrects and asks to correct, by the rules alone: each term to the second, each refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.journal.corrections import rules as correction_rules
from app.journal.gradebook import entry_rules
from app.journal.gradebook.cell_state import (
    CellState,
    LatePermit,
    LessonState,
    TeachingPeriod,
    is_main_teacher_on_day,
    parse_cell_value,
    pick_main_teacher_id,
)
from app.journal.gradebook.entry_deadlines import (
    EntryDeadline,
    attendance_entry_deadline,
    cell_entry_deadline,
)
from app.kernel.errors import Invalid
from app.regulation.rules import Policy
from tests.journal.test_rules_of_requests import (
    DAY,
    ENDS,
    GRACE,
    HIS,
    NOBODYS,
    SECOND,
    SHEET,
    STARTS,
    STUDENT,
    TEACHER,
    TEACHERS,
    TERMS,
    last_second,
    lesson,
    said,
)

OTHER = UUID(int=9)
TERM = ENDS + timedelta(hours=24)
SIGNED = replace(SHEET, closed=False)
WINDOW = last_second(2026, 10, 17)
"""Three calendar days from the first entry at the end of the lesson."""


def cell(kind: str = "ATTENDANCE", held: LessonState | None = None, **more: Any) -> CellState:
    return CellState(held or lesson(), STUDENT, kind, **more)


def entered(kind: str = "GRADE", held: LessonState | None = None, **more: Any) -> CellState:
    value = "ABSENT" if kind == "ATTENDANCE" else "55"
    facts = {"stored": value, "version": 1, "stored_at": ENDS, "stored_by": TEACHER} | more
    return cell(kind, held, **facts)


def told(closing: EntryDeadline) -> tuple[Any, ...]:
    return closing.open, closing.code, closing.clause, closing.at, closing.remedy, closing.late


# --- closings ----------------------------------------------------------------------------------------------

ENTRY = "journal.mark.entry_closed"


@pytest.mark.parametrize(
    ("at", "found"),
    [
        (TERM, (True, ENTRY, "4.2.1", TERM, "late_entry", False)),
        (TERM + SECOND, (True, ENTRY, "4.2.1", GRACE, "late_entry", True)),
        (GRACE, (True, ENTRY, "4.2.1", GRACE, "late_entry", True)),
        (GRACE + SECOND, (False, ENTRY, "4.2.1", GRACE, "late_entry", True)),
    ],
)
def test_attendance_is_entered_within_its_hours_then_late_then_not(at, found):
    assert (
        told(cell_entry_deadline(cell(), TERMS, at))
        == found
        == told(attendance_entry_deadline(lesson(), TERMS, at))
    )
    policy = "attendance.entry_term" if at == TERM else "attendance.late_entry_grace"
    assert cell_entry_deadline(cell(), TERMS, at).computation["policy"] == policy


def test_a_grade_is_entered_until_the_last_second_of_the_fifth_day():
    end = last_second(2026, 10, 19)
    assert told(cell_entry_deadline(cell("GRADE"), TERMS, end)) == (
        True,
        ENTRY,
        "4.3.1",
        end,
        "late_entry",
        False,
    )
    assert told(cell_entry_deadline(cell("GRADE"), TERMS, end + SECOND))[0] is False


def test_an_entered_mark_is_corrected_until_the_last_second_of_the_third_day():
    code = "journal.mark.self_window_closed"
    closed = (code, "4.4.1", WINDOW, "late_correction", False)
    assert told(cell_entry_deadline(entered(), TERMS, WINDOW)) == (True, *closed)
    assert told(cell_entry_deadline(entered(), TERMS, WINDOW + SECOND)) == (False, *closed)
    assert cell_entry_deadline(entered(), TERMS, WINDOW).computation["policy"] == "correction.self_window"


@pytest.mark.parametrize("kind", ["ATTENDANCE", "GRADE"])
def test_through_the_door_of_a_request_it_is_entered_late_until_the_door_shuts(kind):
    at = last_second(2026, 10, 25)
    door = LatePermit(STUDENT, kind, at, at + timedelta(hours=5), {"policy": "entry.window_term"})
    held = lesson(late_permits=(door,))
    found = cell_entry_deadline(cell(kind, held), TERMS, at)
    assert (found.open, found.late, found.at, found.remedy) == (True, True, door.closes_at, "late_entry")
    assert found.computation == door.computation and found.code == ENTRY
    assert not cell_entry_deadline(cell(kind, held), TERMS, door.closes_at + SECOND).open
    assert not cell_entry_deadline(replace(cell(kind, held), student=OTHER), TERMS, at).open


def test_a_closed_sheet_shuts_everything_and_a_signed_one_the_points():
    closed, signed = lesson(sheet=SHEET), lesson(sheet=SIGNED)
    shut = (False, "journal.mark.sheet_closed", "7.6", SHEET.signed_or_closed_at, None, False)
    assert told(cell_entry_deadline(cell(held=closed), TERMS, ENDS)) == shut
    assert (
        told(cell_entry_deadline(entered(held=closed), TERMS, ENDS))
        == shut
        == told(attendance_entry_deadline(closed, TERMS, ENDS))
    )
    fixed = (False, "journal.mark.sheet_signed", "4.4.3", SHEET.signed_or_closed_at, None, False)
    assert told(cell_entry_deadline(cell("GRADE", signed), TERMS, ENDS)) == fixed
    assert (
        told(cell_entry_deadline(entered("GRADE", signed), TERMS, SHEET.signed_or_closed_at + SECOND))
        == fixed
    )
    assert (
        cell_entry_deadline(cell(held=signed), TERMS, ENDS).open
        and attendance_entry_deadline(signed, TERMS, ENDS).open
    )
    own = cell_entry_deadline(entered("ATTENDANCE", signed), TERMS, WINDOW)
    assert (own.open, own.clause, own.at) == (True, "4.4.1", WINDOW), "attendance is no part of a result"


def test_a_grade_that_came_after_the_signature_has_its_own_deadlines_until_another_one_counts_it():
    at = SHEET.signed_or_closed_at
    signed = lesson(sheet=SIGNED)
    assert not cell_entry_deadline(cell("GRADE", signed), TERMS, at).open
    free = cell_entry_deadline(cell("GRADE", signed), TERMS, at + SECOND)
    assert (free.open, free.clause, free.at) == (True, "4.3.1", last_second(2026, 10, 19))
    late = {"stored_at": at + SECOND}
    assert cell_entry_deadline(entered(held=signed, **late), TERMS, at + SECOND).open
    assert entered(held=signed, **late).sheet is None and entered(held=signed).sheet is SIGNED
    again = lesson(sheet=replace(SIGNED, latest_signed_at=at + SECOND))
    assert not cell_entry_deadline(entered(held=again, **late), TERMS, at + SECOND).open
    assert not cell_entry_deadline(cell("GRADE", again), TERMS, at + SECOND).open
    shut = lesson(sheet=SHEET)
    assert not cell_entry_deadline(cell("GRADE", shut), TERMS, at + SECOND).open


def test_what_a_case_corrected_only_another_case_changes():
    found = cell_entry_deadline(entered(corrected_at=ENDS), TERMS, ENDS)
    assert told(found) == (False, "journal.mark.corrected_by_case", "4.4.2", ENDS, "late_correction", False)


# --- entering (4.2.1, 4.3.1, 4.4.1) ------------------------------------------------------------------------


def mark(made: CellState | None = None, persons=HIS, at=ENDS, reason="Ката кеткен", teachers=TEACHERS):
    return said(entry_rules.refusal_to_record_mark(made or cell(), persons, teachers, TERMS, at, reason))


@pytest.mark.parametrize(("kind", "clause"), [("ATTENDANCE", "4.2.1"), ("GRADE", "4.3.1")])
def test_a_mark_is_entered_by_a_teacher_from_the_first_second_of_a_lesson_that_is_held(kind, clause):
    assert mark(cell(kind)) == () == mark(cell(kind), at=STARTS)
    assert mark(cell(kind), at=STARTS - SECOND) == ("journal.lesson.not_begun", clause, None)
    assert mark(cell(kind), NOBODYS) == ("journal.lesson.not_yours", "3.1", None)
    assert mark(cell(kind, lesson(state="MOVED"))) == ("journal.lesson.not_held", None, None)
    assert mark(cell(kind, applicable=False)) == ("journal.mark.not_applicable", "2.1", None)


def test_where_no_roll_is_taken_there_are_points_but_no_attendance():
    alone = lesson(type="INDEPENDENT_WORK")
    assert mark(cell("GRADE", alone)) == ()
    assert mark(cell(held=alone)) == ("journal.roll.not_taken_here", None, None)


def test_a_settled_absence_is_no_mere_mark_but_a_reason_expected_beforehand_settles_nothing():
    settled = ("journal.mark.absence_settled", "4.2.4", None)
    assert mark(entered("ATTENDANCE", reason="SICK", version=2)) == settled
    assert mark(entered("ATTENDANCE", made_up=True)) == settled
    assert mark(entered("ATTENDANCE", reason="SICK", version=1)) == ()


def test_a_closed_cell_says_when_by_which_clause_and_what_helps():
    refusal = entry_rules.refusal_to_record_mark(entered(), HIS, TEACHERS, TERMS, WINDOW + SECOND, "Ката")
    assert said(refusal) == ("journal.mark.self_window_closed", "4.4.1", "late_correction")
    assert (
        refusal.params["at"] == WINDOW and refusal.params["computation"]["policy"] == "correction.self_window"
    )


def test_a_correction_needs_a_reason_but_not_while_the_roll_is_being_called():
    absent = entered("ATTENDANCE")
    needed = ("reason", "journal.mark.reason_needed", {})
    assert mark(absent, reason="") == () == mark(absent, at=TERM, reason=" ")
    assert mark(absent, at=TERM + SECOND, reason=" ") == needed
    taken = lesson(roll_taken_at=ENDS, roll_taken_by=TEACHER)
    assert mark(entered("ATTENDANCE", taken), reason="") == needed
    assert mark(entered(), reason="") == needed and mark(cell("GRADE"), reason="") == ()
    assert mark(entered(), reason="а" * 500) == ()
    assert mark(entered(), reason="а" * 501) == ("reason", "forms.field.too_long", {"max": 500})


def test_by_the_policy_a_correction_needs_no_reason():
    free = Policy("correction.self_reason", "OPTIONAL", "code", "1.4.4", "test")
    terms = replace(TERMS, policies={**TERMS.policies, free.key: free})

    def mark(reason, at=ENDS):
        return said(entry_rules.refusal_to_record_mark(entered(), HIS, TEACHERS, terms, at, reason))

    assert mark("") == mark(" ") == mark("Ката") == ()
    assert mark("а" * 501)[0] == "reason", "one that is given is not longer than others"


BY_AUTHOR = Policy("correction.self_by", "AUTHOR", "code", "4.4.1", "test")


def test_any_teacher_of_the_journal_corrects_it():
    here = TeachingPeriod(OTHER, "PRACTICE", date(2026, 9, 1), None)
    his = entered(stored_by=OTHER)
    assert mark(his, teachers=(*TEACHERS, here)) == ()
    assert mark(entered(), frozenset({OTHER}), teachers=(*TEACHERS, here)) == ()
    assert mark(entered(), frozenset({OTHER}))[0] == "journal.lesson.not_yours"


def test_by_the_stricter_policy_who_entered_it_corrects_it_then_the_main_teacher_once_he_is_gone():
    gone = TeachingPeriod(OTHER, "PRACTICE", date(2026, 9, 1), DAY - timedelta(days=1))
    here = replace(gone, ends_on=None)
    his = entered(stored_by=OTHER)
    strict = replace(TERMS, policies={**TERMS.policies, "correction.self_by": BY_AUTHOR})

    def mark(*made, teachers=TEACHERS):
        cell_made, persons = (*made, HIS)[:2]
        return said(entry_rules.refusal_to_record_mark(cell_made, persons, teachers, strict, ENDS, "Ката"))

    assert mark(his, teachers=(*TEACHERS, gone)) == ()
    refusal = entry_rules.refusal_to_record_mark(his, HIS, (*TEACHERS, here), strict, ENDS, "Ката")
    assert said(refusal) == ("journal.mark.entered_by_another", None, None)
    assert refusal.params["author"] == str(OTHER)
    assert mark(his, frozenset({OTHER}), teachers=(*TEACHERS, here)) == ()
    nobody = entered(stored_by=None)
    assert mark(nobody) == (), "what nobody signed is the main teacher's"
    practice = frozenset({OTHER})
    unsigned = entry_rules.refusal_to_record_mark(nobody, practice, (*TEACHERS, here), strict, ENDS, "Ката")
    assert said(unsigned)[0] == "journal.mark.entered_by_another" and unsigned.params["author"] is None


def test_the_roll_is_taken_by_a_teacher_in_its_term():
    def roll(held=None, persons=HIS, at=ENDS):
        return said(entry_rules.refusal_to_take_roll(held or lesson(), persons, TEACHERS, TERMS, at))

    assert roll() == () == roll(at=GRACE)
    assert roll(at=GRACE + SECOND) == (ENTRY, "4.2.1", "late_entry")
    assert roll(persons=NOBODYS) == ("journal.lesson.not_yours", "3.1", None)
    assert roll(at=STARTS - SECOND) == ("journal.lesson.not_begun", "4.2.1", None)
    assert roll(lesson(type="INDEPENDENT_WORK")) == ("journal.roll.not_taken_here", None, None)
    assert roll(lesson(state="CANCELLED", type="INDEPENDENT_WORK")) == (
        "journal.lesson.not_held",
        None,
        None,
    )


def test_a_lesson_is_described_ahead_and_as_long_as_attendance_may_be_entered():
    def described(held=None, new="LECTURE", persons=HIS, at=ENDS):
        return said(
            entry_rules.refusal_to_describe_lesson(held or lesson(), new, persons, TEACHERS, TERMS, at)
        )

    taken = lesson(roll_taken_at=ENDS, roll_taken_by=TEACHER)
    assert described() == () == described(at=STARTS - timedelta(hours=1)) == described(at=GRACE)
    assert described(new="LAB") == () == described(taken)
    assert described(taken, "LAB") == ("journal.lesson.type_stands", None, None)
    assert described(persons=NOBODYS) == ("journal.lesson.not_yours", "3.1", None)
    assert described(at=GRACE + SECOND) == ("journal.lesson.closed", "4.1.1", None)
    assert described(lesson(sheet=SHEET)) == ("journal.lesson.closed", "7.6", None)
    over = entry_rules.refusal_to_describe_lesson(lesson(), "LAB", HIS, TEACHERS, TERMS, GRACE + SECOND)
    assert over.params["at"] == GRACE


# --- corrections after the term (4.4.2) --------------------------------------------------------------------


def correct(made=None, version=1, new: str | None = "65", persons=HIS, at=WINDOW + SECOND):
    asked = made or entered()
    return correction_rules.refusal_to_request_correction(asked, version, new, persons, TEACHERS, TERMS, at)


def test_a_correction_is_asked_for_from_the_first_second_after_his_own_days():
    assert correct() is None
    early = correct(at=WINDOW)
    assert (
        said(early) == ("journal.correction.not_needed_yet", "4.4.1", None) and early.params["at"] == WINDOW
    )
    never = correct(cell("GRADE"), 0, at=last_second(2026, 10, 19) + SECOND)
    assert said(never) == ("journal.correction.nothing_entered", "4.3.1", "late_entry")
    assert said(correct(cell("GRADE"), 0, at=ENDS)) == ("journal.correction.not_needed_yet", "4.4.1", None)


def test_why_a_correction_is_not_asked_for():
    assert said(correct(persons=NOBODYS)) == ("journal.correction.not_yours", "4.4.2", None)
    assert said(correct(entered(applicable=False))) == ("journal.mark.not_applicable", "2.1", None)
    moved = correct(entered(held=lesson(state="MOVED")))
    assert said(moved) == ("journal.lesson.not_held", None, None) and moved.params["state"] == "MOVED"
    early = correct(at=STARTS - SECOND)
    assert said(early) == ("journal.lesson.not_begun", None, None) and early.params["at"] == STARTS
    assert said(correct(at=STARTS)) != said(early)
    shut = correct(entered(held=lesson(sheet=SHEET)))
    assert said(shut) == ("journal.correction.sheet_closed", "7.6", None)
    assert shut.params["at"] == SHEET.signed_or_closed_at
    signed = correct(entered(held=lesson(sheet=SIGNED)))
    assert said(signed) == ("journal.correction.sheet_signed", "4.4.3", None)
    assert signed.params["at"] == SHEET.signed_or_closed_at
    stale = correct(version=2)
    assert stale.code == "journal.cell.changed" and stale.current == {"value": "55", "version": 1}
    for settled in ({"reason": "SICK"}, {"made_up": True}):
        refusal = correct(entered("ATTENDANCE", **settled), new="PRESENT")
        assert said(refusal) == ("journal.mark.absence_settled", "4.2.4", None)


def test_a_correction_changes_something_and_leaves_no_attendance_without_a_status():
    assert said(correct(new="55")) == ("change_set", "journal.change_set.nothing_changes", {})
    assert correct(new=None) is None, "points may be taken back"
    nothing = correct(entered("ATTENDANCE"), new=None)
    assert said(nothing) == ("change_set", "journal.change_set.no_status", {})
    assert correct(entered("ATTENDANCE", lesson(sheet=SIGNED)), new="PRESENT") is None


def test_a_change_set_without_its_cells_is_a_defect():
    plan = {"version": 1, "old": "55", "new": "65"}
    with pytest.raises(ValueError, match="shorter"):
        correction_rules.outcome_of_applying_change_set([plan, plan], [entered()])


# --- what a cell holds -------------------------------------------------------------------------------------


def test_a_cell_knows_who_entered_it_first_and_when():
    taken = lesson(roll_taken_at=ENDS, roll_taken_by=OTHER)
    by_roll, graded, marked = cell(held=taken), cell("GRADE", taken), entered("ATTENDANCE", taken)
    assert (by_roll.value, by_roll.first_entered_at, by_roll.first_entered_by) == ("PRESENT", ENDS, OTHER)
    assert (graded.value, graded.first_entered_at, graded.first_entered_by) == (None, None, None)
    assert (marked.value, marked.first_entered_by) == ("ABSENT", TEACHER)


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("ATTENDANCE", "SICK", "journal.mark.not_yours_to_set"),
        ("ATTENDANCE", "LATE", "journal.mark.unknown_status"),
        ("GRADE", "100.1", "journal.mark.not_points"),
        ("GRADE", "101", "journal.mark.not_points"),
        ("GRADE", "five", "journal.mark.not_points"),
        ("GRADE", 55, "journal.mark.not_points"),
    ],
)
def test_what_cannot_be_entered(kind, value, code):
    with pytest.raises(Invalid) as refused:
        parse_cell_value(kind, value, "new")
    params = {"most": 100} if kind == "GRADE" else {}
    assert said(refused.value) == ("new", code, params)


def test_what_can_be_entered():
    assert [parse_cell_value("GRADE", value) for value in ("100", "100,0", " 7.5 ", "0")] == [
        "100",
        "100",
        "7.5",
        "0",
    ]
    assert parse_cell_value("ATTENDANCE", "ABSENT") == "ABSENT" and parse_cell_value("ATTENDANCE", "") is None


def test_the_lecturer_comes_first_then_who_teaches_on_then_who_began_earlier():
    def part(person: int, kind="PRACTICE", since=date(2026, 9, 1), until=None) -> TeachingPeriod:
        return TeachingPeriod(UUID(int=person), kind, since, until)

    first = part(11)
    assert pick_main_teacher_id([first, part(12, "LECTURER", date(2026, 10, 1), DAY)]) == UUID(int=12)
    assert pick_main_teacher_id([part(13, until=DAY), part(14, since=date(2026, 10, 1))]) == UUID(int=14)
    assert pick_main_teacher_id([part(15, since=date(2026, 10, 1)), first]) == UUID(int=11)
    assert pick_main_teacher_id([part(16, "SUBSTITUTE")]) is None and pick_main_teacher_id([]) is None
    lecturing = (*TEACHERS, part(17))
    assert is_main_teacher_on_day(lecturing, HIS, DAY) and not is_main_teacher_on_day(
        lecturing, frozenset({UUID(int=17)}), DAY
    )
