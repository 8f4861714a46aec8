"""Commands of make-up work: request, extension, assignment, assessment, record
in the journal (section 5, P03)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.record import Private, record
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import persons_of, see, teachers_of
from app.journal.gradebook.cell_state import ATTENDANCE, GRADE
from app.journal.gradebook.cell_writer import Absence, Change, change_cells
from app.journal.gradebook.idempotency import repeated
from app.journal.makeups import queries as makeup_queries
from app.journal.makeups.debt_queries import absences_at
from app.journal.makeups.rules import (
    DONE,
    PARKED,
    DebtFacts,
    is_overdue,
    may_ask_workoff,
    may_assign,
    may_record_result,
    may_try_again,
    outcome_of,
    turns,
)
from app.journal.makeups.unplaced_points import tell_parked
from app.journal.tables import Lesson, Workoff
from app.kernel.act import Act
from app.kernel.canonical import digest
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Missing, Refused
from app.people.rules import Scope, may

REQUESTED, ASSIGNED, RESULT = "REQUESTED", "ASSIGNED", "RESULT"
MADE = "journal.workoff.made"
RESULTS = {"approve": "DONE", "again": "AGAIN", "reject": "FAILED"}


@dataclass(frozen=True, slots=True)
class Step:
    """Id of an immutable stage of make-up work and the SHA-256 to which approvals are bound."""

    id: UUID
    sha256: str


@dataclass(frozen=True, slots=True)
class Task:
    """The task a teacher sets: a form of `ALL_FORMS`, topic, criteria (5.1.1) and due date (5.1.2, 5.4.1)."""

    form: str
    topic: str
    criteria: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Result:
    """The assessment by a teacher: `decision` is approve, again or reject; points from
    0 to the cap, or None (5.4.1)."""

    decision: str
    points: int | None
    comment: str


def request_workoff(act: Act, workoff_id: UUID, student: UUID, lessons: Sequence[UUID]) -> Step:
    """Store which missed lessons of one discipline a student wants to make up; idempotent.

    Requested by the student, by curator or directorate in the student's name, or offered by a teacher of the
    journal. Raise Missing, Denied, Stale, Invalid (`workoff`), Refused (5.2.3: nothing to make up; 5.3.2:
    the semester's last date passed).
    """
    offering, wanted, debts = load_requested_lessons(act, student, lessons)
    refusal = may_ask_workoff(debts, load_gradebook.terms_of(offering, act.at), act.at)
    if refusal is not None:
        raise refusal
    made = Workoff(
        id=workoff_id,
        student_id=student,
        offering_id=offering.id,
        lessons=wanted,
        stage=REQUESTED,
        topic="",
        criteria="",
        comment="",
        overdue=False,
        tries=0,
        made_at=act.at,
    )
    return _store_stage(act, made)


def load_requested_lessons(
    act: Act, student: UUID, lessons: Sequence[UUID]
) -> tuple[load_gradebook.OfferingFacts, list[UUID], list[DebtFacts]]:
    """Return journal, ordered lessons and attendance. Raise Denied (nobody acts), Missing
    (no access, several journals)."""
    if act.person is None:
        raise Denied("journal.workoff.not_yours", clause="5.2.1")
    wanted = sorted(set(lessons))
    offerings = set(db.session.scalars(select(Lesson.offering_id).where(Lesson.id.in_(wanted))))
    debts = absences_at(student, wanted)
    if len(offerings) != 1 or len(debts) < len(wanted):
        raise Missing
    return require_requester(act, offerings.pop(), student), wanted, debts


def require_requester(act: Act, offering_id: UUID, student: UUID) -> load_gradebook.OfferingFacts:
    """Return the journal for the student (or somebody in the student's name) and for its
    teachers; raise Missing otherwise."""
    if student in persons_of(act):
        found = load_gradebook.offering_facts([offering_id]).get(offering_id)
        if found is None:
            raise Missing
        return found
    offering = see(act, offering_id)
    teachers = frozenset(part.person for part in offering.teachers)
    if not may(act.hats, "journal.write", Scope(teachers=teachers), persons_of(act)):
        raise Missing
    return offering


def assign_workoff(act: Act, workoff_id: UUID, of: UUID, task: Task) -> Step:
    """Store the task: form, topic, criteria and due date. Raise Missing, Invalid (`form`, `due_on`)."""
    base, offering = _load_base(of)
    debts = absences_at(base.student_id, base.lessons)
    types = {debt.cell.lesson.type for debt in debts}
    calendar = load_gradebook.terms_of(offering, act.at)
    refusal = may_assign(task.form, types, task.due_on, debts, calendar, act.at)
    if refusal is not None:
        raise refusal
    made = _next_stage(act, workoff_id, base, ASSIGNED)
    made.form, made.topic, made.criteria = task.form, task.topic, task.criteria
    made.due_on, made.given_by, made.given_on = task.due_on, act.person, local_day(act.at)
    return _store_stage(act, made)


def note_result(act: Act, workoff_id: UUID, of: UUID, result: Result) -> Step:
    """Store the assessment by the teacher; no cell of the journal changes yet.

    Raise Missing, Denied (not a teacher of the journal), Invalid (`points`, `comment`), Refused
    (5.3.2; 5.4.1: no more tries).
    """
    base, offering = _load_base(of)
    debts = absences_at(base.student_id, base.lessons)
    calendar = load_gradebook.terms_of(offering, act.at)
    refusal = may_record_result(
        debts, offering.teachers, teachers_of(act), result.points, result.comment, calendar, act.at
    )
    if refusal is None and result.decision == "again":
        refusal = may_try_again(base.tries + 1)
    if refusal is not None:
        raise refusal
    made = _next_stage(act, workoff_id, base, RESULT)
    made.result, made.points, made.comment = RESULTS[result.decision], result.points, result.comment
    made.accepted_by, made.accepted_on = act.person, local_day(act.at)
    made.overdue, made.tries = is_overdue(debts, calendar, act.at), base.tries + 1
    return _store_stage(act, made)


def record_workoff(act: Act, workoff: UUID) -> str:
    """Write accepted make-up work into the journal: absences are made up, reasons stay, points count (5.4.2).

    Return `done`, `parked` (a sheet was signed over a lesson: points await the commission, 5.4.3; under a
    closed one marks stay, 7.6) or `not_absent`. No lesson is held and no hour counted (5.1.3). Idempotent.
    Raise Missing, Refused (not accepted).
    """
    row = makeup_queries.workoff_row(workoff)
    if workoff_fingerprint(row) != row.sha256:
        raise RuntimeError(f"work-off {workoff} does not match its hash")
    if row.result != "DONE":
        raise Refused("journal.workoff.not_accepted", clause="5.4.1")
    lessons = load_gradebook.lock_lessons(row.lessons)
    offering = load_gradebook.offering_facts([row.offering_id])[row.offering_id]
    places = [(lesson, row.student_id, kind) for lesson in row.lessons for kind in (ATTENDANCE, GRADE)]
    found = load_gradebook.find_cells(offering, lessons.values(), places, lock=True)
    absent = [one for one in found if one.cell.kind == ATTENDANCE]
    outcome = outcome_of([one.cell for one in absent])
    if outcome == PARKED:
        tell_parked(act, workoff)
    changes = [
        Change(
            one.cell,
            one.row.id if one.row else None,
            one.cell.value,
            absence=Absence(one.cell.reason, True, one.cell.excused),
        )
        for one in absent
        if turns(one.cell)
    ]
    # Points go into one empty grade cell of these lessons; given points are never replaced.
    free = next((one for one in found if one.cell.kind == GRADE and one.cell.value is None), None)
    if outcome == DONE and row.points is not None and free is not None:
        changes.append(Change(free.cell, free.row.id if free.row else None, str(row.points)))
    change_cells(act, offering.id, changes, "5.4.2")
    return outcome


def workoff_fingerprint(row: Workoff) -> str:
    """Return the SHA-256 of the whole content of a stage, id included."""
    return digest({name: _hashable_value(getattr(row, name)) for name in _HASHED_COLUMNS})


_HASHED_COLUMNS = (
    "id",
    "student_id",
    "offering_id",
    "lessons",
    "stage",
    "form",
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


def _hashable_value(value: Any) -> Any:
    """Return a column value as canonical JSON can hash it."""
    if isinstance(value, list):
        return [str(part) for part in value]
    return value if isinstance(value, (int, str, bool, type(None))) else str(value)


def _load_base(of: UUID) -> tuple[Workoff, load_gradebook.OfferingFacts]:
    """Return a stage and its journal; raise Missing."""
    base = makeup_queries.workoff_row(of)
    return base, load_gradebook.offering_facts([base.offering_id])[base.offering_id]


def _next_stage(act: Act, workoff_id: UUID, base: Workoff, stage: str) -> Workoff:
    """Return an unsaved stage that follows `base` and copies its content."""
    carried = {
        name: getattr(base, name)
        for name in _HASHED_COLUMNS
        if name not in ("id", "stage", "follows", "result")
    }
    return Workoff(**carried | {"id": workoff_id, "stage": stage, "follows": base.id, "made_at": act.at})


def _store_stage(act: Act, made: Workoff) -> Step:
    """Hash and store a stage with its audit record; a repeated id returns the stored row."""
    made.sha256 = workoff_fingerprint(made)
    if repeated(Workoff, made.id, made.sha256) is not None:
        return Step(made.id, made.sha256)
    db.session.add(made)
    db.session.flush()
    after = {
        "sha256": made.sha256,
        "stage": made.stage,
        "lessons": list(made.lessons),
        "result": made.result,
        "points": Private(made.points),
        "follows": made.follows,
    }
    record(act, MADE, ("journal.workoff", made.id), None, after, "5.4.1", subject=made.student_id)
    return Step(made.id, made.sha256)
