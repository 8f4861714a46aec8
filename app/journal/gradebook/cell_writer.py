"""The only writer of cells, with their audit and their events; the rules are checked by its callers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.audit.record import AuditEvent, PrivateValue, record_audit_events
from app.journal.gradebook.cell_state import CellState
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Stale
from app.kernel.ids import new_id
from app.outbox.post import post_event

MARK_RECORDED = "journal.mark.recorded"
MARK_CORRECTED = "journal.mark.corrected"
MARK_TAKEN_OVER = "journal.mark.taken_over"
ABSENCE_EXCUSED = "journal.absence.excused"
ABSENCE_UNEXCUSED = "journal.absence.unexcused"
ABSENCE_MADE_UP = "journal.absence.made_up"
FIRST_ENTRY_CLAUSES = {"ATTENDANCE": "4.2.1", "GRADE": "4.3.1"}
"""The clause that the first entry of a cell rests on, by its kind."""

_WRITE_CELLS_STATEMENT = text(
    """
WITH entry AS (
  SELECT * FROM unnest(
    CAST(:id AS uuid[]), CAST(:lesson AS uuid[]), CAST(:student AS uuid[]), CAST(:kind AS text[]),
    CAST(:value AS text[]), CAST(:reason AS text[]), CAST(:made_up AS boolean[]),
    CAST(:excused AS uuid[]), CAST(:version AS int[]),
    CAST(:late AS boolean[]), CAST(:first_at AS timestamptz[]), CAST(:first_by AS uuid[]), CAST(:old AS text[]),
    CAST(:event_type AS text[]), CAST(:clause AS text[]), CAST(:source AS text[]),
    CAST(:version_id AS uuid[]))
  AS entry (id, lesson, student, kind, value, reason, made_up, excused, version, late, first_at, first_by, old,
            event_type, clause, source, version_id)
), written AS (
  INSERT INTO journal.cell (id, lesson_id, student_id, kind, value, reason, made_up, excused_id, version, late,
                            first_entered_at, first_entered_by, changed_at, changed_by, change_set_id)
  SELECT id, lesson, student, kind, value, reason, made_up, excused, version + 1, late, first_at, first_by, :at,
         :person, :change_set
  FROM entry
  ON CONFLICT (lesson_id, student_id, kind) DO UPDATE
  SET value = excluded.value, reason = excluded.reason, made_up = excluded.made_up,
      excused_id = excluded.excused_id, version = excluded.version, changed_at = excluded.changed_at,
      changed_by = excluded.changed_by, change_set_id = excluded.change_set_id
  WHERE cell.version = excluded.version - 1
  RETURNING id
)
INSERT INTO journal.cell_version (id, cell_id, version, lesson_id, offering_id, student_id, kind, old_value, new_value,
                                  old_points, new_points, event_type, clause, person, on_behalf_of, at, late, case_id,
                                  source)
SELECT entry.version_id, entry.id, entry.version + 1, entry.lesson, :offering, entry.student, entry.kind, entry.old,
       entry.value,
       CASE WHEN entry.kind = 'GRADE' THEN entry.old::numeric END,
       CASE WHEN entry.kind = 'GRADE' THEN entry.value::numeric END,
       entry.event_type, entry.clause, :person, :on_behalf_of, :at, entry.late, :case, entry.source
FROM entry JOIN written ON written.id = entry.id
"""
)
"""Writes the cells and their versions together: a version without its cell, or the other way round, cannot be."""


@dataclass(frozen=True, slots=True)
class AbsenceDetails:
    """The data stored beside an absence: its reason (EXCUSED, SICK), whether it was made up, and the
    confirmed excuse."""

    reason: str | None
    made_up: bool = False
    excuse_id: UUID | None = None

    def event_type(self, before: CellState) -> str:
        """Return the event type for an absence whose value stays."""
        if self.made_up != before.made_up:
            return ABSENCE_MADE_UP
        return ABSENCE_EXCUSED if self.reason else ABSENCE_UNEXCUSED


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell from its present value to `new_value`. `id` is that of its row, or None when it has none yet;
    `absence` is what is stored beside its absence from now on, None to keep that; `takeover` the act by which a mark
    kept elsewhere is taken over."""

    cell: CellState
    id: UUID | None
    new_value: str | None
    late: bool = False
    absence: AbsenceDetails | None = None
    takeover: UUID | None = None

    @property
    def absence_after_change(self) -> AbsenceDetails:
        """Return the reason and the make-up work that the cell has once this is written."""
        if self.absence is not None:
            return self.absence
        return AbsenceDetails(self.cell.reason, self.cell.made_up, self.cell.excuse_id)

    @property
    def event_type(self) -> str:
        """Return the event type for audit and outbox."""
        if self.takeover is not None:
            return MARK_TAKEN_OVER
        if self.absence is not None and self.is_correction and self.new_value == self.cell.value:
            return self.absence.event_type(self.cell)
        return MARK_CORRECTED if self.is_correction else MARK_RECORDED

    @property
    def is_correction(self) -> bool:
        """Return whether something was entered before; else this is the first entry."""
        return self.cell.first_entered_at is not None

    def cell_after_change(self, act: Act) -> CellState:
        """Return the cell as it is once this is written."""
        return replace(
            self.cell,
            stored=self.new_value,
            version=self.cell.version + 1,
            stored_at=self.cell.first_entered_at or act.at,
            stored_by=self.cell.first_entered_by if self.is_correction else act.person,
            reason=self.absence_after_change.reason,
            made_up=self.absence_after_change.made_up,
            excuse_id=self.absence_after_change.excuse_id,
        )


