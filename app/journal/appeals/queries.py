"""Reads of appeals for cases, pages and forms (6.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.words import sealed_text_json
from app.journal.appeals.result_options import (
    ResultChallengeOption,
    build_appeal_option,
    load_result_appeal_states,
)
from app.journal.appeals.rules import ResultAppealState
from app.journal.corrections.queries import ChangeSetView, describe_change_set, load_change_set
from app.journal.excuses.case_subjects import build_journal_scope_of_offering, load_journal_scope
from app.journal.grade_sheets.result_queries import load_result_version
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import acting_and_represented_persons
from app.journal.gradebook.cell_state import is_teacher_on_day
from app.journal.grading.rating import format_points
from app.journal.makeups.queries import load_makeup_stage_row, load_missed_lessons_json
from app.journal.tables import Appeal, AppealEnd, GradeSheet, Protocol, Result, SheetSigning
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people import queries as people
from app.people.models import Membership, StudyGroup
from app.regulation.rules import DeadlineCalendar


def load_appeal_row(id: UUID) -> Appeal:
    """Return the appeal; raise Missing."""
    row = db.session.get(Appeal, id)
    if row is None:
        raise Missing
    return row


def load_sheet_of_result_or_appeal(row: Appeal | Result) -> GradeSheet:
    """Return the grade sheet of a result or an appeal; raise Missing."""
    sheet = db.session.get(GradeSheet, row.sheet_id) if row.sheet_id else None
    if sheet is None:
        raise Missing
    return sheet


def load_appealed_result(row: Appeal | Protocol) -> Result:
    """Return the result that an appeal or its protocol is about; raise Missing for a change of cells."""
    if row.result_id is None:
        raise Missing
    return load_result_version(row.result_id)


def load_offering_id_of_appeal(row: Appeal) -> UUID:
    """Return the journal that a matter of a commission is about; raise Missing."""
    if row.change_set_id is not None:
        return load_change_set(row.change_set_id).offering
    return load_sheet_of_result_or_appeal(row).offering_id


def load_result_appeal_state(result: Result) -> ResultAppealState:
    """Load the rule input for an appeal against this version of a result; three statements."""
    return load_result_appeal_states([result])[result.id]


def load_result_deadline_calendar(result: Result, now: datetime) -> DeadlineCalendar:
    """Return the deadline calendar of the department to which the result belongs."""
    offering = load_sheet_of_result_or_appeal(result).offering_id
    return load_gradebook.load_deadline_calendar(load_gradebook.load_offerings([offering])[offering], now)


def load_deadline_calendar_of_appeal(row: Appeal, now: datetime) -> DeadlineCalendar:
    """Return the deadline calendar of the department to which a matter of a commission belongs."""
    offering = load_offering_id_of_appeal(row)
    return load_gradebook.load_deadline_calendar(load_gradebook.load_offerings([offering])[offering], now)


def find_appeal_option(act: Act, result: UUID) -> ResultChallengeOption | None:
    """Return the option to appeal, for the button beside a result; None if the
    viewer does not act for its student."""
    row = load_result_version(result)
    if row.student_id not in acting_and_represented_persons(act):
        return None
    return build_appeal_option(load_result_appeal_state(row), load_result_deadline_calendar(row, act.at), act)


def load_result_ids_under_appeal(results: Iterable[UUID]) -> set[UUID]:
    """Return which of these results are under appeal, also against an earlier version; one statement.

    Proposals (points of make-up work that wait) do not count.
    """
    wanted = list(results)
    if not wanted:
        return set()
    mine = select(Result.id, Result.sheet_id, Result.student_id).where(Result.id.in_(wanted)).subquery()
    found = db.session.scalars(
        select(mine.c.id)
        .join(Appeal, (Appeal.sheet_id == mine.c.sheet_id) & (Appeal.student_id == mine.c.student_id))
        .outerjoin(AppealEnd, AppealEnd.appeal_id == Appeal.id)
        .where(AppealEnd.appeal_id.is_(None), Appeal.kind == "APPEAL")
    )
    return set(found)


def find_grade_author_id(result: Result) -> UUID | None:
    """Return who signed the sheet on which this result rests: the author of the grade (3.1)."""
    return db.session.scalar(
        select(SheetSigning.signed_by)
        .join(Result, Result.signing_id == SheetSigning.id)
        .where(Result.sheet_id == result.sheet_id, Result.student_id == result.student_id)
        .order_by(Result.version.desc())
        .limit(1)
    )


def load_present_curator_ids_of_students(students: Collection[UUID], now: datetime) -> set[UUID]:
    """Return the curators of the groups of these students today; one statement."""
    day = local_day(now)
    found = db.session.scalars(
        select(StudyGroup.curator_id)
        .join(Membership, Membership.group_id == StudyGroup.id)
        .where(
            Membership.person_id.in_(list(students)),
            Membership.starts_on <= day,
            (Membership.ends_on.is_(None)) | (Membership.ends_on >= day),
            StudyGroup.curator_id.is_not(None),
        )
    )
    return {person for person in found if person is not None}


@dataclass(frozen=True, slots=True)
class AppealScope:
    """Units and persons of an appeal; `teacher` signed the sheet and still teaches
    there, else it is the main teacher. `students` are one, or those whose cells a proposal changes (4.4.3)."""

    offering: UUID
    department: UUID
    institute: UUID
    students: tuple[UUID, ...]
    teacher: UUID


def load_appeal_scope(id: UUID, now: datetime) -> AppealScope:
    """Return the units and persons of an appeal; raise Missing."""
    row = load_appeal_row(id)
    if row.change_set_id is not None:
        return _load_scope_of_change(row, load_change_set(row.change_set_id))
    return _load_scope_of_result_row(load_appealed_result(row), now)


def _load_scope_of_change(row: Appeal, change: ChangeSetView) -> AppealScope:
    """Return the units and persons of a change of cells; `teacher` is who asked for it."""
    scope = load_journal_scope(change.offering)
    return AppealScope(
        offering=change.offering,
        department=scope.department,
        institute=scope.institute,
        students=load_students_of_appeal(row, change),
        teacher=change.requester,
    )


def load_students_of_appeal(row: Appeal, change: ChangeSetView | None = None) -> tuple[UUID, ...]:
    """Return the students that an appeal or a proposal is about: one, or everybody whose cells it changes (4.4.3).

    `change` is the change set of the proposal if it is loaded already. Raise Missing.
    """
    if row.change_set_id is None:
        return (row.student_id,)
    cells = (change or load_change_set(row.change_set_id)).cells
    return tuple(dict.fromkeys((row.student_id, *(UUID(cell["student"]) for cell in cells))))


def load_appeal_scope_of_result(id: UUID, now: datetime) -> AppealScope:
    """Return the units and persons of a result; raise Missing."""
    return _load_scope_of_result_row(load_result_version(id), now)


def _load_scope_of_result_row(result: Result, now: datetime) -> AppealScope:
    """Return the units and persons of a loaded result."""
    offering = load_sheet_of_result_or_appeal(result).offering_id
    found = load_gradebook.load_offerings([offering])[offering]
    scope = build_journal_scope_of_offering(found)
    author = find_grade_author_id(result)
    own = author is not None and is_teacher_on_day(found.teachers, frozenset({author}), local_day(now))
    return AppealScope(
        offering=offering,
        department=scope.department,
        institute=scope.institute,
        students=(result.student_id,),
        teacher=author if own and author else scope.main_teacher,
    )


def describe_result(result: Result) -> dict[str, Any]:
    """Return a result as JSON: {course, group, offering, student, student_id, sheet, sheet_kind, number,
    result, version, status, entered, total, letter}."""
    sheet = load_sheet_of_result_or_appeal(result)
    found = load_gradebook.load_offerings([sheet.offering_id])[sheet.offering_id]
    return {
        "course": dict(found.names),
        "group": found.group_name,
        "offering": str(sheet.offering_id),
        "student": people.load_names([result.student_id])[result.student_id].short,
        "student_id": str(result.student_id),
        "sheet": str(sheet.id),
        "sheet_kind": sheet.kind,
        "number": sheet.number or "",
        "result": str(result.id),
        "version": result.version,
        "status": result.status,
        "entered": format_points(result.entered) if result.entered is not None else "",
        "total": format_points(result.total),
        "letter": result.letter or "",
    }


def find_proposed_makeup_points(row: Appeal) -> Decimal | None:
    """Return the points of the make-up work a proposal is about (5.4.3); None for an appeal."""
    makeup = load_makeup_stage_row(row.makeup_id) if row.makeup_id else None
    return Decimal(makeup.points) if makeup is not None and makeup.points is not None else None


def _describe_waiting_makeup(id: UUID) -> dict[str, Any]:
    """Return make-up work whose points wait: {points, missed, topic, comment, accepted_on,
    accepted_by (a name)}; two statements."""
    row = load_makeup_stage_row(id)
    accepted_by = people.load_names([row.accepted_by])[row.accepted_by].short if row.accepted_by else ""
    return {
        "points": row.points,
        "missed": load_missed_lessons_json(row),
        "topic": sealed_text_json(row.student_id, row.topic),
        "comment": sealed_text_json(row.student_id, row.comment),
        "accepted_by": accepted_by,
        "accepted_on": row.accepted_on.isoformat() if row.accepted_on else "",
    }


def describe_appeal(id: UUID) -> dict[str, Any]:
    """Return an appeal as JSON: its result with {kind: "appeal", of, appeal, late, makeup (of a
    proposal) or None}. Raise Missing.

    A change of cells (4.4.3) has no result: it is its change set with {student_id, student, sheet_kind: ""}.
    """
    row = load_appeal_row(id)
    if row.change_set_id is not None:
        return _describe_change_proposal(row, row.change_set_id)
    return {
        "kind": "appeal",
        "of": row.kind,
        "appeal": str(row.id),
        "late": row.late,
        "makeup": _describe_waiting_makeup(row.makeup_id) if row.makeup_id else None,
        **describe_result(load_appealed_result(row)),
    }


def _describe_change_proposal(row: Appeal, change_set: UUID) -> dict[str, Any]:
    """Return a change of cells that waits for a commission, with its students in one text."""
    described = describe_change_set(change_set)
    students = dict.fromkeys(cell["student"] for cell in described["cells"])
    return {
        "kind": "appeal",
        "of": row.kind,
        "appeal": str(row.id),
        "late": False,
        "makeup": None,
        "change_set": str(change_set),
        "student": ", ".join(students),
        "student_id": str(row.student_id),
        "sheet": "",
        "sheet_kind": "",
        "number": "",
        **described,
    }
