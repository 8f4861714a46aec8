"""Decisions about cases: who may take, finish, withdraw; which approvals still stand. Facts in, None or Refused out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.bpmn.model import Model
from app.forms.read import SUBJECT_KINDS, Form
from app.kernel.act import Hat
from app.kernel.errors import Denied, DepterError, Refused, Stale
from app.people.approvals import Approval

APPROVE = "approve"
RETURN = "return"
DECISION = "decision"
COMPLETED = "completed"
_WORDS = "textarea"
_TITLES = "text"
"""A single line names something of the subject (a document's number); it is neither prose nor a fact."""
ASKS = frozenset({None, APPROVE, "resubmit"})
"""Decisions with which a form may describe a new subject; who returns, rejects or withdraws describes none."""


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What decides about one task."""

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
class Step:
    """What decides about approvals: one row of the history."""

    kind: str
    person: UUID | None
    on_behalf_of: UUID | None
    role: str | None
    element: str | None
    round: int
    approves: bool
    decision: str | None
    subject_hash: str | None
    at: datetime
    opened: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """A form's answers, sorted: facts for the engine, words for people, what is made a subject of, files.

    `subject_of` names the makers on the menu that make one of `subject`.
    """

    facts: Mapping[str, Any]
    words: str
    subject: Mapping[str, Any] | None
    files: tuple[UUID, ...] = field(default=())
    subject_of: tuple[str, ...] = ()

    @property
    def decision(self) -> str | None:
        """The answer of the standard field, where the form has it."""
        return self.facts.get(DECISION)


def wears(hats: Iterable[Hat], role: str, unit: UUID | None) -> bool:
    """Whether one of the hats holds the role in exactly the unit whose pool this is (None: the university's)."""
    return Hat(role, unit) in set(hats)


def in_hands(task: TaskFacts, person: UUID, on_behalf_of: UUID | None, hats: Iterable[Hat]) -> bool:
    """Whether the task is in his own hands, or in those of whom he acts for, in a role he acts in.

    A seat in a commission is no role that is given, so no substitute ever has it: it goes to its reserve (6.3).
    """
    if task.assignee is None or task.assignee == person:
        return task.assignee is not None
    return task.assignee == on_behalf_of and any(hat.role == task.role for hat in hats)


def may_see_task(task: TaskFacts, person: UUID, on_behalf_of: UUID | None, hats: Iterable[Hat]) -> bool:
    """The assignee, who acts for him in the role of the task, and whoever could take it from its pool."""
    if person in task.excluded or (on_behalf_of is not None and on_behalf_of in task.excluded):
        return False
    if task.assignee is not None:
        return in_hands(task, person, on_behalf_of, hats)
    return wears(hats, task.role, task.unit)


def may_act(
    task: TaskFacts, person: UUID, on_behalf_of: UUID | None, hats: Iterable[Hat]
) -> DepterError | None:
    """Complete or claim: open, in my hands or in my pool, and I am not one of those who must not decide."""
    if person in task.excluded or (on_behalf_of is not None and on_behalf_of in task.excluded):
        return Refused("cases.task.excluded", clause="4.4.2")
    if task.suspended:
        return Refused("cases.case.suspended", clause="5.3.1")
    if task.closed_at is not None or not task.case_open:
        return Stale("cases.task.closed")
    if task.assignee is not None and not in_hands(task, person, on_behalf_of, hats):
        return Stale("cases.task.taken")
    if task.assignee is None and not wears(hats, task.role, task.unit):
        return Denied("cases.task.not_yours")
    return None


def may_release(task: TaskFacts, person: UUID) -> DepterError | None:
    """Only who holds a task that came from a pool gives it back."""
    if task.closed_at is not None or not task.case_open:
        return Stale("cases.task.closed")
    if task.assignee != person:
        return Denied("cases.task.not_yours")
    if not task.pooled:
        return Refused("cases.task.only_yours", clause="4.4.2")
    return None


def may_withdraw(
    requester: UUID, person: UUID, status: str, decided: bool, by_news: bool = False
) -> DepterError | None:
    """The requester, while the case is open and nobody has decided anything yet. What nobody asked for (`by_news`: the
    calendar or another process began it) nobody takes back."""
    if person != requester:
        return Denied("cases.case.not_yours")
    if status not in ("open", "suspended"):
        return Stale("cases.case.closed")
    if decided:
        return Refused("cases.case.already_decided", clause="4.4.2")
    if by_news:
        return Refused("cases.case.begun_by_news", clause="1.4.2")
    return None


def decided(history: Iterable[Step]) -> bool:
    """Whether anybody but the requester's own rework has decided in this case."""
    return any(step.kind == COMPLETED and step.decision is not None and step.approves for step in history)


def approvals(history: Sequence[Step]) -> tuple[Approval, ...]:
    """Every approval ever given, in order, with the round of its step; which still stand the menu decides."""
    return tuple(
        Approval(
            role=step.role or "",
            person=step.person,
            on_behalf_of=step.on_behalf_of,
            at=step.at,
            element=step.element or "",
            round=step.round,
            subject_hash=step.subject_hash or "",
        )
        for step in history
        if step.kind == COMPLETED and step.approves and step.decision == APPROVE and step.person
    )


def rounds(history: Iterable[Step], model: Model) -> Mapping[str, int]:
    """The present round of each step. Opening a step begins a new round for it and for all that comes after it,
    if anything of that had been completed: so a return voids every approval after the step returned to.
    """
    now: dict[str, int] = {}
    completed: set[str] = set()
    for step in history:
        if step.kind == COMPLETED and step.element:
            completed.add(step.element)
        for element in step.opened:
            behind = model.reachable_from(element) | {element}
            if behind & completed:
                completed -= behind
                now.update({name: now.get(name, 1) + 1 for name in behind})
    return now


def approvers(history: Sequence[Step], model: Model) -> frozenset[UUID]:
    """Everybody whose approval stands, and everybody they acted for: none of them approves a second time."""
    present = rounds(history, model)
    standing = [given for given in approvals(history) if given.round == present.get(given.element, 1)]
    return frozenset(
        person for given in standing for person in (given.person, given.on_behalf_of) if person is not None
    )


def sort_answers(form: Form | None, answers: Mapping[str, Any]) -> Given:
    """Split checked answers by the kind of their field; facts are ids, codes and decisions, never prose.

    A form that describes a subject hands all its answers to whoever makes the subject.
    """
    facts: dict[str, Any] = {}
    words: list[str] = []
    made_of: list[str] = []
    files: tuple[UUID, ...] = ()
    decision = answers.get(DECISION)
    if form is not None and form.subject and decision in (form.subject_when or ASKS):
        made_of.append(form.subject)
    for item in form.fields if form else ():
        value = answers.get(item.key)
        if value in (None, "", []):
            continue
        if item.kind == _WORDS:
            words.append(str(value))
        elif item.kind == "file":
            files = tuple(value)
        elif item.kind in SUBJECT_KINDS:
            made_of += [item.kind] if decision in ASKS else []
        elif item.kind != _TITLES:
            facts[item.key] = value
    return Given(
        facts=facts,
        words="\n\n".join(words),
        subject=answers if made_of else None,
        files=files,
        subject_of=tuple(made_of),
    )
