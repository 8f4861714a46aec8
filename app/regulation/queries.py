"""Terms of a unit as they are in force on a day: read once a process, again when their revision changes.

The revision is a number that triggers count up with every change of a policy or of the calendar. One small SELECT
a transaction looks at it; everything else is answered from memory.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, scoped_session

from app.kernel.prepared import Prepared, Wire, pipelined
from app.regulation.models import CalendarDay, Pause, Policy, Revision, UnitWeek
from app.regulation.rules import Day, Stop, Terms
from app.regulation.rules import Policy as Value

_SEEN = "regulation.revision"
_cache: dict[tuple[int, UUID | None, date], Terms] = {}
_MOST = 5000
_REVISION = Prepared(select(Revision.number))


def terms(session: Session | scoped_session[Any], unit: UUID | None, on: date) -> Terms:
    """The terms of the unit whose duty it is; one statement a transaction, five when something changed."""
    revision = _revision(session)
    key = (revision, unit, on)
    known = _cache.get(key)
    if known is None:
        known = _read(session, unit, on)
        if len(_cache) >= _MOST:
            _cache.clear()
        _cache[key] = known
    return known


def _revision(session: Any) -> int:
    """The revision, looked up once a transaction: it is remembered with the transaction and ends with it."""
    own = session() if callable(session) else session
    transaction = own.get_transaction()
    seen = own.info.get(_SEEN)
    if transaction is not None and seen is not None and seen[0] is transaction:
        return int(seen[1])
    with pipelined() as wire:
        look_at_revision(session, wire)()
    return int(own.info[_SEEN][1])


def look_at_revision(session: Any, wire: Wire) -> Callable[[], None]:
    """Ask for the revision together with other questions; call what comes back to note the answer for this act."""
    own = session() if callable(session) else session
    answer = wire.ask(_REVISION, {})

    def note() -> None:
        rows = answer()
        own.info[_SEEN] = (own.get_transaction(), rows[0][0] if rows else 0)

    return note


def _read(session: Any, unit: UUID | None, on: date) -> Terms:
    mine = [None, unit]

    def rows(model: Any, *conditions: Any, order: Any) -> list[Any]:
        of_unit = or_(model.unit_id.is_(None), model.unit_id == unit)
        statement = select(model).where(of_unit, *conditions).order_by(order)
        return sorted(session.scalars(statement), key=lambda row: mine.index(row.unit_id) if unit else 0)

    policies = {
        row.key: Value(row.key, row.value, row.measure, row.clause, row.source)
        for row in rows(Policy, Policy.effective_from <= on, order=Policy.effective_from)
    }
    weeks = [row.days for row in rows(UnitWeek, order=UnitWeek.id)]
    days = {row.day: Day(row.kind, row.names) for row in rows(CalendarDay, order=CalendarDay.day)}
    pauses = [
        Stop(row.starts_at, row.ends_at, row.kind, row.reference)
        for row in rows(Pause, order=Pause.starts_at)
    ]
    return Terms(policies, weeks[-1] if weeks else 6, days, tuple(pauses))


@lru_cache(maxsize=1)
def known_policies() -> frozenset[str]:
    """The names a diagram may use as a deadline."""
    from app.regulation.seed import policies

    return frozenset(row["key"] for row in policies())
