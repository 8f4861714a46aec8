"""Rules of cases: who may complete, release and withdraw, and which approvals are still valid.

Pure functions. Those named `refusal_to_...` return None when the action is allowed, else the error to raise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.bpmn.model import ProcessModel
from app.forms.form_file import SUBJECT_FIELD_KINDS, Form
from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, DepterError, Refused, Stale
from app.people.approvals import Approval

APPROVE = "approve"
RETURN = "return"
DECISION_FORM_FIELD = "decision"
COMPLETED_HISTORY_KIND = "completed"
_TEXT_AREA_FIELD_KIND = "textarea"
_TEXT_LINE_FIELD_KIND = "text"
"""A single line names part of the subject (a document's number); it is no free text and no process variable.
"""
SUBJECT_CREATING_DECISIONS = frozenset({None, APPROVE, "resubmit"})
"""Decisions with which a form may describe a new subject; returns, rejections and withdrawals describe none.
"""


@dataclass(frozen=True, slots=True)
class TaskState:
    """Rule input: one task and the status of its case."""

    role: str
    unit: UUID | None
    assignee: UUID | None
    on_behalf_of: UUID | None
    pooled: bool
    excluded: frozenset[UUID]
    closed_at: datetime | None
    case_open: bool
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """Rule input: one history entry."""

    kind: str
    person: UUID | None
    on_behalf_of: UUID | None
    role: str | None
    element: str | None
    iteration: int
    approves: bool
    decision: str | None
    subject_hash: str | None
    at: datetime
    opened: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class TaskAnswers:
    """The answers of a form, split: process variables, free text, the answers for a new subject, and files.

    `subject_of` names the subject factories of the menu that create a subject from `subject`.
    """

    variables: Mapping[str, Any]
    words: str
    subject: Mapping[str, Any] | None
    files: tuple[UUID, ...] = field(default=())
    subject_factories: tuple[str, ...] = ()

    @property
    def decision(self) -> str | None:
        """Return the answer of the standard field `decision`; None when the form has none."""
        return self.variables.get(DECISION_FORM_FIELD)


def has_role_in_unit(assignments: Iterable[RoleAssignment], role: str, unit: UUID | None) -> bool:
    """Return whether one of the role assignments is this role in exactly this unit (None: the university)."""
    return RoleAssignment(role, unit) in set(assignments)


def is_assignee_or_substitute(
    task: TaskState, person: UUID, on_behalf_of: UUID | None, assignments: Iterable[RoleAssignment]
) -> bool:
    """Return whether the task is assigned to the person or to the person he substitutes in its role.

    A seat in a commission is not an assigned role, so a substitute never takes it: its task goes to the
    reserve (6.3).
    """
    if task.assignee is None or task.assignee == person:
        return task.assignee is not None
    return task.assignee == on_behalf_of and any(assignment.role == task.role for assignment in assignments)


def can_see_task(
    task: TaskState, person: UUID, on_behalf_of: UUID | None, assignments: Iterable[RoleAssignment]
) -> bool:
    """Return whether the person is the assignee, his substitute in the role of the task, or in its pool."""
    if person in task.excluded or (on_behalf_of is not None and on_behalf_of in task.excluded):
        return False
    if task.assignee is not None:
        return is_assignee_or_substitute(task, person, on_behalf_of, assignments)
    return has_role_in_unit(assignments, task.role, task.unit)


def refusal_to_claim_or_complete_task(
    task: TaskState, person: UUID, on_behalf_of: UUID | None, assignments: Iterable[RoleAssignment]
) -> DepterError | None:
    """Return why the person may not complete or claim the task; None when he may.

    The task must be open, assigned to him or in one of his pools, and he must not be excluded from the
    decision.
    """
    if person in task.excluded or (on_behalf_of is not None and on_behalf_of in task.excluded):
        return Refused("cases.task.excluded")
    if task.suspended:
        return Refused("cases.case.suspended")
    if task.closed_at is not None or not task.case_open:
        return Stale("cases.task.closed")
    if task.assignee is not None and not is_assignee_or_substitute(task, person, on_behalf_of, assignments):
        return Stale("cases.task.taken")
    if task.assignee is None and not has_role_in_unit(assignments, task.role, task.unit):
        return Denied("cases.task.not_yours")
    return None


def refusal_to_release_task(task: TaskState, person: UUID) -> DepterError | None:
    """Return why the person may not release the task; None for the assignee of a task from a pool."""
    if task.closed_at is not None or not task.case_open:
        return Stale("cases.task.closed")
    if task.assignee != person:
        return Denied("cases.task.not_yours")
    if not task.pooled:
        return Refused("cases.task.only_yours")
    return None


def refusal_to_withdraw_case(
    requester: UUID, person: UUID, status: str, decided: bool, by_news: bool = False
) -> DepterError | None:
    """Return why the person may not withdraw the case; None for the requester of an undecided, unclosed case.

    A case started by an event (`by_news`: by the calendar or by another process) cannot be withdrawn.
    """
    if person != requester:
        return Denied("cases.case.not_yours")
    if status not in ("open", "suspended"):
        return Stale("cases.case.closed")
    if decided:
        return Refused("cases.case.already_decided")
    if by_news:
        return Refused("cases.case.started_by_event")
    return None


def has_approval_decision(history: Iterable[HistoryEntry]) -> bool:
    """Return whether an approval task of this case was completed with a decision."""
    return any(
        entry.kind == COMPLETED_HISTORY_KIND and entry.decision is not None and entry.approves
        for entry in history
    )


def approvals_from_history(history: Sequence[HistoryEntry]) -> tuple[Approval, ...]:
    """Return every approval ever given, in order, with the iteration of its task.

    The menu decides which of them are still valid.
    """
    return tuple(
        Approval(
            role=entry.role or "",
            person=entry.person,
            on_behalf_of=entry.on_behalf_of,
            at=entry.at,
            element=entry.element or "",
            iteration=entry.iteration,
            subject_hash=entry.subject_hash or "",
        )
        for entry in history
        if entry.kind == COMPLETED_HISTORY_KIND
        and entry.approves
        and entry.decision == APPROVE
        and entry.person
    )


def current_element_iterations(history: Iterable[HistoryEntry], model: ProcessModel) -> Mapping[str, int]:
    """Return the current iteration of each task element (1 where none is listed).

    When a task opens and it or anything after it was completed, all of these begin a new iteration. So a
    return voids every approval after the task returned to (ADR 3).
    """
    iterations: dict[str, int] = {}
    completed: set[str] = set()
    for entry in history:
        if entry.kind == COMPLETED_HISTORY_KIND and entry.element:
            completed.add(entry.element)
        for element in entry.opened:
            following = model.task_ids_after(element) | {element}
            if following & completed:
                completed -= following
                iterations.update({name: iterations.get(name, 1) + 1 for name in following})
    return iterations


def valid_approver_ids(history: Sequence[HistoryEntry], model: ProcessModel) -> frozenset[UUID]:
    """Return everybody whose approval is valid and everybody they acted for; none may approve again."""
    iterations = current_element_iterations(history, model)
    valid = [
        approval
        for approval in approvals_from_history(history)
        if approval.iteration == iterations.get(approval.element, 1)
    ]
    return frozenset(
        person
        for approval in valid
        for person in (approval.person, approval.on_behalf_of)
        if person is not None
    )


def split_answers_by_field_kind(
    form: Form | None, answers: Mapping[str, Any], *, general: bool = False
) -> TaskAnswers:
    """Split checked answers by the kind of their field.

    Process variables are ids, codes and decisions, never free text. A form that describes a subject passes
    all its answers to the subject factory. In a `general` case it passes no free text: no code knows what that is,
    so all of it, single lines too, is sealed in the history.
    """
    variables: dict[str, Any] = {}
    words: list[str] = []
    factories: list[str] = []
    files: tuple[UUID, ...] = ()
    decision = answers.get(DECISION_FORM_FIELD)
    if (
        form is not None
        and form.subject_kind
        and decision in (form.subject_decisions or SUBJECT_CREATING_DECISIONS)
    ):
        factories.append(form.subject_kind)
    for form_field in form.fields if form else ():
        value = answers.get(form_field.key)
        if value in (None, "", []):
            continue
        if form_field.kind == _TEXT_AREA_FIELD_KIND or (general and form_field.kind == _TEXT_LINE_FIELD_KIND):
            words.append(str(value))
        elif form_field.kind == "file":
            files = tuple(value)
        elif form_field.kind in SUBJECT_FIELD_KINDS:
            factories += [form_field.kind] if decision in SUBJECT_CREATING_DECISIONS else []
        elif form_field.kind != _TEXT_LINE_FIELD_KIND:
            variables[form_field.key] = value
    return TaskAnswers(
        variables=variables,
        words="\n\n".join(words),
        subject=(select_general_request_answers(form, answers) if general else answers)
        if factories
        else None,
        files=files,
        subject_factories=tuple(factories),
    )


def select_general_request_answers(form: Form | None, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers that a general request keeps: no free text, no files and no decision."""
    left_out = (_TEXT_AREA_FIELD_KIND, _TEXT_LINE_FIELD_KIND, "file")
    return {
        form_field.key: answers[form_field.key]
        for form_field in (form.fields if form else ())
        if form_field.kind not in left_out
        and form_field.key != DECISION_FORM_FIELD
        and answers.get(form_field.key) is not None
    }
