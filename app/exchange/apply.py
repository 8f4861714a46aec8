"""Executes a plan: exactly its changes, all or nothing, with one audit record and one message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, insert, select, update

from app.audit.record import record
from app.exchange import plan as plans
from app.exchange.plan import ORDER, Plan
from app.exchange.read import Roster
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import Base, db, table
from app.kernel.errors import Invalid, Stale
from app.kernel.ids import new_id
from app.outbox.post import post

PORTION = 1000
Progress = Callable[[int, int], None]


def apply(act: Act, roster: Roster, seen: Plan, progress: Progress | None = None) -> Plan:
    """Do what the preview showed. Raises Invalid when it has findings, Stale when the database is another by now."""
    if seen.findings:
        raise Invalid.field("file", "exchange.file.has_findings", count=len(seen.findings))
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("exchange.oneroster"))))
    plan = plans.make(roster, local_day(act.at))
    if plan.fingerprint != seen.fingerprint:
        raise Stale("exchange.plan.changed")
    done = 0
    for model in ORDER:
        done = _table(plan, model, done, progress)
    if plan.changes:
        counts = {f"{name}.{action}": count for (name, action), count in plan.counts.items()}
        after = {"version": roster.version, "counts": counts, "plan": plan.fingerprint}
        record(act, "exchange.roster.imported", ("exchange.roster", new_id()), None, after, "2.1")
        if act.person is not None:
            told = {"name": "OneRoster", "counts": {"created": done, "changed": 0, "refused": 0}}
            post(act, "exchange.import.finished", {**told, "recipients": [str(act.person)], "url": "/people"})
    return plan


def _table(plan: Plan, model: type[Base], done: int, progress: Progress | None) -> int:
    mine = [change for change in plan.changes if change.table == model.__tablename__]
    fresh: list[dict[str, Any]] = [
        {"id": change.id, **change.values} for change in mine if change.action == "insert"
    ]
    if model.__tablename__ == "unit":
        fresh.sort(key=lambda row: row["parent_id"] is not None)
        _units(fresh)
        fresh = []
    for start in range(0, len(fresh), PORTION):
        db.session.execute(insert(table(model)).inline(), fresh[start : start + PORTION])
        if progress:
            progress(done + start, len(plan.changes))
    for change in mine:
        if change.action != "insert":
            db.session.execute(
                update(table(model)).where(table(model).c.id == change.id).values(**change.values)
            )
    return done + len(mine)


def _units(rows: list[dict[str, Any]]) -> None:
    """Parents before children, whatever the order of the file."""
    waiting = {row["id"]: row for row in rows}
    while waiting:
        ready = [
            row for row in waiting.values() if row["parent_id"] is None or row["parent_id"] not in waiting
        ]
        if not ready:
            raise Invalid.field("file", "exchange.row.circle")
        for row in ready:
            db.session.execute(insert(table(plans.Unit)).inline(), [row])
            del waiting[row["id"]]
