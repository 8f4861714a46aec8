"""Commands of general requests: store one, record a decision about it, leave a note, notify people of it.

None of them changes a mark, a role or a sheet: they write their own tables, the audit and the outbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import record_audit_event
from app.journal.gradebook.access import require_readable_offering
from app.journal.gradebook.idempotency import find_already_written_row
from app.journal.requests.queries import find_students_to_ask_about, load_request
from app.journal.tables import Note, Request, RequestDecision
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.kernel.ids import new_id
from app.outbox.post import post_event
from app.people import queries as people

PERSON, STUDENT, JOURNAL, UNIT = "PERSON", "STUDENT", "JOURNAL", "UNIT"
REQUEST_MADE = "journal.request.made"
REQUEST_DECIDED = "journal.request.decided"
REQUEST_NOTIFIED = "journal.request.notified"
NOTE_ADDED = "journal.note.added"
NOTE_RETENTION = timedelta(days=5 * 365)
"""How long a note stays on a page."""


@dataclass(frozen=True, slots=True)
class RequestScope:
    """About whom or what a request is: its ids, its units by start variable, and the persons concerned."""

    about: str
    units: Mapping[str, UUID]
    persons: Mapping[str, UUID]
    student: UUID | None = None
    offering: UUID | None = None
    unit: UUID | None = None


@dataclass(frozen=True, slots=True)
class StepTexts:
    """The step of a diagram that runs a command: its case, its texts, and the lane it lies in."""

    case_id: UUID
    number: str
    element: str
    titles: Mapping[str, str]
    process: Mapping[str, str]
    lane_role: str
    lane_scope: str


def request_scope_about_requester(act: Act) -> RequestScope:
    """Return the scope of a request about its requester: a student's institute, or the unit of the role in use."""
    requester = _require_requester(act)
    student = any(one.role == "student" for one in act.assignments)
    today = local_day(act.at)
    groups = people.load_student_groups(requester, today) if student else []
    unit = groups[0].unit if groups else next((one.unit for one in act.assignments if one.unit), None)
    units = (
        {}
        if unit is None
        else {"unit": unit, "unit_institute": people.load_institute_id_or_own_unit_id(unit)}
    )
    persons = {"requester": requester}
    return RequestScope(PERSON, units, persons, student=requester if student else None, unit=unit)


def request_scope_about_student(act: Act, student: UUID) -> RequestScope:
    """Return the scope of a request about a student. Raises Invalid (`student`) for one out of reach."""
    requester = _require_requester(act)
    if not find_students_to_ask_about(act, student=student):
        raise Invalid.field("student", "journal.request.student_out_of_reach")
    groups = people.load_student_groups(student, local_day(act.at))
    units = {"student_institute": people.load_institute_id_or_own_unit_id(groups[0].unit)}
    return RequestScope(STUDENT, units, {"requester": requester, "student": student}, student=student)


def request_scope_about_journal(act: Act, offering_id: UUID) -> RequestScope:
    """Return the scope of a request about a journal. Raises Missing for one that the act may not read."""
    offering = require_readable_offering(act, offering_id)
    units = {"discipline_department": offering.department, "student_institute": offering.institute}
    return RequestScope(JOURNAL, units, {"requester": _require_requester(act)}, offering=offering_id)


def request_scope_about_unit(act: Act, unit: UUID) -> RequestScope:
    """Return the scope of a request about a unit. Raises Invalid (`unit`) for one without a role of the act."""
    own = {one.unit for one in act.assignments}
    if unit not in own and not (None in own and unit in people.load_unit_tree()):
        raise Invalid.field("unit", "journal.request.unit_out_of_reach")
    units = {"unit": unit, "unit_institute": people.load_institute_id_or_own_unit_id(unit)}
    return RequestScope(UNIT, units, {"requester": _require_requester(act)}, unit=unit)


