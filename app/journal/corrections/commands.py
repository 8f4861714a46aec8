"""Commands that store a change set and, once approved, apply it unchanged (4.4.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.audit.record import PrivateValue, record_audit_event
from app.audit.words import seal_text_repeatably, unseal_text
from app.journal.corrections.rules import (
    APPLIED,
    ERROR_KINDS,
    outcome_of_applying_change_set,
    refusal_to_request_correction,
)
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import persons_act_may_teach_as, require_readable_offering
from app.journal.gradebook.cell_state import CELL_KINDS, CellState, parse_cell_value
from app.journal.gradebook.cell_writer import CellChange, write_cells
from app.journal.gradebook.confirmed_reasons import apply_confirmed_reasons_to_changes
from app.journal.gradebook.load_cells import CellKey, load_cell_states_with_rows
from app.journal.tables import ChangeSet
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import Denied, DepterError, Invalid, Missing, Stale
from app.kernel.ids import parse_id

CHANGE_SET_MADE = "journal.change_set.made"
MAX_CHANGE_SET_CELLS = 60
MAX_REASON_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class StoredChangeSet:
    """Id of an immutable change set and the SHA-256 to which approvals are bound."""

    id: UUID
    sha256: str


def store_change_set(
    act: Act, change_set_id: UUID, edits: Sequence[Mapping[str, Any]], error_kind: str, reason: str
) -> StoredChangeSet:
    """Store exactly the cells a correction would change; idempotent by the id the caller chose.

    An edit is {lesson, student, kind, version, new}; the present value is stored as `old`. All cells
    are of one offering. Raise Invalid (`change_set`, `error_kind`, `reason`), Missing, Denied, Stale
    (another version was seen, or the id has other content), Refused (4.4.1: its own deadline still
    runs; 7.6: a sheet is closed).
    """
    plans = _parse_cell_edits(edits)
    _require_error_kind_and_reason(error_kind, reason)
    if act.person is None:
        raise Denied("journal.correction.not_yours", clause="4.4.2")
    sealed_reason = seal_text_repeatably(act.person, reason)
    known = db.session.get(ChangeSet, change_set_id)
    if known is not None:
        return _stored_change_set_if_same_content(known, act, plans, error_kind, sealed_reason)
    lessons = load_gradebook.lock_and_load_lessons({plan["lesson"] for plan in plans})
    offerings = {lesson.offering_id for lesson in lessons.values()}
    if not offerings or len(lessons) < len({plan["lesson"] for plan in plans}):
        raise Missing
    seen = [require_readable_offering(act, offering) for offering in sorted(offerings)]
    if len(seen) > 1:
        raise Invalid.field("change_set", "journal.change_set.several_journals")
    offering = seen[0]
    found = load_cell_states_with_rows(
        offering, lessons.values(), [_cell_key_of_edit(plan) for plan in plans]
    )
    cells = [one.cell for one in found]
    calendar = load_gradebook.load_deadline_calendar(offering, act.at)
    for plan, cell in zip(plans, cells, strict=True):
        refusal = refusal_to_request_correction(
            cell,
            plan["version"],
            plan["new"],
            persons_act_may_teach_as(act),
            offering.teachers,
            calendar,
            act.at,
        )
        if refusal is not None:
            raise _add_cell_params_to_refusal(refusal, cell)
    content = [
        {**_cell_edit_as_json(plan), "old": cell.value} for plan, cell in zip(plans, cells, strict=True)
    ]
    made = ChangeSet(
        id=change_set_id,
        requester=act.person,
        offering_id=offering.id,
        cells=content,
        error_kind=error_kind,
        reason=sealed_reason,
        sha256=compute_change_set_fingerprint(change_set_id, act.person, content, error_kind, sealed_reason),
        made_at=act.at,
    )
    db.session.add(made)
    db.session.flush()
    _record_change_set_audit(act, made)
    return StoredChangeSet(made.id, made.sha256)


def compute_change_set_fingerprint(
    id: UUID, requester: UUID, cells: Sequence[Mapping[str, Any]], error_kind: str, reason: bytes
) -> str:
    """Return the SHA-256 of the whole content, id included, so that no two change sets share approvals.

    `reason` is the sealed text: the hash stays right after an erasure.
    """
    return canonical_sha256(
        {
            "id": str(id),
            "requester": str(requester),
            "cells": [dict(cell) for cell in cells],
            "error_kind": error_kind,
            "reason": reason.hex(),
        }
    )


def apply_correction(act: Act, change_set: UUID, clause: str = "4.4.2") -> str:
    """Write an approved change set completely or not at all; return `applied`,
    `cell_changed` or `sheet_closed`.

    `clause` is the ground of the change: 4.4.2, or 4.4.3 by a protocol. Idempotent: a repeat returns `applied`
    and writes nothing. Approvals are checked by the
    registry of operations. Raise Missing.
    """
    planned = db.session.get(ChangeSet, change_set)
    if planned is None:
        raise Missing
    if not _has_matching_stored_hash(planned):
        raise RuntimeError(f"change set {change_set} does not match its hash")
    plans = _parse_cell_edits(planned.cells)
    # Lessons before cells, as every writer of cells locks; sheets and teachers are read after.
    lessons = load_gradebook.lock_and_load_lessons({plan["lesson"] for plan in plans})
    offering = load_gradebook.load_offerings([planned.offering_id])[planned.offering_id]
    found = load_cell_states_with_rows(
        offering, lessons.values(), [_cell_key_of_edit(plan) for plan in plans], lock=True
    )
    # Applied already: the repeat must not compare versions that it changed itself.
    if all(one.row is not None and one.row.change_set_id == change_set for one in found):
        return APPLIED
    outcome = outcome_of_applying_change_set(planned.cells, [one.cell for one in found])
    if outcome != APPLIED:
        return outcome
    changes = [
        CellChange(one.cell, one.row.id if one.row else None, plan["new"])
        for plan, one in zip(plans, found, strict=True)
    ]
    act = act if act.reason else act.with_reason(unseal_text(planned.requester, planned.reason))
    write_cells(act, offering.id, apply_confirmed_reasons_to_changes(changes), clause, change_set)
    return outcome


def _has_matching_stored_hash(planned: ChangeSet) -> bool:
    """Return whether the stored hash matches the stored content."""
    computed = compute_change_set_fingerprint(
        planned.id, planned.requester, planned.cells, planned.error_kind, planned.reason
    )
    return computed == planned.sha256


def _parse_cell_edits(edits: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the edits with ids and canonical values in a fixed order. Raise Invalid (`change_set`)."""
    if not edits:
        raise Invalid.field("change_set", "journal.change_set.empty")
    if len(edits) > MAX_CHANGE_SET_CELLS:
        raise Invalid.field("change_set", "journal.change_set.too_many", max=MAX_CHANGE_SET_CELLS)
    plans = [_parse_cell_edit(edit) for edit in edits]
    if len({_cell_key_of_edit(plan) for plan in plans}) < len(plans):
        raise Invalid.field("change_set", "journal.change_set.twice")
    # A fixed order makes the hash independent of the order of the request.
    return sorted(plans, key=lambda plan: tuple(map(str, _cell_key_of_edit(plan))))


