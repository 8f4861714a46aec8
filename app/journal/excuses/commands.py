"""Commands that submit, narrow, confirm, enter and revoke an excuse (4.2.2 - 4.2.4, P01, P26).

The reason of an absence is written by the cell writer, as every mark is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.record import AuditEvent, record_audit_event, record_audit_events
from app.journal.excuses import queries as excuse_queries
from app.journal.excuses.rules import (
    CONFIRMED_ALL,
    CONFIRMED_PART,
    ENTERED,
    EXCUSE_WRITER_POLICY,
    REVOKED,
    WRITTEN_BY_TEACHER,
    absence_reason_of_ground,
    is_excuse_reason_to_be_written,
    refusal_to_enter_excuse_status,
)
from app.journal.excuses.submission_commands import compute_excuse_fingerprint
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import persons_act_may_teach_as
from app.journal.gradebook.cell_state import ATTENDANCE, CellState
from app.journal.gradebook.cell_writer import AbsenceDetails, CellChange, write_cells
from app.journal.gradebook.confirmed_reasons import (
    ConfirmedExcusesByStudent,
    confirmed_absence_details,
    load_confirmed_excuses,
)
from app.journal.gradebook.idempotency import find_already_written_row
from app.journal.gradebook.load_cells import load_cell_states_with_rows
from app.journal.tables import Cell, ConfirmedExcuse, Excuse, ExcuseDoubt
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Missing
from app.kernel.ids import new_id
from app.outbox.post import post_event, post_events
from app.people import queries as people

EXCUSE_CONFIRMED = "journal.excuse.confirmed"
EXCUSE_ENTRY_REQUESTED = "journal.excuse.to_enter"
EXCUSE_REVOKED = "journal.excuse.revoked"
EXCUSE_DOUBTED = "journal.excuse.doubted"


def confirm_excuse(act: Act, excuse: UUID) -> str:
    """Confirm an approved excuse (4.2.4, 5.2.2); return `confirmed_all` or `confirmed_part`. Idempotent.

    By the policy `excuse.writer` the absences get their reason now, or a case starts for the teacher of
    each journal (4.2.2). Future lessons get it when an absence is entered. Approvals are checked by the
    registry of operations. Raise Missing.
    """
    row = excuse_queries.load_excuse_row(excuse)
    if compute_excuse_fingerprint(row) != row.sha256:
        raise RuntimeError(f"excuse {excuse} does not match its hash")
    outcome = CONFIRMED_PART if row.left_out else CONFIRMED_ALL
    if db.session.query(ConfirmedExcuse.id).filter_by(excuse_id=row.id).first() is not None:
        return outcome
    confirmed = [
        ConfirmedExcuse(
            id=new_id(),
            excuse_id=row.id,
            student_id=student,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            reason=absence_reason_of_ground(row.ground),
            decided_at=act.at,
            decided_by=act.person,
            case_id=act.case,
        )
        for student in row.students
    ]
    db.session.add_all(confirmed)
    db.session.flush()
    record_audit_events(act, [_confirmation_audit_event(one) for one in confirmed])
    institute = excuse_queries.load_deciding_institute_id(row.students, local_day(row.made_at))
    writer = (
        excuse_queries.load_directorate_deadline_calendar(institute, act.at)
        .policy(EXCUSE_WRITER_POLICY)
        .value
    )
    met = [one for one in _lessons_of_excuse_not_left_out(row) if is_excuse_reason_to_be_written(one.cell)]
    if writer != WRITTEN_BY_TEACHER:
        _write_absence_reasons(act, met, {one.student_id: one for one in confirmed})
    _post_confirmation_to_teachers(act, row, met, by_teacher=writer == WRITTEN_BY_TEACHER)
    return outcome


def _lessons_of_excuse_not_left_out(row: Excuse) -> list[excuse_queries.LessonInExcusePeriod]:
    """Return the lessons of the period without those the directorate left out."""
    left_out = set(row.left_out)
    met = excuse_queries.load_lessons_in_excuse_period(row.students, row.starts_on, row.ends_on)
    return [one for one in met if one.lesson_student_key not in left_out]


def _write_absence_reasons(
    act: Act, met: Sequence[excuse_queries.LessonInExcusePeriod], confirmed: Mapping[UUID, ConfirmedExcuse]
) -> int:
    """Write the reason of each absence and return how many were written."""
    # Lock lessons before cells, as every writer does; then read offerings and cells afresh.
    lessons = load_gradebook.lock_and_load_lessons({one.cell.lesson.id for one in met})
    written = 0
    for offering in {one.offering.id: one.offering for one in met}.values():
        places = [
            (one.cell.lesson.id, one.cell.student, ATTENDANCE)
            for one in met
            if one.offering.id == offering.id
        ]
        mine = [lesson for lesson in lessons.values() if lesson.offering_id == offering.id]
        fresh = load_gradebook.load_offerings([offering.id])[offering.id]
        changes = []
        for found in load_cell_states_with_rows(fresh, mine, places, lock=True):
            if is_excuse_reason_to_be_written(found.cell):
                excused = confirmed[found.cell.student]
                absence = AbsenceDetails(excused.reason, found.cell.made_up, excused.id)
                row = found.row.id if found.row else None
                changes.append(CellChange(found.cell, row, found.cell.value, absence=absence))
        write_cells(act, offering.id, changes, "4.2.4")
        written += len(changes)
    return written


def write_excuse_to_journal(act: Act, excuse: UUID, offering: UUID) -> str:
    """Write the confirmed status into one journal, by its teacher (4.2.2); return `entered`.

    Raise Missing, Denied (not a teacher of the journal), Refused (nothing is confirmed any more).
    """
    row = excuse_queries.load_excuse_row(excuse)
    found = load_gradebook.load_offerings([offering]).get(offering)
    confirmed = db.session.scalars(select(ConfirmedExcuse).where(ConfirmedExcuse.excuse_id == row.id)).all()
    if found is None or not confirmed:
        raise Missing
    revoked = all(one.revoked_at is not None for one in confirmed)
    refusal = refusal_to_enter_excuse_status(revoked, found.teachers, persons_act_may_teach_as(act), act.at)
    if refusal is not None:
        raise refusal
    still_confirmed = {one.student_id: one for one in confirmed if one.revoked_at is None}
    met = [
        one
        for one in _lessons_of_excuse_not_left_out(row)
        if is_excuse_reason_to_be_written(one.cell)
        and one.offering.id == offering
        and one.cell.student in still_confirmed
        and str(one.cell.lesson.id) not in still_confirmed[one.cell.student].revoked_lessons
    ]
    _write_absence_reasons(act, met, still_confirmed)
    return ENTERED


@dataclass(frozen=True, slots=True)
class StoredExcuseDoubt:
    """Id of an immutable doubt about a confirmed excuse and the SHA-256 to which approvals are bound."""

    id: UUID
    sha256: str


def store_excuse_doubt(
    act: Act, doubt_id: UUID, confirmed: UUID, lessons: Sequence[UUID]
) -> StoredExcuseDoubt:
    """Store which lessons of a confirmed excuse are in doubt, none for all of it (P26); idempotent by the id.

    The caller has checked who may doubt it (`load_excuse_to_revoke`). Raise Denied (nobody acts), Stale.
    """
    if act.person is None:
        raise Denied("journal.excuse.not_yours", clause="4.2.4")
    chosen = sorted(set(lessons))
    content = {"id": str(doubt_id), "confirmed": str(confirmed), "lessons": [str(one) for one in chosen]}
    sha256 = canonical_sha256(content)
    known = find_already_written_row(ExcuseDoubt, doubt_id, sha256)
    if known is not None:
        return StoredExcuseDoubt(known.id, known.sha256)
    made = ExcuseDoubt(
        id=doubt_id,
        confirmed_id=confirmed,
        lessons=chosen,
        made_by=act.person,
        sha256=sha256,
        made_at=act.at,
    )
    db.session.add(made)
    db.session.flush()
    record_audit_event(
        act, EXCUSE_DOUBTED, ("journal.excuse_doubt", made.id), None, {**content, "sha256": sha256}, "4.2.4"
    )
    return StoredExcuseDoubt(made.id, made.sha256)


def revoke_excuse(act: Act, excused: UUID) -> str:
    """Revoke what is in doubt of a confirmed excuse (P26); return `revoked`. Idempotent.

    `excused` is the doubt: all of the excuse, or some of its lessons. Their absences lose the reason, other
    lessons keep it. Made-up lessons stay made up (cross-cutting 8); cells under a closed sheet stay (7.6).
    Another confirmed excuse for the day gives its reason instead. Raise Missing.
    """
    doubt = excuse_queries.load_excuse_doubt_row(excused)
    # Two revocations wait for each other; the second returns without effect.
    row = db.session.get(ConfirmedExcuse, doubt.confirmed_id, with_for_update=True)
    if row is None:
        raise Missing
    new = [lesson for lesson in doubt.lessons if str(lesson) not in row.revoked_lessons]
    if row.revoked_at is not None or (doubt.lessons and not new):
        return REVOKED
    before: dict[str, Any] = {"revoked_at": None}
    after: dict[str, Any] = {"student": row.student_id}
    if doubt.lessons:
        row.revoked_lessons = row.revoked_lessons | {str(lesson): act.at.isoformat() for lesson in new}
        after |= {"revoked_lessons": new}
    else:
        row.revoked_at, row.revoked_case = act.at, act.case
        after |= {"revoked_at": act.at}
    # The reasons of other confirmed excuses are read below: they must see this one as revoked.
    db.session.flush()
    record_audit_event(
        act,
        EXCUSE_REVOKED,
        ("journal.confirmed_excuse", row.id),
        before,
        after,
        "4.2.4",
        subject=row.student_id,
    )
    lessons = load_gradebook.lock_and_load_lessons(
        db.session.scalars(
            select(Cell.lesson_id).where(
                Cell.excused_id == row.id, *([Cell.lesson_id.in_(new)] if doubt.lessons else [])
            )
        ).all()
    )
    others = load_confirmed_excuses([row.student_id], row.starts_on, row.ends_on)
    for offering_id in sorted({lesson.offering_id for lesson in lessons.values()}):
        offering = load_gradebook.load_offerings([offering_id])[offering_id]
        mine = [lesson for lesson in lessons.values() if lesson.offering_id == offering_id]
        places = [(lesson.id, row.student_id, ATTENDANCE) for lesson in mine]
        changes = [
            CellChange(
                one.cell, one.row.id, one.cell.value, absence=_absence_after_revocation(one.cell, others)
            )
            for one in load_cell_states_with_rows(offering, mine, places, lock=True)
            if one.row is not None
            and one.cell.excuse_id == row.id
            and one.cell.lesson.closed_covering_sheet is None
        ]
        write_cells(act, offering_id, changes, "4.2.4")
    post_event(act, EXCUSE_REVOKED, {"excuse": str(row.excuse_id), "students": [str(row.student_id)]})
    return REVOKED


def _absence_after_revocation(cell: CellState, others: ConfirmedExcusesByStudent) -> AbsenceDetails:
    """Return the absence after revocation: with the reason of another confirmed excuse, or without one."""
    return confirmed_absence_details(cell, others) or AbsenceDetails(None, cell.made_up)


def _post_confirmation_to_teachers(
    act: Act, row: Excuse, met: Iterable[excuse_queries.LessonInExcusePeriod], *, by_teacher: bool
) -> None:
    """Publish one message for each journal to its teachers: students and period, never the document (7.1)."""
    names = people.load_names(row.students)
    refused = _refused_days_by_offering(row)
    by_offering: dict[UUID, list[excuse_queries.LessonInExcusePeriod]] = {}
    for one in met:
        by_offering.setdefault(one.offering.id, []).append(one)
    messages: list[Any] = []
    for offering, mine in by_offering.items():
        students = sorted({one.cell.student for one in mine})
        payload = {
            "excuse": str(row.id),
            "offering": str(offering),
            "by": str(act.person) if act.person else None,
            "recipients": sorted({str(part.person) for part in mine[0].offering.teachers}),
            "url": f"/journal/{offering}",
            "subject": {
                "kind": "excused",
                "course": dict(mine[0].offering.names),
                "group": mine[0].offering.group_name,
                "students": [names[student].short for student in students],
                "from": row.starts_on.isoformat(),
                "to": row.ends_on.isoformat(),
                "refused": refused.get(offering, []),
            },
        }
        messages.append((EXCUSE_ENTRY_REQUESTED if by_teacher else EXCUSE_CONFIRMED, payload, None))
    if messages:
        post_events(act, messages)


def _refused_days_by_offering(row: Excuse) -> dict[UUID, list[str]]:
    """Return the days of the lessons that were not confirmed, by journal; no statement without one."""
    days: dict[UUID, set[str]] = {}
    if row.left_out:
        left_out = set(row.left_out)
        for one in excuse_queries.load_lessons_in_excuse_period(row.students, row.starts_on, row.ends_on):
            if one.lesson_student_key in left_out:
                days.setdefault(one.offering.id, set()).add(one.cell.lesson.day.isoformat())
    return {offering: sorted(found) for offering, found in days.items()}


def _confirmation_audit_event(one: ConfirmedExcuse) -> AuditEvent:
    """Return the audit record of a confirmation."""
    after = {
        "excuse": one.excuse_id,
        "student": one.student_id,
        "from": one.starts_on,
        "to": one.ends_on,
        "reason": one.reason,
    }
    return AuditEvent(
        EXCUSE_CONFIRMED, ("journal.confirmed_excuse", one.id), None, after, "4.2.4", one.student_id
    )
