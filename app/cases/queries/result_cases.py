"""Cases that wait for a decision about somebody's results, as the pages of those results link them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.cases.access import seen_by
from app.cases.models import Case
from app.kernel.act import Act
from app.kernel.db import db


@dataclass(frozen=True, slots=True)
class Pending:
    """A case that has not ended and that the person of the act may open."""

    id: UUID
    number: str
    subject: dict[str, Any]


def pending(act: Act, students: Sequence[UUID], diagrams: Sequence[str]) -> list[Pending]:
    """The cases of these processes about these students that have not ended and that the act's person may open; one
    statement, none for nobody."""
    if not students:
        return []
    found = db.session.execute(
        select(Case.id, Case.number, Case.subject).where(
            Case.about.overlap(list(students)),
            Case.diagram.in_(diagrams),
            Case.closed_at.is_(None),
            seen_by(act),
        )
    )
    return [Pending(*row) for row in found]
