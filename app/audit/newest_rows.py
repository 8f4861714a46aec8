"""The newest rows of a large table that fulfil conditions, read from its indexes and never sorted as a whole.

An arm is an index to read from: a column with the ids wanted there. Of each id no more rows are read than a page needs,
so a page of one group in ten million rows costs as many index entries as the group has journals times the page.

A wide filter names so many ids (the journals of an institute) that reading of each costs more than comparing rows:
the newest rows are compared with it first, and only where these hold no full page, its ids are looked up one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Select,
    any_,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.exc import OperationalError

from app.kernel.db import db
from app.kernel.errors import Refused

MAX_COMPARED = 50_000
"""How many of the newest rows are compared with a wide filter before its ids are looked up."""
ROWS_OF_SAMPLES = (4, 32)
"""How many rows of each id are read to find how new the rows of a page have to be."""
MAX_SEARCH_SECONDS = 5
TOO_WIDE = "audit.search.too_wide"
_QUERY_CANCELED = "57014"
_SEARCH_SETTINGS = text(
    "SELECT set_config('statement_timeout', :timeout, true), set_config('work_mem', :memory, true),"
    " set_config('plan_cache_mode', 'force_custom_plan', true)"
)
_USUAL_SETTINGS = text(
    "SET LOCAL statement_timeout = DEFAULT; SET LOCAL work_mem = DEFAULT; SET LOCAL plan_cache_mode = DEFAULT"
)
_MEMORY = "64MB"
"""So that the ids of a wide filter fit into one hash; else each row is compared with each of them."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A column with an index (column, moment, key), and the values wanted in it: a few, or a query of many."""

    column: Any
    wanted: tuple[Any, ...] | Select[Any]


@dataclass(frozen=True, slots=True)
class Wide:
    """A filter with very many ids: a row that one of the arms finds fulfils it.

    `is_looked_up`: where the newest rows hold no full page, each id is looked up instead of reading the whole table.
    """

    arms: tuple[Arm, ...]
    is_looked_up: bool = False

    def as_condition(self, columns: Any = None) -> ColumnElement[bool]:
        """Return the condition that each row is compared with, on the columns of the arms or on those of a subquery."""
        ways: list[ColumnElement[bool]] = []
        for arm in self.arms:
            column = arm.column if columns is None else columns[arm.column.name]
            if isinstance(arm.wanted, Select):
                # The ids are computed once, and a hash of them in each partition. Of a query alone PostgreSQL makes
                # a join, which keeps no order: every row would be read and sorted.
                ways.append(func.coalesce(column.in_(select(_ids_of_query(arm))), false()))
            elif arm.wanted:
                ways.append(is_one_of(column, arm.wanted))
        return or_(false(), *ways)


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed: its columns, and the two columns of the order (moment, then key), newest first."""

    columns: tuple[Any, ...]
    at: Any
    key: Any


def load_newest_rows(
    listing: Listing,
    conditions: Sequence[ColumnElement[bool]],
    arms: Sequence[Arm] = (),
    wide: Sequence[Wide] = (),
    after: tuple[Any, Any] | None = None,
    limit: int = 51,
) -> Sequence[Row[Any]]:
    """Return the newest rows after a key that fulfil every condition and filter and match one of the arms, if any.

    One statement; three where the newest rows hold no full page of the wide filters. Beside a wide filter that is
    looked up there are no arms.
    """
    if not wide:
        return db.session.execute(select_newest_rows(listing, conditions, arms, after, limit)).all()
    compared = _listing_with_wide_columns(listing, wide)
    newest = select_newest_rows(compared, conditions, arms, after, MAX_COMPARED)
    rows = db.session.execute(_select_fulfilling(listing, newest, wide, limit)).all()
    if len(rows) == limit or _count_rows(newest) < MAX_COMPARED:
        return rows
    looked_up = next((filter for filter in wide if filter.is_looked_up), None)
    if looked_up is None:
        # OFFSET keeps the filters outside, where each is hashed once and not in each partition.
        everything = select_newest_rows(compared, conditions, arms, after, None).offset(0)
        return db.session.execute(_select_fulfilling(listing, everything, wide, limit)).all()
    rest = [filter.as_condition() for filter in wide if filter is not looked_up]
    statement = select_newest_rows(
        listing, [*conditions, *rest], looked_up.arms, after, limit, has_floor=not conditions and not rest
    )
    return db.session.execute(statement).all()


def _listing_with_wide_columns(listing: Listing, wide: Sequence[Wide]) -> Listing:
    columns = {column.name: column for column in listing.columns}
    columns |= {arm.column.name: arm.column for filter in wide for arm in filter.arms}
    return Listing(tuple(columns.values()), listing.at, listing.key)


def _select_fulfilling(listing: Listing, rows: Select[Any], wide: Sequence[Wide], limit: int) -> Select[Any]:
    """Return the query of the first of these rows, newest first, that fulfil the wide filters."""
    found = rows.subquery()
    return (
        select(*(found.c[column.name] for column in listing.columns))
        .where(*(filter.as_condition(found.c) for filter in wide))
        .order_by(found.c[listing.at.name].desc(), found.c[listing.key.name].desc())
        .limit(limit)
    )


def _count_rows(rows: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def select_newest_rows(
    listing: Listing,
    conditions: Sequence[ColumnElement[bool]],
    arms: Sequence[Arm] = (),
    after: tuple[Any, Any] | None = None,
    limit: int | None = 51,
    *,
    has_floor: bool = False,
) -> Select[Any]:
    """Return the query of the newest rows after a key that fulfil every condition and match one of the arms, if any.

    `has_floor`: of queries of ids, only rows that are new enough to be among those of the page are read; worth it where
    most rows of an id match.
    """
    wanted = list(conditions)
    if after is not None:
        place = tuple_(literal(after[0], listing.at.type), literal(after[1], listing.key.type))
        wanted.append(tuple_(listing.at, listing.key) < place)
    if not arms:
        return _newest(listing, wanted, limit)
    parts = [
        _newest_of_arm(listing, arm, wanted, limit, has_floor=has_floor)
        for arm in arms
        if isinstance(arm.wanted, Select) or arm.wanted
    ]
    if not parts:
        return _newest(listing, [literal(1) == literal(0)], limit)
    # A row may be found by two arms.
    found = (parts[0] if len(parts) == 1 else union_all(*parts)).subquery()
    chosen = select(found).distinct() if len(parts) > 1 else select(found)
    return chosen.order_by(found.c[listing.at.name].desc(), found.c[listing.key.name].desc()).limit(limit)


def is_one_of(column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Return the condition that a column has one of these values; they are one parameter, however many."""
    if len(values) == 1:
        # An array of one value would be read from the index of the column without its order.
        return column == next(iter(values))  # type: ignore[no-any-return]
    return column == any_(cast(list(values), ARRAY(column.type)))


