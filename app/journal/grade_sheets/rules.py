"""Rules of grade sheets: when points are entered, who signs, what is fixed afterwards (1.5.2, 4.3.2, 4.3.3,
4.4.3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from app.journal.gradebook.cell_state import TeachingPeriod, is_main_teacher, teaches_on_day
from app.journal.grading.rating import (
    FINAL,
    GRADED,
    MODULE1,
    MODULE2,
    MODULES,
    NOT_ATTENDED,
    Scheme,
    TransferOrigin,
)
from app.journal.grading.sheet_states import APPROVED, CLOSED, DRAFT, ENDORSED, SIGNED
from app.kernel.clock import local_day, local_noon
from app.kernel.errors import Denied, DepterError, Invalid, Refused, Stale
from app.regulation.rules import Deadline, DeadlineCalendar, compute_deadline

NEXT_STATE = {SIGNED: ENDORSED, ENDORSED: APPROVED, APPROVED: CLOSED}
"""The next state of a signed sheet; only forward, except for the return of one that is not yet approved."""
LATE_ENTRY_WINDOW = "late_entry.window"
MODULE_ENTRY, FINAL_ENTRY = "grade.module_entry", "grade.final_entry"
CLOSE_AFTER = "sheet.close_after"
OUTCOME_CHANGED = "changed"
OUTCOME_POSSIBLE, OUTCOME_WAIT = "possible", "wait"
LESSONS_RUNNING, PERMITS_RUNNING = "lessons", "permits"
CLOSING_ROLES = frozenset({"academic_office"})
"""The roles that close a sheet (7.6)."""
HARD_BLOCKERS = {LESSONS_RUNNING: "journal.sheet.lessons_run", PERMITS_RUNNING: "journal.sheet.permits_run"}
"""Kinds of blockers that end by themselves at a known moment, with their refusal: they are never noted."""
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class SheetDraft:
    """The state of a sheet for the rules; points are entered from `enter_from` to `enter_until`, or until
    `open_until`, then possibly only for the students of `open_for`."""

    kind: str
    state: str
    enter_from: date | None
    enter_until: date | None
    open_until: datetime | None
    open_for: frozenset[UUID] | None = None

    def open_again(self, student: UUID | None, now: datetime) -> bool:
        """Return whether a return or a permit opens the line of this student (None: any line) now."""
        if self.open_until is None or now > self.open_until:
            return False
        return self.open_for is None or student is None or student in self.open_for


@dataclass(frozen=True, slots=True)
class SemesterWeeks:
    """The academic calendar of an offering: module weeks, session, exam; None where it has no days."""

    module1: tuple[date, date] | None
    module2: tuple[date, date] | None
    session: tuple[date, date] | None
    exam_on: date | None


@dataclass(frozen=True, slots=True)
class PointsEntry:
    """The entry for one student: status, points, and the version that was seen (0: nothing was there)."""

    student: UUID
    status: str
    points: Decimal | None
    version: int


@dataclass(frozen=True, slots=True)
class ClosingBlocker:
    """One kind of obstacle to closing a sheet: how many there are, and until when the last of them runs
    (None: until somebody decides)."""

    kind: str
    count: int
    until: datetime | None = None

    @property
    def notable(self) -> bool:
        """Return whether the office may note it and close nevertheless."""
        return self.kind not in HARD_BLOCKERS

    @property
    def code(self) -> str:
        """Return the name of the seen obstacle in a form: `excuses:2`."""
        return f"{self.kind}:{self.count}"


def entry_clause(kind: str) -> str:
    """Return the clause about the time when this kind is entered."""
    return "4.3.3" if kind == FINAL else "4.3.2"


def entry_span(kind: str, weeks: SemesterWeeks) -> tuple[date, date] | None:
    """Return the days on which a kind is entered: the module week (4.3.2), the exam day or the session
    (4.3.3)."""
    if kind == MODULE1:
        return weeks.module1
    if kind == MODULE2:
        return weeks.module2
    return (weeks.exam_on, weeks.exam_on) if weeks.exam_on else weeks.session


def due_kinds(weeks: SemesterWeeks, existing: Sequence[str], today: date) -> list[str]:
    """Return the sheets to be created today: each from the first day of its entry period, a final from the
    session's."""
    due = []
    for kind in (MODULE1, MODULE2, FINAL):
        spans = (entry_span(kind, weeks), weeks.session if kind == FINAL else None)
        first = min((span[0] for span in spans if span), default=None)
        if kind not in existing and first and first <= today:
            due.append(kind)
    return due


