"""Results of earlier semesters that an act brings: keep them when its file was read, show them once it is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, tuple_
from sqlalchemy.orm import aliased

from app.journal.tables import EarlierResult, Takeover
from app.journal.takeover.earlier_plan import PlannedEarlierResult
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import Stale
from app.kernel.ids import new_id
from app.people.models import Membership, Person
from app.people.rules import full_name

_ROWS_PER_STATEMENT = 5_000
MAX_SHOWN = 400
"""Results of one student that a page shows."""


@dataclass(frozen=True, slots=True)
class EarlierResultRow:
    """A result of an earlier semester as a page shows it, with the act that brought it."""

    academic_year: str
    semester: int
    code: str
    course: str
    credits: Decimal | None
    points: Decimal | None
    grade: str
    document_number: str
    document_date: date


@dataclass(frozen=True, slots=True)
class EarlierResultOfAct:
    """A result in the list of its act, with the full name of its student."""

    id: UUID
    student: UUID
    name: str
    academic_year: str
    semester: int
    course: str
    points: Decimal | None
    grade: str


def store_planned_results(takeover: UUID, results: Sequence[PlannedEarlierResult]) -> None:
    """Keep the results that an act would bring; nobody but those who read the act sees them until it is confirmed."""
    rows = [
        {
            "id": new_id(),
            "takeover_id": takeover,
            "student_id": one.key.student,
            "academic_year": one.key.year,
            "semester": one.key.semester,
            "code": one.code,
            "course": one.course,
            "course_key": one.key.course,
            "credits": one.value.credits,
            "points": one.value.points,
            "grade": one.value.grade,
        }
        for one in results
    ]
    for start in range(0, len(rows), _ROWS_PER_STATEMENT):
        db.session.execute(insert(EarlierResult), rows[start : start + _ROWS_PER_STATEMENT])


def require_results_untaken(takeover: UUID) -> None:
    """Return when no finished act holds a result of this act, with any value; acts wait for each other here.

    Raises Stale: another act took over one of them meanwhile.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("earlier_results", 0))))
    other, key = aliased(EarlierResult), ("student_id", "academic_year", "semester", "course_key")
    overtaken = db.session.scalar(
        select(other.id)
        .join(Takeover, (Takeover.id == other.takeover_id) & (Takeover.state == "FINISHED"))
        .join(
            EarlierResult,
            tuple_(*(getattr(EarlierResult, one) for one in key))
            == tuple_(*(getattr(other, one) for one in key)),
        )
        .where(EarlierResult.takeover_id == takeover)
        .limit(1)
    )
    if overtaken is not None:
        raise Stale("journal.takeover.results_overtaken")


def fingerprint_of_results(takeover: UUID) -> str:
    """Return the SHA-256 of the results of an act, for its audit record."""
    rows = db.session.execute(
        select(
            EarlierResult.student_id,
            EarlierResult.academic_year,
            EarlierResult.semester,
            EarlierResult.course,
            EarlierResult.credits,
            EarlierResult.points,
            EarlierResult.grade,
        )
        .where(EarlierResult.takeover_id == takeover)
        .order_by(EarlierResult.id)
    )
    return canonical_sha256({"results": [[_plain(value) for value in row] for row in rows]})


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(value)


def load_earlier_results_of_student(student: UUID) -> list[EarlierResultRow]:
    """Return the results of earlier semesters of a student that confirmed acts brought, newest first; one statement."""
    found = db.session.execute(
        select(EarlierResult, Takeover.document_number, Takeover.document_date)
        .join(Takeover, Takeover.id == EarlierResult.takeover_id)
        .where(EarlierResult.student_id == student, Takeover.state == "FINISHED")
        .order_by(EarlierResult.academic_year.desc(), EarlierResult.semester.desc(), EarlierResult.course_key)
        .limit(MAX_SHOWN)
    )
    return [
        EarlierResultRow(
            one.academic_year,
            one.semester,
            one.code,
            one.course,
            one.credits,
            one.points,
            one.grade,
            number,
            day,
        )
        for one, number, day in found
    ]


def load_results_of_act(takeover: UUID, most: int, after: UUID | None) -> list[EarlierResultOfAct]:
    """Return the results of an act in the order of its file, after one of them; one statement."""
    wanted = (
        select(EarlierResult, Person.family_name, Person.given_name, Person.patronymic)
        .join(Person, Person.id == EarlierResult.student_id)
        .where(EarlierResult.takeover_id == takeover)
        .order_by(EarlierResult.id)
        .limit(most)
    )
    if after is not None:
        wanted = wanted.where(EarlierResult.id > after)
    return [
        EarlierResultOfAct(
            one.id,
            one.student_id,
            full_name(*name),
            one.academic_year,
            one.semester,
            one.course,
            one.points,
            one.grade,
        )
        for one, *name in db.session.execute(wanted)
    ]


def load_students_for_template(day: date) -> list[tuple[str, str]]:
    """Return number and full name of the students who belong to a group on a day, by name; one statement."""
    found = db.session.execute(
        select(Person.id, Person.identifier, Person.family_name, Person.given_name, Person.patronymic)
        .where(
            select(Membership.id)
            .where(
                Membership.person_id == Person.id,
                Membership.starts_on <= day,
                Membership.ends_on.is_(None) | (Membership.ends_on >= day),
            )
            .exists()
        )
        .order_by(Person.sort_key, Person.id)
    )
    return [(number or str(person), full_name(*name)) for person, number, *name in found]
