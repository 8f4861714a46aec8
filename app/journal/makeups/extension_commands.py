"""Request and grant an extension of make-up work after the end of the semester (5.3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.audit.record import record
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.idempotency import repeated
from app.journal.makeups import queries as makeup_queries
from app.journal.makeups.commands import Step, load_requested_lessons
from app.journal.makeups.debt_queries import absences_at
from app.journal.makeups.rules import (
    ALLOWED,
    EXTENSION,
    may_allow,
    may_plead,
)
from app.journal.tables import WorkoffExtension, WorkoffPlea
from app.kernel.act import Act
from app.kernel.canonical import digest
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.kernel.ids import new_id
from app.regulation.rules import until

PLEADED = "journal.workoff_plea.made"
EXTENDED = "journal.workoff_extension.allowed"


def plead_workoff(act: Act, plea_id: UUID, student: UUID, lessons: Sequence[UUID], reason: str) -> Step:
    """Store a request to make up lessons after the semester's last date (5.3.2); idempotent.

    Raise Missing, Denied, Stale, Invalid (`workoff`, `reason`), Refused (5.3.2: there is still time; 7.6).
    """
    offering, wanted, debts = load_requested_lessons(act, student, lessons)
    if not reason.strip():
        raise Invalid.field("reason", "forms.field.required")
    content = {
        "id": str(plea_id),
        "student": str(student),
        "lessons": [str(lesson) for lesson in wanted],
        "reason": reason,
    }
    sha256 = digest(content)
    if repeated(WorkoffPlea, plea_id, sha256) is not None:
        return Step(plea_id, sha256)
    refusal = may_plead(debts, load_gradebook.terms_of(offering, act.at), act.at)
    if refusal is not None:
        raise refusal
    made = WorkoffPlea(
        id=plea_id,
        student_id=student,
        offering_id=offering.id,
        lessons=wanted,
        reason=reason,
        sha256=sha256,
        made_at=act.at,
    )
    db.session.add(made)
    db.session.flush()
    after = {"sha256": made.sha256, "lessons": wanted}
    record(act, PLEADED, ("journal.workoff_plea", made.id), None, after, "5.3.2", subject=student)
    return Step(made.id, made.sha256)


def allow_workoff(act: Act, plea: UUID) -> str:
    """Give the lessons of an approved request a personal last day; return `allowed` or `sheet_closed`.

    The day is the deadline `workoff.extension_term` from the decision. Idempotent. Raise Missing.
    """
    row = makeup_queries.plea_row(plea)
    load_gradebook.lock_lessons(row.lessons)
    offering = load_gradebook.offering_facts([row.offering_id])[row.offering_id]
    outcome = may_allow([debt.cell for debt in absences_at(row.student_id, row.lessons)])
    known = db.session.query(WorkoffExtension.id).filter_by(plea_id=row.id).first()
    if outcome != ALLOWED or known is not None:
        return outcome
    end = local_day(until(load_gradebook.terms_of(offering, act.at), EXTENSION, act.at).moment)
    made = WorkoffExtension(
        id=new_id(),
        plea_id=row.id,
        student_id=row.student_id,
        lessons=list(row.lessons),
        until=end,
        decided_at=act.at,
        case_id=act.case,
    )
    db.session.add(made)
    db.session.flush()
    after = {"plea": row.id, "lessons": list(row.lessons), "until": end}
    record(
        act, EXTENDED, ("journal.workoff_extension", made.id), None, after, "5.3.2", subject=row.student_id
    )
    return outcome
