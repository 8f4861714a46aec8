"""A step of a case that the engine does not take: a comment, a claim, a withdrawal. One row of the history."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import insert

from app.cases.models import History
from app.cases.words import sealed
from app.kernel.act import Act
from app.kernel.db import db, table


def tell(act: Act, case_id: UUID, kind: str, *, words: str = "", **columns: Any) -> None:
    """Append one row. `columns` are those of `History` beyond the obvious ones."""
    row: dict[str, Any] = {
        "case_id": case_id,
        "at": act.at,
        "kind": kind,
        "person": act.person,
        "on_behalf_of": act.on_behalf_of,
        "role": None,
        "element": None,
        "task_id": None,
        "round": 1,
        "approves": False,
        "decision": None,
        "answers": {},
        "opened": [],
        "words": sealed(act.person, words),
        "subject_hash": None,
        "clause": None,
        **columns,
    }
    db.session.flush()
    db.session.execute(insert(table(History)).inline(), [row])
