"""Whether what a case asks still stands, as the journal is now: asked after every change that may have overtaken it.

Knows the subject of a case and the cells, not the case. An answer depends on the present state alone, so asking twice,
or in another order than things happened, gives the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.journal.disputes.queries import dispute_row, disputed
from app.journal.disputes.rules import CORRECTED, is_other_mark
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import ABSENT
from app.journal.makeups import queries as makeup_queries
from app.journal.makeups.rules import CANCELLED, NOT_REQUIRED, still_owed
from app.journal.tables import Excused
from app.kernel.db import db

UNDONE = ("assign_teacher", "assign_department", "perform_student")
"""Steps of a work-off at which the student has not yet done his work."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`outcome` is how the case ends by itself, None while it stands; `why` and `clause` say on what ground.

    With `before` it ends only while one of these steps is open. `facts` are start facts as they are now.
    """

    outcome: str | None = None
    why: str = ""
    clause: str = ""
    before: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


STANDS = Standing()


def standing_of_dispute(id: UUID, described: Mapping[str, Any], now: datetime) -> Standing:
    """A dispute is settled when its mark became another one, by whatever way (6.2). Raises Missing."""
    row = dispute_row(id)
    cell = disputed(row.lesson_id, row.student_id, row.kind, now).cell
    if is_other_mark(cell, row.version, described.get("value") or ""):
        return Standing(CORRECTED, "cases.moot.mark_changed", "6.2")
    return STANDS


def standing_of_workoff(id: UUID, described: Mapping[str, Any], now: datetime) -> Standing:
    """A work-off ends when there was no absence (P03), or when its confirmed reason leaves nothing to make up (5.2.2);
    else it goes on with the terms that are counted from now on (5.3.1). Raises Missing."""
    row = makeup_queries.workoff_row(id)
    validity = _absence_validity(row.student_id, row.offering_id, row.lessons, now)
    if validity.outcome is not None:
        return validity
    scope = makeup_queries.scope_of_workoff(id, now)
    variables = {"absent_at": scope.absent_at.isoformat(), "semester_last": scope.semester_last.isoformat()}
    return Standing(facts=variables)


def standing_of_plea(id: UUID, described: Mapping[str, Any], now: datetime) -> Standing:
    """A plea for a late work-off ends for the same reasons as the work-off itself would. Raises Missing."""
    row = makeup_queries.plea_row(id)
    return _absence_validity(row.student_id, row.offering_id, row.lessons, now, always=True)


def standing_of_entering(id: UUID, described: Mapping[str, Any], now: datetime) -> Standing:
    """The writing of a confirmed status ends when the confirmation was taken back from every student (P26)."""
    revoked = db.session.scalars(select(Excused.revoked_at).where(Excused.excuse_id == id)).all()
    if revoked and all(at is not None for at in revoked):
        return Standing("moot", "cases.moot.revoked", "4.2.4")
    return STANDS


def _absence_validity(
    student: UUID, offering: UUID, lessons: Sequence[UUID], now: datetime, *, always: bool = False
) -> Standing:
    cells = [debt.cell for debt in makeup_queries.absences_at(student, lessons)]
    if all(cell.value != ABSENT for cell in cells):
        return Standing(CANCELLED, "cases.moot.no_absence", "5.2.3")
    calendar = load_gradebook.terms_of(load_gradebook.offering_facts([offering])[offering], now)
    if not still_owed(cells, calendar):
        return Standing(NOT_REQUIRED, "cases.moot.excused", "5.2.2", () if always else UNDONE)
    return STANDS
