"""What the audit keeps of the rows of a case, so that a replay builds them again (`audit.replay`).

A value that a row has by default or takes from its case or its act is left out. Names of persons and process
variables are sealed under the key of the requester; free text is kept as it is stored, sealed under its author's key.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.audit.record import PrivateValue
from app.cases.case_record import CaseRecord, case_insert_row
from app.cases.models import Task
from app.cases.state import state_checksum
from app.kernel.act import Act

_PRIVATE_CASE_COLUMNS = ("requester_name", "subject", "search")
_CHANGING_CASE_COLUMNS = ("status", "outcome", "iteration", "closed_at")
_SUBJECT_COLUMNS = ("subject_id", "subject_hash", "subject", "about")
COLUMNS_TAKEN_FROM_CASE = (
    "case_id",
    "diagram",
    "version_id",
    "number",
    "requester",
    "requester_name",
    "subject",
    "subject_hash",
    "search",
)
"""Columns that a new task copies from its case."""
OWNER_COLUMNS = ("role", "unit_id", "assignee", "on_behalf_of", "pooled", "excluded")
"""Columns of a task that say who has it."""
_HISTORY_DEFAULTS: Mapping[str, Any] = {
    "role": None,
    "element": None,
    "task_id": None,
    "iteration": 1,
    "approves": False,
    "decision": None,
    "answers": {},
    "variables": {},
    "opened": [],
    "words": None,
    "subject_hash": None,
    "clause": None,
    "answers_digest": None,
}


def new_case_audit_row(case: CaseRecord) -> dict[str, Any]:
    """Return every column of a new case."""
    return _seal_private_columns(case.requester, case_insert_row(case))


def changed_case_audit_row(case: CaseRecord) -> dict[str, Any]:
    """Return the columns of a case that a step may have changed; its subject only when it has a new one."""
    columns = _CHANGING_CASE_COLUMNS + (_SUBJECT_COLUMNS if case.subject_changed else ())
    return _seal_private_columns(case.requester, case_insert_row(case, columns))


def _seal_private_columns(requester: UUID, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: PrivateValue(value, requester) if name in _PRIVATE_CASE_COLUMNS else value
        for name, value in row.items()
    }


def history_audit_row(act: Act, row: Mapping[str, Any], requester: UUID | None = None) -> dict[str, Any]:
    """Return a row of the history without what it has by default or from the act."""
    defaults = {
        **_HISTORY_DEFAULTS,
        "case_id": row["case_id"],
        "at": act.at,
        "person": act.person,
        "on_behalf_of": act.on_behalf_of,
    }
    kept = {name: value for name, value in row.items() if name not in defaults or defaults[name] != value}
    if "variables" in kept:
        kept["variables"] = PrivateValue(kept["variables"], requester)
    if "words" in kept:
        kept["words"] = stored_text_audit_value(row["person"], kept["words"])
    return kept


def stored_text_audit_value(author: UUID | None, stored: bytes | None) -> dict[str, Any] | None:
    """Return a text as its row stores it, sealed under the key of its author; None for none."""
    return None if stored is None else {"stored": base64.b64encode(stored).decode(), "of": author}


def new_task_audit_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of a new task without what is empty and what it takes from its case or its act."""
    left_out = {*COLUMNS_TAKEN_FROM_CASE, "opened_at"}
    return {name: value for name, value in row.items() if name not in left_out and value is not None}


def task_audit_row(task: Task, *columns: str) -> dict[str, Any]:
    """Return these columns of a task as it is now."""
    return {"id": task.id, **{name: getattr(task, name) for name in columns}}


def state_audit_value(body: bytes) -> str:
    """Return the SHA-256 of a state of the engine in hexadecimal; the state itself follows from the steps."""
    return state_checksum(body).hex()


def audit_rows_of_case(
    *,
    case: Mapping[str, Any] | None = None,
    tasks: Sequence[Mapping[str, Any]] = (),
    history: Sequence[Mapping[str, Any]] = (),
    state: str | None = None,
    close_open: str | None = None,
) -> dict[str, Any]:
    """Return the rows that an event of a case wrote, as the reducer of cases reads them; `close_open` is how all
    its open tasks were closed."""
    found: dict[str, Any] = {
        "case": case,
        "tasks": list(tasks),
        "history": list(history),
        "state": state,
        "close_open": close_open,
    }
    return {name: value for name, value in found.items() if value}
