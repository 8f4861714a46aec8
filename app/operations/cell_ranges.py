"""Ranges of journal cells, and the cells that the description of a case subject affects. Pure.

Two cases overlap when one cell belongs to both: `docs/overlaps.md` says what becomes of each pair.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

ATTENDANCE = "ATTENDANCE"
RESULT = "RESULT"
"""The kind of a result on a sheet, where others are the attendance and the grade of a lesson."""


@dataclass(frozen=True, slots=True)
class CellRange:
    """Cells of one student (None: of everybody) at one lesson (None: at all of the days from `first` to `last`), the
    attendance or the grade (None: both). Ids and days are texts, as a subject has them; days as 2026-10-14."""

    student: str | None
    kind: str | None
    lesson: str | None
    first: str
    last: str

    def can_overlap(self, other: CellRange) -> bool:
        """Return whether there may be a cell that belongs to both."""
        return (
            _is_equal_or_either_unset(self.student, other.student)
            and _is_equal_or_either_unset(self.kind, other.kind)
            and _is_equal_or_either_unset(self.lesson, other.lesson)
            and self.first <= other.last
            and other.first <= self.last
        )


def _is_equal_or_either_unset(mine: str | None, theirs: str | None) -> bool:
    return mine is None or theirs is None or mine == theirs


def cells_listed_in_subject(subject: Mapping[str, Any], _about: Collection[UUID]) -> tuple[CellRange, ...]:
    """Return the cells that a subject lists, or the one cell that it is."""
    cells = subject.get("missed") or subject.get("cells") or subject.get("entries") or [subject]
    owner = subject.get("student_id")
    return tuple(
        CellRange(
            student=cell.get("student_id") or owner,
            kind=cell.get("kind"),
            lesson=cell["lesson"],
            first=cell["date"],
            last=cell["date"],
        )
        for cell in cells
        if isinstance(cell, Mapping) and cell.get("lesson") and cell.get("date")
    )


def attendance_cells_in_subject_period(
    subject: Mapping[str, Any], about: Collection[UUID]
) -> tuple[CellRange, ...]:
    """Return every attendance of the students a case is about, in the span of days of its subject.

    A subject that lists lessons in doubt is about these alone.
    """
    if subject.get("doubted"):
        return cells_listed_in_subject({"cells": subject["doubted"]}, about)
    if not subject.get("from"):
        return cells_listed_in_subject(subject, about)
    days = subject["from"], subject["to"]
    return tuple(CellRange(str(student), ATTENDANCE, None, *days) for student in about)


def listed_cells_of_both_kinds(subject: Mapping[str, Any], about: Collection[UUID]) -> tuple[CellRange, ...]:
    """Return the listed cells, attendance and grade: make-up work changes the attendance and gives points."""
    return tuple(replace(cell, kind=None) for cell in cells_listed_in_subject(subject, about))


def disputed_cell_of_subject(subject: Mapping[str, Any], about: Collection[UUID]) -> tuple[CellRange, ...]:
    """Return the disputed cell: its subject names the half as the mark it is about."""
    return tuple(replace(cell, kind=subject.get("mark")) for cell in cells_listed_in_subject(subject, about))


def result_cell_range_of_subject(
    subject: Mapping[str, Any], _about: Collection[UUID]
) -> tuple[CellRange, ...]:
    """Return the result that a subject is about: one student on one sheet, which overlaps no cell of a lesson.

    A commission that decides about a change of cells has no result: its subject lists the cells.
    """
    if not subject.get("sheet") or not subject.get("student_id"):
        return cells_listed_in_subject(subject, _about)
    return (CellRange(subject["student_id"], RESULT, subject["sheet"], "", ""),)


def read_affected_cells(
    subject: Mapping[str, Any],
    about: Collection[UUID],
    by_kind: Mapping[str, Callable[[Mapping[str, Any], Collection[UUID]], tuple[CellRange, ...]]],
) -> tuple[CellRange, ...]:
    """Return the cells of a subject, read as its kind declares; `about` are the persons of its case."""
    return by_kind.get(subject.get("kind", ""), cells_listed_in_subject)(subject, about)


def attendance_and_grade_of_cell(student: UUID, lesson: UUID, day: str) -> CellRange:
    """Return both halves of one cell, as its card asks about them."""
    return CellRange(str(student), None, str(lesson), day, day)


def has_common_cell(mine: Collection[CellRange], theirs: Collection[CellRange]) -> bool:
    """Return whether one of these cells is one of those."""
    return any(one.can_overlap(other) for one in mine for other in theirs)
