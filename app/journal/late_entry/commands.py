"""Commands that request a late entry and, once approved, grant a permit of limited time (P21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.audit.record import AuditEvent, record_audit_event, record_audit_events
from app.audit.words import seal_text_repeatably
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import persons_act_may_teach_as, require_readable_offering
from app.journal.gradebook.idempotency import find_already_written_row
from app.journal.gradebook.load_cells import load_cell_states_with_rows
from app.journal.late_entry.rules import (
    GRANTED,
    outcome_of_granting_late_entry,
    refusal_to_request_late_cell_entry,
    refusal_to_request_late_roll_entry,
)
from app.journal.tables import LateEntryPermit, LateEntryRequest, Lesson
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import Denied, DepterError, Invalid, Missing
from app.kernel.ids import new_id
from app.outbox.post import post_event
from app.regulation.rules import DeadlineCalendar, compute_deadline

LATE_ENTRY_REQUESTED = "journal.entry.asked"
LATE_ENTRY_GRANTED = "journal.late_entry_permit.opened"
LATE_ENTRY_DURATION_POLICY = "late_entry.window"
MAX_REASON_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class StoredLateEntryRequest:
    """Id of an immutable request for a late entry and the SHA-256 to which approvals are bound."""

    id: UUID
    sha256: str


def store_late_entry_request(
    act: Act, request_id: UUID, entries: Sequence[Mapping[str, Any]], reason: str
) -> StoredLateEntryRequest:
    """Store exactly which cells are to be entered late; idempotent by the id the caller chose.

    An entry is {lesson, student, kind}; without a student it is the roll of the lesson. All are of one
    offering. Raise Invalid (`entries`, `reason`), Missing, Denied, Stale (the id has other content), Refused
    (4.2.1, 4.3.1: its own deadline still runs; 4.4.2: it was entered; 7.6: a sheet is closed).
    """
    if act.person is None:
        raise Denied("journal.entry.not_yours", clause="3.1")
    _require_valid_late_entry_request(entries, reason)
    content = sorted((dict(one) for one in entries), key=_late_entry_sort_key)
    sealed_reason = seal_text_repeatably(act.person, reason)
    sha256 = compute_late_entry_fingerprint(request_id, act.person, content, sealed_reason)
    if find_already_written_row(LateEntryRequest, request_id, sha256) is not None:
        return StoredLateEntryRequest(request_id, sha256)
    lessons = load_gradebook.lock_and_load_lessons({UUID(one["lesson"]) for one in content})
    offering = _require_one_offering(act, lessons, content)
    calendar = load_gradebook.load_deadline_calendar(offering, act.at)
    for refusal in _late_entry_refusals(act, offering, lessons, content, calendar):
        raise refusal
    made = LateEntryRequest(
        id=request_id,
        requester=act.person,
        offering_id=offering.id,
        entries=content,
        reason=sealed_reason,
        sha256=sha256,
        made_at=act.at,
    )
    db.session.add(made)
    db.session.flush()
    after = {"sha256": made.sha256, "entries": content}
    record_audit_event(
        act,
        LATE_ENTRY_REQUESTED,
        ("journal.late_entry_request", made.id),
        None,
        after,
        "4.2.1",
        offering=made.offering_id,
    )
    return StoredLateEntryRequest(made.id, made.sha256)


def compute_late_entry_fingerprint(
    id: UUID, requester: UUID, entries: Sequence[Mapping[str, Any]], reason: bytes
) -> str:
    """Return the SHA-256 of the whole content, id included, so that no two requests share approvals.

    `reason` is the sealed text: the hash stays right after an erasure.
    """
    content = {"id": str(id), "requester": str(requester), "entries": list(entries), "reason": reason.hex()}
    return canonical_sha256(content)


def grant_late_entry(act: Act, entries: UUID) -> str:
    """Grant the late entry of an approved request; return `opened` or `sheet_closed`. Idempotent.

    The permit ends by itself after the policy `late_entry.window`. Approvals are checked by the
    registry of operations. Raise Missing.
    """
    request = db.session.get(LateEntryRequest, entries)
    if request is None:
        raise Missing
    computed = compute_late_entry_fingerprint(request.id, request.requester, request.entries, request.reason)
    if computed != request.sha256:
        raise RuntimeError(f"entry request {entries} does not match its hash")
    lessons = load_gradebook.lock_and_load_lessons({UUID(one["lesson"]) for one in request.entries})
    offering = load_gradebook.load_offerings([request.offering_id])[request.offering_id]
    held = [load_gradebook.build_lesson_state(lesson, offering) for lesson in lessons.values()]
    outcome = outcome_of_granting_late_entry(held)
    # The lessons are locked, so a repeat sees the permits of the first call.
    if outcome != GRANTED or _has_late_entry_permits(request):
        return outcome
    end = compute_deadline(
        load_gradebook.load_deadline_calendar(offering, act.at), LATE_ENTRY_DURATION_POLICY, act.at
    )
    permits = [
        LateEntryPermit(
            id=new_id(),
            request_id=request.id,
            offering_id=offering.id,
            lesson_id=UUID(one["lesson"]),
            student_id=UUID(one["student"]) if one["student"] else None,
            kind=one["kind"],
            opened_at=act.at,
            closes_at=end.moment,
            computation=end.as_json(),
            case_id=act.case,
        )
        for one in request.entries
    ]
    db.session.add_all(permits)
    db.session.flush()
    record_audit_events(act, [_permit_audit_event(permit) for permit in permits])
    ids = {"offering": str(offering.id), "lessons": sorted(str(lesson) for lesson in lessons)}
    post_event(act, LATE_ENTRY_GRANTED, {**ids, "closes_at": end.moment.isoformat()})
    return outcome


def _has_late_entry_permits(request: LateEntryRequest) -> bool:
    """Return whether permits of this request exist."""
    return db.session.query(LateEntryPermit.id).filter_by(request_id=request.id).first() is not None


def _permit_audit_event(permit: LateEntryPermit) -> AuditEvent:
    """Return the audit record of a permit."""
    after = {
        "request": permit.request_id,
        "lesson": permit.lesson_id,
        "student": permit.student_id,
        "kind": permit.kind,
        "closes_at": permit.closes_at.isoformat(),
    }
    return AuditEvent(
        LATE_ENTRY_GRANTED,
        ("journal.late_entry_permit", permit.id),
        None,
        after,
        "4.2.1",
        offering=permit.offering_id,
    )


def _require_valid_late_entry_request(entries: Sequence[Mapping[str, Any]], reason: str) -> None:
    """Check that entries are present and unique, and the reason. Raise Invalid (`entries`, `reason`)."""
    if not entries:
        raise Invalid.field("entries", "journal.change_set.empty")
    if len({_late_entry_sort_key(one) for one in entries}) < len(entries):
        raise Invalid.field("entries", "journal.change_set.twice")
    if not reason.strip():
        raise Invalid.field("reason", "forms.field.required")
    if len(reason) > MAX_REASON_LENGTH:
        raise Invalid.field("reason", "forms.field.too_long", max=MAX_REASON_LENGTH)


def _late_entry_sort_key(one: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the sort key of an entry; a roll sorts before its students."""
    return one["lesson"], one["kind"], one["student"] or ""


