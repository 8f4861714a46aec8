"""Terms of a unit as they are in force on a day: read once a process, again when their revision changes.

The revision is a number that triggers count up with every change of a policy or of the calendar. One small SELECT
a transaction looks at it; everything else is answered from memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session

from app.kernel.prepared import Prepared, Wire, pipelined
from app.regulation.models import CalendarDay, CalendarYear, Pause, Policy, Revision, UnitWeek
from app.regulation.rules import Day, Stop, Terms
from app.regulation.rules import Policy as Value
from app.regulation.term_book import Book, DatedPolicy, lines_of

_SEEN = "regulation.revision"
_books: dict[int, Book] = {}
_cache: dict[tuple[int, UUID | None, date], Terms] = {}
_MOST = 5000
_REVISION = Prepared(select(Revision.number))

Parents = Callable[[], Iterable[tuple[UUID, UUID | None]]]
parents: list[Parents] = []
"""Who knows which unit stands above which; `create_app` names one, because units belong to a room above."""


def terms(session: Session | scoped_session[Any], unit: UUID | None, on: date) -> Terms:
    """The terms of the unit whose duty it is; one statement a transaction, some more when something changed."""
    revision = _revision(session)
    key = (revision, unit, on)
    known = _cache.get(key)
    if known is None:
        known = book(session).terms(unit, on)
        if len(_cache) >= _MOST:
            _cache.clear()
        _cache[key] = known
    return known


def forget() -> None:
    """Drop what this process remembers: its database was put back to an earlier state, its revision with it."""
    _books.clear()
    _cache.clear()


def book(session: Session | scoped_session[Any]) -> Book:
    """Everything the tables say now; read once a process and revision."""
    revision = _revision(session)
    known = _books.get(revision)
    if known is None:
        known = _read(session)
        _books.clear()
        _books[revision] = known
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


def _read(session: Any) -> Book:
    def rows(model: Any) -> list[Any]:
        return list(session.scalars(select(model).execution_options(populate_existing=True)))

    return Book(
        policies=tuple(
            DatedPolicy(
                row.unit_id,
                row.effective_from,
                Value(row.key, row.value, row.measure, row.clause, row.source),
            )
            for row in rows(Policy)
        ),
        days={(row.unit_id, row.day): day_of(row) for row in rows(CalendarDay)},
        weeks={(row.unit_id, row.since): row.days for row in rows(UnitWeek)},
        pauses={row.id: (row.unit_id, stop_of(row)) for row in rows(Pause)},
        years=frozenset(session.scalars(select(CalendarYear.year))),
        lines=lines_of(pair for known in parents for pair in known()),
    )


def day_of(row: CalendarDay) -> Day:
    """A row of the calendar as rules read it."""
    return Day(row.kind, row.names, row.origin, row.source)


def stop_of(row: Pause) -> Stop:
    """A pause as rules read it."""
    return Stop(row.starts_at, row.ends_at, row.kind, row.reference)


@lru_cache(maxsize=1)
def known_policies() -> frozenset[str]:
    """The names a diagram may use as a deadline."""
    from app.regulation.seed import policies

    return frozenset(row["key"] for row in policies())


@lru_cache(maxsize=1)
def known_terms() -> frozenset[str]:
    """Those of the known policies that are a length of time."""
    from app.regulation.seed import policies

    return frozenset(row["key"] for row in policies() if row["measure"] != "code")
