"""Which cells a case speaks of, from the structure of its subject. Pure: knows the shapes, not where they come from.

Two cases touch when one cell belongs to both: `docs/overlaps.md` says what becomes of each pair.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

ATTENDANCE = "ATTENDANCE"
PERIODS = frozenset({"excuse", "excused"})
"""Kinds of subject that speak of every attendance of their students in a span of days."""


@dataclass(frozen=True, slots=True)
class Touch:
    """Cells of one student (None: of everybody) at one lesson (None: at all of the days from `first` to `last`), the
    attendance or the grade (None: both). Ids and days are texts, as a subject has them; days as 2026-10-14."""

    student: str | None
    kind: str | None
    lesson: str | None
    first: str
    last: str

    def meets(self, other: Touch) -> bool:
        """Whether there may be a cell that belongs to both."""
        return (
            _same(self.student, other.student)
            and _same(self.kind, other.kind)
            and _same(self.lesson, other.lesson)
            and self.first <= other.last
            and other.first <= self.last
        )


def _same(mine: str | None, theirs: str | None) -> bool:
    return mine is None or theirs is None or mine == theirs


def affected_cells(subject: Mapping[str, Any], about: Collection[UUID]) -> tuple[Touch, ...]:
    """The cells of a subject; `about` are the students of its case, needed where the subject has only their names."""
    kind = subject.get("kind", "")
    if kind in PERIODS and subject.get("from"):
        days = subject["from"], subject["to"]
        return tuple(Touch(str(student), ATTENDANCE, None, *days) for student in about)
    cells = subject.get("missed") or subject.get("cells") or subject.get("entries") or [subject]
    owner = subject.get("student_id")
    return tuple(
        Touch(
            student=cell.get("student_id") or owner,
            kind=_kind(kind, cell),
            lesson=cell["lesson"],
            first=cell["date"],
            last=cell["date"],
        )
        for cell in cells
        if isinstance(cell, Mapping) and cell.get("lesson") and cell.get("date")
    )


def _kind(kind: str, cell: Mapping[str, Any]) -> str | None:
    """A work-off turns the attendance and gives points; a dispute names its half as the mark it is about."""
    if kind == "workoff":
        return None
    return cell.get("mark") if kind == "dispute" else cell.get("kind")


def at_cell(student: UUID, lesson: UUID, day: str) -> Touch:
    """Both halves of one cell, as its card asks about them."""
    return Touch(str(student), None, str(lesson), day, day)


def meet(mine: Collection[Touch], theirs: Collection[Touch]) -> bool:
    """Whether one of these cells is one of those."""
    return any(one.meets(other) for one in mine for other in theirs)
