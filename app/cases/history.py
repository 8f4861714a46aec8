"""Append a history entry for actions outside the engine (comment, claim, withdrawal)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.audit.words import seal_text
from app.cases.audit_rows import history_audit_row
from app.cases.models import History
from app.kernel.act import Act
from app.kernel.prepared import PreparedInsert, open_pipeline

APPEND_HISTORY = PreparedInsert(
    History,
    "case_id",
    "at",
    "kind",
    "person",
    "on_behalf_of",
    "role",
    "element",
    "task_id",
    "iteration",
    "approves",
    "decision",
    "answers",
    "variables",
    "opened",
    "words",
    "subject_hash",
    "clause",
    "answers_digest",
)


def append_history(
    act: Act, case_id: UUID, kind: str, *, words: str = "", **columns: Any
) -> list[dict[str, Any]]:
    """Append one history entry; return it as the audit record of the action keeps it.

    `columns` are columns of `History` beyond the default ones.
    """
    row = history_row(act, case_id, kind, words=words, **columns)
    with open_pipeline() as pipe:
        pipe.send_statement(APPEND_HISTORY, row)
    return [history_audit_row(act, row)]


def history_row(act: Act, case_id: UUID, kind: str, *, words: str = "", **columns: Any) -> dict[str, Any]:
    """Return the row for `APPEND_HISTORY`; `words` are sealed under the key of the act's person."""
    return {
        "case_id": case_id,
        "at": act.at,
        "kind": kind,
        "person": act.person,
        "on_behalf_of": act.on_behalf_of,
        "role": None,
        "element": None,
        "task_id": None,
        "iteration": 1,
        "approves": False,
        "decision": None,
        "answers": {},
        "variables": {},
        "opened": [],
        "words": seal_text(act.person, words),
        "subject_hash": None,
        "clause": None,
        "answers_digest": None,
        **columns,
    }