def store_request(
    act: Act,
    request_id: UUID,
    scope: RequestScope,
    answers: Mapping[str, Any],
    previous: UUID | None = None,
) -> Request:
    """Store a request; idempotent by the id that the caller chose. Raises Stale for other content."""
    content = {
        "id": str(request_id),
        "about": scope.about,
        "requester": str(scope.persons["requester"]),
        "student": str(scope.student) if scope.student else None,
        "offering": str(scope.offering) if scope.offering else None,
        "unit": str(scope.unit) if scope.unit else None,
        "units": {name: str(unit) for name, unit in scope.units.items()},
        "answers": dict(answers),
        "previous": str(previous) if previous else None,
    }
    sha256 = canonical_sha256(content)
    known = find_already_written_row(Request, request_id, sha256)
    if known is not None:
        return known
    made = Request(
        id=request_id,
        about=scope.about,
        requester_id=scope.persons["requester"],
        student_id=scope.student,
        offering_id=scope.offering,
        unit_id=scope.unit,
        units=content["units"],
        answers=content["answers"],
        previous_id=previous,
        sha256=sha256,
        made_at=act.at,
    )
    db.session.add(made)
    db.session.flush()
    after = {**content, "sha256": sha256}
    record_audit_event(act, REQUEST_MADE, ("journal.request", made.id), None, after, subject=scope.student)
    return made


def record_request_decision(act: Act, request: UUID, decision: str, step: StepTexts) -> str:
    """Record a decision about a request, with who acted; return `recorded`. Raises Missing."""
    asked = load_request(request)
    made = RequestDecision(
        id=new_id(),
        request_id=asked.id,
        case_id=step.case_id,
        decision=decision,
        titles=dict(step.titles),
        person_id=act.person,
        on_behalf_of=act.on_behalf_of,
        made_at=act.at,
    )
    db.session.add(made)
    db.session.flush()
    after = {"request": str(asked.id), "sha256": asked.sha256, "decision": decision}
    record_audit_event(
        act, REQUEST_DECIDED, ("journal.request_decision", made.id), None, after, subject=asked.student_id
    )
    return "recorded"


def add_note_to_subject_page(act: Act, request: UUID, step: StepTexts) -> str:
    """Leave a note of a step on the page of the student or the journal that a request is about.

    Return `added`, also for a step that left its note before, or `no_page` when it is about neither. Raises Missing.
    """
    asked = load_request(request)
    if asked.student_id is None and asked.offering_id is None:
        return "no_page"
    note_id, keep_until = (
        uuid5(step.case_id, f"{step.element}:{asked.id}"),
        local_day(act.at) + NOTE_RETENTION,
    )
    row = {
        "id": note_id,
        "request_id": asked.id,
        "case_id": step.case_id,
        "number": step.number,
        "student_id": asked.student_id,
        "offering_id": asked.offering_id,
        "titles": dict(step.titles),
        "process": dict(step.process),
        "made_at": act.at,
        "keep_until": keep_until,
    }
    statement = insert(Note).values(row).on_conflict_do_nothing(index_elements=["id"])
    if db.session.execute(statement.returning(Note.id)).first() is not None:
        after = {"request": str(asked.id), "keep_until": keep_until}
        record_audit_event(act, NOTE_ADDED, ("journal.note", note_id), None, after, subject=asked.student_id)
    return "added"


def notify_requester(act: Act, request: UUID, step: StepTexts) -> str:
    """Notify who asked, in the words of the step; return `notified`. Raises Missing."""
    asked = load_request(request)
    _post_step_notice(act, step, [asked.requester_id], f"/cases/{step.case_id}")
    return "notified"


def notify_lane_role_holders(act: Act, request: UUID, step: StepTexts) -> str:
    """Notify the holders of the role of the lane in which the step lies; return `notified` or `nobody`.

    Raises Missing.
    """
    asked = load_request(request)
    named = asked.units.get(step.lane_scope.removeprefix("start.")) if step.lane_scope else None
    unit = UUID(named) if named else None
    holders = people.load_role_holders(step.lane_role, unit, local_day(act.at))
    persons = dict.fromkeys(holder.person for holder in holders if holder.unit == unit)
    if not persons:
        return "nobody"
    _post_step_notice(act, step, list(persons), f"/cases/{step.case_id}")
    return "notified"


def delete_expired_notes(today: date, limit: int = 1000) -> int:
    """Delete notes that were kept long enough; return how many."""
    old = select(Note.id).where(Note.keep_until < today).limit(limit)
    return len(db.session.execute(delete(Note).where(Note.id.in_(old)).returning(Note.id)).all())


def _post_step_notice(act: Act, step: StepTexts, persons: list[UUID], url: str) -> None:
    payload = {
        "title": dict(step.titles),
        "process": dict(step.process),
        "number": step.number,
        "case": str(step.case_id),
        "url": url,
        "recipients": [str(person) for person in persons],
    }
    post_event(act, REQUEST_NOTIFIED, payload)


def _require_requester(act: Act) -> UUID:
    """Return who asks."""
    if act.person is None:
        raise RuntimeError("a request is made by a person")
    return act.person
