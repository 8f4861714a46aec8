"""One task and one case, as their pages show them: the question, the thread, the files, where the token stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, or_, select
from sqlalchemy import case as when

from app import operations
from app.audit.words import opened
from app.cases import rules
from app.cases.access import keeps_from, may_see, may_write, open_subject, subject_for
from app.cases.locking import facts_of
from app.cases.models import Attachment, Case, Draft, History, Incident, Task
from app.cases.queries.related import Related, related_to
from app.cases.standing import place_refused
from app.diagrams.versions import Published, VersionDamaged, load
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError, Missing
from app.kernel.prepared import Prepared, rows
from app.people import queries as people

THREAD = 300
"""The most steps one page shows."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Somebody else could enter the account of who decided, or of whom he decided for, shortly before: since when, how,
    whose account, who made it so."""

    at: datetime
    kind: str
    whose: str
    by: str


@dataclass(frozen=True, slots=True)
class Told:
    """One step of the history with its words opened and its people named. `kept`: there are words, and they are not for
    who reads (7.1); then `words` is "" and `answers` tell nothing.
    `reset`: the account of who decided had been reset shortly before."""

    id: int
    at: datetime
    kind: str
    person: UUID | None
    name: str
    behalf: str
    role: str | None
    element: str | None
    task_id: UUID | None
    round: int
    decision: str | None
    answers: dict[str, Any]
    opened: tuple[str, ...]
    words: str
    clause: str | None
    subject_hash: str | None
    reset: Reset | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of the case."""

    id: UUID
    name: str
    person: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as its screen shows it to one person. `subject` is what he may know of what it is about; `refusal` says
    why he cannot complete it now, if so."""

    task: Task
    case: Case
    subject: dict[str, Any]
    published: Published
    thread: tuple[Told, ...]
    files: tuple[FileRow, ...]
    draft: dict[str, Any]
    refusal: DepterError | None
    assignee_name: str
    may_release: bool
    related: tuple[Related, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as its page shows it to one person: `subject` is what he may know of what it is about. `published` is None
    when its version cannot be read."""

    case: Case
    subject: dict[str, Any]
    published: Published | None
    thread: tuple[Told, ...]
    tasks: tuple[Task, ...]
    files: tuple[FileRow, ...]
    incidents: tuple[Incident, ...]
    names: dict[UUID, str]
    may_write: bool
    may_withdraw: bool
    related: tuple[Related, ...]

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        """What somebody has to do now."""
        return tuple(task for task in self.tasks if task.closed_at is None)


def task_view(act: Act, task_id: UUID) -> TaskView:
    """The screen of one task; raises Missing for a task this person may not know of."""
    found = db.session.execute(
        select(Task, Case).join(Case, Case.id == Task.case_id).where(Task.id == task_id)
    ).one_or_none()
    if found is None or act.person is None:
        raise Missing
    task, case = found
    facts = facts_of(task, case)
    if not rules.may_see_task(facts, act.person, act.on_behalf_of, act.hats) and not may_see(act, case):
        raise Missing
    refusal = rules.may_act(facts, act.person, act.on_behalf_of, act.hats)
    kept = keeps_from(act, case)
    return TaskView(
        task=task,
        case=case,
        subject=open_subject(case.diagram, task.subject) if kept else task.subject,
        published=load(case.version_id),
        thread=thread(case.id, kept=kept),
        files=() if kept else files(case.id),
        draft=draft(act.person, task_id),
        refusal=refusal or place_refused(act, case, task),
        assignee_name=people.names([task.assignee])[task.assignee].short if task.assignee else "",
        may_release=rules.may_release(facts, act.person) is None,
        related=tuple(one for one in related_to(act, case) if not one.ended),
    )


def case_view(act: Act, case_id: UUID) -> CaseView:
    """The page of one case; raises Missing for a case this person may not know of."""
    case = db.session.get(Case, case_id)
    if case is None or act.person is None or not may_see(act, case):
        raise Missing
    try:
        published = load(case.version_id)
    except VersionDamaged:
        published = None
    kept = keeps_from(act, case)
    told = thread(case_id, kept=kept)
    tasks = _rows(Task, Task.case_id == case_id, Task.opened_at)
    holders = [task.assignee for task in tasks if task.assignee]
    named = [*holders, *([case.on_behalf_of] if case.on_behalf_of else [])]
    decided = any(step.kind == rules.COMPLETED and step.decision for step in told)
    return CaseView(
        case=case,
        subject=subject_for(act, case),
        published=published,
        thread=told,
        tasks=tuple(tasks),
        files=() if kept else files(case_id),
        incidents=tuple(_rows(Incident, Incident.case_id == case_id, Incident.at)),
        names={person: name.short for person, name in people.names(named).items()},
        may_write=may_write(act, case),
        may_withdraw=rules.may_withdraw(
            case.requester, act.person, case.status, decided, operations.begun_by_news(case.diagram)
        )
        is None,
        related=tuple(related_to(act, case)),
    )