def _newest(listing: Listing, conditions: Sequence[ColumnElement[bool]], limit: int | None) -> Select[Any]:
    return (
        select(*listing.columns)
        .where(*conditions)
        .order_by(listing.at.desc(), listing.key.desc())
        .limit(limit)
    )


def _newest_of_arm(
    listing: Listing,
    arm: Arm,
    conditions: Sequence[ColumnElement[bool]],
    limit: int | None,
    *,
    has_floor: bool,
) -> Select[Any]:
    if isinstance(arm.wanted, Select):
        ids = _ids_of_query(arm)
        if has_floor and limit is not None:
            for rows_of_each in ROWS_OF_SAMPLES:
                conditions = [
                    *conditions,
                    _is_above_floor(listing, arm, ids, conditions, rows_of_each, limit),
                ]
        return _newest_of_each(listing, arm, ids, conditions, limit)
    if len(arm.wanted) == 1:
        return select(_newest(listing, [arm.column == arm.wanted[0], *conditions], limit).subquery())
    array = cast(list(arm.wanted), ARRAY(arm.column.type))
    values = func.unnest(array).table_valued("value").render_derived()
    return _newest_of_each(listing, arm, values, conditions, limit)


def _newest_of_each(
    listing: Listing, arm: Arm, values: Any, conditions: Sequence[ColumnElement[bool]], limit: int | None
) -> Select[Any]:
    """Return the query of the newest rows of each value, so many of each."""
    value = next(iter(values.c))
    one = _newest(listing, [arm.column == value, *conditions], limit).lateral()
    return select(*one.c).select_from(values.join(one, true()))


def _is_above_floor(
    listing: Listing,
    arm: Arm,
    ids: Any,
    conditions: Sequence[ColumnElement[bool]],
    rows_of_each: int,
    limit: int,
) -> ColumnElement[bool]:
    """Return the condition that a row is not older than the last of a page made of a few rows of each id: what is
    older is on no page, because so many newer rows are known."""
    moments = Listing((listing.at,), listing.at, listing.key)
    sample = _newest_of_each(moments, arm, ids, conditions, rows_of_each).subquery()
    floor = select(sample.c[0]).order_by(sample.c[0].desc()).offset(limit - 1).limit(1).scalar_subquery()
    return listing.at >= func.coalesce(floor, literal_column("'-infinity'::timestamptz"))


def _ids_of_query(arm: Arm) -> Any:
    """Return the ids of the query of an arm, computed once in a statement, however often and in whatever partition they
    are compared."""
    assert isinstance(arm.wanted, Select)
    return arm.wanted.cte(f"wanted_{arm.column.name}").prefix_with("MATERIALIZED")


@contextmanager
def limit_search_time(seconds: int = MAX_SEARCH_SECONDS) -> Iterator[None]:
    """Let the statements of this block take so many seconds each. Raises Refused (`audit.search.too_wide`), after
    which the transaction is rolled back: nothing may have been written in it."""
    db.session.execute(_SEARCH_SETTINGS, {"timeout": f"{seconds}s", "memory": _MEMORY})
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _QUERY_CANCELED:
            raise
        db.session.rollback()
        raise Refused(TOO_WIDE) from None
    db.session.execute(_USUAL_SETTINGS)
