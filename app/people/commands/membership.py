"""Commands that add students to groups and end their membership, dated, by an order (2.1b). Stays of a
student never overlap.

A change is posted for its effective day: `people.membership.changed` names the students and the days that
a group lost or gained, so that handlers can revalidate records of these days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update

from app.audit.record import record_audit_event
from app.kernel.act import Act
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Refused, Stale
from app.outbox.post import post_event
from app.people.models import Membership, Person
from app.people.rules import MEMBERSHIP_ENDING_ORDERS, TRANSFER_ORDER

MEMBERSHIP_CHANGED_EVENT = "people.membership.changed"


def start_group_membership(
    act: Act, membership_id: UUID, student: UUID, group: UUID, starts_on: date, order_no: str = ""
) -> None:
    """Add a student to a group; end his earlier membership the day before, as a transfer. A repeat has no
    effect.

    Raises Missing, Stale, and Refused (2.1b) when he already belongs to a group on that day by a later order.
    """
    existing = db.session.get(Membership, membership_id)
    if existing is not None:
        if (existing.person_id, existing.group_id, existing.starts_on) != (student, group, starts_on):
            raise Stale("people.form.other_content")
        return
    # Lock the person: two orders about one student must not pass the check of overlaps at once.
    if db.session.scalar(select(Person.id).where(Person.id == student).with_for_update()) is None:
        raise Missing
    of_student = Membership.person_id == student
    left = db.session.scalars(
        update(Membership)
        .where(of_student, Membership.ends_on.is_(None), Membership.starts_on < starts_on)
        .values(ends_on=starts_on - timedelta(days=1), ended_as=TRANSFER_ORDER, end_order_no=order_no)
        .returning(Membership.group_id)
    ).all()
    lasts = or_(Membership.ends_on.is_(None), Membership.ends_on >= starts_on)
    if db.session.scalar(select(Membership.id).where(of_student, lasts).limit(1)) is not None:
        raise Refused("people.membership.overlaps", clause="2.1")
    db.session.add(
        Membership(
            id=membership_id, person_id=student, group_id=group, starts_on=starts_on, order_no=order_no
        )
    )
    db.session.flush()
    after = {"group": group, "from": starts_on, "order": order_no}
    record_audit_event(
        act, "people.membership.set", ("people.person", student), None, after, "2.1", subject=student
    )
    spans = [
        changed_membership_span_json(student, old, starts_on, None, lost=True) for old in left if old != group
    ]
    post_membership_change(
        act, [*spans, changed_membership_span_json(student, group, starts_on, None, lost=False)], order_no
    )


def end_group_membership(
    act: Act, student: UUID, group: UUID, last_day: date, order_no: str = "", ended_as: str | None = None
) -> None:
    """Set the last day of a student in a group; no effect when he left already.

    `ended_as` is the kind of order, one of `MEMBERSHIP_ENDING_ORDERS`; None when unknown. Raises Invalid (`ended_as`).
    """
    if ended_as is not None and ended_as not in MEMBERSHIP_ENDING_ORDERS:
        raise Invalid.field("ended_as", "forms.field.not_offered")
    left = db.session.scalars(
        update(Membership)
        .where(Membership.person_id == student, Membership.group_id == group, Membership.ends_on.is_(None))
        .values(ends_on=last_day, ended_as=ended_as, end_order_no=order_no)
        .returning(Membership.id)
    ).all()
    if left:
        after = {"group": group, "until": last_day, "order": order_no, "ended_as": ended_as}
        record_audit_event(
            act, "people.membership.ended", ("people.person", student), None, after, "2.1", subject=student
        )
        post_membership_change(
            act,
            [changed_membership_span_json(student, group, last_day + timedelta(days=1), None, lost=True)],
            order_no,
        )


def changed_membership_span_json(
    student: UUID, group: UUID, first: date, last: date | None, *, lost: bool
) -> dict[str, Any]:
    """Return the days (both included, open when `last` is None) that a membership lost or gained, as JSON."""
    return {
        "student": str(student),
        "group": str(group),
        "from": first.isoformat(),
        "to": last.isoformat() if last else None,
        "lost": lost,
    }


def post_membership_change(act: Act, spans: Sequence[Mapping[str, Any]], order_no: str) -> None:
    """Post one message, delivered on the effective day: at once when it has come, else at its first
    minute."""
    first = min(date.fromisoformat(one["from"]) for one in spans)
    later = (
        datetime.combine(first, time(), UNIVERSITY_ZONE).astimezone(UTC)
        if first > local_day(act.at)
        else None
    )
    students = sorted({one["student"] for one in spans})
    payload = {"students": students, "order": order_no, "spans": [dict(one) for one in spans]}
    post_event(act, MEMBERSHIP_CHANGED_EVENT, payload, not_before=later)
