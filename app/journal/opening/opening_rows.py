"""Journals before and after their opening, with teachers, the checks of teachers, and journals that are there twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, exists, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from app.audit.words import unseal_texts
from app.journal.tables import JournalCheck, Lesson, Offering, Teaching
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.people import queries as people
from app.people.models import StudyGroup


@dataclass(frozen=True, slots=True)
class TeacherCheck:
    """The newest word of a teacher about a journal: right, or the problem; `is_current` is False when the journal has
    changed since."""

    person: UUID
    name: str
    is_right: bool
    problem: str
    at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """A journal before or after its opening: hours in the plan, of its lessons and of its topics, what it lacks, and
    the groups of journals that look like the same lessons twice; `content` is a digest of students and topics."""

    id: UUID
    code: str
    names: Mapping[str, str]
    group: str
    department: UUID
    state: str
    teachers: tuple[tuple[UUID, str], ...]
    students: int
    lessons: int
    lesson_hours: int
    planned_hours: int
    topics: int
    topic_hours: int
    content: str
    lacking: tuple[str, ...]
    duplicates: tuple[str, ...]
    checks: tuple[TeacherCheck, ...] = field(default=())

    @property
    def is_objected(self) -> bool:
        """Return whether the newest word of a teacher names a problem."""
        return any(not one.is_right for one in self.checks)

    @property
    def unchecked_teachers(self) -> tuple[str, ...]:
        """Return the names of teachers who have not said yet that the present journal is right."""
        done = {one.person for one in self.checks if one.is_right and one.is_current}
        return tuple(name for person, name in self.teachers if person not in done)

    @property
    def digest(self) -> str:
        """Return the digest of what a teacher checks: students, topics, lessons and hours."""
        return canonical_sha256([self.content, self.lessons, self.lesson_hours, self.planned_hours])


def load_journal_teachers(
    ids: Sequence[UUID], semesters: Mapping[UUID, tuple[date, date]]
) -> dict[UUID, tuple[tuple[UUID, str], ...]]:
    """Return the teachers of journals during their semesters, by name; two statements."""
    found = db.session.execute(
        select(Teaching.offering_id, Teaching.person_id, Teaching.starts_on, Teaching.ends_on).where(
            Teaching.offering_id.in_(ids), Teaching.part != "SUBSTITUTE"
        )
    ).all()
    names = people.load_names({row.person_id for row in found})
    by_journal: dict[UUID, dict[UUID, str]] = {}
    for row in sorted(found, key=lambda one: names[one.person_id].sort_key):
        first, last = semesters[row.offering_id]
        if row.starts_on <= last and (row.ends_on is None or row.ends_on >= first):
            by_journal.setdefault(row.offering_id, {})[row.person_id] = names[row.person_id].short
    return {id: tuple(persons.items()) for id, persons in by_journal.items()}


def load_duplicate_journals(ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Return, by journal, the groups of other journals of the same discipline, semester and teacher that have a lesson
    at the same moment and are no stream, and its own group when it has this journal twice; two statements."""
    other, other_group = aliased(Offering), aliased(StudyGroup)
    twice = (
        select(Offering.id, other_group.name)
        .join(
            other,
            and_(
                other.course_id == Offering.course_id,
                other.semester_id == Offering.semester_id,
                other.group_id == Offering.group_id,
                other.id != Offering.id,
                other.ends_on.is_(None),
            ),
        )
        .join(other_group, other_group.id == other.group_id)
        .where(Offering.id.in_(ids))
        .distinct()
    )
    mine, theirs = aliased(Lesson), aliased(Lesson)
    own_teacher, their_teacher = aliased(Teaching), aliased(Teaching)
    together = (
        select(Offering.id, other_group.name)
        .join(
            other,
            and_(
                other.course_id == Offering.course_id,
                other.semester_id == Offering.semester_id,
                other.group_id != Offering.group_id,
            ),
        )
        .join(other_group, other_group.id == other.group_id)
        .where(
            Offering.id.in_(ids),
            exists(
                select(1)
                .select_from(mine)
                .join(theirs, and_(theirs.starts_at == mine.starts_at, theirs.offering_id == other.id))
                .where(
                    mine.offering_id == Offering.id, mine.pattern_id.is_(None), theirs.pattern_id.is_(None)
                )
            ),
            exists(
                select(1)
                .select_from(own_teacher)
                .join(their_teacher, their_teacher.person_id == own_teacher.person_id)
                .where(own_teacher.offering_id == Offering.id, their_teacher.offering_id == other.id)
            ),
        )
        .distinct()
    )
    found: dict[UUID, list[str]] = {}
    for statement in (twice, together):
        for id, name in db.session.execute(statement):
            found.setdefault(id, []).append(name)
    return {id: tuple(sorted(names)) for id, names in found.items()}


def add_teacher_checks(rows: Sequence[OpeningRow]) -> list[OpeningRow]:
    """Return the rows with the newest check of each present teacher; two statements."""
    found = db.session.execute(
        select(JournalCheck)
        .where(JournalCheck.offering_id.in_([row.id for row in rows]))
        .ext(distinct_on(JournalCheck.offering_id, JournalCheck.made_by))
        .order_by(
            JournalCheck.offering_id,
            JournalCheck.made_by,
            JournalCheck.made_at.desc(),
            JournalCheck.id.desc(),
        )
    ).scalars()
    newest = list(found)
    problems = unseal_texts([(one.made_by, one.problem) for one in newest])
    by_journal: dict[UUID, dict[UUID, tuple[JournalCheck, str]]] = {}
    for one, problem in zip(newest, problems, strict=True):
        by_journal.setdefault(one.offering_id, {})[one.made_by] = (one, problem)
    return [
        row
        if row.id not in by_journal
        else _row_with_checks(
            row,
            [
                TeacherCheck(person, name, check.is_right, problem, check.made_at, check.seen == row.digest)
                for person, name in row.teachers
                if person in by_journal[row.id]
                for check, problem in [by_journal[row.id][person]]
            ],
        )
        for row in rows
    ]


def _row_with_checks(row: OpeningRow, checks: Sequence[TeacherCheck]) -> OpeningRow:
    values = {name: getattr(row, name) for name in row.__slots__}
    return OpeningRow(**values | {"checks": tuple(checks)})
