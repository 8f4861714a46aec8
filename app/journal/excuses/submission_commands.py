"""Submit an excuse, or narrow it to the absences that a decision confirms (4.2.3, 4.2.4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.audit import words
from app.audit.record import AuditEvent, record_audit_event, record_audit_events
from app.journal.excuses import queries as excuse_queries
from app.journal.excuses.issuer_marks import store_issuer_marks
from app.journal.excuses.rules import (
    LESSON_COVERED,
    LESSON_WITHOUT_MARK,
    ExcuseInput,
    refusal_of_reasons_for_lessons,
    refusal_to_narrow_excuse,
    refusal_to_submit_excuse,
)
from app.journal.gradebook.access import acting_and_represented_persons
from app.journal.tables import Excuse, RefusedExcuse
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Missing, Stale
from app.kernel.ids import new_id
from app.kernel.keyring import keyed_hash
from app.people import queries as people
from app.people.rules import is_permitted

EXCUSE_SUBMITTED = "journal.excuse.submitted"
EXCUSE_REFUSED = "journal.excuse.refused"


@dataclass(frozen=True, slots=True)
class StoredExcuse:
    """Id of an immutable excuse and the SHA-256 to which approvals are bound."""

    id: UUID
    sha256: str


@dataclass(frozen=True, slots=True)
class ExcuseSubmission:
    """An excuse as submitted (4.2.3). `students` is one student, or several for an order about an event."""

    students: tuple[UUID, ...]
    starts_on: date
    ends_on: date
    ground: str
    number: str
    issuer: str
    document_date: date
    returned_on: date | None
    note: str
    files: tuple[UUID, ...]


def submit_excuse(act: Act, excuse_id: UUID, paper: ExcuseSubmission) -> StoredExcuse:
    """Store exactly what is submitted; idempotent by the id the caller chose.

    Students submit for themselves, curator and directorate for a student, only the directorate for several.
    Raise Invalid with the field, Missing, Denied, Stale (the id has other content), Refused (4.2.3).
    """
    if act.person is None or not paper.students:
        raise Denied("journal.excuse.not_yours", clause="4.2.3")
    today = local_day(act.at)
    _require_right_to_submit(act, paper, today)
    known = db.session.get(Excuse, excuse_id)
    if known is not None:
        return _stored_excuse_if_same_content(known, act, paper)
    institute = excuse_queries.load_deciding_institute_id(paper.students, today)
    met = excuse_queries.load_lessons_in_excuse_period(paper.students, paper.starts_on, paper.ends_on)
    alone = paper.students[0] if len(paper.students) == 1 else None
    computed = excuse_queries.find_first_day_present_after(alone, paper.ends_on) if alone else None
    handed = ExcuseInput(
        students=paper.students,
        starts_on=paper.starts_on,
        ends_on=paper.ends_on,
        ground=paper.ground,
        document_date=paper.document_date,
        returned_on=paper.returned_on,
        files=len(paper.files),
        note=paper.note,
    )
    refusal = refusal_to_submit_excuse(
        handed,
        len(met),
        computed,
        excuse_queries.load_directorate_deadline_calendar(institute, act.at),
        act.at,
    )
    if refusal is not None:
        raise refusal
    made = Excuse(
        id=excuse_id,
        requester=act.person,
        students=list(paper.students),
        starts_on=paper.starts_on,
        ends_on=paper.ends_on,
        ground=paper.ground,
        document=words.seal_text(act.person, _document_number_and_issuer_json(paper)),
        document_mark=_document_keyed_hash(paper),
        document_date=paper.document_date,
        returned_on=paper.returned_on,
        files=list(paper.files),
        left_out=[],
        narrows=None,
        sha256="",
        made_at=act.at,
    )
    stored = _store_excuse(act, made)
    store_issuer_marks([(made.id, paper.issuer)])
    return stored


def store_narrowed_excuse(act: Act, excuse_id: UUID, of: UUID, refused: Mapping[str, str]) -> StoredExcuse:
    """Store the same excuse without some lessons, as the directorate confirms it in
    part (4.2.4); a new immutable row.

    `refused` maps the "lesson:student" places that are not confirmed to the reason. Raise Missing, Invalid
    (`absences`: nothing would be left, or a reason is missing).
    """
    base = excuse_queries.load_excuse_row(of)
    places = [
        one.lesson_student_key
        for one in excuse_queries.load_lessons_in_excuse_period(base.students, base.starts_on, base.ends_on)
    ]
    reasons = {place: refused[place].strip() for place in sorted(set(refused) & set(places))}
    refusal = refusal_to_narrow_excuse(places, reasons)
    if refusal is not None:
        raise refusal
    return _store_excuse_without_lessons(act, excuse_id, base, reasons)


def store_refused_excuse(
    act: Act, excuse_id: UUID, of: UUID, refused: Mapping[str, str], reason: str
) -> StoredExcuse:
    """Store that the directorate refused every lesson of an excuse (4.2.4), as a new immutable row and one
    refusal for each student.

    `refused` maps "lesson:student" places to a reason of their own, `reason` is that of all others. Without a lesson
    that the excuse could cover nothing is stored, and the excuse itself is returned. Raise Missing, Invalid
    (`absences`: a reason is too short or too long).
    """
    base = excuse_queries.load_excuse_row(of)
    places = {
        one.lesson_student_key
        for one in excuse_queries.load_lessons_in_excuse_period(base.students, base.starts_on, base.ends_on)
        if one.state in (LESSON_COVERED, LESSON_WITHOUT_MARK)
    } | set(base.left_out)
    if not places:
        return StoredExcuse(base.id, base.sha256)
    own = {place: text for place in places if (text := refused.get(place, "").strip())}
    refusal = refusal_of_reasons_for_lessons(own)
    if refusal is not None:
        raise refusal
    reasons = {place: own.get(place, "") for place in sorted(places)}
    made = _store_excuse_without_lessons(act, excuse_id, base, reasons, shared_reason=reason)
    rows = [
        RefusedExcuse(
            id=new_id(),
            excuse_id=made.id,
            student_id=student,
            decided_at=act.at,
            decided_by=act.person,
            case_id=act.case,
        )
        for student in base.students
    ]
    db.session.add_all(rows)
    db.session.flush()
    record_audit_events(act, [_refusal_audit_event(one) for one in rows])
    return made


def _refusal_audit_event(one: RefusedExcuse) -> AuditEvent:
    after = {"excuse": one.excuse_id, "student": one.student_id}
    return AuditEvent(
        EXCUSE_REFUSED, ("journal.refused_excuse", one.id), None, after, "4.2.4", one.student_id
    )


def _store_excuse_without_lessons(
    act: Act, excuse_id: UUID, base: Excuse, reasons: Mapping[str, str], shared_reason: str = ""
) -> StoredExcuse:
    """Store the same excuse without the lessons of `reasons`; idempotent by the id."""
    known = db.session.get(Excuse, excuse_id)
    if known is not None:
        return StoredExcuse(known.id, known.sha256)
    columns = [column.key for column in Excuse.__table__.columns]
    copied = {name: getattr(base, name) for name in columns if name not in ("id", "sha256")}
    texts = dict(reasons) | ({"": shared_reason} if shared_reason else {})
    stored_reasons = json.dumps(texts, ensure_ascii=False, sort_keys=True)
    made = Excuse(
        **copied
        | {
            "id": excuse_id,
            "sha256": "",
            "left_out": list(reasons),
            "left_out_reasons": words.seal_text(base.requester, stored_reasons),
            "left_out_mark": keyed_hash("journal.excuse.reasons", stored_reasons.encode()),
            "narrows": base.id,
            "made_at": act.at,
        }
    )
    return _store_excuse(act, made)


def _store_excuse(act: Act, made: Excuse) -> StoredExcuse:
    """Hash and store an excuse with its audit record."""
    made.sha256 = compute_excuse_fingerprint(made)
    db.session.add(made)
    db.session.flush()
    after = {
        "sha256": made.sha256,
        "students": list(made.students),
        "from": made.starts_on,
        "to": made.ends_on,
        "left_out": made.left_out,
        "narrows": made.narrows,
    }
    record_audit_event(act, EXCUSE_SUBMITTED, ("journal.excuse", made.id), None, after, "4.2.3")
    return StoredExcuse(made.id, made.sha256)


def compute_excuse_fingerprint(row: Excuse) -> str:
    """Return the SHA-256 of the whole content, id included; the document enters by its
    keyed hash, and so do the reasons of lessons left out, so erasure keeps it."""
    reasons = {"left_out_reasons": row.left_out_mark} if row.left_out_mark else {}
    return canonical_sha256(
        {
            **reasons,
            "id": str(row.id),
            "requester": str(row.requester),
            "students": [str(student) for student in row.students],
            "from": row.starts_on.isoformat(),
            "to": row.ends_on.isoformat(),
            "ground": row.ground,
            "document": row.document_mark,
            "document_date": row.document_date.isoformat(),
            "returned_on": row.returned_on.isoformat() if row.returned_on else None,
            "files": [str(file) for file in row.files],
            "left_out": list(row.left_out),
            "narrows": str(row.narrows) if row.narrows else None,
        }
    )


def _require_right_to_submit(act: Act, paper: ExcuseSubmission, today: date) -> None:
    """Raise Missing unless the actor submits for himself or as directorate of every student."""
    if len(paper.students) == 1 and paper.students[0] in acting_and_represented_persons(act):
        return
    roles = [assignment for assignment in act.assignments if assignment.role == "directorate"]
    for student in paper.students:
        scope = people.load_student_permission_scope(student, today)
        if not is_permitted(roles, "requests.file_for", scope, frozenset()):
            raise Missing


def _stored_excuse_if_same_content(known: Excuse, act: Act, paper: ExcuseSubmission) -> StoredExcuse:
    """Return the stored excuse if the repeat has the same content; raise Stale otherwise."""
    stored = (known.requester, tuple(known.students), known.starts_on, known.ends_on, known.ground)
    if stored != (act.person, paper.students, paper.starts_on, paper.ends_on, paper.ground) or (
        known.document_mark != _document_keyed_hash(paper)
    ):
        raise Stale("journal.change_set.other_content")
    return StoredExcuse(known.id, known.sha256)


def _document_number_and_issuer_json(paper: ExcuseSubmission) -> str:
    """Return number and issuer of the document as JSON."""
    return json.dumps({"number": paper.number, "issuer": paper.issuer}, ensure_ascii=False)


def _document_keyed_hash(paper: ExcuseSubmission) -> str:
    """Return a keyed hash of number and issuer, equal for any spacing and
    case; neither can be read from it."""
    normalised = "|".join("".join(part.split()).casefold() for part in (paper.number, paper.issuer))
    return keyed_hash("journal.document", normalised.encode())
