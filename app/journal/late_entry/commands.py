"""Commands that request a late entry and, once approved, grant a permit of limited time (P21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.audit.record import Deed, record, record_all
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import see, teachers_of
from app.journal.gradebook.idempotency import repeated
from app.journal.late_entry.rules import OPENED, may_ask_for_cell, may_ask_for_roll, may_open_window
from app.journal.tables import EntryRequest, EntryWindow, Lesson
from app.kernel.act import Act
from app.kernel.canonical import digest
from app.kernel.db import db
from app.kernel.errors import Denied, DepterError, Invalid, Missing
from app.kernel.ids import new_id
from app.outbox.post import post
from app.regulation.rules import Terms, until

ASKED = "journal.entry.asked"
WINDOW_OPENED = "journal.entry_window.opened"
WINDOW = "late_entry.window"
LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class AskedEntry:
    """Id of an immutable request for a late entry and the SHA-256 to which approvals are bound."""

    id: UUID
    sha256: str


def ask_for_entry(
    act: Act, request_id: UUID, entries: Sequence[Mapping[str, Any]], reason: str
) -> AskedEntry:
    """Store exactly which cells are to be entered late; idempotent by the id the caller chose.

    An entry is {lesson, student, kind}; without a student it is the roll of the lesson. All are of one
    offering. Raise Invalid (`entries`, `reason`), Missing, Denied, Stale (the id has other content), Refused
    (4.2.1, 4.3.1: its own deadline still runs; 4.4.2: it was entered; 7.6: a sheet is closed).
    """
    if act.person is None:
        raise Denied("journal.entry.not_yours", clause="3.1")
    _check_request(entries, reason)
    content = sorted((dict(one) for one in entries), key=_entry_order)
    sha256 = entry_fingerprint(request_id, act.person, content, reason)
    if repeated(EntryRequest, request_id, sha256) is not None:
        return AskedEntry(request_id, sha256)
    lessons = load_gradebook.lock_lessons({UUID(one["lesson"]) for one in content})
    offering = _require_one_offering(act, lessons, content)
    calendar = load_gradebook.terms_of(offering, act.at)
    for refusal in _rule_refusals(act, offering, lessons, content, calendar):
        raise refusal
    made = EntryRequest(
        id=request_id,
        requester=act.person,
        offering_id=offering.id,
        entries=content,
        reason=reason,
        sha256=sha256,
        made_at=act.at,
    )
    db.session.add(made)
    db.session.flush()
    after = {"sha256": made.sha256, "entries": content}
    record(act, ASKED, ("journal.entry_request", made.id), None, after, "4.2.1")
    return AskedEntry(made.id, made.sha256)


def entry_fingerprint(id: UUID, requester: UUID, entries: Sequence[Mapping[str, Any]], reason: str) -> str:
    """Return the SHA-256 of the whole content, id included, so that no two requests share approvals."""
    content = {"id": str(id), "requester": str(requester), "entries": list(entries), "reason": reason}
    return digest(content)


def open_entry_window(act: Act, entries: UUID) -> str:
    """Grant the late entry of an approved request; return `opened` or `sheet_closed`. Idempotent.

    The permit ends by itself after the policy `late_entry.window`. Approvals are checked by the
    registry of operations. Raise Missing.
    """
    request = db.session.get(EntryRequest, entries)
    if request is None:
        raise Missing
    computed = entry_fingerprint(request.id, request.requester, request.entries, request.reason)
    if computed != request.sha256:
        raise RuntimeError(f"entry request {entries} does not match its hash")
    lessons = load_gradebook.lock_lessons({UUID(one["lesson"]) for one in request.entries})
    offering = load_gradebook.offering_facts([request.offering_id])[request.offering_id]
    held = [load_gradebook.lesson_facts(lesson, offering) for lesson in lessons.values()]
    outcome = may_open_window(held)
    # The lessons are locked, so a repeat sees the permits of the first call.
    if outcome != OPENED or _is_granted(request):
        return outcome
    end = until(load_gradebook.terms_of(offering, act.at), WINDOW, act.at)
    permits = [
        EntryWindow(
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
    record_all(act, [_permit_deed(permit) for permit in permits])
    ids = {"offering": str(offering.id), "lessons": sorted(str(lesson) for lesson in lessons)}
    post(act, WINDOW_OPENED, {**ids, "closes_at": end.moment.isoformat()})
    return outcome


def _is_granted(request: EntryRequest) -> bool:
    """Return whether permits of this request exist."""
    return db.session.query(EntryWindow.id).filter_by(request_id=request.id).first() is not None


def _permit_deed(permit: EntryWindow) -> Deed:
    """Return the audit record of a permit."""
    after = {
        "request": permit.request_id,
        "lesson": permit.lesson_id,
        "student": permit.student_id,
        "kind": permit.kind,
        "closes_at": permit.closes_at.isoformat(),
    }
    return Deed(WINDOW_OPENED, ("journal.entry_window", permit.id), None, after, "4.2.1")


def _check_request(entries: Sequence[Mapping[str, Any]], reason: str) -> None:
    """Check that entries are present and unique, and the reason. Raise Invalid (`entries`, `reason`)."""
    if not entries:
        raise Invalid.field("entries", "journal.change_set.empty")
    if len({_entry_order(one) for one in entries}) < len(entries):
        raise Invalid.field("entries", "journal.change_set.twice")
    if not reason.strip():
        raise Invalid.field("reason", "forms.field.required")
    if len(reason) > LONGEST_REASON:
        raise Invalid.field("reason", "forms.field.too_long", max=LONGEST_REASON)


def _entry_order(one: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the sort key of an entry; a roll sorts before its students."""
    return one["lesson"], one["kind"], one["student"] or ""


def _require_one_offering(
    act: Act, lessons: Mapping[UUID, Lesson], content: Sequence[Mapping[str, Any]]
) -> load_gradebook.OfferingFacts:
    """Return the offering of all lessons. Raise Missing (unknown lesson, no
    access), Invalid (several journals)."""
    if len(lessons) < len({one["lesson"] for one in content}):
        raise Missing
    seen = [see(act, offering) for offering in sorted({lesson.offering_id for lesson in lessons.values()})]
    if len(seen) > 1:
        raise Invalid.field("entries", "journal.change_set.several_journals")
    return seen[0]


def _rule_refusals(
    act: Act,
    offering: load_gradebook.OfferingFacts,
    lessons: Mapping[UUID, Lesson],
    content: Sequence[Mapping[str, Any]],
    calendar: Terms,
) -> list[DepterError]:
    """Return the refusals of the rules for these entries, rolls first."""
    persons, teachers = teachers_of(act), offering.teachers
    rolls = [lessons[UUID(one["lesson"])] for one in content if one["student"] is None]
    places = [
        (UUID(one["lesson"]), UUID(one["student"]), one["kind"])
        for one in content
        if one["student"] is not None
    ]
    cells = load_gradebook.find_cells(offering, lessons.values(), places) if places else []
    found = [
        may_ask_for_roll(load_gradebook.lesson_facts(one, offering), persons, teachers, calendar, act.at)
        for one in rolls
    ]
    found += [may_ask_for_cell(one.cell, persons, teachers, calendar, act.at) for one in cells]
    return [refusal for refusal in found if refusal is not None]
