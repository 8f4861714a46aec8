"""Open cases about results of students, for links from the pages of these results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.cases.access import visible_cases_condition
from app.cases.models import Case
from app.kernel.act import Act
from app.kernel.db import db


@dataclass(frozen=True, slots=True)
class VisibleOpenCase:
    """An open case that the person of the act may open."""

    id: UUID
    number: str
    subject: dict[str, Any]


def load_open_cases_of_diagrams(
    act: Act, students: Sequence[UUID], diagrams: Sequence[str]
) -> list[VisibleOpenCase]:
    """Return the open cases of these processes about these students that the person of the act may open.

    One statement, none for no students.
    """
    if not students:
        return []
    rows = db.session.execute(
        select(Case.id, Case.number, Case.subject).where(
            Case.about.overlap(list(students)),
            Case.diagram.in_(diagrams),
            Case.closed_at.is_(None),
            visible_cases_condition(act),
        )
    )
    return [VisibleOpenCase(*row) for row in rows]
