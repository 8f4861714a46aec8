"""The card of one cell: its value, why it is closed, and its history from the audit; open cases are added by
the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.audit import history as audit
from app.journal.corrections.request_form import pick_differing_cell_value
from app.journal.corrections.rules import refusal_to_request_correction
from app.journal.disputes.queries import mark_dispute_deadline_or_none
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import (
    acting_and_represented_persons,
    persons_act_may_teach_as,
    require_readable_offering,
)
from app.journal.gradebook.cell_state import (
    ABSENT,
    ATTENDANCE,
    CELL_KINDS,
    MADE_UP,
    CellState,
    LessonState,
    TeachingPeriod,
    attendance_status,
)
from app.journal.gradebook.cell_writer import MARK_TAKEN_OVER
from app.journal.gradebook.entry_deadlines import (
    LATE_CORRECTION_REMEDY,
    LATE_ENTRY_REMEDY,
    EntryDeadline,
    cell_entry_deadline,
)
from app.journal.gradebook.entry_rules import refusal_to_record_mark
from app.journal.gradebook.load_cells import load_cell_states_with_rows
from app.journal.late_entry.rules import refusal_to_request_late_cell_entry
from app.journal.tables import Cell, Lesson
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError, Missing
from app.people import queries as people
from app.regulation.rules import Deadline, DeadlineCalendar

MARK_RECORDED_EVENT = "journal.mark.recorded"
FIRST_ENTRY_EVENTS = frozenset({MARK_RECORDED_EVENT, MARK_TAKEN_OVER})


@dataclass(frozen=True, slots=True)
class CellHistoryEntry:
    """One version of a cell: who entered which value when, on whose behalf, why, by which clause and under
    which case.

    `value` is None where it was taken back, and "…" where it was erased; an absence is the status it then had
    (annex 2); `fact` is the event type of the audit.
    """

    kind: str
    value: str | None
    person: str
    behalf: str
    at: datetime
    reason: str
    clause: str | None
    case: UUID | None
    event_type: str


@dataclass(frozen=True, slots=True)
class MarkDetails:
    """The attendance or the grade of a cell: its value, whether it is closed, what this viewer may do about
    it.

    `refusal` is why the viewer cannot enter it now; `remedy_start` names the start of a case that the viewer may
    begin about it. `dispute_deadline` is the deadline by which its student may dispute it (6.2); None when nothing
    is entered.
    """

    kind: str
    value: str | None
    version: int
    closing: EntryDeadline
    refusal: DepterError | None
    remedy_start: str | None
    dispute_deadline: Deadline | None


@dataclass(frozen=True, slots=True)
class CellCard:
    """Everything about one student at one lesson."""

    lesson: LessonState
    offering: UUID
    names: Mapping[str, str]
    topic: str
    student: UUID
    student_name: str
    status: str
    marks_by_kind: Mapping[str, MarkDetails]
    history: Sequence[CellHistoryEntry]


def load_cell_card(viewer: Act, lesson_id: UUID, student: UUID) -> CellCard:
    """Load the card for a viewer who may read the journal, or for the student of the cell. Raises Missing."""
    lesson = db.session.get(Lesson, lesson_id)
    if lesson is None:
        raise Missing
    if student in acting_and_represented_persons(viewer):
        offering = load_gradebook.load_offerings([lesson.offering_id])[lesson.offering_id]
    else:
        offering = require_readable_offering(viewer, lesson.offering_id)
    keys = [(lesson_id, student, kind) for kind in CELL_KINDS]
    found = {one.cell.kind: one for one in load_cell_states_with_rows(offering, [lesson], keys)}
    calendar = load_gradebook.load_deadline_calendar(offering, viewer.at)
    persons = persons_act_may_teach_as(viewer)
    halves = {}
    for kind, loaded in found.items():
        cell = loaded.cell
        halves[kind] = MarkDetails(
            kind=kind,
            value=cell.value,
            version=cell.version,
            closing=cell_entry_deadline(cell, calendar, viewer.at),
            refusal=refusal_to_record_mark(cell, persons, offering.teachers, calendar, viewer.at, "a reason"),
            remedy_start=_find_process_start_for_cell(cell, persons, offering.teachers, calendar, viewer.at),
            dispute_deadline=mark_dispute_deadline_or_none(cell, loaded.row, calendar),
        )
    return CellCard(
        lesson=found[ATTENDANCE].cell.lesson,
        offering=offering.id,
        names=offering.names,
        topic=lesson.topic,
        student=student,
        student_name=found[ATTENDANCE].student.name,
        status=attendance_status(found[ATTENDANCE].cell),
        marks_by_kind=halves,
        history=load_lesson_cell_history({kind: one.row for kind, one in found.items() if one.row}, lesson),
    )


DISPUTE_REMEDY = "dispute"
"""The start by which a student disputes a mark (6.2)."""


def _find_process_start_for_cell(
    cell: CellState,
    persons: frozenset[UUID],
    teachers: Sequence[TeachingPeriod],
    calendar: DeadlineCalendar,
    now: datetime,
) -> str | None:
    """Return the start that helps one of these persons with this cell: a dispute by its student, a late
    entry, a correction."""
    if cell.student in persons:
        return DISPUTE_REMEDY if cell.value is not None else None
    if refusal_to_request_late_cell_entry(cell, persons, teachers, calendar, now) is None:
        return LATE_ENTRY_REMEDY
    refusal = refusal_to_request_correction(
        cell, cell.version, pick_differing_cell_value(cell), persons, teachers, calendar, now
    )
    return LATE_CORRECTION_REMEDY if refusal is None else None


def _value_given_by_roll(
    row: Cell | None, entries: Sequence[audit.AuditEntry], kinds: Mapping[UUID, str]
) -> str:
    """Return the value the roll gave a student: from before the first own record, or from the row nobody has
    changed since."""
    first = next((one for one in entries if kinds[one.object[1]] == ATTENDANCE), None)
    found = (first.before or {}).get("value") if first else row.value if row else None
    return found or "PRESENT"


def _displayed_value_of_version(kind: str, after: Mapping[str, Any]) -> str | None:
    """Return the value a version of a cell displayed: an absence with its reason or make-up work, as the
    status of annex 2."""
    value = after.get("value")
    if kind != ATTENDANCE or value != ABSENT:
        return value
    return MADE_UP if after.get("made_up") else after.get("reason") or value


def load_lesson_cell_history(rows: Mapping[str, Cell], lesson: Lesson) -> list[CellHistoryEntry]:
    """Return every version of these rows of one lesson, oldest first; the roll replaces a missing first
    entry."""
    kinds = {row.id: kind for kind, row in rows.items()}
    entries = audit.load_audit_entries_of_objects(kinds) if kinds else []
    people_named = {entry.person for entry in entries} | {entry.on_behalf_of for entry in entries}
    names = people.load_names({one for one in (*people_named, lesson.roll_taken_by) if one})
    history = [
        CellHistoryEntry(
            kind=kinds[entry.object[1]],
            value=_displayed_value_of_version(kinds[entry.object[1]], entry.after or {}),
            person=names[entry.person].short if entry.person else "",
            behalf=names[entry.on_behalf_of].short if entry.on_behalf_of else "",
            at=entry.at,
            reason=entry.reason or "",
            clause=entry.clause,
            case=entry.case,
            event_type=entry.event_type,
        )
        for entry in entries
    ]
    marked = [one for one in history if one.kind == ATTENDANCE]
    if lesson.roll_taken_at is not None and not (marked and marked[0].event_type in FIRST_ENTRY_EVENTS):
        who = names[lesson.roll_taken_by].short if lesson.roll_taken_by else ""
        taken, value = lesson.roll_taken_at, _value_given_by_roll(rows.get(ATTENDANCE), entries, kinds)
        history.append(
            CellHistoryEntry(ATTENDANCE, value, who, "", taken, "", "4.2.1", None, "journal.roll.taken")
        )
    return sorted(history, key=lambda one: one.at)
