"""Complete a task: check the rules, create new subjects, run the engine and write the step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import operations
from app.bpmn import engine
from app.cases import rules
from app.cases.access import can_see_case
from app.cases.apply_step import write_engine_step
from app.cases.case_record import CaseRecord, TaskRecord
from app.cases.commands.attach import attach_uploads_to_case
from app.cases.locking import LockedTask, lock_case_and_task, task_state_from_record
from app.cases.models import History
from app.cases.service_tasks import service_task_runner
from app.cases.substitution import act_with_task_substitution
from app.cases.transitions import CaseTransition, NewTask
from app.cases.unique_cells import require_added_cells_free
from app.diagrams.versions import PublishedDiagram
from app.kernel.act import Act
from app.kernel.canonical import canonical_json, to_json_value
from app.kernel.db import db
from app.kernel.errors import Missing, Stale
from app.kernel.ids import new_id
from app.kernel.keyring import keyed_hash


@dataclass(frozen=True, slots=True)
class CompletionResult:
    """The result of completing a task. `repeated`: this person completed it before with the same answers."""

    case_id: UUID
    number: str
    outcome: str | None
    opened: tuple[NewTask, ...] = ()
    repeated: bool = False


def complete_task(
    act: Act, task_id: UUID, answers: Mapping[str, Any], *, checked_version: UUID | None = None
) -> CompletionResult:
    """Complete one task with answers that its form's schema has already checked.

    `checked_version` is the version whose form checked them; when the case was migrated to another one meanwhile,
    Stale (`cases.task.version_changed`) is raised. None: the caller knows that they fit.

    A repeat by the same person with the same answers returns the result again; with other answers it raises
    Stale, so that they are not lost silently. Raises Missing (also for a person who may not see the case),
    Denied (also for a substitute whose substitution has ended), Stale (`cases.task.closed`,
    `cases.task.taken`, `cases.task.answered_otherwise`), Refused (by the rules), and the damage errors of
    `cases.locking`, which the caller records as an incident.
    """
    locked = lock_case_and_task(task_id)
    case, task = locked.case, locked.task
    published = locked.load_pinned_diagram()
    element = published.model.user_tasks[task.element]
    general = operations.find_own_start_of_process(case.diagram) is None
    split = rules.split_answers_by_field_kind(published.forms.get(element.form), answers, general=general)
    # A keyed hash of the answers recognises a repeat without storing free text.
    answers_digest = keyed_hash("cases.answers", canonical_json(to_json_value(answers)))
    if task.closed_at is not None and _is_repeated_completion(act, task, answers_digest):
        return CompletionResult(case.id, case.number, case.outcome, repeated=True)
    person = _require_acting_person(act)
    refusal = rules.refusal_to_claim_or_complete_task(
        task_state_from_record(task, case), person, act.on_behalf_of, act.assignments
    )
    if refusal is not None:
        # A person who may not see the case must not learn that the task exists.
        raise refusal if can_see_case(act, case) else Missing
    if checked_version is not None and checked_version != case.version_id:
        raise Stale("cases.task.version_changed")
    act = act_with_task_substitution(act, case, task)
    act = act.with_case(case.id).with_reason(split.words)
    subjects = _create_and_set_case_subjects(act, case, split)
    subject_ids = {kind: str(subject.id) for kind, subject in subjects.items()}
    updated_variables = {
        name: value for subject in subjects.values() for name, value in subject.updated_variables.items()
    }
    transition = CaseTransition(
        kind=rules.COMPLETED_HISTORY_KIND,
        element=task.element,
        task_id=task.id,
        role=task.role,
        approves=element.approves,
        decision=split.decision,
        answers=split.variables,
        variables={
            **{f"{task.element}.{kind}": subject_id for kind, subject_id in subject_ids.items()},
            **{f"start.{name}": value for name, value in updated_variables.items()},
        },
        clause=task.clause,
        words=split.words,
        iteration=task.iteration,
        answers_digest=answers_digest,
    )
    variables = {**split.variables, **subject_ids}
    step = _complete_task_in_engine(act, locked, published, transition, variables, updated_variables)
    attach_uploads_to_case(act, case, split.files)
    new_tasks = write_engine_step(act, case, published, step, locked.history, transition)
    return CompletionResult(case.id, case.number, case.outcome, new_tasks)


def _complete_task_in_engine(
    act: Act,
    locked: LockedTask,
    published: PublishedDiagram,
    transition: CaseTransition,
    variables: Mapping[str, Any],
    updated_variables: Mapping[str, Any],
) -> engine.StepResult:
    """Complete the task in the engine; the approval given by this step counts for its service tasks."""
    case, task = locked.case, locked.task
    entry = rules.HistoryEntry(
        kind=transition.kind,
        person=act.person,
        on_behalf_of=act.on_behalf_of,
        role=transition.role,
        element=transition.element,
        iteration=transition.iteration,
        approves=transition.approves,
        decision=transition.decision,
        subject_hash=case.subject_hash,
        at=act.at,
    )
    run_service = service_task_runner(act, case, published.model, [*locked.history, entry])
    return engine.complete_task(
        published.spec, locked.verified_engine_state(), task.key, variables, run_service, updated_variables
    )


def _create_and_set_case_subjects(
    act: Act, case: CaseRecord, answers: rules.TaskAnswers
) -> dict[str, operations.CaseSubject]:
    """Create the new subjects that the form describes and set them on the case; return them by factory.

    Raises Refused (`cases.start.under_way`) when one adds a cell of another open case of a process that is unique.
    """
    if answers.subject is None:
        return {}
    subjects = {
        name: operations.SUBJECT_FACTORY_BY_KIND[name](act, new_id(), answers.subject, case.subject_id)
        for name in answers.subject_factories
        if name in operations.SUBJECT_FACTORY_BY_KIND
    }
    start = operations.find_own_start_of_process(case.diagram)
    before = operations.affected_cells_of_subject(case.subject, case.about) if start else ()
    for subject in subjects.values():
        if start is not None:
            require_added_cells_free(start, case.diagram, case.id, before, subject)
        case.set_subject(subject)
    return subjects


def _is_repeated_completion(act: Act, task: TaskRecord, answers_digest: str) -> bool:
    """Return whether this person completed the task with these answers. Raises Stale for other answers."""
    if task.closed_by != act.person:
        return False
    row = db.session.execute(
        select(History.answers_digest).where(
            History.case_id == task.case_id,
            History.task_id == task.id,
            History.kind == rules.COMPLETED_HISTORY_KIND,
        )
    ).one_or_none()
    if row is not None and row.answers_digest != answers_digest:
        raise Stale("cases.task.answered_otherwise")
    return row is not None


def _require_acting_person(act: Act) -> UUID:
    """Return the person of the act; raise Stale for the system."""
    if act.person is None:
        raise Stale("cases.task.needs_a_person")
    return act.person
