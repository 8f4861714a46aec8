"""Rules of make-up work (section 5): debts, deadlines, assignment, acceptance. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from app.journal.gradebook.cell_state import (
    ABSENT,
    LESSON_STATES_WITHOUT_MARKS,
    CellState,
    TeachingPeriod,
    is_teacher_on_day,
)
from app.kernel.clock import local_day, local_noon_in_utc
from app.kernel.errors import Denied, DepterError, Invalid, Refused
from app.regulation.rules import Deadline, DeadlineCalendar, PausePeriod, compute_deadline

SOFT_DEADLINE_POLICY = "workoff.term"
HARD_DEADLINE_POLICY = "workoff.semester_last"
EXCUSED_TYPES_TO_MAKE_UP_POLICY = "workoff.required_excused"
MAKEUP_POINTS_CAP_POLICY = "workoff.score_cap_pct"
MAX_TRIES = 2
PROPOSED_MAKEUP_LENGTH = timedelta(days=7)
"""Length of the task or of the second try that the form proposes, in calendar days."""

MAKEUP_DIAGRAM, MAKEUP_EXTENSION_DIAGRAM = "makeup", "makeup_extension"
"""Starts in the registry: make up a missed lesson, and request it after the semester's last date."""
EXTENSION_DEADLINE_POLICY = "workoff.extension_term"
ALLOWED, SHEET_CLOSED = "allowed", "sheet_closed"
DONE, AWAITING_COMMISSION, NOT_ABSENT = "done", "awaiting_commission", "not_absent"
CANCELLED, NOT_REQUIRED = "cancelled", "not_required"
"""Outcomes of superseded make-up work: there was no absence; a confirmed reason is sufficient."""
RESULT_NOT_REQUIRED = "NOT_REQUIRED"
"""Result of a stage of make-up work: the teacher or the department decided that none is required."""
OTHER_FORM = "other"
"""Any form that the list does not name; the teacher writes which, because the list of 5.1.2 is open."""
MIN_FORM_NAME_LENGTH, MAX_FORM_NAME_LENGTH = 3, 100
FORMS_OF_EVERY_LESSON = ("project", "consultation", OTHER_FORM)
FORMS_BY_LESSON_TYPE = {
    "LECTURE": ("summary", "test", "essay", *FORMS_OF_EVERY_LESSON),
    "PRACTICE": ("practical_task", "calculation", "test", "essay", *FORMS_OF_EVERY_LESSON),
    "LAB": ("repeat_lab", "practical_task", *FORMS_OF_EVERY_LESSON),
    "CONSULTATION": ("summary", "test", "essay", *FORMS_OF_EVERY_LESSON),
}
"""Forms of make-up work by type of lesson (1.4.3, 5.1.2). Any lesson takes a form with a name of its own."""
ALL_FORMS = tuple(dict.fromkeys(form for forms in FORMS_BY_LESSON_TYPE.values() for form in forms))


@dataclass(frozen=True, slots=True)
class MakeupRuleState:
    """Rule input of make-up work: an absence with its dates.

    `counted_from` is the first of the 14 days: of the lesson, of the end of a confirmed excuse, or of its
    revocation. `semester_last` is the last day of make-up work in the academic calendar (5.3.2);
    `extended_until` a personal later day granted by head and directorate. `pauses` are academic leaves of the
    student, during which the 14 days pause. `work_accepted`: its make-up work was accepted after a sheet over it
    was signed, and the commission decides the rest (5.4.3). `work_waived`: the teacher or the department decided
    that no make-up work is required (5.2).
    """

    cell: CellState
    counted_from: date
    semester_last: date
    extended_until: date | None = None
    pauses: tuple[PausePeriod, ...] = ()
    work_accepted: bool = False
    work_waived: bool = False


def is_makeup_required(cell: CellState, calendar: DeadlineCalendar) -> bool:
    """Return whether this absence has to be made up (5.2.2, 5.2.3).

    Every unexcused absence, and an excused one at the lesson types that the policy lists.
    """
    if (
        cell.value != ABSENT
        or cell.made_up
        or cell.lesson.state in LESSON_STATES_WITHOUT_MARKS
        or not cell.applicable
    ):
        return False
    if cell.reason is None:
        return True
    return cell.lesson.type in calendar.policy(EXCUSED_TYPES_TO_MAKE_UP_POLICY).value.split()


def is_makeup_still_owed(debt: MakeupRuleState, calendar: DeadlineCalendar) -> bool:
    """Return whether the student still has to act on this debt: not once its make-up work was accepted or waived."""
    return is_makeup_required(debt.cell, calendar) and not debt.work_accepted and not debt.work_waived


def _settled_debt_refusal(debt: MakeupRuleState, calendar: DeadlineCalendar) -> Refused | None:
    """Return the refusal of a request about a debt that nothing is owed for any more; None while it is owed."""
    if not is_makeup_required(debt.cell, calendar):
        return Refused("journal.makeup.no_debt", clause="5.2.3")
    if debt.work_accepted:
        return Refused("journal.makeup.accepted_already", clause="5.4.3")
    if debt.work_waived:
        return Refused("journal.makeup.waived")
    return None


