"""Reads of debts and make-up work for pages and cases: absences, deadlines, stages, scope (section 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.words import sealed_text_json
from app.journal.excuses.case_subjects import build_journal_scope_of_offering
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import is_teacher_on_day
from app.journal.makeups.debt_queries import load_attendance_where
from app.journal.makeups.rules import RESULT_NOT_REQUIRED
from app.journal.tables import Cell, Lesson, MakeupExtensionRequest, MakeupStage
from app.kernel.clock import local_day, local_noon_in_utc
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people import queries as people


def load_settled_makeups(offerings: Sequence[UUID], limit: int = 200) -> list[MakeupStage]:
    """Return make-up work of these journals that was accepted or declared not required, newest first."""
    return list(
        db.session.scalars(
            select(MakeupStage)
            .where(
                MakeupStage.offering_id.in_(list(offerings)),
                MakeupStage.result.in_(("DONE", RESULT_NOT_REQUIRED)),
            )
            .order_by(MakeupStage.made_at.desc())
            .limit(limit)
        )
    )


@dataclass(frozen=True, slots=True)
class MakeupScope:
    """Units and persons of make-up work, and the moments from which its deadlines are counted.

    `teacher` called the roll of the missed lesson and still teaches there, else it is the main teacher.
    """

    department: UUID
    institute: UUID
    student: UUID
    teacher: UUID
    absent_at: datetime
    semester_last: datetime


def load_makeup_scope(id: UUID, now: datetime) -> MakeupScope:
    """Return the units and persons of make-up work; raise Missing."""
    return _load_scope_of_missed_lessons(load_makeup_stage_row(id), now)


def load_extension_request_scope(id: UUID, now: datetime) -> MakeupScope:
    """Return the units and persons of a request for an extension; raise Missing."""
    return _load_scope_of_missed_lessons(load_extension_request_row(id), now)


def _load_scope_of_missed_lessons(row: MakeupStage | MakeupExtensionRequest, now: datetime) -> MakeupScope:
    """Return units, persons and deadline anchors of these lessons."""
    found = load_attendance_where([Cell.student_id == row.student_id, Cell.lesson_id.in_(list(row.lessons))])
    debts, offering = [debt for debt, _offering in found], found[0][1]
    scope = build_journal_scope_of_offering(offering)
    since = min(debt.counted_from for debt in debts)
    last = min(max(debt.semester_last, debt.extended_until or debt.semester_last) for debt in debts)
    called = [debt.cell.lesson.roll_taken_by for debt in debts]
    today = local_day(now)
    own = (one for one in called if one and is_teacher_on_day(offering.teachers, frozenset({one}), today))
    return MakeupScope(
        department=scope.department,
        institute=scope.institute,
        student=row.student_id,
        teacher=next(own, scope.main_teacher),
        absent_at=local_noon_in_utc(since),
        semester_last=local_noon_in_utc(last),
    )


def describe_makeup(id: UUID) -> dict[str, Any]:
    """Return make-up work as JSON: {kind: "makeup", course, group, offering, student,
    student_id, missed: [{lesson, date, lesson_type}], stage, form, form_name, topic, criteria, due_on,
    result, points, comment}; form_name, topic, criteria and comment are sealed. Raise Missing."""
    row = load_makeup_stage_row(id)
    stage_content: Mapping[str, Any] = {
        "stage": row.stage,
        "form": row.form,
        "form_name": sealed_text_json(row.student_id, row.form_name),
        "topic": sealed_text_json(row.student_id, row.topic),
        "criteria": sealed_text_json(row.student_id, row.criteria),
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "result": row.result,
        "points": row.points,
        "comment": sealed_text_json(row.student_id, row.comment),
        "overdue": row.overdue,
    }
    return {**_describe_journal_and_lessons(row), **stage_content}


def describe_extension_request(id: UUID) -> dict[str, Any]:
    """Return a request for an extension in the same structure, without task and result. Raise Missing."""
    return _describe_journal_and_lessons(load_extension_request_row(id))


def _describe_journal_and_lessons(row: MakeupStage | MakeupExtensionRequest) -> dict[str, Any]:
    """Return journal, student and missed lessons as JSON."""
    offering = load_gradebook.load_offerings([row.offering_id])[row.offering_id]
    name = people.load_names([row.student_id])[row.student_id]
    return {
        "kind": "makeup",
        "course": dict(offering.names),
        "group": offering.group_name,
        "offering": str(offering.id),
        "student": name.short,
        "student_id": str(row.student_id),
        "missed": load_missed_lessons_json(row),
    }


def load_missed_lessons_json(row: MakeupStage | MakeupExtensionRequest) -> list[dict[str, str]]:
    """Return the missed lessons as [{lesson, date, lesson_type}], oldest first; one statement."""
    lessons = db.session.scalars(select(Lesson).where(Lesson.id.in_(row.lessons)).order_by(Lesson.starts_at))
    return [
        {
            "lesson": str(lesson.id),
            "date": local_day(lesson.starts_at).isoformat(),
            "lesson_type": lesson.type,
        }
        for lesson in lessons
    ]


def load_makeup_stage_row(id: UUID) -> MakeupStage:
    """Return the stage of make-up work; raise Missing."""
    row = db.session.get(MakeupStage, id)
    if row is None:
        raise Missing
    return row


def load_extension_request_row(id: UUID) -> MakeupExtensionRequest:
    """Return the request for an extension; raise Missing."""
    row = db.session.get(MakeupExtensionRequest, id)
    if row is None:
        raise Missing
    return row


def load_extension_request_fingerprint(id: UUID) -> str | None:
    """Return the SHA-256 to which approvals of this request are bound; None when it does not exist."""
    row = db.session.get(MakeupExtensionRequest, id)
    return row.sha256 if row else None


def load_makeup_fingerprint(id: UUID) -> str | None:
    """Return the SHA-256 to which approvals of this stage are bound; None when it does not exist."""
    row = db.session.get(MakeupStage, id)
    return row.sha256 if row else None
