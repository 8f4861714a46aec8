"""Checks that support the directorate's decision about an excuse, and the
register of decisions (4.2.4)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select

from app.audit import words
from app.journal.excuses.queries import (
    LessonInExcusePeriod,
    find_first_day_present_after,
    load_deciding_institute_id,
    load_directorate_deadline_calendar,
    load_excuse_row,
    load_lessons_in_excuse_period,
)
from app.journal.excuses.rules import LESSON_ATTENDED, excuse_submit_deadline
from app.journal.tables import ConfirmedExcuse, Excuse, RefusedExcuse
from app.kernel.act import RoleAssignment
from app.kernel.clock import local_day
from app.kernel.db import db
from app.people import queries as people
from app.people.models import Membership, StudyGroup
from app.regulation.rules import Deadline


@dataclass(frozen=True, slots=True)
class ExcuseReviewChecks:
    """Data for the decision about an excuse (4.2.4): the document, the deadline of
    submission and the journal's marks.

    `earlier_document_uses` are earlier excuses with the same document: (students, from, to, submitted
    at). `lessons_in_period` is every lesson of the period. `number` and `issuer` are "" once they were erased.
    """

    ground: str
    number: str
    issuer: str
    document_date: date
    starts_on: date
    ends_on: date
    returned_on: date | None
    computed_return_day: date | None
    deadline: Deadline | None
    submitted_at: datetime
    earlier_document_uses: Sequence[tuple[str, date, date, datetime]]
    lessons_in_period: Sequence[LessonInExcusePeriod]
    left_out: frozenset[str]
    names: Mapping[UUID, people.PersonName]

    @property
    def is_late(self) -> bool:
        """Return whether it was submitted after its deadline."""
        return self.deadline is not None and self.submitted_at > self.deadline.moment

    @property
    def attended_lessons(self) -> list[LessonInExcusePeriod]:
        """Return lessons of the period at which the student was present."""
        return [one for one in self.lessons_in_period if one.state == LESSON_ATTENDED]


def load_excuse_review_checks(id: UUID) -> ExcuseReviewChecks:
    """Return the checks of an excuse; the caller has checked that the viewer
    decides about it. Raise Missing."""
    row = load_excuse_row(id)
    first = _find_excuse_as_submitted(row)
    alone = row.students[0] if len(row.students) == 1 else None
    computed = find_first_day_present_after(alone, row.ends_on) if alone else None
    institute = load_deciding_institute_id(row.students, local_day(first.made_at))
    document = load_document_number_and_issuer(row)
    return ExcuseReviewChecks(
        ground=row.ground,
        number=document["number"],
        issuer=document["issuer"],
        document_date=row.document_date,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        returned_on=row.returned_on,
        computed_return_day=computed,
        deadline=excuse_submit_deadline(
            row.returned_on or computed, load_directorate_deadline_calendar(institute, first.made_at)
        ),
        submitted_at=first.made_at,
        earlier_document_uses=_load_earlier_document_uses(row, first),
        lessons_in_period=load_lessons_in_excuse_period(row.students, row.starts_on, row.ends_on),
        left_out=frozenset(row.left_out),
        names=people.load_names(row.students),
    )


def load_document_number_and_issuer(row: Excuse) -> dict[str, str]:
    """Return number and issuer of the document of an excuse, "" once they were erased; one statement."""
    document_json = words.unseal_texts([(row.requester, row.document)])[0]
    return dict(json.loads(document_json)) if document_json else {"number": "", "issuer": ""}


def _find_excuse_as_submitted(row: Excuse) -> Excuse:
    """Return the excuse as submitted, before decisions narrowed it."""
    return row if row.narrows is None else _find_excuse_as_submitted(load_excuse_row(row.narrows))


def _load_earlier_document_uses(row: Excuse, first: Excuse) -> list[tuple[str, date, date, datetime]]:
    """Return up to ten earlier excuses with the same document and another period or other students."""
    found = db.session.scalars(
        select(Excuse)
        .where(
            Excuse.document_mark == row.document_mark,
            Excuse.narrows.is_(None),
            Excuse.made_at <= first.made_at,
            Excuse.id != first.id,
            or_(
                Excuse.starts_on != first.starts_on,
                Excuse.ends_on != first.ends_on,
                # The same period and students is a repeated submission, not a second use.
                Excuse.students != first.students,
            ),
        )
        .order_by(Excuse.made_at)
        .limit(10)
    ).all()
    names = people.load_names({student for one in found for student in one.students})
    return [
        (", ".join(names[student].short for student in one.students), one.starts_on, one.ends_on, one.made_at)
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class DecidedExcuseRow:
    """One excuse in the register, confirmed or refused as a whole (`reason` is None); `unit` is the institute of
    the student's group.

    `revoked_lessons` are the lessons for which alone it was revoked.
    """

    id: UUID
    student: UUID
    name: str
    group: str
    unit: UUID
    starts_on: date
    ends_on: date
    reason: str | None
    ground: str
    decided_at: datetime
    case: UUID | None
    revoked_at: datetime | None
    excuse: UUID
    revoked_lessons: tuple[UUID, ...]


def load_decided_excuse_rows(
    units: frozenset[UUID] | None,
    before: datetime | None = None,
    limit: int = 50,
    auditors: Collection[RoleAssignment] = (),
) -> list[DecidedExcuseRow]:
    """Return excuses of students of these institutes (None: all) that were confirmed or refused as a whole, newest
    decision first; two statements for the rows, one for the names. `auditors`: the roles of an auditor, whose limits
    apply (7.1)."""
    audited = people.audited_rows_condition(
        auditors, "excuses.read", (StudyGroup.unit_id,), (Excuse.starts_on, Excuse.ends_on)
    )
    found = [
        row
        for decision in (ConfirmedExcuse, RefusedExcuse)
        for row in db.session.execute(_select_decided_excuses(decision, units, before, limit, audited))
    ]
    found.sort(key=lambda row: (-row[0].decided_at.timestamp(), row[0].id))
    names = people.load_names({row[0].student_id for row in found[:limit]})
    return [_decided_excuse_row(*row, names=names) for row in found[:limit]]


def _select_decided_excuses(
    decision: type[ConfirmedExcuse | RefusedExcuse],
    units: frozenset[UUID] | None,
    before: datetime | None,
    limit: int,
    audited: ColumnElement[bool] | None,
) -> Select[Any, Excuse, str, UUID]:
    """Select the newest decisions of one table, with the excuse and the group of the student at the time."""
    wanted = (
        select(decision, Excuse, StudyGroup.name, StudyGroup.unit_id)
        .join(Excuse, Excuse.id == decision.excuse_id)
        .join(
            Membership,
            and_(
                Membership.person_id == decision.student_id,
                Membership.starts_on <= Excuse.ends_on,
                or_(Membership.ends_on.is_(None), Membership.ends_on >= Excuse.starts_on),
            ),
        )
        .join(StudyGroup, StudyGroup.id == Membership.group_id)
        .order_by(decision.decided_at.desc(), decision.id)
        .limit(limit)
    )
    if units is not None:
        wanted = wanted.where(StudyGroup.unit_id.in_(units))
    if audited is not None:
        wanted = wanted.where(audited)
    if before is not None:
        wanted = wanted.where(decision.decided_at < before)
    return wanted


def _decided_excuse_row(
    decision: ConfirmedExcuse | RefusedExcuse,
    excuse: Excuse,
    group: str,
    unit: UUID,
    *,
    names: Mapping[UUID, people.PersonName],
) -> DecidedExcuseRow:
    confirmed = decision if isinstance(decision, ConfirmedExcuse) else None
    return DecidedExcuseRow(
        id=decision.id,
        student=decision.student_id,
        name=names[decision.student_id].full,
        group=group,
        unit=unit,
        starts_on=excuse.starts_on,
        ends_on=excuse.ends_on,
        reason=confirmed.reason if confirmed else None,
        ground=excuse.ground,
        decided_at=decision.decided_at,
        case=decision.case_id,
        revoked_at=confirmed.revoked_at if confirmed else None,
        excuse=excuse.id,
        revoked_lessons=tuple(map(UUID, confirmed.revoked_lessons)) if confirmed else (),
    )
