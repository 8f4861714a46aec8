"""Lessons that the directorate did not confirm, with the reasons: a part of an excuse, or all of it (4.2.4)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, union_all

from app.audit import words
from app.journal.gradebook import load as load_gradebook
from app.journal.tables import ConfirmedExcuse, Excuse, Lesson, RefusedExcuse
from app.kernel.clock import local_day
from app.kernel.db import db


@dataclass(frozen=True, slots=True)
class RefusedLesson:
    """One lesson of an excuse that was refused; `reason` is "" once it was erased."""

    excuse: UUID
    lesson: UUID
    student: UUID
    reason: str
    decided_at: datetime
    case: UUID | None


@dataclass(frozen=True, slots=True)
class LessonPlace:
    """Day, type and names of the discipline of a lesson."""

    day: date
    type: str
    names: Mapping[str, str]


def load_refused_lessons(students: Collection[UUID]) -> dict[tuple[UUID, UUID], RefusedLesson]:
    """Return what was refused, the latest decision by (lesson, student); two statements, one when nothing was."""
    wanted = list(students)
    refused = _load_refused_lessons_where(
        ConfirmedExcuse.student_id.in_(wanted), RefusedExcuse.student_id.in_(wanted)
    )
    # Ascending by decision, so the latest one stands.
    return {(one.lesson, one.student): one for one in refused}


def load_refused_lessons_of_excuses(excuses: Collection[UUID]) -> list[RefusedLesson]:
    """Return what was refused in these excuses; two statements, one when nothing was."""
    wanted = Excuse.id.in_(list(excuses))
    return _load_refused_lessons_where(wanted, wanted)


def _load_refused_lessons_where(
    confirmed_in_part: ColumnElement[bool], refused_wholly: ColumnElement[bool]
) -> list[RefusedLesson]:
    """Return the refused lessons of partly confirmed and of refused excuses, in the order of the decisions."""
    found = db.session.execute(
        union_all(
            _select_decisions_about_excuses(ConfirmedExcuse, confirmed_in_part),
            _select_decisions_about_excuses(RefusedExcuse, refused_wholly),
        ).order_by("decided_at", "decision")
    ).all()
    reasons = words.unseal_texts([(row.requester, row.left_out_reasons) for row in found]) if found else []
    return [
        one
        for row, stored in zip(found, reasons, strict=True)
        for one in _refused_lessons_of_row(row, stored)
    ]


def _select_decisions_about_excuses(
    decision: type[ConfirmedExcuse | RefusedExcuse], condition: ColumnElement[bool]
) -> Select[Any]:
    """Select the decisions of one table about excuses with refused lessons."""
    return (
        select(
            decision.id.label("decision"),
            decision.student_id,
            decision.decided_at,
            decision.case_id,
            Excuse.id,
            Excuse.requester,
            Excuse.left_out,
            Excuse.left_out_reasons,
        )
        .join(Excuse, Excuse.id == decision.excuse_id)
        .where(condition, func.jsonb_array_length(Excuse.left_out) > 0)
    )


def _refused_lessons_of_row(row: Any, stored: str) -> Iterable[RefusedLesson]:
    """Return the refused lessons of one student in one excuse."""
    reasons: Mapping[str, str] = json.loads(stored) if stored else {}
    for place in row.left_out:
        lesson, student = map(UUID, place.split(":"))
        if student == row.student_id:
            reason = reasons.get(place) or reasons.get("", "")
            yield RefusedLesson(row.id, lesson, student, reason, row.decided_at, row.case_id)


def load_lesson_day_type_and_course(lessons: Collection[UUID]) -> dict[UUID, LessonPlace]:
    """Return day, type and discipline of these lessons by id; two statements, none without lessons."""
    if not lessons:
        return {}
    rows = db.session.scalars(select(Lesson).where(Lesson.id.in_(list(lessons)))).all()
    offerings = load_gradebook.load_offerings({row.offering_id for row in rows})
    return {
        row.id: LessonPlace(local_day(row.starts_at), row.type, offerings[row.offering_id].names)
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class RevokedExcuse:
    """A revoked excuse of one student: its period, and the lessons for which alone it was revoked; () for all of it."""

    student: UUID
    starts_on: date
    ends_on: date
    lessons: tuple[UUID, ...]


def load_revoked_excuses(students: Collection[UUID]) -> list[RevokedExcuse]:
    """Return the excuses of these students that were revoked, as a whole or for some lessons (P26); one statement."""
    found = db.session.execute(
        select(
            ConfirmedExcuse.student_id,
            ConfirmedExcuse.starts_on,
            ConfirmedExcuse.ends_on,
            ConfirmedExcuse.revoked_at,
            ConfirmedExcuse.revoked_lessons,
        ).where(
            ConfirmedExcuse.student_id.in_(list(students)),
            or_(ConfirmedExcuse.revoked_at.is_not(None), ConfirmedExcuse.revoked_lessons != {}),
        )
    )
    return [
        RevokedExcuse(
            row.student_id,
            row.starts_on,
            row.ends_on,
            () if row.revoked_at else tuple(map(UUID, row.revoked_lessons)),
        )
        for row in found
    ]
