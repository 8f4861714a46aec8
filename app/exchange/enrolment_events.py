"""Post the membership changes of a roster as an order would, so that cases follow their students (2.1b).

A file does not name the kind of order: a stay that it ends is of unknown kind, and no case is suspended or
closed by it; a student who is in another group by the same file was transferred, and his cases follow him.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.exchange.changes import ImportChange, ImportPlan
from app.kernel.act import Act
from app.kernel.db import db
from app.people.commands.membership import changed_membership_span_json, post_membership_change
from app.people.models import Membership

MAX_SPANS_PER_EVENT = 500
"""Maximum number of spans in one message."""


def post_changed_membership_spans(act: Act, plan: ImportPlan) -> None:
    """Post the changed spans of students who existed before; a first roster posts nothing. One statement per
    1000 changes."""
    new_persons = {one.id for one in plan.changes if one.table == "person" and one.action == "insert"}
    stays = [one for one in plan.changes if one.table == Membership.__tablename__]
    by_day: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for start in range(0, len(stays), 1000):
        for changed_span in _load_changed_membership_spans(stays[start : start + 1000], new_persons):
            by_day[changed_span["from"]].append(changed_span)
    for spans in by_day.values():
        for start in range(0, len(spans), MAX_SPANS_PER_EVENT):
            post_membership_change(act, spans[start : start + MAX_SPANS_PER_EVENT], "")


def _load_changed_membership_spans(
    changes: Sequence[ImportChange], new_persons: set[Any]
) -> Iterator[dict[str, Any]]:
    """Yield the spans of days that memberships lost or gained; one statement."""
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
            yield _lost_span_of_removed_stay(change.before)
        row = rows.get(change.id)
        if row is None or row.person_id in new_persons:
            continue
        if change.action == "insert":
            yield changed_membership_span_json(
                row.person_id, row.group_id, row.starts_on, row.ends_on, lost=False
            )
            continue
        if "ends_on" in change.values:
            yield _span_between_last_days(row, change.before["ends_on"])
        if "starts_on" in change.values:
            yield _span_between_first_days(row, change.before["starts_on"])


def _lost_span_of_removed_stay(before: Mapping[str, Any]) -> dict[str, Any]:
    """Return every day of a stay that has not begun and is removed, as lost."""
    return changed_membership_span_json(
        before["person_id"], before["group_id"], before["starts_on"], before["ends_on"], lost=True
    )


def _span_between_first_days(row: Any, before: date) -> dict[str, Any]:
    """Return the days between the old and the new first day: lost when the stay begins later, gained when
    earlier."""
    later = before < row.starts_on
    first, after = (before, row.starts_on) if later else (row.starts_on, before)
    return changed_membership_span_json(
        row.person_id, row.group_id, first, after - timedelta(days=1), lost=later
    )


def _span_between_last_days(row: Any, before: date | None) -> dict[str, Any]:
    """Return the days between the old and the new last day: lost when the stay is shorter, gained when
    longer."""
    shorter = row.ends_on is not None and (before is None or row.ends_on < before)
    first, last = (row.ends_on, before) if shorter else (before, row.ends_on)
    since = (first or row.starts_on) + timedelta(days=1)
    return changed_membership_span_json(row.person_id, row.group_id, since, last, lost=shorter)
