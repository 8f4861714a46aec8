"""Cases in which teachers review the marks that a backdated order concerns (2.1b): one for each journal of an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.journal.gradebook.cell_state import pick_main_teacher_id
from app.journal.gradebook.load import load_offerings
from app.journal.transfers.review_queries import MarksReview, load_marks_to_review_in_spans
from app.kernel.act import Act
from app.kernel.errors import Missing
from app.outbox.post import OutboxEvent, post_events
from app.people import queries as people

REVIEW_CASE_EVENT = "journal.order.to_review"
MAX_DAYS_OF_STUDENT = 60
"""Days of one student that a case lists; the journal shows all of them."""


@dataclass(frozen=True, slots=True)
class ReviewScope:
    """The journal that is reviewed: its department and its main teacher."""

    offering: UUID
    department: UUID
    main_teacher: UUID


def load_review_scope(offering: UUID) -> ReviewScope:
    """Return the scope of a journal. Raises Missing, also when nobody teaches it."""
    found = load_offerings([offering]).get(offering)
    main = pick_main_teacher_id(found.teachers) if found is not None else None
    if found is None or main is None:
        raise Missing
    return ReviewScope(found.id, found.department, main)


def post_review_cases(act: Act, spans: Sequence[Mapping[str, Any]], order_no: str, drafted_by: str) -> int:
    """Post one event for each journal whose marks or rolls an order concerns, which starts a case of its teacher;
    return how many. A journal that nobody teaches gets none."""
    reviews = load_marks_to_review_in_spans(list(spans), act.at)
    by_journal: dict[UUID, list[MarksReview]] = {}
    for review in reviews:
        if pick_main_teacher_id(review.offering.teachers) is not None:
            by_journal.setdefault(review.offering.id, []).append(review)
    events: list[OutboxEvent] = [
        (
            REVIEW_CASE_EVENT,
            {
                "offering": str(offering),
                "order": order_no,
                "students": [_review_json(one) for one in found],
                "by": drafted_by,
            },
            None,
        )
        for offering, found in by_journal.items()
    ]
    post_events(act, events)
    return len(events)


def _review_json(review: MarksReview) -> dict[str, Any]:
    return {
        "student": str(review.student),
        "lost": review.is_membership_lost,
        "days": [day.isoformat() for day in review.lessons[:MAX_DAYS_OF_STUDENT]],
        "lessons": len(review.lessons),
    }


def describe_order_review(
    offering: UUID, order_no: str, students: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return what a teacher reviews as JSON: {kind: "order_review", course, group, offering, order_no, students (short
    names), reviewed: [{student_id, student, lost, days, lessons}], days, lessons}. Raises Missing."""
    found = load_offerings([offering]).get(offering)
    if found is None:
        raise Missing
    names = people.load_names(UUID(one["student"]) for one in students)
    reviewed = [
        {
            "student_id": one["student"],
            "student": names[UUID(one["student"])].short,
            "lost": bool(one["lost"]),
            "days": [date.fromisoformat(day).isoformat() for day in one["days"]],
            "lessons": one["lessons"],
        }
        for one in students
    ]
    return {
        "kind": "order_review",
        "course": dict(found.names),
        "group": found.group_name,
        "offering": str(found.id),
        "order_no": order_no,
        "students": [one["student"] for one in reviewed],
        "reviewed": reviewed,
        "days": sorted({day for one in reviewed for day in one["days"]})[:12],
        "lessons": sum(one["lessons"] for one in reviewed),
    }
