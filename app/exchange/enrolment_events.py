"""What a roster changed of who belongs to which group: told like an order, so that cases follow their students (2.1b).

A file does not say what the order was: a stay that it ends is of unknown kind, and no case is put aside or ended by it;
a student who is in another group by the same file was moved, and his cases follow him.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.exchange.changes import Change, Plan
from app.kernel.act import Act
from app.kernel.db import db
from app.people.commands.membership import span, tell_changed
from app.people.models import Membership

TOLD = 500
"""So many spans stand in one message."""


def tell_stays(act: Act, plan: Plan) -> None:
    """Post what changed for students who were known before; a first roster tells nothing. One statement a thousand."""
    fresh = {one.id for one in plan.changes if one.table == "person" and one.action == "insert"}
    stays = [one for one in plan.changes if one.table == Membership.__tablename__]
    by_day: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for start in range(0, len(stays), 1000):
        for told in _spans(stays[start : start + 1000], fresh):
            by_day[told["from"]].append(told)
    for spans in by_day.values():
        for start in range(0, len(spans), TOLD):
            tell_changed(act, spans[start : start + TOLD], "")


def _spans(changes: Sequence[Change], fresh: set[Any]) -> Iterator[dict[str, Any]]:
    rows = {
        row.id: row
        for row in db.session.execute(
            select(
                Membership.id,
                Membership.person_id,
                Membership.group_id,
                Membership.starts_on,
                Membership.ends_on,
            ).where(Membership.id.in_([one.id for one in changes]))
        )
    }
    for change in changes:
        if change.action == "remove":
            yield _taken_back(change.before)
        row = rows.get(change.id)
        if row is None or row.person_id in fresh:
            continue
        if change.action == "insert":
            yield span(row.person_id, row.group_id, row.starts_on, row.ends_on, lost=False)
            continue
        if "ends_on" in change.values:
            yield _moved_end(row, change.before["ends_on"])
        if "starts_on" in change.values:
            yield _moved_start(row, change.before["starts_on"])


def _taken_back(before: Mapping[str, Any]) -> dict[str, Any]:
    """Every day of a stay that did not begin and will not."""
    return span(before["person_id"], before["group_id"], before["starts_on"], before["ends_on"], lost=True)


def _moved_start(row: Any, before: date) -> dict[str, Any]:
    """The days between the old and the new first day: lost when the stay begins later, gained when earlier."""
    later = before < row.starts_on
    first, after = (before, row.starts_on) if later else (row.starts_on, before)
    return span(row.person_id, row.group_id, first, after - timedelta(days=1), lost=later)


def _moved_end(row: Any, before: date | None) -> dict[str, Any]:
    """The days between the old and the new last day: lost when the stay became shorter, gained when longer."""
    shorter = row.ends_on is not None and (before is None or row.ends_on < before)
    first, last = (row.ends_on, before) if shorter else (before, row.ends_on)
    since = (first or row.starts_on) + timedelta(days=1)
    return span(row.person_id, row.group_id, since, last, lost=shorter)