def write_cells(
    act: Act,
    offering: UUID,
    changes: Sequence[CellChange],
    clause: str,
    change_set: UUID | None = None,
) -> list[UUID]:
    """Write these cells of one offering with their audit and one event per event type; return the ids of
    their rows.

    `clause` is the clause of corrections; a first entry rests on 4.2.1 or 4.3.1. Five statements at most,
    however many cells. The caller holds the locks of their lessons. Raises Stale when a cell was changed
    without that lock.
    """
    if not changes:
        return []
    ids = [change.id or new_id() for change in changes]
    # A row that another act has written meanwhile has another version: it is not updated and not counted.
    done: Any = db.session.execute(
        _WRITE_CELLS_STATEMENT, _cell_parameters(act, offering, changes, ids, clause, change_set)
    )
    if done.rowcount != len(changes):
        raise Stale("journal.cell.changed")
    record_audit_events(
        act,
        [
            _cell_audit_event(offering, change, row, clause, change_set)
            for change, row in zip(changes, ids, strict=True)
        ],
    )
    for event_type in dict.fromkeys(change.event_type for change in changes):
        same_type = [change for change in changes if change.event_type == event_type]
        post_event(act, event_type, _cells_event_payload(act, offering, same_type))
    return ids


def _cell_parameters(
    act: Act,
    offering: UUID,
    changes: Sequence[CellChange],
    ids: Sequence[UUID],
    clause: str,
    change_set: UUID | None,
) -> dict[str, Any]:
    return {
        "at": act.at,
        "person": act.person,
        "on_behalf_of": act.on_behalf_of,
        "case": act.case,
        "offering": offering,
        "change_set": change_set,
        "id": list(ids),
        "lesson": [change.cell.lesson.id for change in changes],
        "student": [change.cell.student for change in changes],
        "kind": [change.cell.kind for change in changes],
        "value": [change.new_value for change in changes],
        "reason": [change.absence_after_change.reason for change in changes],
        "made_up": [change.absence_after_change.made_up for change in changes],
        "excused": [change.absence_after_change.excuse_id for change in changes],
        "version": [change.cell.version for change in changes],
        "late": [change.late for change in changes],
        "first_at": [change.cell.first_entered_at or act.at for change in changes],
        "first_by": [
            change.cell.first_entered_by if change.is_correction else act.person for change in changes
        ],
        # An empty cell, and one whose presence follows from the roll, has no earlier value of its own.
        "old": [change.cell.value if change.is_correction else None for change in changes],
        "event_type": [change.event_type for change in changes],
        "clause": [_clause_of_change(change, clause) for change in changes],
        "version_id": [new_id() for _ in changes],
        "source": ["IMPORT" if change.takeover is not None else "HAND" for change in changes],
    }


def _clause_of_change(change: CellChange, clause: str) -> str:
    """Return the clause of a correction as given; a first entry rests on 4.2.1 or 4.3.1."""
    if change.is_correction:
        return clause
    return FIRST_ENTRY_CLAUSES[change.cell.kind]


def _cell_audit_event(
    offering: UUID, change: CellChange, row: UUID, clause: str, change_set: UUID | None
) -> AuditEvent:
    cell = change.cell
    cell_key = {"lesson": cell.lesson.id, "student": cell.student, "kind": cell.kind}
    after = {**cell_key, "value": PrivateValue(change.new_value), "version": cell.version + 1}
    if change.late:
        after["late"] = True
    if change_set is not None:
        after["change_set"] = change_set
    if change.takeover is not None:
        after["takeover"] = change.takeover
    before = {"value": PrivateValue(cell.value), "version": cell.version}
    if change.absence is not None:
        before |= {"reason": PrivateValue(cell.reason), "made_up": cell.made_up}
        absence = change.absence_after_change
        after |= {
            "reason": PrivateValue(absence.reason),
            "made_up": absence.made_up,
            "excused": absence.excuse_id,
        }
    return AuditEvent(
        event_type=change.event_type,
        object=("journal.cell", row),
        before=before if change.is_correction else None,
        after=after,
        clause=_clause_of_change(change, clause),
        subject=cell.student,
        offering=offering,
        rows=_entry_by_roll(change),
    )


def _entry_by_roll(change: CellChange) -> dict[str, Any] | None:
    """Return when and by whom the roll entered a cell that has its first row only now; None for any other cell."""
    if change.cell.version or not change.is_correction:
        return None
    return {
        "first_entered_at": change.cell.first_entered_at,
        "first_entered_by": change.cell.first_entered_by,
    }


def _cells_event_payload(act: Act, offering: UUID, changes: Sequence[CellChange]) -> dict[str, Any]:
    """Return the payload of an event: ids only, no mark."""
    return {
        "offering": str(offering),
        "lessons": sorted({str(change.cell.lesson.id) for change in changes}),
        "students": sorted({str(change.cell.student) for change in changes}),
        "by": str(act.person) if act.person else None,
        "case": str(act.case) if act.case else None,
    }
