"""The confirmed excuses that give a newly entered absence its reason at once (P01)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.journal.gradebook.cell_state import ABSENT, ATTENDANCE, CellState
from app.journal.gradebook.cell_writer import AbsenceDetails, CellChange
from app.journal.tables import ConfirmedExcuse, Excuse
from app.kernel.db import db

ConfirmedExcusesByStudent = dict[UUID, list[tuple[ConfirmedExcuse, frozenset[str]]]]
"""The confirmed excuses by student, each with the places it excludes."""


def apply_confirmed_reasons_to_changes(changes: Sequence[CellChange]) -> list[CellChange]:
    """Return the changes with confirmed reasons: a new absence gets the one confirmed for its day, a presence
    loses it.

    One statement when one of the changes is an absence, else none.
    """
    absent = [change for change in changes if _is_absence_without_reason(change)]
    confirmed = {}
    if absent:
        days = [change.cell.lesson.day for change in absent]
        students = {change.cell.student for change in absent}
        confirmed = load_confirmed_excuses(students, min(days), max(days))
    return [_apply_confirmed_reason_to_change(change, confirmed) for change in changes]


def _is_absence_without_reason(change: CellChange) -> bool:
    return change.cell.kind == ATTENDANCE and change.new_value == ABSENT and change.cell.reason is None


def _apply_confirmed_reason_to_change(change: CellChange, confirmed: ConfirmedExcusesByStudent) -> CellChange:
    cell = change.cell
    if cell.kind == ATTENDANCE and change.new_value != ABSENT and cell.reason is not None:
        return replace(change, absence=AbsenceDetails(None, cell.made_up))
    if not _is_absence_without_reason(change):
        return change
    absence = confirmed_absence_details(cell, confirmed)
    return change if absence is None else replace(change, absence=absence)


def confirmed_absence_details(cell: CellState, confirmed: ConfirmedExcusesByStudent) -> AbsenceDetails | None:
    """Return the details an absence has by the earliest confirmed excuse for its day; None without one."""
    place = f"{cell.lesson.id}:{cell.student}"
    for excused, left_out in confirmed.get(cell.student, ()):
        if excused.starts_on <= cell.lesson.day <= excused.ends_on and place not in left_out:
            return AbsenceDetails(excused.reason, cell.made_up, excused.id)
    return None


def load_confirmed_excuses(
    students: Iterable[UUID], first: date, last: date
) -> dict[UUID, list[tuple[ConfirmedExcuse, frozenset[str]]]]:
    """Load the confirmed excuses of these students on some of these days, by student, with the excluded
    places of each."""
    found = db.session.execute(
        select(ConfirmedExcuse, Excuse.left_out)
        .join(Excuse, Excuse.id == ConfirmedExcuse.excuse_id)
        .where(
            ConfirmedExcuse.student_id.in_(list(students)),
            ConfirmedExcuse.revoked_at.is_(None),
            ConfirmedExcuse.starts_on <= last,
            ConfirmedExcuse.ends_on >= first,
        )
        .order_by(ConfirmedExcuse.decided_at)
    )
    by_student: ConfirmedExcusesByStudent = {}
    for excused, left_out in found:
        # A lesson for which the excuse was revoked counts as one that it never covered.
        revoked = {f"{lesson}:{excused.student_id}" for lesson in excused.revoked_lessons}
        by_student.setdefault(excused.student_id, []).append((excused, frozenset(left_out) | revoked))
    return by_student
