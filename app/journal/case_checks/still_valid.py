"""Checks whether the subject of an open case is still valid after a change in the journal.

An answer depends on the present state of subject and cells alone, so that repeated and
reordered events give the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.journal.disputes.queries import load_disputable_mark, load_dispute_row
from app.journal.disputes.rules import CORRECTED, is_mark_changed_since_dispute
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import ABSENT
from app.journal.makeups import queries as makeup_queries
from app.journal.makeups.debt_queries import load_attendance_at_lessons
from app.journal.makeups.rules import CANCELLED, NOT_REQUIRED, is_any_makeup_required
from app.journal.tables import ConfirmedExcuse
from app.kernel.db import db

STEPS_BEFORE_MAKEUP_DONE = ("assign_teacher", "assign_department", "perform_student")
"""Steps of make-up work before the student has done the work."""


@dataclass(frozen=True, slots=True)
class ValidityResult:
    """Result of a validity check: `outcome` closes the case, None keeps it open; `why`
    and `clause` state the ground.

    With `only_at_steps` the case closes only while one of these steps is open. `variables`
    are updated process variables.
    """

    outcome: str | None = None
    why: str = ""
    clause: str = ""
    only_at_steps: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


STILL_VALID = ValidityResult()


def check_dispute_validity(id: UUID, described: Mapping[str, Any], now: datetime) -> ValidityResult:
    """Return whether a dispute is still valid: it ends when its mark has changed
    in any way (6.2). Raise Missing."""
    row = load_dispute_row(id)
    cell = load_disputable_mark(row.lesson_id, row.student_id, row.kind, now).cell
    if is_mark_changed_since_dispute(cell, row.version, described.get("value") or ""):
        return ValidityResult(CORRECTED, "cases.superseded.mark_changed", "6.2")
    return STILL_VALID


def check_makeup_validity(id: UUID, described: Mapping[str, Any], now: datetime) -> ValidityResult:
    """Return whether make-up work is still required, and its updated process variables. Raise Missing.

    It ends when there was no absence (P03) or when a confirmed excuse leaves nothing to make up (5.2.2);
    otherwise its deadlines are recomputed (5.3.1).
    """
    row = makeup_queries.load_makeup_stage_row(id)
    validity = _makeup_validity_of_absences(row.student_id, row.offering_id, row.lessons, now)
    if validity.outcome is not None:
        return validity
    scope = makeup_queries.load_makeup_scope(id, now)
    variables = {"absent_at": scope.absent_at.isoformat(), "semester_last": scope.semester_last.isoformat()}
    return ValidityResult(variables=variables)


def check_extension_validity(id: UUID, described: Mapping[str, Any], now: datetime) -> ValidityResult:
    """Return whether a request for an extension is still valid: it ends as the make-up
    work itself would. Raise Missing."""
    row = makeup_queries.load_extension_request_row(id)
    return _makeup_validity_of_absences(row.student_id, row.offering_id, row.lessons, now, always=True)


def check_excuse_entry_validity(id: UUID, described: Mapping[str, Any], now: datetime) -> ValidityResult:
    """Return whether a confirmed status is still to be entered: not once it was
    revoked for every student (P26)."""
    revoked = db.session.scalars(
        select(ConfirmedExcuse.revoked_at).where(ConfirmedExcuse.excuse_id == id)
    ).all()
    if revoked and all(at is not None for at in revoked):
        return ValidityResult("superseded", "cases.superseded.revoked", "4.2.4")
    return STILL_VALID


def _makeup_validity_of_absences(
    student: UUID, offering: UUID, lessons: Sequence[UUID], now: datetime, *, always: bool = False
) -> ValidityResult:
    """Return the validity of make-up work for these absences; with `always` an
    excuse closes the case at any step."""
    cells = [debt.cell for debt in load_attendance_at_lessons(student, lessons)]
    if all(cell.value != ABSENT for cell in cells):
        return ValidityResult(CANCELLED, "cases.superseded.no_absence", "5.2.3")
    calendar = load_gradebook.load_deadline_calendar(load_gradebook.load_offerings([offering])[offering], now)
    if not is_any_makeup_required(cells, calendar):
        # Work already done is still accepted, so an excuse closes the case only before it.
        return ValidityResult(
            NOT_REQUIRED, "cases.superseded.excused", "5.2.2", () if always else STEPS_BEFORE_MAKEUP_DONE
        )
    return STILL_VALID
