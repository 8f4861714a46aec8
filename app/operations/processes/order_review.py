"""Review of marks after an order with effect on a past day (2.1): the teacher of each journal looks through them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.transfers.review_cases import describe_order_review, load_review_scope
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.operations.types import CaseStartedByEvent, CaseSubject, PlaySubject, Process, ProcessStart


def load_order_review_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Return the lessons of one journal that an order concerns, student by student."""
    scope = load_review_scope(UUID(answers["offering"]))
    students = _read_reviewed_students(answers["students"])
    described = describe_order_review(scope.offering, answers["order"], students)
    return CaseSubject(
        id=subject_id,
        sha256=canonical_sha256({"id": str(subject_id), **described}),
        description=described,
        units={"discipline_department": scope.department},
        about=tuple(UUID(one["student"]) for one in students),
        variables={"teacher": str(scope.main_teacher)},
    )


def _read_reviewed_students(given: Any) -> list[Mapping[str, Any]]:
    """Return the students of the event; a play names one student by his id."""
    return [{"student": given, "lost": True, "days": [], "lessons": 0}] if isinstance(given, str) else given


PROCESS = Process(
    start=ProcessStart(
        name="order_review",
        subject_factory=load_order_review_subject,
        id_variable="order_review",
        clause="2.1",
        unit_variables=("discipline_department",),
        person_variables=("teacher",),
        roles=(),
        play=PlaySubject(
            "journal",
            answers={"offering": "{offering}", "order": "231-С", "students": "{student}"},
            requester="directorate",
        ),
    ),
    started_by_events={
        "journal.order.to_review": CaseStartedByEvent("order_review", ("offering", "order", "students")),
    },
    blocker_kind="",
)