def _parse_cell_edit(edit: Mapping[str, Any]) -> dict[str, Any]:
    """Return one edit with ids and a canonical value. Raise Invalid (`change_set`)."""
    version = edit.get("version") if isinstance(edit, Mapping) else None
    if not isinstance(version, int) or isinstance(version, bool) or edit.get("kind") not in CELL_KINDS:
        raise Invalid.field("change_set", "journal.change_set.unreadable")
    return {
        "lesson": parse_id(edit.get("lesson"), "change_set"),
        "student": parse_id(edit.get("student"), "change_set"),
        "kind": edit["kind"],
        "version": version,
        "new": parse_cell_value(edit["kind"], edit.get("new"), "change_set"),
    }


def _cell_key_of_edit(plan: Mapping[str, Any]) -> CellKey:
    """Return the cell key of an edit: lesson, student, kind."""
    return plan["lesson"], plan["student"], plan["kind"]


def _cell_edit_as_json(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return an edit with ids as strings."""
    return {**plan, "lesson": str(plan["lesson"]), "student": str(plan["student"])}


def _require_error_kind_and_reason(error_kind: str, reason: str) -> None:
    """Check the kind of error and the reason. Raise Invalid (`error_kind`, `reason`)."""
    if error_kind not in ERROR_KINDS:
        raise Invalid.field("error_kind", "journal.change_set.unknown_kind")
    if not reason.strip():
        raise Invalid.field("reason", "forms.field.required")
    if len(reason) > MAX_REASON_LENGTH:
        raise Invalid.field("reason", "forms.field.too_long", max=MAX_REASON_LENGTH)


def _stored_change_set_if_same_content(
    known: ChangeSet, act: Act, plans: Sequence[Mapping[str, Any]], error_kind: str, reason: bytes
) -> StoredChangeSet:
    """Return the stored change set if the repeat has the same content; raise Stale otherwise."""
    stored = [
        {key: cell[key] for key in ("lesson", "student", "kind", "version", "new")} for cell in known.cells
    ]
    requested = [_cell_edit_as_json(plan) for plan in plans]
    if (known.requester, stored, known.error_kind, known.reason) != (
        act.person,
        requested,
        error_kind,
        reason,
    ):
        raise Stale("journal.change_set.other_content")
    return StoredChangeSet(known.id, known.sha256)


def _add_cell_params_to_refusal(refusal: DepterError, cell: CellState) -> DepterError:
    """Add lesson and student of the cell to the parameters of a refusal."""
    refusal.params.setdefault("lesson", str(cell.lesson.id))
    refusal.params.setdefault("student", str(cell.student))
    return refusal


def _record_change_set_audit(act: Act, made: ChangeSet) -> None:
    """Record the whole change set in the audit; its values belong to the student if it has one
    student only, else to the author."""
    students = {cell["student"] for cell in made.cells}
    record_audit_event(
        act,
        CHANGE_SET_MADE,
        ("journal.change_set", made.id),
        None,
        {"sha256": made.sha256, "error_kind": made.error_kind, "cells": PrivateValue(made.cells)},
        "4.4.2",
        subject=UUID(students.pop()) if len(students) == 1 else None,
        offering=made.offering_id,
    )
