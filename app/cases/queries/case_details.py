"""One task and one case as their pages show them: view data, history entries, files and drafts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, or_, select
from sqlalchemy import case as when

from app import operations
from app.audit.words import unseal_texts
from app.cases import rules
from app.cases.access import (
    is_restricted_for,
    may_see_case,
    may_write_in_case,
    public_subject,
    visible_subject,
)
from app.cases.locking import task_state
from app.cases.models import Attachment, Case, Draft, History, Incident, Task
from app.cases.queries.related import RelatedCase, find_related_cases
from app.cases.substitution import substitution_refusal
from app.diagrams.versions import PublishedDiagram, VersionDamaged, load_version
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError, Missing
from app.kernel.prepared import PreparedStatement, fetch_rows
from app.people import queries as people

MAX_ENTRIES = 300
"""Maximum number of history entries, tasks or files on one page."""


@dataclass(frozen=True, slots=True)
class AccountReset:
    """A reset of the account of the person who decided, or whom he decided for, shortly before his decision.

    When, how, whose account, and by whom: another person could use the account at that time (ADR 23).
    """

    at: datetime
    kind: str
    whose: str
    by: str


@dataclass(frozen=True, slots=True)
class HistoryEntryView:
    """One history entry with its words decrypted and the names of its persons.

    `kept`: the entry has words that the reader may not read (7.1); then `words` is "" and `answers` is {} for
    a start or completion. `reset`: the account of the person who decided had been reset shortly before.
    """

    id: int
    at: datetime
    kind: str
    person: UUID | None
    name: str
    behalf: str
    role: str | None
    element: str | None
    task_id: UUID | None
    iteration: int
    decision: str | None
    answers: dict[str, Any]
    opened: tuple[str, ...]
    words: str
    clause: str | None
    subject_hash: str | None
    reset: AccountReset | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of the case."""

    id: UUID
    name: str
    person: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as its page shows it to one person.

    `subject` is the part of the case subject he may see. `refusal` is why he cannot complete the task now, or
    None.
    """

    task: Task
    case: Case
    subject: dict[str, Any]
    published: PublishedDiagram
    thread: tuple[HistoryEntryView, ...]
    files: tuple[AttachedFile, ...]
    draft: dict[str, Any]
    refusal: DepterError | None
    assignee_name: str
    may_release: bool
    related: tuple[RelatedCase, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as its page shows it to one person.

    `subject` is the part of the case subject he may see. `published` is None when its version cannot be read.
    """

    case: Case
    subject: dict[str, Any]
    published: PublishedDiagram | None
    thread: tuple[HistoryEntryView, ...]
    tasks: tuple[Task, ...]
    files: tuple[AttachedFile, ...]
    incidents: tuple[Incident, ...]
    names: dict[UUID, str]
    may_write: bool
    may_withdraw: bool
    related: tuple[RelatedCase, ...]

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        """Return the tasks that are open now."""
        return tuple(task for task in self.tasks if task.closed_at is None)


def load_task_view(act: Act, task_id: UUID) -> TaskView:
    """Return the page data of one task; raise Missing for a task this person may not see."""
    found = db.session.execute(
        select(Task, Case).join(Case, Case.id == Task.case_id).where(Task.id == task_id)
    ).one_or_none()
    if found is None or act.person is None:
        raise Missing
    task, case = found
    state = task_state(task, case)
    if not rules.may_see_task(state, act.person, act.on_behalf_of, act.assignments) and not may_see_case(
        act, case
    ):
        raise Missing
    refusal = rules.may_take_task(state, act.person, act.on_behalf_of, act.assignments)
    restricted = is_restricted_for(act, case)
    return TaskView(
        task=task,
        case=case,
        subject=public_subject(case.diagram, task.subject) if restricted else task.subject,
        published=load_version(case.version_id),
        thread=load_history(case.id, kept=restricted),
        files=() if restricted else load_files(case.id),
        draft=load_draft(act.person, task_id),
        refusal=refusal or substitution_refusal(act, case, task),
        assignee_name=people.load_names([task.assignee])[task.assignee].short if task.assignee else "",
        may_release=rules.may_release(state, act.person) is None,
        related=tuple(related for related in find_related_cases(act, case) if not related.ended),
    )


def load_case_view(act: Act, case_id: UUID) -> CaseView:
    """Return the page data of one case; raise Missing for a case this person may not see."""
    case = db.session.get(Case, case_id)
    if case is None or act.person is None or not may_see_case(act, case):
        raise Missing
    try:
        published = load_version(case.version_id)
    except VersionDamaged:
        published = None
    restricted = is_restricted_for(act, case)
    entries = load_history(case_id, kept=restricted)
    tasks = _load_rows(Task, Task.case_id == case_id, Task.opened_at)
    holders = [task.assignee for task in tasks if task.assignee]
    named = [*holders, *([case.on_behalf_of] if case.on_behalf_of else [])]
    decided = any(entry.kind == rules.COMPLETED and entry.decision for entry in entries)
    return CaseView(
        case=case,
        subject=visible_subject(act, case),
        published=published,
        thread=entries,
        tasks=tuple(tasks),
        files=() if restricted else load_files(case_id),
        incidents=tuple(_load_rows(Incident, Incident.case_id == case_id, Incident.at)),
        names={person: name.short for person, name in people.load_names(named).items()},
        may_write=may_write_in_case(act, case),
        may_withdraw=rules.may_withdraw(
            case.requester, act.person, case.status, decided, operations.is_started_by_event(case.diagram)
        )
        is None,
        related=tuple(find_related_cases(act, case)),
    )


