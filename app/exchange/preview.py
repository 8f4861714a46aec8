"""A plan as a person reads it, kept with its import. Knows rows and words of the file, no language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert

from app.exchange import plan as plans
from app.exchange.changes import Change, Plan
from app.exchange.models import Import, Line, Progress
from app.exchange.read import Roster
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db, table

PORTION = 5000
UNSPOKEN = frozenset({"sort_key", "external_id"})


def keep_preview(act: Act, found: Import, roster: Roster) -> None:
    """Plan this roster for who acts, and let the import wait with that plan. What was planned before is forgotten."""
    plan = plans.make(roster, local_day(act.at), act.person)
    found.state, found.problem, found.previewed_at = "previewed", None, act.at
    found.version, found.fingerprint = roster.version, plan.fingerprint
    found.changes, found.counts, found.left_out = len(plan.changes), plan.by_kind(), dict(plan.left_out)
    found.findings = [asdict(one) for one in plan.findings]
    found.queued_by = found.queued_for = found.queued_at = None
    db.session.add(found)
    db.session.flush()
    db.session.execute(delete(Line).where(Line.import_id == found.id))
    db.session.execute(delete(Progress).where(Progress.import_id == found.id))
    rows = [
        {"import_id": found.id, "number": number, **line} for number, line in enumerate(_lines(plan), start=1)
    ]
    for start in range(0, len(rows), PORTION):
        db.session.execute(insert(table(Line)).inline(), rows[start : start + PORTION])


def _lines(plan: Plan) -> Iterator[dict[str, Any]]:
    for change in plan.changes:
        yield {
            "kind": change.table,
            "action": change.action,
            "object_id": change.id,
            "about": change.about,
            "file": change.file,
            "line": change.line,
            "columns": _columns(change, plan.names),
        }
    for one in plan.absent:
        yield {
            "kind": one.table,
            "action": "absent",
            "object_id": one.id,
            "about": one.about,
            "file": "",
            "line": 0,
            "columns": {},
        }


def _columns(change: Change, names: Mapping[UUID, str]) -> dict[str, list[Any]]:
    """What changes in which column; of a new row only the role, which its name does not say."""
    if change.action == "insert":
        return {"role": [None, change.values["role"]]} if change.table == "role_grant" else {}
    return {
        column: [_said(change.before.get(column), names), _said(value, names)]
        for column, value in change.values.items()
        if column not in UNSPOKEN
    }


def _said(value: Any, names: Mapping[UUID, str]) -> Any:
    if isinstance(value, UUID):
        return names.get(value, str(value))
    if isinstance(value, date):
        return value.isoformat()
    return value.get("ky", "") if isinstance(value, Mapping) else value