def _require_one_offering(
    act: Act, lessons: Mapping[UUID, Lesson], content: Sequence[Mapping[str, Any]]
) -> load_gradebook.OfferingState:
    """Return the offering of all lessons. Raise Missing (unknown lesson, no
    access), Invalid (several journals)."""
    if len(lessons) < len({one["lesson"] for one in content}):
        raise Missing
    seen = [
        require_readable_offering(act, offering)
        for offering in sorted({lesson.offering_id for lesson in lessons.values()})
    ]
    if len(seen) > 1:
        raise Invalid.field("entries", "journal.change_set.several_journals")
    return seen[0]


def _late_entry_refusals(
    act: Act,
    offering: load_gradebook.OfferingState,
    lessons: Mapping[UUID, Lesson],
    content: Sequence[Mapping[str, Any]],
    calendar: DeadlineCalendar,
) -> list[DepterError]:
    """Return the refusals of the rules for these entries, rolls first."""
    persons, teachers = persons_act_may_teach_as(act), offering.teachers
    rolls = [lessons[UUID(one["lesson"])] for one in content if one["student"] is None]
    places = [
        (UUID(one["lesson"]), UUID(one["student"]), one["kind"])
        for one in content
        if one["student"] is not None
    ]
    cells = load_cell_states_with_rows(offering, lessons.values(), places) if places else []
    found = [
        refusal_to_request_late_roll_entry(
            load_gradebook.build_lesson_state(one, offering), persons, teachers, calendar, act.at
        )
        for one in rolls
    ]
    found += [
        refusal_to_request_late_cell_entry(one.cell, persons, teachers, calendar, act.at) for one in cells
    ]
    return [refusal for refusal in found if refusal is not None]
