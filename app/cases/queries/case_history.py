"""Queries of the history of cases: entries with their words, persons and account resets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy import case as when

from app.audit.words import unseal_texts
from app.cases import rules
from app.cases.models import History
from app.diagrams.versions import PublishedDiagram
from app.kernel.db import db
from app.kernel.i18n import pick_text
from app.people import queries as people

MAX_CASE_PAGE_ENTRIES = 300
"""Maximum number of history entries, tasks or files on one page."""


@dataclass(frozen=True, slots=True)
class AccountResetView:
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

    `words_withheld`: the entry has words that the reader may not read (7.1); then `words` is "" and `answers` is {} for
    a start or completion. `reset`: the account of the person who decided had been reset shortly before.
    `start_variables` are the process variables of the start that the entry set: ids and codes.
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
    reset: AccountResetView | None = None
    words_withheld: bool = False
    start_variables: Mapping[str, Any] = field(default_factory=dict)


def load_case_history(case_id: UUID, *, kept: bool = False) -> tuple[HistoryEntryView, ...]:
    """Return the history of a case in order; with `kept`, without its words. Three statements."""
    return load_case_histories([case_id], {case_id} if kept else ()).get(case_id, ())


def load_case_histories(
    case_ids: Sequence[UUID], kept: Collection[UUID] = ()
) -> dict[UUID, tuple[HistoryEntryView, ...]]:
    """Return the history of each of these cases in order, at most `MAX_ENTRIES` entries each.

    Cases in `kept` are returned without their words. Three statements.
    """
    decided = and_(
        History.kind == rules.COMPLETED_HISTORY_KIND, or_(History.decision.is_not(None), History.approves)
    )
    reset_query = when(
        (
            decided,
            people.last_watched_account_reset_subquery([History.person, History.on_behalf_of], History.at),
        )
    )
    records = db.session.execute(
        select(History, reset_query)
        .where(History.case_id.in_(case_ids))
        .order_by(History.id)
        .limit(MAX_CASE_PAGE_ENTRIES * len(case_ids))
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
        view = replace(
            _history_entry_view(row, text, names),
            reset=_build_account_reset_view_or_none(reset_columns, names),
        )
        views.setdefault(row.case_id, []).append(
            _entry_without_words_and_answers(view) if row.case_id in kept else view
        )
    return {case: tuple(steps[:MAX_CASE_PAGE_ENTRIES]) for case, steps in views.items()}


def _build_account_reset_view_or_none(
    columns: Sequence[str | None] | None, names: Mapping[UUID, people.PersonName]
) -> AccountResetView | None:
    """Return the account reset read by the query; None when there was none."""
    if columns is None:
        return None
    at, kind, *persons = columns
    whose, by = (_short_person_name(names, UUID(person) if person else None) for person in persons)
    return AccountResetView(datetime.fromisoformat(at or ""), kind or "", whose, by)


def _entry_without_words_and_answers(view: HistoryEntryView) -> HistoryEntryView:
    """Return the entry without its words and answers: what happened, who did it and the decision (7.1)."""
    has_form_answers = view.kind in ("started", rules.COMPLETED_HISTORY_KIND)
    return replace(
        view, words="", answers={} if has_form_answers else view.answers, words_withheld=bool(view.words)
    )


def _short_person_name(names: Mapping[UUID, people.PersonName], person: UUID | None) -> str:
    """Return the short name of the person; "" without one."""
    return names[person].short if person and person in names else ""


def _history_entry_view(
    row: History, words: str, names: Mapping[UUID, people.PersonName]
) -> HistoryEntryView:
    """Return the view of one history row."""
    return HistoryEntryView(
        id=row.id,
        at=row.at,
        kind=row.kind,
        person=row.person,
        name=_short_person_name(names, row.person),
        behalf=_short_person_name(names, row.on_behalf_of),
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
        start_variables={name: value for name, value in row.variables.items() if name.startswith("start.")},
    )


def step_decision_text(
    published: PublishedDiagram | None, element: str | None, decision: str, language: str
) -> str:
    """Return a decision as the form of its step words it; the code itself where the form does not know it."""
    task = published.model.user_tasks.get(element or "") if published else None
    form = published.forms.get(task.form) if published and task else None
    offered = form.field_with_key(rules.DECISION_FORM_FIELD) if form else None
    value = next((one for one in offered.values if one.value == decision), None) if offered else None
    return pick_text(value.decided_label or value.label, language) if value else decision