def _rows(model: Any, condition: ColumnElement[bool], order: Any) -> Sequence[Any]:
    return db.session.scalars(select(model).where(condition).order_by(order).limit(THREAD)).all()


def thread(case_id: UUID, *, kept: bool = False) -> tuple[Told, ...]:
    """The steps of a case in order, without their words where they are kept from who reads; three statements."""
    return threads([case_id], {case_id} if kept else ()).get(case_id, ())


def threads(case_ids: Sequence[UUID], kept: Collection[UUID] = ()) -> dict[UUID, tuple[Told, ...]]:
    """The steps of each of these cases in order, the first `THREAD` of each; of those in `kept` without their words.
    Three statements."""
    decided = and_(History.kind == rules.COMPLETED, or_(History.decision.is_not(None), History.approves))
    reset = when((decided, people.reset_before([History.person, History.on_behalf_of], History.at)))
    read = db.session.execute(
        select(History, reset)
        .where(History.case_id.in_(case_ids))
        .order_by(History.id)
        .limit(THREAD * len(case_ids))
    ).all()
    found, resets = [row for row, _reset in read], [given for _row, given in read]
    words = opened([(row.person, row.words) for row in found])
    persons = {person for row in found for person in (row.person, row.on_behalf_of) if person}
    persons |= {UUID(person) for given in resets if given for person in given[2:] if person}
    names = people.names(list(persons))
    told: dict[UUID, list[Told]] = {}
    for row, text, given in zip(found, words, resets, strict=True):
        step = replace(_told(row, text, names), reset=_reset(given, names))
        told.setdefault(row.case_id, []).append(_without_words(step) if row.case_id in kept else step)
    return {case: tuple(steps[:THREAD]) for case, steps in told.items()}


def _reset(given: Sequence[str | None] | None, names: Mapping[UUID, people.Name]) -> Reset | None:
    if given is None:
        return None
    at, kind, *persons = given
    whose, by = (_short(names, UUID(person) if person else None) for person in persons)
    return Reset(datetime.fromisoformat(at or ""), kind or "", whose, by)


def _without_words(step: Told) -> Told:
    """A step as it is told to whom its words are not for: that it happened, who took it, how it was decided (7.1)."""
    answered = step.kind in ("started", rules.COMPLETED)
    return replace(step, words="", answers={} if answered else step.answers, kept=bool(step.words))


def _short(names: Mapping[UUID, people.Name], person: UUID | None) -> str:
    return names[person].short if person and person in names else ""


def _told(row: History, words: str, names: Mapping[UUID, people.Name]) -> Told:
    return Told(
        id=row.id,
        at=row.at,
        kind=row.kind,
        person=row.person,
        name=_short(names, row.person),
        behalf=_short(names, row.on_behalf_of),
        role=row.role,
        element=row.element,
        task_id=row.task_id,
        round=row.round,
        decision=row.decision,
        answers=row.answers,
        opened=tuple(row.opened),
        words=words,
        clause=row.clause,
        subject_hash=row.subject_hash,
    )


def files(case_id: UUID) -> tuple[FileRow, ...]:
    """The files of a case, oldest first."""
    found = db.session.execute(
        select(Attachment.id, Attachment.name, Attachment.person, Attachment.at)
        .where(Attachment.case_id == case_id)
        .order_by(Attachment.at)
        .limit(THREAD)
    )
    return tuple(FileRow(*row) for row in found)


def draft(person: UUID, form: UUID) -> dict[str, Any]:
    """What the person had typed into this form; {} when nothing."""
    return db.session.scalar(select(Draft.body).where(Draft.person == person, Draft.form == form)) or {}


_PLACE = Prepared(
    select(Task.version_id, Task.element, Task.case_id).where(Task.id == bindparam("task", type_=Uuid()))
)


def version_of_task(task_id: UUID) -> tuple[UUID, str, UUID] | None:
    """Version, element and case of a task, to find its form before anything is locked; one statement."""
    found = rows(_PLACE, {"task": task_id})
    return (found[0][0], found[0][1], found[0][2]) if found else None


def case_of_file(file_id: UUID) -> Case | None:
    """The case a file belongs to: who may see the case may see the file."""
    return db.session.scalar(
        select(Case).join(Attachment, Attachment.case_id == Case.id).where(Attachment.id == file_id)
    )