def soft_makeup_deadline(debt: MakeupRuleState, calendar: DeadlineCalendar) -> Deadline:
    """Return the end of the 14 calendar days (5.3.1); later acceptance needs a reason and is flagged."""
    # Leaves of the student pause only this deadline; the calendar pauses for everybody.
    if debt.pauses:
        calendar = replace(calendar, pauses=(*calendar.pauses, *debt.pauses))
    return compute_deadline(calendar, SOFT_DEADLINE_POLICY, local_noon_in_utc(debt.counted_from))


def hard_makeup_deadline(debt: MakeupRuleState, calendar: DeadlineCalendar) -> Deadline:
    """Return the semester's last date of make-up work, or the later day granted for this one (5.3.2)."""
    return compute_deadline(
        calendar,
        HARD_DEADLINE_POLICY,
        local_noon_in_utc(max(debt.semester_last, debt.extended_until or debt.semester_last)),
    )


def refusal_to_request_makeup(
    debts: Sequence[MakeupRuleState], calendar: DeadlineCalendar, now: datetime
) -> DepterError | None:
    """Return None if make-up of these absences may be requested at `now`, else the refusal (5.2.1, 5.3.2)."""
    if not debts:
        return Invalid.field("makeup", "journal.change_set.empty")
    for debt in debts:
        settled = _settled_debt_refusal(debt, calendar)
        if settled is not None:
            return settled
        end = hard_makeup_deadline(debt, calendar)
        if now > end.moment:
            return Refused(
                "journal.makeup.semester_over",
                clause="5.3.2",
                remedy=MAKEUP_EXTENSION_DIAGRAM,
                at=end.moment,
                computation=end.as_json(),
            )
    return None


def refusal_to_request_makeup_extension(
    debts: Sequence[MakeupRuleState], calendar: DeadlineCalendar, now: datetime
) -> DepterError | None:
    """Return None if an extension may be requested (5.3.2), else the refusal: only for debts
    after the semester's last date."""
    if not debts:
        return Invalid.field("makeup", "journal.change_set.empty")
    for debt in debts:
        settled = _settled_debt_refusal(debt, calendar)
        if settled is not None:
            return settled
        if debt.cell.lesson.closed_covering_sheet is not None:
            return Refused(
                "journal.entry.sheet_closed",
                clause="7.6",
                at=debt.cell.lesson.closed_covering_sheet.signed_or_closed_at,
            )
        end = hard_makeup_deadline(debt, calendar)
        if now <= end.moment:
            return Refused(
                "journal.makeup.still_in_time", clause="5.3.2", remedy=MAKEUP_DIAGRAM, at=end.moment
            )
    return None


def outcome_of_granting_extension(cells: Sequence[CellState]) -> str:
    """Return the outcome of granting an extension: a sheet closed meanwhile leaves it
    to the commission (5.4.3, 7.6)."""
    return SHEET_CLOSED if any(cell.lesson.closed_covering_sheet is not None for cell in cells) else ALLOWED


def makeup_forms_fitting_all(types: Collection[str]) -> tuple[str, ...]:
    """Return the forms that fit every one of these types of lesson, in the order of `ALL_FORMS` (5.1.2)."""
    fitting = [FORMS_BY_LESSON_TYPE.get(kind, ()) for kind in types]
    return tuple(form for form in ALL_FORMS if all(form in forms for forms in fitting))


def refusal_to_assign_makeup_task(
    form: str,
    form_name: str,
    types: Collection[str],
    due_on: date,
    debts: Sequence[MakeupRuleState],
    calendar: DeadlineCalendar,
    now: datetime,
) -> DepterError | None:
    """Return None if this task may be set, else Invalid.

    Its form fits every type of lesson it makes up (5.1.2), an other form has a name (`form_name`), and it is due
    from today until the semester's last date (5.3.2).
    """
    if form not in makeup_forms_fitting_all(types):
        return Invalid.field("form", "journal.makeup.form_does_not_fit")
    if form == OTHER_FORM:
        length = len(form_name.strip())
        if not length:
            return Invalid.field("form_name", "journal.makeup.form_name_needed")
        if length < MIN_FORM_NAME_LENGTH:
            return Invalid.field("form_name", "forms.field.too_short", min=MIN_FORM_NAME_LENGTH)
        if length > MAX_FORM_NAME_LENGTH:
            return Invalid.field("form_name", "forms.field.too_long", max=MAX_FORM_NAME_LENGTH)
    return refusal_of_makeup_due_day(due_on, debts, calendar, now)


def refusal_of_makeup_due_day(
    due_on: date, debts: Sequence[MakeupRuleState], calendar: DeadlineCalendar, now: datetime
) -> DepterError | None:
    """Return None if the work may be due on this day, else Invalid: from today to the semester's last date (5.3.2)."""
    last = _last_makeup_day(debts, calendar)
    if not local_day(now) <= due_on <= last:
        return Invalid.field("due_on", "journal.makeup.due_out_of_range", last=last)
    return None


