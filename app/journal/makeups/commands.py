"""Commands of make-up work: request, extension, assignment, assessment, record
in the journal (section 5, P03)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.audit.record import PrivateValue, record_audit_event
from app.audit.words import seal_text_repeatably
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import (
    acting_and_represented_persons,
    persons_act_may_teach_as,
    require_readable_offering,
)
from app.journal.gradebook.cell_state import ATTENDANCE, GRADE
from app.journal.gradebook.cell_writer import AbsenceDetails, CellChange, write_cells
from app.journal.gradebook.idempotency import find_already_written_row
from app.journal.gradebook.load_cells import load_cell_states_with_rows
from app.journal.grading.scheme_queries import load_scheme_version_of_offering
from app.journal.makeups import queries as makeup_queries
from app.journal.makeups.debt_queries import (
    load_attendance_and_journals_at_lessons,
    load_attendance_at_lessons,
)
from app.journal.makeups.rules import (
    AWAITING_COMMISSION,
    DONE,
    OTHER_FORM,
    RESULT_NOT_REQUIRED,
    MakeupRuleState,
    is_any_soft_deadline_over,
    is_made_up_on_acceptance,
    outcome_of_recording_accepted_makeup,
    proposed_makeup_due_day,
    refusal_to_assign_makeup_task,
    refusal_to_record_makeup_assessment,
    refusal_to_request_makeup,
    refusal_to_return_makeup_for_retry,
    refusal_to_waive_makeup,
)
from app.journal.makeups.unplaced_points import post_points_awaiting_commission
from app.journal.tables import MakeupStage
from app.kernel.act import Act, RoleAssignment
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Missing, Refused
from app.people.rules import PermissionScope, is_permitted

STAGE_REQUESTED, STAGE_ASSIGNED, STAGE_ASSESSED = "REQUESTED", "ASSIGNED", "RESULT"
MAKEUP_STAGE_MADE = "journal.makeup.made"
ASSESSMENT_BY_DECISION = {"approve": "DONE", "again": "AGAIN", "reject": "FAILED"}


@dataclass(frozen=True, slots=True)
class StoredMakeupStage:
    """Id of an immutable stage of make-up work and the SHA-256 to which approvals are bound."""

    id: UUID
    sha256: str


@dataclass(frozen=True, slots=True)
class MakeupTask:
    """The task a teacher sets: a form of `ALL_FORMS`, topic, criteria (5.1.1) and due date (5.1.2, 5.4.1).

    `form_name` is the name of an other form, and is not kept with any other.
    """

    form: str
    topic: str
    criteria: str
    due_on: date
    form_name: str = ""


@dataclass(frozen=True, slots=True)
class MakeupAssessment:
    """The assessment by a teacher: `decision` is approve, again or reject; points from
    0 to the cap, or None (5.4.1). `due_on` is the new day when the work comes once more."""

    decision: str
    points: int | None
    comment: str
    due_on: date | None = None


def store_makeup_request(
    act: Act, makeup_id: UUID, student: UUID, lessons: Sequence[UUID]
) -> StoredMakeupStage:
    """Store which missed lessons of one discipline a student wants to make up; idempotent.

    Requested by the student, by curator or directorate in the student's name, or offered by a teacher of the
    journal. Raise Missing, Denied, Stale, Invalid (`makeup`), Refused (5.2.3: nothing to make up; 5.3.2:
    the semester's last date passed).
    """
    offering, wanted, debts = load_attendance_to_be_made_up(act, student, lessons)
    refusal = refusal_to_request_makeup(
        debts, load_gradebook.load_deadline_calendar(offering, act.at), act.at
    )
    if refusal is not None:
        raise refusal
    made = MakeupStage(
        id=makeup_id,
        student_id=student,
        offering_id=offering.id,
        lessons=wanted,
        stage=STAGE_REQUESTED,
        overdue=False,
        tries=0,
        made_at=act.at,
    )
    return _store_makeup_stage(act, made)


def load_attendance_to_be_made_up(
    act: Act, student: UUID, lessons: Sequence[UUID]
) -> tuple[load_gradebook.OfferingState, list[UUID], list[MakeupRuleState]]:
    """Return journal, ordered lessons and attendance. Raise Denied (nobody acts), Missing
    (no access, several journals)."""
    if act.person is None:
        raise Denied("journal.makeup.not_yours", clause="5.2.1")
    wanted = sorted(set(lessons))
    found = load_attendance_and_journals_at_lessons(student, wanted)
    offerings = {offering.id: offering for _debt, offering in found}
    if len(offerings) != 1 or len(found) < len(wanted):
        raise Missing
    (offering,) = offerings.values()
    if student not in acting_and_represented_persons(act):
        _require_teacher_of_offering(act, offering)
    return offering, wanted, [debt for debt, _offering in found]


def _require_teacher_of_offering(act: Act, offering: load_gradebook.OfferingState) -> None:
    """Raise Missing unless a teacher of this journal acts, who may read it."""
    require_readable_offering(act, offering.id)
    teachers = frozenset(part.person for part in offering.teachers)
    if not is_permitted(
        act.assignments,
        "journal.write",
        PermissionScope(teachers=teachers),
        acting_and_represented_persons(act),
    ):
        raise Missing


def store_makeup_task(act: Act, makeup_id: UUID, of: UUID, task: MakeupTask) -> StoredMakeupStage:
    """Store the task: form, topic, criteria and due date. Raise Missing, Invalid (`form`, `form_name`, `due_on`)."""
    base, offering = _load_makeup_stage_and_journal(of)
    debts = load_attendance_at_lessons(base.student_id, base.lessons)
    types = {debt.cell.lesson.type for debt in debts}
    calendar = load_gradebook.load_deadline_calendar(offering, act.at)
    refusal = refusal_to_assign_makeup_task(
        task.form, task.form_name, types, task.due_on, debts, calendar, act.at
    )
    if refusal is not None:
        raise refusal
    made = _build_next_makeup_stage(act, makeup_id, base, STAGE_ASSIGNED)
    made.form, made.form_name, made.topic, made.criteria = (
        task.form,
        _seal_text_about_student(made, task.form_name.strip() if task.form == OTHER_FORM else ""),
        _seal_text_about_student(made, task.topic),
        _seal_text_about_student(made, task.criteria),
    )
    made.due_on, made.given_by, made.given_on = task.due_on, act.person, local_day(act.at)
    return _store_makeup_stage(act, made)


def store_makeup_waiver(act: Act, makeup_id: UUID, of: UUID, comment: str) -> StoredMakeupStage:
    """Store that no make-up work is required for these absences, with the reason the student reads (5.2).

    The marks stay as they are; the absences are owed no more. Raise Missing, Invalid (`reason`).
    """
    base, _offering = _load_makeup_stage_and_journal(of)
    refusal = refusal_to_waive_makeup(comment)
    if refusal is not None:
        raise refusal
    made = _build_next_makeup_stage(act, makeup_id, base, STAGE_ASSESSED)
    made.result, made.comment = RESULT_NOT_REQUIRED, _seal_text_about_student(made, comment)
    made.accepted_by, made.accepted_on = act.person, local_day(act.at)
    return _store_makeup_stage(act, made)


def _find_scheme_cap(offering: UUID) -> int | None:
    """Return the most points of make-up work by the scheme of a journal, None when it has none or no scheme."""
    try:
        return load_scheme_version_of_offering(offering).scheme.makeup_cap
    except Missing:
        return None


def store_makeup_assessment(
    act: Act, makeup_id: UUID, of: UUID, result: MakeupAssessment
) -> StoredMakeupStage:
    """Store the assessment by the teacher; no cell of the journal changes yet.

    Raise Missing, Denied (neither a teacher of the journal nor the head of its department), Invalid (`points`,
    `comment`, `due_on`), Refused (5.3.2; 5.4.1: no more tries).
    """
    base, offering = _load_makeup_stage_and_journal(of)
    debts = load_attendance_at_lessons(base.student_id, base.lessons)
    calendar = load_gradebook.load_deadline_calendar(offering, act.at)
    refusal = refusal_to_record_makeup_assessment(
        debts,
        offering.teachers,
        persons_act_may_teach_as(act),
        result.points,
        result.comment,
        calendar,
        act.at,
        for_department=RoleAssignment("department_head", offering.department) in act.assignments,
        scheme_cap=_find_scheme_cap(base.offering_id) if result.points is not None else None,
    )
    if refusal is None and result.decision == "again":
        refusal = refusal_to_return_makeup_for_retry(base.tries + 1, result.due_on, debts, calendar, act.at)
    if refusal is not None:
        raise refusal
    made = _build_next_makeup_stage(act, makeup_id, base, STAGE_ASSESSED)
    made.result, made.points, made.comment = (
        ASSESSMENT_BY_DECISION[result.decision],
        result.points,
        _seal_text_about_student(made, result.comment),
    )
    if result.decision == "again":
        made.due_on = result.due_on
    made.accepted_by, made.accepted_on = act.person, local_day(act.at)
    made.overdue, made.tries = is_any_soft_deadline_over(debts, calendar, act.at), base.tries + 1
    return _store_makeup_stage(act, made)


def write_makeup_to_journal(act: Act, makeup: UUID) -> str:
    """Write accepted make-up work into the journal: absences are made up, reasons stay, points count (5.4.2).

    Return `done`, `parked` (a sheet was signed over a lesson: points await the commission, 5.4.3; under a
    closed one marks stay, 7.6) or `not_absent`. No lesson is held and no hour counted (5.1.3). Idempotent.
    Raise Missing, Refused (not accepted).
    """
    row = makeup_queries.load_makeup_stage_row(makeup)
    if compute_makeup_fingerprint(row) != row.sha256:
        raise RuntimeError(f"work-off {makeup} does not match its hash")
    if row.result != "DONE":
        raise Refused("journal.makeup.not_accepted", clause="5.4.1")
    lessons = load_gradebook.lock_and_load_lessons(row.lessons)
    offering = load_gradebook.load_offerings([row.offering_id])[row.offering_id]
    places = [(lesson, row.student_id, kind) for lesson in row.lessons for kind in (ATTENDANCE, GRADE)]
    found = load_cell_states_with_rows(offering, lessons.values(), places, lock=True)
    absent = [one for one in found if one.cell.kind == ATTENDANCE]
    outcome = outcome_of_recording_accepted_makeup([one.cell for one in absent])
    if outcome == AWAITING_COMMISSION:
        post_points_awaiting_commission(act, makeup)
    changes = [
        CellChange(
            one.cell,
            one.row.id if one.row else None,
            one.cell.value,
            absence=AbsenceDetails(one.cell.reason, True, one.cell.excuse_id),
        )
        for one in absent
        if is_made_up_on_acceptance(one.cell)
    ]
    # Points go into one empty grade cell of these lessons; given points are never replaced.
    free = next((one for one in found if one.cell.kind == GRADE and one.cell.value is None), None)
    if outcome == DONE and row.points is not None and free is not None:
        changes.append(CellChange(free.cell, free.row.id if free.row else None, str(row.points)))
    write_cells(act, offering.id, changes, "5.4.2")
    return outcome


def propose_makeup_due_day(act: Act, makeup: UUID) -> date:
    """Return the day that the form proposes for a task or for a second try (5.1.2, 5.4.1).

    It is a week from today or the last of the fourteen days (5.3.1), whichever is later, but not after the last day of
    make-up work (5.3.2). Raise Missing.
    """
    base, offering = _load_makeup_stage_and_journal(makeup)
    debts = load_attendance_at_lessons(base.student_id, base.lessons)
    calendar = load_gradebook.load_deadline_calendar(offering, act.at)
    return proposed_makeup_due_day(debts, calendar, act.at)


def _seal_text_about_student(stage: MakeupStage, text: str) -> bytes | None:
    """Return a text of a stage as it is stored, sealed under the key of the student; None for an empty one."""
    return seal_text_repeatably(stage.student_id, text) if text else None


def compute_makeup_fingerprint(row: MakeupStage) -> str:
    """Return the SHA-256 of the whole content of a stage, id included."""
    return canonical_sha256({name: _column_value_for_hash(getattr(row, name)) for name in _HASHED_COLUMNS})


_HASHED_COLUMNS = (
    "id",
    "student_id",
    "offering_id",
    "lessons",
    "stage",
    "form",
    "form_name",
    "topic",
    "criteria",
    "due_on",
    "given_by",
    "given_on",
    "result",
    "points",
    "comment",
    "accepted_by",
    "accepted_on",
    "overdue",
    "tries",
    "follows",
)


def _column_value_for_hash(value: Any) -> Any:
    """Return a column value as canonical JSON can hash it."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [str(part) for part in value]
    return value if isinstance(value, (int, str, bool, type(None))) else str(value)


def _load_makeup_stage_and_journal(of: UUID) -> tuple[MakeupStage, load_gradebook.OfferingState]:
    """Return a stage and its journal; raise Missing."""
    base = makeup_queries.load_makeup_stage_row(of)
    return base, load_gradebook.load_offerings([base.offering_id])[base.offering_id]


def _build_next_makeup_stage(act: Act, makeup_id: UUID, base: MakeupStage, stage: str) -> MakeupStage:
    """Return an unsaved stage that follows `base` and copies its content."""
    carried = {
        name: getattr(base, name)
        for name in _HASHED_COLUMNS
        if name not in ("id", "stage", "follows", "result")
    }
    return MakeupStage(**carried | {"id": makeup_id, "stage": stage, "follows": base.id, "made_at": act.at})


def _store_makeup_stage(act: Act, made: MakeupStage) -> StoredMakeupStage:
    """Hash and store a stage with its audit record; a repeated id returns the stored row."""
    made.sha256 = compute_makeup_fingerprint(made)
    if find_already_written_row(MakeupStage, made.id, made.sha256) is not None:
        return StoredMakeupStage(made.id, made.sha256)
    db.session.add(made)
    db.session.flush()
    after = {
        "sha256": made.sha256,
        "stage": made.stage,
        "lessons": list(made.lessons),
        "result": made.result,
        "points": PrivateValue(made.points),
        "follows": made.follows,
    }
    record_audit_event(
        act,
        MAKEUP_STAGE_MADE,
        ("journal.makeup", made.id),
        None,
        after,
        "5.4.1",
        subject=made.student_id,
        offering=made.offering_id,
    )
    return StoredMakeupStage(made.id, made.sha256)
