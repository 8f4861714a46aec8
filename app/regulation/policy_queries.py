"""Queries of the pages of policies: proposals, dated values, answers to open questions; return frozen rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.audit.words import unseal_texts
from app.kernel.db import db
from app.regulation.models import PolicyChange, PolicyRow, QuestionAnswer

MAX_LISTED_CHANGES = 50
"""Maximum number of changes of one policy on its page, the newest first."""


@dataclass(frozen=True, slots=True)
class PolicyChangeRow:
    """One proposed value with its decision (None: it waits), its reason and the words of the decision readable."""

    id: UUID
    key: str
    value: str
    value_before: str
    effective_from: date
    document: str
    reason: str
    proposed_by: UUID
    proposed_on_behalf_of: UUID | None
    proposed_at: datetime
    decision: str | None
    decided_by: UUID | None
    decided_at: datetime | None
    decision_words: str


@dataclass(frozen=True, slots=True)
class DatedPolicyValue:
    """A value of the university with the day from which it holds and the change that made it (None: a first value)."""

    key: str
    value: str
    source: str
    document: str
    effective_from: date
    change: UUID | None


@dataclass(frozen=True, slots=True)
class QuestionAnswerRow:
    """The last answer to one question."""

    question: str
    answer: str
    document: str
    person: UUID
    at: datetime


def load_waiting_policy_changes() -> list[PolicyChangeRow]:
    """Return the changes that wait for a decision, the oldest first. Two statements."""
    statement = select(PolicyChange).where(PolicyChange.decision.is_(None)).order_by(PolicyChange.proposed_at)
    return _policy_change_rows(db.session.scalars(statement).all())


def load_changes_of_policy(key: str) -> list[PolicyChangeRow]:
    """Return the last changes of one policy, the newest first. Two statements."""
    statement = (
        select(PolicyChange)
        .where(PolicyChange.key == key)
        .order_by(PolicyChange.proposed_at.desc(), PolicyChange.id)
        .limit(MAX_LISTED_CHANGES)
    )
    return _policy_change_rows(db.session.scalars(statement).all())


def load_dated_policy_values(key: str | None = None) -> list[DatedPolicyValue]:
    """Return the values of the university, of one policy or of all, the newest first. One statement."""
    statement = select(
        PolicyRow.key,
        PolicyRow.value,
        PolicyRow.source,
        PolicyRow.document,
        PolicyRow.effective_from,
        PolicyRow.change_id,
    ).where(PolicyRow.unit_id.is_(None))
    if key is not None:
        statement = statement.where(PolicyRow.key == key)
    return [
        DatedPolicyValue(*row)
        for row in db.session.execute(statement.order_by(PolicyRow.effective_from.desc()))
    ]


def load_question_answers() -> dict[str, QuestionAnswerRow]:
    """Return the last answer to each question that has one. Two statements."""
    rows = db.session.scalars(
        select(QuestionAnswer)
        .ext(distinct_on(QuestionAnswer.question))
        .order_by(QuestionAnswer.question, QuestionAnswer.at.desc(), QuestionAnswer.id.desc())
    ).all()
    words = unseal_texts([(row.person, row.words) for row in rows])
    return {
        row.question: QuestionAnswerRow(row.question, text, row.document, row.person, row.at)
        for row, text in zip(rows, words, strict=True)
    }


def _policy_change_rows(rows: Sequence[PolicyChange]) -> list[PolicyChangeRow]:
    """Return the changes with their sealed texts readable."""
    reasons = unseal_texts([(row.proposed_by, row.reason) for row in rows])
    words = unseal_texts([(row.decided_by, row.decision_words) for row in rows])
    return [
        PolicyChangeRow(
            row.id,
            row.key,
            row.value,
            row.value_before,
            row.effective_from,
            row.document,
            reason,
            row.proposed_by,
            row.proposed_on_behalf_of,
            row.proposed_at,
            row.decision,
            row.decided_by,
            row.decided_at,
            word,
        )
        for row, reason, word in zip(rows, reasons, words, strict=True)
    ]