def proposed_makeup_due_day(
    debts: Sequence[MakeupRuleState], calendar: DeadlineCalendar, now: datetime
) -> date:
    """Return the day proposed for a task: a week from today or the end of the fourteen days, within the semester."""
    soft = max(local_day(soft_makeup_deadline(debt, calendar).moment) for debt in debts)
    proposed = max(local_day(now) + PROPOSED_MAKEUP_LENGTH, soft)
    return min(proposed, _last_makeup_day(debts, calendar))


def _last_makeup_day(debts: Sequence[MakeupRuleState], calendar: DeadlineCalendar) -> date:
    """Return the last day on which the work for all of these absences may be done (5.3.2)."""
    return min(local_day(hard_makeup_deadline(debt, calendar).moment) for debt in debts)


def refusal_to_waive_makeup(comment: str) -> DepterError | None:
    """Return None if make-up work may be declared not required, else Invalid: the student reads why (5.2)."""
    return None if comment.strip() else Invalid.field("reason", "forms.field.required")


def refusal_to_record_makeup_assessment(
    debts: Sequence[MakeupRuleState],
    teachers: Sequence[TeachingPeriod],
    persons: frozenset[UUID],
    points: int | None,
    comment: str,
    calendar: DeadlineCalendar,
    now: datetime,
    *,
    for_department: bool = False,
    scheme_cap: int | None = None,
) -> DepterError | None:
    """Return None if one of `persons` may record the assessment at `now`, else the refusal (5.4.1).

    A teacher of the journal, or the head `for_department` when the teacher was silent, with a comment, up to
    the cap of points of the grading scheme (5.4.2), or of the policy where the scheme has none; after the semester's
    last date only with an extension (5.3.2).
    """
    if not for_department and not is_teacher_on_day(teachers, persons, local_day(now)):
        return Denied("journal.makeup.not_your_journal", clause="5.4.1")
    cap = int(calendar.policy(MAKEUP_POINTS_CAP_POLICY).value) if scheme_cap is None else scheme_cap
    if points is not None and not 0 <= points <= cap:
        return Invalid.field("points", "journal.makeup.over_the_cap", most=cap)
    if not comment.strip():
        return Invalid.field("comment", "forms.field.required")
    late = [end for end in (hard_makeup_deadline(debt, calendar) for debt in debts) if now > end.moment]
    if late:
        return Refused("journal.makeup.semester_over", clause="5.3.2", at=late[0].moment)
    return None


def is_any_soft_deadline_over(
    debts: Sequence[MakeupRuleState], calendar: DeadlineCalendar, now: datetime
) -> bool:
    """Return whether the 14 days of one of these debts were over, so that the
    acceptance is flagged (5.3.1)."""
    return any(now > soft_makeup_deadline(debt, calendar).moment for debt in debts)


def refusal_to_return_makeup_for_retry(
    tries: int,
    due_on: date | None,
    debts: Sequence[MakeupRuleState],
    calendar: DeadlineCalendar,
    now: datetime,
) -> DepterError | None:
    """Return None if the work may be returned for another try, at most `MAX_TRIES` in all, with its new day; else
    the refusal."""
    if tries >= MAX_TRIES:
        return Refused("journal.makeup.no_more_tries", most=MAX_TRIES)
    if due_on is None:
        return Invalid.field("due_on", "forms.field.required")
    return refusal_of_makeup_due_day(due_on, debts, calendar, now)


def is_any_makeup_required(cells: Sequence[CellState], calendar: DeadlineCalendar) -> bool:
    """Return whether one of these absences still has to be made up (5.2.2, 5.2.3)."""
    return any(is_makeup_required(cell, calendar) for cell in cells)


def is_absence_not_made_up(cell: CellState) -> bool:
    """Return whether this is an absence that is not made up (5.4.2)."""
    return cell.value == ABSENT and not cell.made_up


def is_made_up_on_acceptance(cell: CellState) -> bool:
    """Return whether accepted work changes this attendance to made up at once (5.4.2).

    Also under a signed sheet, which fixes points alone (4.4.3); not under a closed one (7.6).
    """
    return is_absence_not_made_up(cell) and cell.lesson.closed_covering_sheet is None


def outcome_of_recording_accepted_makeup(cells: Sequence[CellState]) -> str:
    """Return the outcome of recording accepted work: `parked`, `not_absent` or `done`.

    `parked`: a sheet was signed or closed over one of the lessons (5.4.3); `not_absent`: none of the absences
    is one any more; `done`: for those that are (5.4.2).
    """
    if any(cell.lesson.sheet is not None for cell in cells):
        return AWAITING_COMMISSION
    return DONE if any(is_absence_not_made_up(cell) for cell in cells) else NOT_ABSENT
