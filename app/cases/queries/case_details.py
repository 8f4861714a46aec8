"""One task and one case as their pages show them: view data, history entries, files and drafts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, select

from app import operations
from app.audit.words import unseal_text, unseal_texts
from app.cases import rules
from app.cases.access import (
    can_see_case,
    can_write_in_case,
    is_case_content_hidden_for,
    mask_names_in_subject,
    public_case_subject,
    visible_case_subject,
)
from app.cases.audit_scope import find_end_of_days
from app.cases.locking import task_state_from_record
from app.cases.models import Attachment, Case, Draft, Incident, Task
from app.cases.queries.case_history import MAX_CASE_PAGE_ENTRIES, HistoryEntryView, load_case_history
from app.cases.queries.related import RelatedCase, load_related_cases
from app.cases.substitution import refusal_to_take_task_as_substitute
from app.diagrams.versions import PublishedDiagram, VersionDamaged, load_version
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError, Missing
from app.kernel.prepared import PreparedStatement, fetch_rows
from app.people import queries as people


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
    history_entries: tuple[HistoryEntryView, ...]
    files: tuple[AttachedFile, ...]
    draft: dict[str, Any]
    refusal: DepterError | None
    assignee_name: str
    can_release: bool
    related: tuple[RelatedCase, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as its page shows it to one person.

    `subject` is the part of the case subject he may see. `published` is None when its version cannot be read.
    """

    case: Case
    subject: dict[str, Any]
    published: PublishedDiagram | None
    history_entries: tuple[HistoryEntryView, ...]
    tasks: tuple[Task, ...]
    files: tuple[AttachedFile, ...]
    incidents: tuple[Incident, ...]
    names: dict[UUID, str]
    can_write: bool
    can_withdraw: bool
    related: tuple[RelatedCase, ...]

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        """Return the tasks that are open now."""
        return tuple(task for task in self.tasks if task.closed_at is None)


def load_task_view(act: Act, task_id: UUID) -> TaskView:
    """Return the page data of one task; raise Missing for a task this person may not see, and for an auditor whose days
    are over."""
    found = db.session.execute(
        select(Task, Case).join(Case, Case.id == Task.case_id).where(Task.id == task_id)
    ).one_or_none()
    if found is None or act.person is None:
        raise Missing
    task, case = found
    state = task_state_from_record(task, case)
    if not rules.can_see_task(state, act.person, act.on_behalf_of, act.assignments) and not can_see_case(
        act, case
    ):
        raise Missing
    if find_end_of_days(act, case) is not None:
        raise Missing
    refusal = rules.refusal_to_claim_or_complete_task(state, act.person, act.on_behalf_of, act.assignments)
    restricted = is_case_content_hidden_for(act, case)
    return TaskView(
        task=task,
        case=case,
        subject=mask_names_in_subject(
            public_case_subject(case.diagram, task.subject) if restricted else task.subject, case
        ),
        published=load_version(case.version_id),
        history_entries=load_case_history(case.id, kept=restricted),
        files=() if restricted else load_case_files(case.id),
        draft=load_form_draft(act.person, task_id),
        refusal=refusal or refusal_to_take_task_as_substitute(act, case, task),
        assignee_name=people.load_names([task.assignee])[task.assignee].short if task.assignee else "",
        can_release=rules.refusal_to_release_task(state, act.person) is None,
        related=tuple(related for related in load_related_cases(act, case) if not related.ended),
    )


def load_case_view(act: Act, case_id: UUID) -> CaseView:
    """Return the page data of one case; raise Missing for a case this person may not see."""
    case = db.session.get(Case, case_id)
    if case is None or act.person is None or not can_see_case(act, case):
        raise Missing
    try:
        published = load_version(case.version_id)
    except VersionDamaged:
        published = None
    restricted = is_case_content_hidden_for(act, case)
    entries = load_case_history(case_id, kept=restricted)
    tasks = _load_capped_rows(Task, Task.case_id == case_id, Task.opened_at)
    holders = [task.assignee for task in tasks if task.assignee]
    named = [*holders, *([case.on_behalf_of] if case.on_behalf_of else [])]
    decided = any(entry.kind == rules.COMPLETED_HISTORY_KIND and entry.decision for entry in entries)
    return CaseView(
        case=case,
        subject=visible_case_subject(act, case),
        published=published,
        history_entries=entries,
        tasks=tuple(tasks),
        files=() if restricted else load_case_files(case_id),
        incidents=tuple(_load_capped_rows(Incident, Incident.case_id == case_id, Incident.at)),
        names={person: name.short for person, name in people.load_names(named).items()},
        can_write=can_write_in_case(act, case),
        can_withdraw=rules.refusal_to_withdraw_case(
            case.requester,
            act.person,
            case.status,
            decided,
            operations.is_never_started_by_person(case.diagram),
        )
        is None,
        related=tuple(load_related_cases(act, case)),
    )


def _load_capped_rows(model: Any, condition: ColumnElement[bool], order: Any) -> Sequence[Any]:
    """Return the rows of this model, at most `MAX_ENTRIES`; one statement."""
    return db.session.scalars(
        select(model).where(condition).order_by(order).limit(MAX_CASE_PAGE_ENTRIES)
    ).all()


def load_case_files(case_id: UUID) -> tuple[AttachedFile, ...]:
    """Return the files of a case, oldest first."""
    records = db.session.execute(
        select(Attachment.id, Attachment.name, Attachment.person, Attachment.at)
        .where(Attachment.case_id == case_id)
        .order_by(Attachment.at)
        .limit(MAX_CASE_PAGE_ENTRIES)
    )
    rows = records.all()
    names = unseal_texts((row.person, row.name) for row in rows)
    return tuple(
        AttachedFile(row.id, name, row.person, row.at) for row, name in zip(rows, names, strict=True)
    )


def load_form_draft(person: UUID, form: UUID) -> dict[str, Any]:
    """Return the draft of this person for this form; {} when there is none. At most two statements."""
    stored = db.session.scalar(select(Draft.body).where(Draft.person == person, Draft.form == form))
    body: dict[str, Any] = json.loads(unseal_text(person, stored) or "{}")
    return body


# Prepared: every completion runs it (ADR 8).
_TASK_VERSION_STATEMENT = PreparedStatement(
    select(Task.version_id, Task.element, Task.case_id).where(Task.id == bindparam("task", type_=Uuid()))
)


def find_version_element_and_case_of_task(task_id: UUID) -> tuple[UUID, str, UUID] | None:
    """Return version, element and case of a task, to find its form before any lock; one statement."""
    result = fetch_rows(_TASK_VERSION_STATEMENT, {"task": task_id})
    return (result[0][0], result[0][1], result[0][2]) if result else None


def find_case_of_file(file_id: UUID) -> Case | None:
    """Return the case a file belongs to, for the access check of the file; None when it has none."""
    return db.session.scalar(
        select(Case).join(Attachment, Attachment.case_id == Case.id).where(Attachment.id == file_id)
    )