def entry_deadline(draft: SheetDraft, calendar: DeadlineCalendar) -> Deadline | None:
    """Return the deadline for entering points: the end of the last day (4.3.2, 4.3.3); None without a last
    day."""
    if draft.enter_until is None:
        return None
    policy = FINAL_ENTRY if draft.kind == FINAL else MODULE_ENTRY
    return compute_deadline(calendar, policy, local_noon(draft.enter_until))


def may_enter_points(
    draft: SheetDraft,
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
    if not teaches_on_day(teachers, persons, local_day(now)):
        return Denied("journal.sheet.not_your_sheet", clause="3.1")
    refusal = check_sheet_open(draft, calendar, now, entering.student)
    if refusal is not None:
        return refusal
    if transferred is not None:
        return Refused(
            "journal.sheet.brought", clause="4.4.3", group=transferred.group, order=transferred.order
        )
    if not admitted:
        return Refused("journal.sheet.not_admitted", clause="2.3", least=scheme.admission)
    if entering.version != version:
        return Stale("journal.sheet.line_changed", current={"version": version})
    return _check_points(entering, scheme.entered_part(draft.kind).most)


def check_sheet_open(
    draft: SheetDraft, calendar: DeadlineCalendar, now: datetime, student: UUID | None = None
) -> Refused | None:
    """Return the refusal why nothing is entered for this student (None: for anybody) at `now`; None while the
    sheet is open."""
    clause = entry_clause(draft.kind)
    if draft.state != DRAFT:
        return Refused("journal.sheet.signed", clause="4.4.3")
    if draft.open_again(student, now):
        return None
    if draft.enter_from is not None and local_day(now) < draft.enter_from:
        return Refused("journal.sheet.not_open_yet", clause=clause, on=draft.enter_from)
    end = entry_deadline(draft, calendar)
    if end is not None and now > end.moment:
        return Refused(
            "journal.sheet.entry_closed",
            clause=clause,
            remedy="late_sheet",
            at=end.moment,
            computation=end.as_json(),
        )
    return None


def may_request_reopening(
    draft: SheetDraft,
    persons: frozenset[UUID],
    teachers: Sequence[TeachingPeriod],
    calendar: DeadlineCalendar,
    now: datetime,
) -> DepterError | None:
    """Return None if one of `persons` may request to enter lines late (P21), else the refusal.

    Allowed to a teacher of the journal, once the deadline is over.
    """
    if not teaches_on_day(teachers, persons, local_day(now)):
        return Denied("journal.sheet.not_your_sheet", clause="3.1")
    if draft.state != DRAFT:
        return Refused("journal.sheet.signed", clause="4.4.3")
    end = entry_deadline(draft, calendar)
    if end is None or now <= end.moment:
        at = end.moment if end else now
        return Refused("journal.entry.still_open", clause=entry_clause(draft.kind), at=at)
    return None


def reopening_outcome(state: str) -> str:
    """Return the outcome of opening a sheet for late lines: only a protocol changes what was signed meanwhile
    (4.4.3)."""
    return "opened" if state == DRAFT else "signed"


def is_late_entry(draft: SheetDraft, calendar: DeadlineCalendar, now: datetime) -> bool:
    """Return whether an entry made now counts as late: the week or the day is over (4.3.2, 4.3.3)."""
    end = entry_deadline(draft, calendar)
    return end is not None and now > end.moment


def _check_points(entering: PointsEntry, most: int) -> Invalid | None:
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


def may_sign(
    draft: SheetDraft,
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
    if not is_main_teacher(teachers, persons, local_day(now)):
        return Denied("journal.sheet.not_your_sheet", clause="3.1")
    if draft.state != DRAFT:
        return Refused("journal.sheet.signed", clause="4.4.3")
    clause = entry_clause(draft.kind)
    if draft.enter_from is not None and local_day(now) < draft.enter_from:
        return Refused("journal.sheet.not_open_yet", clause=clause, on=draft.enter_from)
    if unsigned:
        return Refused("journal.sheet.modules_first", clause="4.3.3", kinds=list(unsigned))
    if missing:
        return Refused("journal.sheet.incomplete", clause=clause, n=missing)
    return None


def unsigned_modules(kind: str, signed: Sequence[str]) -> list[str]:
    """Return the modules a final still waits for; a module waits for none."""
    return [module for module in MODULES if module not in signed] if kind == FINAL else []


def transition_outcome(state: str, wanted: str, signing_stands: bool) -> str:
    """Return the outcome of moving a sheet to `wanted`: its name, or `changed` when another signature or
    state is current.

    A sheet already there stays: a repeat is harmless.
    """
    if not signing_stands:
        return OUTCOME_CHANGED
    if state == wanted or NEXT_STATE.get(state) == wanted:
        return wanted.lower()
    return OUTCOME_CHANGED


def may_return(state: str) -> bool:
    """Return whether the signature may still be taken back: until the academic office approved the sheet
    (1.5.2)."""
    return state in (DRAFT, SIGNED, ENDORSED)


def amendment_outcome(state: str, version: int, seen: int) -> str:
    """Return the outcome of amending a result by a protocol: `amended`, or `result_changed` when another
    version is current or the sheet was returned (4.4.3, 7.6)."""
    return "amended" if state != DRAFT and version == seen else "result_changed"


def may_close_sheet(
    ended_on: date,
    opens: Deadline,
    blockers: Sequence[ClosingBlocker],
    noted: Collection[str],
    reason: str,
    now: datetime,
) -> DepterError | None:
    """Return None if an approved sheet may be closed at `now` (7.6), else the refusal.

    Not before its semester is over (`ended_on`) and the days of the policy have passed (`opens`); never while
    a lesson under it is inside its own deadline or a permit is open. Other blockers have to be `noted`, each
    by the code that was seen, with a reason; one that came since makes the list stale.
    """
    if now <= opens.moment:
        clause = "7.6" if local_day(now) <= ended_on else None
        computation = opens.as_json()
        return Refused(
            "journal.sheet.close_too_early", clause=clause, at=opens.moment, computation=computation
        )
    running = _check_hard_blockers(blockers)
    if running is not None:
        return running
    missing = [one for one in blockers if one.code not in noted]
    if missing:
        seen = {code.partition(":")[0] for code in noted}
        changed = any(one.kind in seen for one in missing)
        code = "journal.sheet.blockers_changed" if changed else "journal.sheet.not_noted"
        return Invalid.field("blockers", code, n=sum(one.count for one in missing))
    if blockers and not reason.strip():
        return Invalid.field("reason", "journal.sheet.close_reason_needed")
    return None


def _check_hard_blockers(blockers: Sequence[ClosingBlocker]) -> Refused | None:
    """Return the refusal for a blocker that can never be noted; None when there is none."""
    for one in blockers:
        if not one.notable:
            return Refused(HARD_BLOCKERS[one.kind], n=one.count, at=one.until)
    return None


def closing_outcome(opens: Deadline, blockers: Sequence[ClosingBlocker], now: datetime) -> str:
    """Return whether a sheet may be closed: `possible` once its day has come and no blocker is left that
    cannot be noted, else `wait`."""
    return OUTCOME_POSSIBLE if now > opens.moment and _check_hard_blockers(blockers) is None else OUTCOME_WAIT
