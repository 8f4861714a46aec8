"""The newest rows of a large table that fulfil conditions, read from its indexes and never sorted as a whole.

An arm is an index to read from: a column with the ids wanted there. Of each id no more rows are read than a page needs,
so a page of one group in ten million rows costs as many index entries as the group has journals times the page.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    any_,
    cast,
    func,
    literal,
    select,
    text,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.exc import OperationalError

from app.kernel.db import db
from app.kernel.errors import Refused

MAX_WANTED = 300
"""How many ids an arm may have. With more, the table is read newest first and each row is compared."""
MAX_SEARCH_SECONDS = 5
TOO_WIDE = "audit.search.too_wide"
_QUERY_CANCELED = "57014"


@dataclass(frozen=True, slots=True)
class Arm:
    """A column with an index (column, moment, key), and the values wanted in it."""

    column: Any
    wanted: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed: its columns, and the two columns of the order (moment, then key), newest first."""

    columns: tuple[Any, ...]
    at: Any
    key: Any


def select_newest_rows(
    listing: Listing,
    conditions: Sequence[ColumnElement[bool]],
    arms: Sequence[Arm] = (),
    after: tuple[Any, Any] | None = None,
    limit: int = 51,
) -> Select[Any]:
    """Return the query of the newest rows after a key that fulfil every condition and match one of the arms, if any."""
    wanted = list(conditions)
    if after is not None:
        place = tuple_(literal(after[0], listing.at.type), literal(after[1], listing.key.type))
        wanted.append(tuple_(listing.at, listing.key) < place)
    if not arms:
        return _newest(listing, wanted, limit)
    parts = [_newest_of_arm(listing, arm, wanted, limit) for arm in arms if arm.wanted]
    if not parts:
        return _newest(listing, [literal(1) == literal(0)], limit)
    # A row may be found by two arms.
    found = (parts[0] if len(parts) == 1 else union_all(*parts)).subquery()
    chosen = select(found).distinct() if len(parts) > 1 else select(found)
    return chosen.order_by(found.c[listing.at.name].desc(), found.c[listing.key.name].desc()).limit(limit)


def is_one_of(column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Return the condition that a column has one of these values; they are one parameter, however many."""
    return column == any_(cast(list(values), ARRAY(column.type)))


def _newest(listing: Listing, conditions: Sequence[ColumnElement[bool]], limit: int) -> Select[Any]:
    return (
        select(*listing.columns)
        .where(*conditions)
        .order_by(listing.at.desc(), listing.key.desc())
        .limit(limit)
    )


def _newest_of_arm(
    listing: Listing, arm: Arm, conditions: Sequence[ColumnElement[bool]], limit: int
) -> Select[Any]:
    if len(arm.wanted) == 1:
        inner = _newest(listing, [arm.column == arm.wanted[0], *conditions], limit).subquery()
        return select(inner)
    values = (
        func.unnest(cast(list(arm.wanted), ARRAY(arm.column.type))).table_valued("value").render_derived()
    )
    one = _newest(listing, [arm.column == values.c.value, *conditions], limit).lateral()
    return select(*one.c).select_from(values.join(one, true()))


@contextmanager
def limit_search_time(seconds: int = MAX_SEARCH_SECONDS) -> Iterator[None]:
    """Let the statements of this block take so many seconds each. Raises Refused (`audit.search.too_wide`), after
    which the transaction is rolled back: nothing may have been written in it."""
    db.session.execute(text(f"SET LOCAL statement_timeout = '{seconds}s'"))
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _QUERY_CANCELED:
            raise
        db.session.rollback()
        raise Refused(TOO_WIDE) from None
    db.session.execute(text("SET LOCAL statement_timeout = DEFAULT"))
