"""Command that notifies teachers of marks affected by an order with effect in the past (2.1b)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.journal.transfers.review_queries import MarksReview, load_marks_to_review_in_spans
from app.kernel.act import Act
from app.outbox.post import OutboxEvent, post_events
from app.people import queries as people

REVIEW_REQUESTED = "journal.membership.review"
MAX_LISTED_DAYS = 12
"""Maximum number of days in the message; the journal shows all of them."""


def post_marks_review_events(act: Act, spans: Sequence[Mapping[str, Any]], order_no: str) -> int:
    """Publish one message for each journal and student to its teachers; return
    how many. Marks stay unchanged."""
    reviews = load_marks_to_review_in_spans(list(spans), act.at)
    names = people.load_names({review.student for review in reviews}) if reviews else {}
    messages: list[OutboxEvent] = [
        (REVIEW_REQUESTED, _marks_review_event_payload(review, names[review.student].short, order_no), None)
        for review in reviews
    ]
    post_events(act, messages)
    return len(messages)


def _marks_review_event_payload(review: MarksReview, name: str, order_no: str) -> dict[str, Any]:
    """Return the payload of one message."""
    offering = review.offering
    return {
        "kind": "lost" if review.is_membership_lost else "gained",
        "order": order_no,
        "recipients": sorted({str(part.person) for part in offering.teachers}),
        "url": f"/journal/{offering.id}/students/{review.student}",
        "subject": {
            "kind": "review",
            "course": dict(offering.names),
            "group": offering.group_name,
            "offering": str(offering.id),
            "students": [name],
            "days": [day.isoformat() for day in review.lessons[:MAX_LISTED_DAYS]],
            "lessons": len(review.lessons),
        },
    }
