"""Cases that an order about students opened or changed: reviews of marks, cases moved, suspended, resumed or closed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, or_, select

from app.cases.access import visible_cases_condition
from app.cases.models import Case, History
from app.diagrams.versions import PublishedDiagram, load_version_unless_damaged
from app.kernel.act import Act
from app.kernel.db import db

ORDER_REVIEW_DIAGRAM = "order_review"
CHANGES_BY_ORDER = ("moved", "suspended", "resumed", "overtaken")
MAX_SHOWN_CASES = 100


@dataclass(frozen=True, slots=True)
class OrderCase:
    """A case of an order; `published` is its version, None if that is damaged."""

    id: UUID
    number: str
    status: str
    outcome: str | None
    subject: dict[str, Any]
    published: PublishedDiagram | None


def load_cases_of_order(act: Act, students: Collection[UUID], order_no: str) -> list[OrderCase]:
    """Return the cases about these students that an order with this number opened or changed and that the act may open,
    newest first; one statement."""
    changed = exists().where(
        History.case_id == Case.id,
        History.kind.in_(CHANGES_BY_ORDER),
        History.answers["order"].astext == order_no,
    )
    review = and_(Case.diagram == ORDER_REVIEW_DIAGRAM, Case.subject["order_no"].astext == order_no)
    rows = db.session.scalars(
        select(Case)
        .where(Case.about.overlap(list(students)), or_(changed, review), visible_cases_condition(act))
        .order_by(Case.opened_at.desc(), Case.id)
        .limit(MAX_SHOWN_CASES)
    )
    return [
        OrderCase(
            case.id,
            case.number,
            case.status,
            case.outcome,
            case.subject,
            load_version_unless_damaged(case.version_id),
        )
        for case in rows
    ]
