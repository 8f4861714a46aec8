"""Excuses and journals as subjects of cases: structured subject, scope and fingerprint."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.journal.excuses.queries import (
    LessonInExcusePeriod,
    load_confirmed_excuse_row,
    load_deciding_institute_id,
    load_excuse_row,
    load_lessons_in_excuse_period,
    load_revocable_lessons,
)
from app.journal.excuses.rules import (
    LESSON_COVERED,
    LESSON_WITHOUT_MARK,
    is_excuse_reason_to_be_written,
    refusal_to_request_excuse_revocation,
)
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import ATTENDANCE, pick_main_teacher_id
from app.journal.tables import Excuse, ExcuseDoubt
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people import queries as people
from app.people.rules import is_permitted


def describe_excuse(id: UUID) -> dict[str, Any]:
    """Return an excuse as JSON: {kind: "excuse", excuse, students: [name], from, to, ground, lessons,
    courses}.

    Nothing of the document is included: it is for the directorate alone (7.1). Raise Missing.
    """
    row = load_excuse_row(id)
    asked = [
        one
        for one in load_lessons_in_excuse_period(row.students, row.starts_on, row.ends_on)
        if one.state in (LESSON_COVERED, LESSON_WITHOUT_MARK)
    ]
    # When every lesson was refused, the excuse is about all of them as before.
    met = [one for one in asked if one.lesson_student_key not in row.left_out] or asked
    names = people.load_names(row.students)
    courses = {one.offering.id: dict(one.offering.names) for one in met}
    return {
        "kind": "excuse",
        "excuse": str(row.id),
        "students": [names[student].short for student in row.students],
        "from": row.starts_on.isoformat(),
        "to": row.ends_on.isoformat(),
        "ground": row.ground,
        "lessons": len(met),
        "courses": list(courses.values()),
    }


def load_excuse_fingerprint(id: UUID) -> str | None:
    """Return the SHA-256 to which approvals of this excuse are bound; None when it does not exist."""
    row = db.session.get(Excuse, id)
    return row.sha256 if row else None


def load_excuse_doubt_fingerprint(id: UUID) -> str | None:
    """Return the SHA-256 of a doubt about a confirmed excuse; None when it does not exist."""
    row = db.session.get(ExcuseDoubt, id)
    return row.sha256 if row else None


@dataclass(frozen=True, slots=True)
class ExcuseToRevoke:
    """A confirmed excuse whose revocation may be requested (P26), with the lessons that rest on it."""

    id: UUID
    student: UUID
    institute: UUID
    lessons: Sequence[LessonInExcusePeriod]
    description: Mapping[str, Any]


def load_excuse_to_revoke(act: Act, id: UUID, chosen: Collection[UUID] = ()) -> ExcuseToRevoke:
    """Return the confirmed excuse for a directorate of the student, with the `chosen` lessons in doubt.

    Without `chosen` all its lessons are. Raise Missing (anybody else), Invalid (`excused`: a lesson that does
    not rest on it), Refused (already revoked).
    """
    row = load_confirmed_excuse_row(id)
    scope = people.load_student_permission_scope(row.student_id, local_day(act.at))
    roles = [assignment for assignment in act.assignments if assignment.role == "directorate"]
    if not is_permitted(roles, "requests.file_for", scope):
        raise Missing
    lessons = load_revocable_lessons(row)
    refusal = refusal_to_request_excuse_revocation(
        row.revoked_at is not None, chosen, [one.cell.lesson.id for one in lessons]
    )
    if refusal is not None:
        raise refusal
    described = describe_excuse(row.excuse_id)
    name = people.load_names([row.student_id])[row.student_id]
    doubted = [one for one in lessons if not chosen or one.cell.lesson.id in set(chosen)]
    return ExcuseToRevoke(
        id=row.id,
        student=row.student_id,
        institute=load_deciding_institute_id([row.student_id], local_day(act.at)),
        lessons=lessons,
        description={
            **described,
            "students": [name.short],
            "excused": str(row.id),
            "lessons": len(doubted),
            "doubted": [_lesson_attendance_as_json(one) for one in doubted],
        },
    )


def _lesson_attendance_as_json(one: LessonInExcusePeriod) -> dict[str, str]:
    """Return the attendance of one student at one lesson as a subject lists it."""
    return {
        "lesson": str(one.cell.lesson.id),
        "student_id": str(one.cell.student),
        "kind": ATTENDANCE,
        "date": one.cell.lesson.day.isoformat(),
        "lesson_type": one.cell.lesson.type,
    }


@dataclass(frozen=True, slots=True)
class JournalScope:
    """Units of a journal and its main teacher: the lecturer, or whoever teaches in his own right."""

    offering: UUID
    department: UUID
    institute: UUID
    main_teacher: UUID


def load_journal_scope(offering: UUID) -> JournalScope:
    """Return the scope of a journal; raise Missing, also when nobody teaches it."""
    found = load_gradebook.load_offerings([offering]).get(offering)
    if found is None:
        raise Missing
    return build_journal_scope_of_offering(found)


def build_journal_scope_of_offering(offering: load_gradebook.OfferingState) -> JournalScope:
    """Return the scope of a loaded offering; raise Missing when nobody teaches it."""
    main = pick_main_teacher_id(offering.teachers)
    if main is None:
        raise Missing
    return JournalScope(offering.id, offering.department, offering.institute, main)


def describe_excuse_entry(id: UUID, offering: UUID) -> dict[str, Any]:
    """Return what a teacher who enters a confirmed status sees: students, period and
    journal, never the ground (7.1)."""
    row = load_excuse_row(id)
    found = load_gradebook.load_offerings([offering])[offering]
    met = [
        one
        for one in load_lessons_in_excuse_period(row.students, row.starts_on, row.ends_on)
        if one.offering.id == offering
        and one.lesson_student_key not in row.left_out
        and is_excuse_reason_to_be_written(one.cell)
    ]
    students = list(dict.fromkeys(one.cell.student for one in met))
    names = people.load_names(students)
    return {
        "kind": "excused",
        "course": dict(found.names),
        "group": found.group_name,
        "offering": str(offering),
        "students": [names[student].short for student in students],
        "from": row.starts_on.isoformat(),
        "to": row.ends_on.isoformat(),
        "lessons": len(met),
    }
