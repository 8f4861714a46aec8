"""Calendars for computing deadlines, by unit and day: read once per process, again when the revision changes.

The revision is a number that triggers increase with every change of a policy or of the calendar. One small
SELECT a transaction reads it; everything else is answered from memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session

from app.kernel.prepared import Pipeline, PreparedStatement, open_pipeline
from app.regulation.models import CalendarDay, CalendarYear, Pause, PolicyRow, RegulationRevision, UnitWeek
from app.regulation.rules import CalendarDayValue, DeadlineCalendar, PausePeriod
from app.regulation.rules import Policy as Value
from app.regulation.term_book import DatedPolicy, RegulationSnapshot, unit_and_ancestors_by_unit

_REVISION_KEY = "regulation.revision"
_snapshot_cache: dict[int, RegulationSnapshot] = {}
_calendar_cache: dict[tuple[int, UUID | None, date], DeadlineCalendar] = {}
_MAX_CACHED = 5000
_REVISION_STATEMENT = PreparedStatement(select(RegulationRevision.number))

ParentSource = Callable[[], Iterable[tuple[UUID, UUID | None]]]
parent_sources: list[ParentSource] = []
"""Functions that return each unit with its parent; `create_app` adds one, because units belong to a room
above."""


def load_unit_deadline_calendar(
    session: Session | scoped_session[Any], unit: UUID | None, on: date
) -> DeadlineCalendar:
    """Return the calendar of the responsible unit on a day; one statement a transaction, more when something
    changed."""
    revision = _load_regulation_revision_number(session)
    key = (revision, unit, on)
    known = _calendar_cache.get(key)
    if known is None:
        known = load_regulation_snapshot(session).calendar_of_unit(unit, on)
        if len(_calendar_cache) >= _MAX_CACHED:
            _calendar_cache.clear()
        _calendar_cache[key] = known
    return known


def clear_calendar_caches() -> None:
    """Clear the caches of this process, for a database that was reset to an earlier state together with its
    revision."""
    _snapshot_cache.clear()
    _calendar_cache.clear()


def load_regulation_snapshot(session: Session | scoped_session[Any]) -> RegulationSnapshot:
    """Return the present content of the tables; read once per process and revision."""
    revision = _load_regulation_revision_number(session)
    known = _snapshot_cache.get(revision)
    if known is None:
        known = _load_snapshot_from_tables(session)
        _snapshot_cache.clear()
        _snapshot_cache[revision] = known
    return known


def _load_regulation_revision_number(session: Any) -> int:
    """Return the revision, read once a transaction and cached with it."""
    own = session() if callable(session) else session
    # The value belongs to one transaction: the next one must read the revision again.
    transaction = own.get_transaction()
    seen = own.info.get(_REVISION_KEY)
    if transaction is not None and seen is not None and seen[0] is transaction:
        return int(seen[1])
    with open_pipeline() as wire:
        send_regulation_revision_query(session, wire)()
    return int(own.info[_REVISION_KEY][1])


def send_regulation_revision_query(session: Any, wire: Pipeline) -> Callable[[], None]:
    """Send the query of the revision in this pipeline; return a function that stores the result for the
    transaction."""
    own = session() if callable(session) else session
    answer = wire.send_query(_REVISION_STATEMENT, {})

    def store_regulation_revision() -> None:
        rows = answer()
        own.info[_REVISION_KEY] = (own.get_transaction(), rows[0][0] if rows else 0)

    return store_regulation_revision


def _load_snapshot_from_tables(session: Any) -> RegulationSnapshot:
    """Read all tables into a snapshot."""

    def load_table_rows(model: Any) -> list[Any]:
        return list(session.scalars(select(model).execution_options(populate_existing=True)))

    return RegulationSnapshot(
        policies=tuple(
            DatedPolicy(
                row.unit_id,
                row.effective_from,
                Value(row.key, row.value, row.measure, row.clause, row.source, row.document),
            )
            for row in load_table_rows(PolicyRow)
        ),
        days={
            (row.unit_id, row.day): calendar_day_value_from_row(row) for row in load_table_rows(CalendarDay)
        },
        weeks={(row.unit_id, row.since): row.days for row in load_table_rows(UnitWeek)},
        pauses={row.id: (row.unit_id, pause_period_from_row(row)) for row in load_table_rows(Pause)},
        confirmed_years=frozenset(session.scalars(select(CalendarYear.year))),
        units_upwards=unit_and_ancestors_by_unit(pair for known in parent_sources for pair in known()),
    )


def calendar_day_value_from_row(row: CalendarDay) -> CalendarDayValue:
    """Return a calendar row as a value for rules."""
    return CalendarDayValue(row.kind, row.names, row.origin, row.source)


def pause_period_from_row(row: Pause) -> PausePeriod:
    """Return a pause row as a value for rules."""
    return PausePeriod(row.starts_at, row.ends_at, row.kind, row.reference)


@lru_cache(maxsize=1)
def policy_keys_for_diagrams() -> frozenset[str]:
    """Return the policy keys a diagram may use as a deadline."""
    from app.regulation.seed import read_seed_policies

    return frozenset(row["key"] for row in read_seed_policies())


@lru_cache(maxsize=1)
def duration_policy_keys() -> frozenset[str]:
    """Return the known policy keys that are a length of time."""
    from app.regulation.seed import read_seed_policies

    return frozenset(row["key"] for row in read_seed_policies() if row["measure"] != "code")
