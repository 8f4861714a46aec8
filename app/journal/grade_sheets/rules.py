"""Rules of grade sheets: when points are entered, who signs, what is fixed afterwards (1.5.2, 4.3.2, 4.3.3,
4.4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from app.journal.gradebook.cell_state import TeachingPeriod, is_main_teacher_on_day, is_teacher_on_day
from app.journal.grading.rating import (
    FINAL,
    GRADED,
    MODULES,
    NOT_ATTENDED,
    Scheme,
    TransferOrigin,
)
from app.journal.grading.sheet_states import APPROVED, CLOSED, DRAFT, ENDORSED, SIGNED
from app.kernel.clock import local_day, local_noon_in_utc
from app.kernel.errors import Denied, DepterError, Invalid, Refused, Stale
from app.regulation.rules import Deadline, DeadlineCalendar, compute_deadline

NEXT_STATE = {SIGNED: ENDORSED, ENDORSED: APPROVED, APPROVED: CLOSED}
"""The next state of a signed sheet; only forward, except for the return of one that is not yet approved."""
LATE_LINES_WINDOW_POLICY = "late_entry.window"
MODULE_ENTRY_DEADLINE_POLICY, FINAL_ENTRY_DEADLINE_POLICY = "grade.module_entry", "grade.final_entry"
OUTCOME_CHANGED = "changed"
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class SheetRuleState:
    """The state of a sheet for the rules; points are entered from `enter_from` to `enter_until`, or until
    `open_until`, then possibly only for the students of `open_for`."""

    kind: str
    state: str
    enter_from: date | None
    enter_until: date | None
    open_until: datetime | None
    open_for: frozenset[UUID] | None = None

    def is_open_by_permit_or_return(self, student: UUID | None, now: datetime) -> bool:
        """Return whether a return or a permit opens the line of this student (None: any line) now."""
        if self.open_until is None or now > self.open_until:
            return False
        return self.open_for is None or student is None or student in self.open_for


@dataclass(frozen=True, slots=True)
class PointsEntry:
    """The entry for one student: status, points, and the version that was seen (0: nothing was there)."""

    student: UUID
    status: str
    points: Decimal | None
    version: int


def sheet_entry_clause(kind: str) -> str:
    """Return the clause about the time when this kind is entered."""
    return "4.3.3" if kind == FINAL else "4.3.2"


def sheet_entry_deadline(draft: SheetRuleState, calendar: DeadlineCalendar) -> Deadline | None:
    """Return the deadline for entering points: the end of the last day (4.3.2, 4.3.3); None without a last
    day."""
    if draft.enter_until is None:
        return None
    policy = FINAL_ENTRY_DEADLINE_POLICY if draft.kind == FINAL else MODULE_ENTRY_DEADLINE_POLICY
    return compute_deadline(calendar, policy, local_noon_in_utc(draft.enter_until))


def refusal_to_enter_sheet_points(
    draft: SheetRuleState,
    entering: PointsEntry,
    version: int,
    admitted: bool,
    scheme: Scheme,
    persons: frozenset[UUID],
    teachers: Sequence[TeachingPeriod],
    calendar: DeadlineCalendar,
    now: datetime,
    transferred: TransferOrigin | None = None,
) -> DepterError | None:
    """Return None if one of `persons` may enter this for a student of the sheet at `now`, else the refusal.

    `version` is the present version of the student's line. Only before it is signed: afterwards only a
    protocol (4.4.3). The same holds for a result that was signed in the earlier group, `transferred`.
    """
    if not is_teacher_on_day(teachers, persons, local_day(now)):
        return Denied("journal.sheet.not_your_sheet", clause="3.1")
    refusal = sheet_not_open_refusal(draft, calendar, now, entering.student)
    if refusal is not None:
        return refusal
    if transferred is not None:
        return Refused(
            "journal.sheet.brought", clause="4.4.3", group=transferred.group, order=transferred.order
        )
    if not admitted:
        return Refused("journal.sheet.not_admitted", least=scheme.admission)
    if entering.version != version:
        return Stale("journal.sheet.line_changed", current={"version": version})
    return _points_entry_error(entering, scheme.entered_part(draft.kind).most)


def sheet_not_open_refusal(
    draft: SheetRuleState, calendar: DeadlineCalendar, now: datetime, student: UUID | None = None
) -> Refused | None:
    """Return the refusal why nothing is entered for this student (None: for anybody) at `now`; None while the
    sheet is open."""
    clause = sheet_entry_clause(draft.kind)
    if draft.state != DRAFT:
        return Refused("journal.sheet.signed", clause="4.4.3")
    if draft.is_open_by_permit_or_return(student, now):
        return None
    if draft.enter_from is not None and local_day(now) < draft.enter_from:
        return Refused("journal.sheet.not_open_yet", clause=clause, on=draft.enter_from)
    end = sheet_entry_deadline(draft, calendar)
    if end is not None and now > end.moment:
        return Refused(
            "journal.sheet.entry_closed",
            clause=clause,
            remedy="late_sheet",
            at=end.moment,
            computation=end.as_json(),
        )
    return None


def refusal_to_request_late_sheet_entry(
    draft: SheetRuleState,
    persons: frozenset[UUID],
    teachers: Sequence[TeachingPeriod],
    calendar: DeadlineCalendar,
    now: datetime,
) -> DepterError | None:
    """Return None if one of `persons` may request to enter lines late (P21), else the refusal.

    Allowed to a teacher of the journal, once the deadline is over.
    """
    if not is_teacher_on_day(teachers, persons, local_day(now)):
        return Denied("journal.sheet.not_your_sheet", clause="3.1")
    if draft.state != DRAFT:
        return Refused("journal.sheet.signed", clause="4.4.3")
    end = sheet_entry_deadline(draft, calendar)
    if end is None or now <= end.moment:
        at = end.moment if end else now
        return Refused("journal.entry.still_open", clause=sheet_entry_clause(draft.kind), at=at)
    return None


def outcome_of_opening_sheet_for_late_lines(state: str) -> str:
    """Return the outcome of opening a sheet for late lines: only a protocol changes what was signed meanwhile
    (4.4.3)."""
    return "opened" if state == DRAFT else "signed"


def is_late_sheet_entry(draft: SheetRuleState, calendar: DeadlineCalendar, now: datetime) -> bool:
    """Return whether an entry made now counts as late: the week or the day is over (4.3.2, 4.3.3)."""
    end = sheet_entry_deadline(draft, calendar)
    return end is not None and now > end.moment


def _points_entry_error(entering: PointsEntry, most: int) -> Invalid | None:
    if entering.status not in (GRADED, NOT_ATTENDED):
        return Invalid.field("status", "journal.sheet.unknown_status")
    if entering.status == NOT_ATTENDED:
        return (
            None if entering.points is None else Invalid.field("points", "journal.sheet.no_points_for_absent")
        )
    points = entering.points
    if (
        points is None
        or not points.is_finite()
        or not 0 <= points <= most
        or points != points.quantize(TENTH)
    ):
        return Invalid.field("points", "journal.mark.not_points", most=most)
    return None


def refusal_to_sign_sheet(
    draft: SheetRuleState,
    missing: int,
    unsigned: Sequence[str],
    persons: frozenset[UUID],
    teachers: Sequence[TeachingPeriod],
    now: datetime,
) -> DepterError | None:
    """Return None if one of `persons` may sign at `now`, else the refusal.

    The main teacher signs, when every student has a value, and a final after both modules. `missing` counts
    students without one, `unsigned` names modules without a signed sheet.
    """
    if not is_main_teacher_on_day(teachers, persons, local_day(now)):
        return Denied("journal.sheet.not_your_sheet", clause="3.1")
    if draft.state != DRAFT:
        return Refused("journal.sheet.signed", clause="4.4.3")
    clause = sheet_entry_clause(draft.kind)
    if draft.enter_from is not None and local_day(now) < draft.enter_from:
        return Refused("journal.sheet.not_open_yet", clause=clause, on=draft.enter_from)
    if unsigned:
        return Refused("journal.sheet.modules_first", kinds=list(unsigned))
    if missing:
        return Refused("journal.sheet.incomplete", clause=clause, n=missing)
    return None


def unsigned_modules_before_final(kind: str, signed: Sequence[str]) -> list[str]:
    """Return the modules a final still waits for; a module waits for none."""
    return [module for module in MODULES if module not in signed] if kind == FINAL else []


def wanted_sheet_state_or_changed(state: str, wanted: str, signing_stands: bool) -> str:
    """Return the outcome of moving a sheet to `wanted`: its name, or `changed` when another signature or
    state is current.

    A sheet already there stays: a repeat is harmless.
    """
    if not signing_stands:
        return OUTCOME_CHANGED
    if state == wanted or NEXT_STATE.get(state) == wanted:
        return wanted.lower()
    return OUTCOME_CHANGED


def can_take_signature_back(state: str) -> bool:
    """Return whether the signature may still be taken back: until the academic office approved the sheet
    (1.5.2)."""
    return state in (DRAFT, SIGNED, ENDORSED)


def outcome_of_amending_result(state: str, version: int, seen: int) -> str:
    """Return the outcome of amending a result by a protocol: `amended`, or `result_changed` when another
    version is current or the sheet was returned (4.4.3, 7.6)."""
    return "amended" if state != DRAFT and version == seen else "result_changed"
