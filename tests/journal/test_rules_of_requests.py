"""What students and teachers ask for, by the rules alone: work-offs, excuses, disputes, late entries, to the second."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.journal.disputes import rules as dispute_rules
from app.journal.excuses import rules as excuse_rules
from app.journal.gradebook.cell_state import (
    CellState,
    CoveringSheetState,
    LatePermit,
    LessonState,
    TeachingPeriod,
)
from app.journal.late_entry import rules as late_entry_rules
from app.journal.makeups import rules as makeup_rules
from app.kernel.errors import DepterError, Invalid
from app.regulation.rules import DeadlineCalendar, Policy

TEACHER, STUDENT, LESSON = (UUID(int=number) for number in range(1, 4))
HIS, NOBODYS = frozenset({TEACHER}), frozenset({STUDENT})
STARTS = datetime(2026, 10, 14, 3, 0, tzinfo=UTC)
ENDS = STARTS + timedelta(minutes=80)
DAY, SECOND = date(2026, 10, 14), timedelta(seconds=1)
TEACHERS = (TeachingPeriod(TEACHER, "LECTURER", date(2026, 9, 1), None),)
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
            ("workoff.term", "14", "calendar_days", "5.3.1"),
            ("workoff.semester_last", "0", "calendar_days", "5.3.2"),
            ("workoff.required_excused", "LAB PRACTICE", "code", "5.2.2"),
            ("workoff.score_cap_pct", "90", "code", "5.4.1"),
            ("excuse.submit_term", "3", "working_days", "4.2.3"),
            ("dispute.term", "3", "working_days", "6.2"),
        )
    }
)
SHEET = CoveringSheetState("MODULE1", ENDS + timedelta(days=2))


def lesson(**more: Any) -> LessonState:
    return LessonState(LESSON, STARTS, ENDS, more.pop("type", "LECTURE"), more.pop("state", "HELD"), **more)


def absence(held: LessonState | None = None, **more: Any) -> CellState:
    facts = {"stored": "ABSENT", "version": 1, "stored_at": ENDS, "stored_by": TEACHER} | more
    return CellState(held or lesson(), STUDENT, "ATTENDANCE", **facts)


def said(refusal: DepterError | None) -> tuple[Any, ...]:
    """Code, clause and remedy of a refusal; field, code and parameters of what is invalid."""
    if isinstance(refusal, Invalid):
        ((key, (problem,)),) = refusal.fields.items()
        return key, problem.code, dict(problem.params)
    return () if refusal is None else (refusal.code, refusal.clause, refusal.remedy)


# --- work-offs (section 5) ---------------------------------------------------------------------------------


def debt(
    cell: CellState | None = None, last: date = date(2026, 12, 30), **more: Any
) -> makeup_rules.MakeupRuleState:
    return makeup_rules.MakeupRuleState(cell or absence(), DAY, last, more.get("allowed"))


def last_second(year: int, month: int, day: int) -> datetime:
    """23:59:59 in Bishkek."""
    return datetime(year, month, day, 17, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "owed"),
    [
        (absence(), True),
        (absence(stored="PRESENT"), False),
        (absence(made_up=True), False),
        (absence(lesson(state="CANCELLED")), False),
        (absence(applicable=False), False),
        (absence(reason="SICK"), False),
        (absence(lesson(type="LAB"), reason="SICK"), True),
        (absence(lesson(type="PRACTICE"), reason="EXCUSED"), True),
    ],
)
def test_what_has_to_be_made_up(cell, owed):
    assert makeup_rules.is_makeup_required(cell, TERMS) is owed


def test_the_terms_of_a_work_off_end_with_the_last_second_of_their_day():
    assert makeup_rules.soft_makeup_deadline(debt(), TERMS).moment == last_second(2026, 10, 28)
    assert makeup_rules.hard_makeup_deadline(debt(), TERMS).moment == last_second(2026, 12, 30)
    later = debt(allowed=date(2027, 1, 10))
    assert makeup_rules.hard_makeup_deadline(later, TERMS).moment == last_second(2027, 1, 10)
    earlier = debt(allowed=date(2026, 11, 1))
    assert makeup_rules.hard_makeup_deadline(earlier, TERMS).moment == last_second(2026, 12, 30)


def test_a_work_off_is_asked_for_until_the_semesters_last_second():
    end = last_second(2026, 12, 30)
    assert makeup_rules.refusal_to_request_makeup([debt()], TERMS, end) is None
    over = makeup_rules.refusal_to_request_makeup([debt(), debt()], TERMS, end + SECOND)
    assert said(over) == ("journal.makeup.semester_over", "5.3.2", "makeup_extension")
    assert over.params["at"] == end and over.params["computation"]["policy"] == "workoff.semester_last"
    none = makeup_rules.refusal_to_request_makeup([debt(absence(stored="PRESENT"))], TERMS, end)
    assert said(none) == ("journal.makeup.no_debt", "5.2.3", None)
    assert said(makeup_rules.refusal_to_request_makeup([], TERMS, end)) == (
        "makeup",
        "journal.change_set.empty",
        {},
    )


def test_a_later_day_is_pleaded_for_from_the_first_second_after_it():
    end = last_second(2026, 12, 30)
    assert makeup_rules.refusal_to_request_makeup_extension([debt()], TERMS, end + SECOND) is None
    early = makeup_rules.refusal_to_request_makeup_extension([debt()], TERMS, end)
    assert said(early) == ("journal.makeup.still_in_time", "5.3.2", "makeup") and early.params["at"] == end
    none = makeup_rules.refusal_to_request_makeup_extension(
        [debt(absence(made_up=True))], TERMS, end + SECOND
    )
    assert said(none) == ("journal.makeup.no_debt", "5.2.3", None)
    shut = makeup_rules.refusal_to_request_makeup_extension(
        [debt(absence(lesson(sheet=SHEET)))], TERMS, end + SECOND
    )
    assert said(shut) == ("journal.entry.sheet_closed", "7.6", None)
    assert shut.params["at"] == SHEET.signed_or_closed_at
    assert said(makeup_rules.refusal_to_request_makeup_extension([], TERMS, end)) == (
        "makeup",
        "journal.change_set.empty",
        {},
    )


def test_work_that_was_declared_not_required_is_not_owed_nor_asked_for_again():
    end = last_second(2026, 12, 30)
    waived = replace(debt(), work_waived=True)
    assert makeup_rules.is_makeup_still_owed(debt(), TERMS) and not makeup_rules.is_makeup_still_owed(
        waived, TERMS
    )
    for asked, at in (
        (makeup_rules.refusal_to_request_makeup, end),
        (makeup_rules.refusal_to_request_makeup_extension, end + SECOND),
    ):
        assert asked([debt()], TERMS, at) is None
        assert said(asked([debt(), waived], TERMS, at)) == ("journal.makeup.waived", None, None)
    assert makeup_rules.refusal_to_waive_makeup("Өтүлдү") is None
    assert said(makeup_rules.refusal_to_waive_makeup(" ")) == ("reason", "forms.field.required", {})


def test_a_sheet_over_one_of_the_lessons_leaves_it_to_the_commission():
    shut = absence(lesson(sheet=SHEET))
    assert makeup_rules.outcome_of_granting_extension([absence(), absence()]) == "allowed"
    assert makeup_rules.outcome_of_granting_extension([absence(), shut]) == "sheet_closed"
    assert makeup_rules.outcome_of_recording_accepted_makeup([absence(), absence()]) == "done"
    assert makeup_rules.outcome_of_recording_accepted_makeup([absence(), shut]) == "awaiting_commission"
    assert (
        makeup_rules.outcome_of_recording_accepted_makeup([absence(), absence(stored="PRESENT")]) == "done"
    ), "those that are still owed"
    assert makeup_rules.outcome_of_recording_accepted_makeup([absence(stored="PRESENT")]) == "not_absent"
    assert makeup_rules.outcome_of_recording_accepted_makeup([absence(made_up=True)]) == "not_absent"


def test_the_form_of_a_task_fits_every_lesson_and_its_day_lies_between_today_and_the_last():
    def assigned(form="summary", types=("LECTURE",), due=DAY, debts=None, name=""):
        given = debts or [debt(), debt(last=date(2026, 11, 30))]
        return makeup_rules.refusal_to_assign_makeup_task(form, name, types, due, given, TERMS, ENDS)

    assert assigned() is None and assigned("test", ("LECTURE", "PRACTICE")) is None
    assert said(assigned("repeat_lab")) == ("form", "journal.makeup.form_does_not_fit", {})
    assert said(assigned("summary", ("LECTURE", "LAB")))[0] == "form"
    assert assigned("summary", ("UNHEARD",)) is not None
    mixed = ("LECTURE", "PRACTICE", "LAB", "CONSULTATION")
    assert makeup_rules.makeup_forms_fitting_all(mixed) == ("project", "consultation", "other")
    assert assigned("project", mixed) is None and assigned("consultation", mixed) is None
    assert assigned("essay") is None and said(assigned("essay", ("LAB",)))[0] == "form"
    assert said(assigned("calculation"))[0] == "form", "a lecture has nothing to calculate"
    assert assigned(due=date(2026, 11, 30)) is None, "the earliest of the last days"
    out = ("due_on", "journal.makeup.due_out_of_range", {"last": date(2026, 11, 30)})
    assert said(assigned(due=date(2026, 12, 1))) == out
    assert said(assigned(due=DAY - timedelta(days=1))) == out


def test_another_form_has_a_name_of_3_to_100_letters():
    def named(name: str):
        return makeup_rules.refusal_to_assign_makeup_task("other", name, ("LAB",), DAY, [debt()], TERMS, ENDS)

    assert named("Кол") is None and named("К" * 100) is None and named(f"  {'К' * 100} ") is None
    assert said(named(" \t")) == ("form_name", "journal.makeup.form_name_needed", {})
    assert said(named("Ко")) == ("form_name", "forms.field.too_short", {"min": 3})
    assert said(named("К" * 101)) == ("form_name", "forms.field.too_long", {"max": 100})


def test_the_result_of_a_work_off_is_noted_by_its_teacher_with_a_comment_up_to_the_cap():
    end = last_second(2026, 12, 30)

    def noted(points: int | None = 80, comment="Жооп берди", persons=HIS, at=ENDS, cap=None):
        return makeup_rules.refusal_to_record_makeup_assessment(
            [debt()], TEACHERS, persons, points, comment, TERMS, at, scheme_cap=cap
        )

    assert noted(95, cap=95) is None and said(noted(96, cap=95)) == (
        "points",
        "journal.makeup.over_the_cap",
        {"most": 95},
    ), "the scheme goes before the policy"
    assert noted() is None and noted(None) is None and noted(0) is None and noted(90) is None
    assert said(noted(91)) == ("points", "journal.makeup.over_the_cap", {"most": 90})
    assert said(noted(-1))[0] == "points"
    assert said(noted(comment=" ")) == ("comment", "forms.field.required", {})
    assert said(noted(persons=NOBODYS)) == ("journal.makeup.not_your_journal", "5.4.1", None)
    assert noted(at=end) is None
    over = noted(at=end + SECOND)
    assert said(over) == ("journal.makeup.semester_over", "5.3.2", None) and over.params["at"] == end


def test_fourteen_days_over_are_flagged():
    end, fresh = last_second(2026, 10, 28), replace(debt(), counted_from=DAY + timedelta(days=9))
    assert not makeup_rules.is_any_soft_deadline_over([debt(), fresh], TERMS, end)
    assert makeup_rules.is_any_soft_deadline_over([debt(), fresh], TERMS, end + SECOND), (
        "one of them is enough"
    )


def test_another_try_has_a_day_and_the_third_is_refused():
    def returned(tries: int, due_on: date | None = DAY + timedelta(days=10)):
        return makeup_rules.refusal_to_return_makeup_for_retry(tries, due_on, [debt()], TERMS, ENDS)

    assert returned(0) is None and returned(1) is None
    assert list(returned(1, None).fields) == ["due_on"]
    third = returned(2)
    assert said(third) == ("journal.makeup.no_more_tries", None, None) and third.params["most"] == 2


# --- excuses (4.2.2 - 4.2.4) -------------------------------------------------------------------------------


def handed(**more: Any) -> excuse_rules.ExcuseInput:
    facts = {
        "students": (STUDENT,),
        "starts_on": DAY,
        "ends_on": DAY,
        "ground": "medical",
        "document_date": DAY,
        "returned_on": None,
        "files": 1,
        "note": "",
    }
    return excuse_rules.ExcuseInput(**(facts | more))


def asked(
    lessons: int = 1, back: date | None = DAY + timedelta(days=1), at=ENDS, **more: Any
) -> tuple[Any, ...]:
    return said(excuse_rules.refusal_to_submit_excuse(handed(**more), lessons, back, TERMS, at))


def test_a_document_is_handed_in_until_the_last_second_of_the_third_working_day():
    back, end = date(2026, 10, 15), last_second(2026, 10, 19)
    assert (
        excuse_rules.excuse_submit_deadline(back, TERMS).moment == end
        and excuse_rules.excuse_submit_deadline(None, TERMS) is None
    )
    assert asked(at=end) == ()
    assert asked(at=end + SECOND) == ("note", "journal.excuse.late_needs_words", {"at": end})
    assert asked(at=end + SECOND, note="Ооруп жаттым") == ()
    assert asked(back=None, at=end + SECOND) == (), "he has not come back yet"


def test_an_excuse_needs_a_document_a_lesson_and_words_for_another_day_of_return():
    assert asked(files=0) == ("files", "journal.excuse.document_needed", {})
    assert asked(0) == ("journal.excuse.covers_nothing", None, None)
    later = {"returned_on": date(2026, 10, 16)}
    assert asked(**later) == ("note", "journal.excuse.return_day_differs", {})
    assert asked(**later, note="Бир күн кеч келдим") == ()
    assert asked(returned_on=date(2026, 10, 15)) == ()
    assert asked(**later, note=" ")[0] == "note"


def test_the_dates_of_a_document_are_plausible():
    long = {"starts_on": DAY - timedelta(days=199), "document_date": DAY}
    assert asked(**long) == ()
    over = long | {"starts_on": DAY - timedelta(days=200)}
    assert asked(**over) == ("period", "journal.excuse.too_long", {"most": 200})
    year = DAY - timedelta(days=365)
    assert asked(starts_on=year, ends_on=year, back=None) == ()
    before = year - timedelta(days=1)
    assert asked(starts_on=before, ends_on=before) == ("period", "journal.excuse.too_old", {})
    tomorrow = DAY + timedelta(days=1)
    assert asked(document_date=tomorrow) == ("document_date", "journal.excuse.document_from_tomorrow", {})
    assert asked(returned_on=DAY) == ("returned_on", "journal.excuse.returned_before_end", {})
    assert asked(ground="holiday") == ("ground", "forms.field.not_offered", {})
    assert all(asked(ground=ground) == () for ground in ("medical", "event", "trip", "other"))


def test_only_a_medical_ground_is_an_illness():
    assert [excuse_rules.absence_reason_of_ground(ground) for ground in excuse_rules.EXCUSE_GROUNDS] == [
        "SICK",
        *["EXCUSED"] * 3,
    ]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (absence(), "covered"),
        (absence(made_up=True), "covered"),
        (absence(reason="SICK"), "has_reason"),
        (absence(stored="PRESENT"), "present"),
        (absence(stored=None), "expected"),
        (absence(lesson(sheet=SHEET)), "sheet"),
        (absence(lesson(sheet=replace(SHEET, closed=False))), "covered"),
        (absence(applicable=False), None),
        (absence(lesson(type="INDEPENDENT_WORK")), None),
        (absence(lesson(state="MOVED")), None),
    ],
)
def test_what_an_excuse_finds_at_a_lesson(cell, found):
    assert excuse_rules.state_of_attendance_in_excuse_period(cell) == found
    assert excuse_rules.is_excuse_reason_to_be_written(cell) is (found == "covered")


def test_what_is_left_out_is_never_all_and_what_was_taken_back_is_not_touched_again():
    why, nothing_left = "Документ бул күндү камтыбайт", ("absences", "journal.excuse.nothing_left", {})
    assert excuse_rules.refusal_to_narrow_excuse(["a", "b"], {"a": why}) is None
    assert said(excuse_rules.refusal_to_narrow_excuse(["a"], {"a": why})) == nothing_left
    assert said(excuse_rules.refusal_to_narrow_excuse(["a", "b"], dict.fromkeys("bac", why))) == nothing_left
    gone = ("journal.excuse.revoked", None, None)
    assert (
        excuse_rules.refusal_to_request_excuse_revocation(False, (), ()) is None
        and excuse_rules.refusal_to_request_excuse_revocation(False, (LESSON,), (LESSON, STUDENT)) is None
        and said(excuse_rules.refusal_to_request_excuse_revocation(True, (), ())) == gone
    )
    other = excuse_rules.refusal_to_request_excuse_revocation(False, (LESSON, STUDENT), (LESSON,))
    assert said(other) == ("excused", "journal.excuse.other_lesson", {})
    assert excuse_rules.refusal_to_enter_excuse_status(False, TEACHERS, HIS, ENDS) is None
    assert said(excuse_rules.refusal_to_enter_excuse_status(True, TEACHERS, HIS, ENDS)) == gone
    foreign = excuse_rules.refusal_to_enter_excuse_status(True, TEACHERS, NOBODYS, ENDS)
    assert said(foreign) == ("journal.excuse.not_your_journal", "4.2.2", None)


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        ("ушул", ("journal.excuse.refusal_needs_reason", {"least": 5})),
        ("     ", ("journal.excuse.refusal_needs_reason", {"least": 5})),
        ("ушул5", None),
        ("а" * 300, None),
        ("а" * 301, ("forms.field.too_long", {"max": 300})),
    ],
)
def test_each_lesson_that_is_refused_has_a_reason_of_5_to_300_characters(reason, problem):
    refusal = excuse_rules.refusal_to_narrow_excuse(["a", "b", "c"], {"b": "Документсиз күн", "c": reason})
    assert said(refusal) == (("absences", *problem) if problem else ())


# --- disputes (6.2) ----------------------------------------------------------------------------------------


def test_a_mark_is_disputed_until_the_last_second_of_the_third_working_day_then_with_words():
    end = last_second(2026, 10, 17)

    def disputed(cell=None, version=1, seen: datetime | None = ENDS, words="", at=end):
        return said(dispute_rules.refusal_to_dispute_mark(cell or absence(), version, seen, words, TERMS, at))

    assert dispute_rules.mark_dispute_deadline(ENDS, TERMS).moment == end
    assert disputed() == () and disputed(at=end + SECOND, words="Кеч көрдүм") == ()
    late_words = ("late", "journal.dispute.late_needs_words", {"at": end})
    assert disputed(at=end + SECOND) == late_words and disputed(at=end + SECOND, words=" ") == late_words
    nothing = ("journal.dispute.nothing_entered", "6.2", None)
    assert disputed(seen=None) == nothing and disputed(absence(stored=None)) == nothing
    assert disputed(version=2) == ("journal.cell.changed", None, "reload")
    stale = dispute_rules.refusal_to_dispute_mark(absence(), 2, ENDS, "", TERMS, ENDS)
    assert stale.current == {"value": "ABSENT", "version": 1}


def test_a_dispute_ends_corrected_when_the_mark_was_changed_since():
    assert dispute_rules.how_mark_changed_since_dispute(1, absence(version=2)) == "corrected"
    assert dispute_rules.how_mark_changed_since_dispute(1, absence(version=1)) == "unchanged"


# --- late entries (P21) ------------------------------------------------------------------------------------

GRACE = last_second(2026, 10, 22)
ENTER = ("journal.entry.entered", "4.4.2", "late_correction")


def for_cell(held=None, kind="ATTENDANCE", persons=HIS, at=GRACE + SECOND, **more):
    cell = CellState(held or lesson(), STUDENT, kind, **more)
    return said(late_entry_rules.refusal_to_request_late_cell_entry(cell, persons, TEACHERS, TERMS, at))


def for_roll(held=None, persons=HIS, at=GRACE + SECOND):
    return said(
        late_entry_rules.refusal_to_request_late_roll_entry(held or lesson(), persons, TEACHERS, TERMS, at)
    )


def test_a_door_is_asked_for_from_the_first_second_after_the_term():
    assert for_cell() == () and for_roll() == ()
    assert for_cell(at=GRACE) == ("journal.entry.still_open", "4.2.1", None)
    assert for_roll(at=GRACE) == ("journal.entry.still_open", "4.2.1", None)
    graded = last_second(2026, 10, 19)
    assert for_cell(kind="GRADE", at=graded) == ("journal.entry.still_open", "4.3.1", None)
    assert for_cell(kind="GRADE", at=graded + SECOND) == ()


def test_what_was_entered_once_is_corrected_not_entered():
    assert for_cell(stored="ABSENT", version=1, stored_at=ENDS, stored_by=TEACHER) == ENTER
    taken = lesson(roll_taken_at=ENDS, roll_taken_by=TEACHER)
    assert for_cell(taken) == ENTER and for_roll(taken) == ENTER


@pytest.mark.parametrize("ask", [for_cell, for_roll])
def test_no_door_is_asked_for_where_there_is_nothing_to_enter(ask):
    assert ask(persons=NOBODYS) == ("journal.entry.not_yours", "3.1", None)
    assert ask(lesson(state="CANCELLED")) == ("journal.lesson.not_held", None, None)
    assert ask(at=STARTS - SECOND) == ("journal.lesson.not_begun", "4.2.1", None)
    assert ask(at=STARTS) == ("journal.entry.still_open", "4.2.1", None), "the lesson has begun"
    assert ask(lesson(type="INDEPENDENT_WORK")) == ("journal.roll.not_taken_here", None, None)


def test_a_door_stays_shut_under_a_sheet_and_outside_the_membership():
    under = lesson(sheet=replace(SHEET, closed=True))
    shut = ("journal.entry.sheet_closed", "7.6", None)
    assert for_cell(under) == shut and for_roll(under) == shut
    assert for_cell(applicable=False) == ("journal.mark.not_applicable", "2.1", None)
    assert late_entry_rules.outcome_of_granting_late_entry([lesson(), lesson()]) == "opened"
    assert late_entry_rules.outcome_of_granting_late_entry([lesson(), under]) == "sheet_closed"


def test_a_door_is_for_its_cell_or_the_roll_between_its_moments_and_the_longest_counts():
    def door(student: UUID | None, kind="ATTENDANCE", days=2) -> LatePermit:
        return LatePermit(student, kind, ENDS, ENDS + timedelta(days=days))

    mine, roll, short = door(STUDENT), door(None, days=3), door(STUDENT, days=1)
    held = lesson(late_permits=(short, mine, roll, door(STUDENT, "GRADE", 9), door(TEACHER, days=9)))
    assert held.find_open_late_permit(STUDENT, "ATTENDANCE", ENDS) is roll
    assert lesson(late_permits=(short, mine)).find_open_late_permit(STUDENT, "ATTENDANCE", ENDS) is mine
    assert (
        held.find_open_late_permit(None, "ATTENDANCE", ENDS) is roll
        and held.find_open_late_permit(STUDENT, "ATTENDANCE", ENDS - SECOND) is None
    )
    assert held.find_open_late_permit(STUDENT, "ATTENDANCE", roll.closes_at) is roll
    assert held.find_open_late_permit(STUDENT, "ATTENDANCE", roll.closes_at + SECOND) is None


def test_a_done_work_off_turns_an_absence_at_once_until_the_sheet_over_it_is_closed():
    signed = replace(SHEET, closed=False)
    assert makeup_rules.is_made_up_on_acceptance(absence()) and makeup_rules.is_made_up_on_acceptance(
        absence(lesson(sheet=signed))
    )
    assert not makeup_rules.is_made_up_on_acceptance(absence(lesson(sheet=SHEET)))
    assert not makeup_rules.is_made_up_on_acceptance(
        absence(made_up=True)
    ) and not makeup_rules.is_made_up_on_acceptance(absence(stored="PRESENT"))