def _load_rows(model: Any, condition: ColumnElement[bool], order: Any) -> Sequence[Any]:
    """Return the rows of this model, at most `MAX_ENTRIES`; one statement."""
    return db.session.scalars(select(model).where(condition).order_by(order).limit(MAX_ENTRIES)).all()


def load_history(case_id: UUID, *, kept: bool = False) -> tuple[HistoryEntryView, ...]:
    """Return the history of a case in order; with `kept`, without its words. Three statements."""
    return load_histories([case_id], {case_id} if kept else ()).get(case_id, ())


def load_histories(
    case_ids: Sequence[UUID], kept: Collection[UUID] = ()
) -> dict[UUID, tuple[HistoryEntryView, ...]]:
    """Return the history of each of these cases in order, at most `MAX_ENTRIES` entries each.

    Cases in `kept` are returned without their words. Three statements.
    """
    decided = and_(History.kind == rules.COMPLETED, or_(History.decision.is_not(None), History.approves))
    reset_query = when((decided, people.last_reset_query([History.person, History.on_behalf_of], History.at)))
    records = db.session.execute(
        select(History, reset_query)
        .where(History.case_id.in_(case_ids))
        .order_by(History.id)
        .limit(MAX_ENTRIES * len(case_ids))
    ).all()
    entries, resets = [row for row, _reset in records], [reset_columns for _row, reset_columns in records]
    words = unseal_texts([(row.person, row.words) for row in entries])
    persons = {person for row in entries for person in (row.person, row.on_behalf_of) if person}
    persons |= {
        UUID(person) for reset_columns in resets if reset_columns for person in reset_columns[2:] if person
    }
    names = people.load_names(list(persons))
    views: dict[UUID, list[HistoryEntryView]] = {}
    for row, text, reset_columns in zip(entries, words, resets, strict=True):
        view = replace(_entry_view(row, text, names), reset=_account_reset(reset_columns, names))
        views.setdefault(row.case_id, []).append(_without_words(view) if row.case_id in kept else view)
    return {case: tuple(steps[:MAX_ENTRIES]) for case, steps in views.items()}


def _account_reset(
    columns: Sequence[str | None] | None, names: Mapping[UUID, people.Name]
) -> AccountReset | None:
    """Return the account reset read by the query; None when there was none."""
    if columns is None:
        return None
    at, kind, *persons = columns
    whose, by = (_short_name(names, UUID(person) if person else None) for person in persons)
    return AccountReset(datetime.fromisoformat(at or ""), kind or "", whose, by)


def _without_words(view: HistoryEntryView) -> HistoryEntryView:
    """Return the entry without its words and answers: what happened, who did it and the decision (7.1)."""
    has_form_answers = view.kind in ("started", rules.COMPLETED)
    return replace(view, words="", answers={} if has_form_answers else view.answers, kept=bool(view.words))


def _short_name(names: Mapping[UUID, people.Name], person: UUID | None) -> str:
    """Return the short name of the person; "" without one."""
    return names[person].short if person and person in names else ""


def _entry_view(row: History, words: str, names: Mapping[UUID, people.Name]) -> HistoryEntryView:
    """Return the view of one history row."""
    return HistoryEntryView(
        id=row.id,
        at=row.at,
        kind=row.kind,
        person=row.person,
        name=_short_name(names, row.person),
        behalf=_short_name(names, row.on_behalf_of),
        role=row.role,
        element=row.element,
        task_id=row.task_id,
        iteration=row.iteration,
        decision=row.decision,
        answers=row.answers,
        opened=tuple(row.opened),
        words=words,
        clause=row.clause,
        subject_hash=row.subject_hash,
    )


def load_files(case_id: UUID) -> tuple[AttachedFile, ...]:
    """Return the files of a case, oldest first."""
    records = db.session.execute(
        select(Attachment.id, Attachment.name, Attachment.person, Attachment.at)
        .where(Attachment.case_id == case_id)
        .order_by(Attachment.at)
        .limit(MAX_ENTRIES)
    )
    return tuple(AttachedFile(*row) for row in records)


def load_draft(person: UUID, form: UUID) -> dict[str, Any]:
    """Return the draft of this person for this form; {} when there is none."""
    return db.session.scalar(select(Draft.body).where(Draft.person == person, Draft.form == form)) or {}


# Prepared: every completion runs it (ADR 8).
_TASK_VERSION = PreparedStatement(
    select(Task.version_id, Task.element, Task.case_id).where(Task.id == bindparam("task", type_=Uuid()))
)


def task_version(task_id: UUID) -> tuple[UUID, str, UUID] | None:
    """Return version, element and case of a task, to find its form before any lock; one statement."""
    result = fetch_rows(_TASK_VERSION, {"task": task_id})
    return (result[0][0], result[0][1], result[0][2]) if result else None


def find_file_case(file_id: UUID) -> Case | None:
    """Return the case a file belongs to, for the access check of the file; None when it has none."""
    return db.session.scalar(
        select(Case).join(Attachment, Attachment.case_id == Case.id).where(Attachment.id == file_id)
    )
