"""A task is completed: the first of the three paths. Knows the order of things, leaves each to its owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import operations
from app.bpmn import engine
from app.cases import rules
from app.cases.access import may_see
from app.cases.apply_step import advance
from app.cases.case_record import HeldCase, HeldTask
from app.cases.commands.attach import adopt_files
from app.cases.locking import LockedTask, facts_of, lock_task
from app.cases.models import History
from app.cases.service_tasks import caller
from app.cases.standing import in_whose_place
from app.cases.transitions import Moved, Opening
from app.diagrams.versions import Published
from app.kernel.act import Act
from app.kernel.canonical import canonical, plain
from app.kernel.db import db
from app.kernel.errors import Missing, Stale
from app.kernel.ids import new_id
from app.kernel.sealing import keyed_hash


@dataclass(frozen=True, slots=True)
class Completed:
    """What completing a task led to. `repeated` says that it had been completed so before, by this person."""

    case_id: UUID
    number: str
    outcome: str | None
    opened: tuple[Opening, ...] = ()
    repeated: bool = False


def complete_task(act: Act, task_id: UUID, answers: Mapping[str, Any]) -> Completed:
    """Complete one task with answers that its form's schema has already checked.

    Sent again by the same person it is answered as the first time; with other answers it is refused, and they are not
    lost in silence. Raises Missing (also for who may not see the case), Denied (also for a substitute whose days are
    over), Stale (`cases.task.closed`,
    `cases.task.taken`, `cases.task.answered_otherwise`),
    Refused (what a rule below says), and the damages of `cases.locking`, which the entrance turns into an incident.
    """
    locked = lock_task(task_id)
    case, task = locked.case, locked.task
    published = locked.load_version()
    element = published.model.user_tasks[task.element]
    given = rules.sort_answers(published.forms.get(element.form), answers)
    mark = keyed_hash("cases.answers", canonical(plain(answers)))
    if task.closed_at is not None and _completed_by(act, task, mark):
        return Completed(case.id, case.number, case.outcome, repeated=True)
    person = _person(act)
    refusal = rules.may_act(facts_of(task, case), person, act.on_behalf_of, act.hats)
    if refusal is not None:
        raise refusal if may_see(act, case) else Missing
    act = in_whose_place(act, case, task)
    act = act.under(case.id).because(given.words)
    moved = Moved(
        kind=rules.COMPLETED,
        element=task.element,
        task_id=task.id,
        role=task.role,
        approves=element.approves,
        decision=given.decision,
        answers=given.facts,
        clause=task.clause,
        words=given.words,
        round=task.round,
        answers_digest=mark,
    )
    made = _new_subjects(act, case, given)
    facts = {**given.facts, **{kind: str(subject.id) for kind, subject in made.items()}}
    following = {name: value for subject in made.values() for name, value in subject.moved.items()}
    step = _step(act, locked, published, moved, facts, following)
    adopt_files(act, case, given.files)
    opened = advance(act, case, published, step, locked.history, moved)
    return Completed(case.id, case.number, case.outcome, opened)


def _step(
    act: Act,
    locked: LockedTask,
    published: Published,
    moved: Moved,
    facts: Mapping[str, Any],
    following: Mapping[str, Any],
) -> engine.Step:
    case, task = locked.case, locked.task
    this = rules.Step(
        kind=moved.kind,
        person=act.person,
        on_behalf_of=act.on_behalf_of,
        role=moved.role,
        element=moved.element,
        round=moved.round,
        approves=moved.approves,
        decision=moved.decision,
        subject_hash=case.subject_hash,
        at=act.at,
    )
    call = caller(act, case, published.model, [*locked.history, this])
    return engine.complete(published.spec, locked.checked_state(), task.key, facts, call, following)


def _new_subjects(act: Act, case: HeldCase, given: rules.Given) -> dict[str, operations.CaseSubject]:
    """A form that describes a change makes a new subject; the case holds its id and hash from now on."""
    if given.subject is None:
        return {}
    made = {
        name: operations.SUBJECTS[name](act, new_id(), given.subject, case.subject_id)
        for name in given.subject_of
        if name in operations.SUBJECTS
    }
    for subject in made.values():
        case.set_subject(subject)
    return made


def _completed_by(act: Act, task: HeldTask, mark: str) -> bool:
    """Whether this very person completed it with these very answers. Raises Stale when his answers were others."""
    if task.closed_by != act.person:
        return False
    row = db.session.execute(
        select(History.given).where(
            History.case_id == task.case_id, History.task_id == task.id, History.kind == rules.COMPLETED
        )
    ).one_or_none()
    if row is not None and row.given != mark:
        raise Stale("cases.task.answered_otherwise")
    return row is not None


def _person(act: Act) -> UUID:
    if act.person is None:
        raise Stale("cases.task.needs_a_person")
    return act.person
