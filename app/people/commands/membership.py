"""Students join and leave groups, dated, by an order (2.1b). A student's stays never overlap."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update

from app.audit.record import record
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing, Refused, Stale
from app.people.models import Membership, Person


def set_membership(
    act: Act, membership_id: UUID, student: UUID, group: UUID, starts_on: date, order_no: str = ""
) -> None:
    """A student joins a group; what he belonged to before ends the day before. A repeat is harmless.

    Raises Missing, Stale, and Refused (2.1b) when he already belongs to a group on that day by a later order.
    """
    there = db.session.get(Membership, membership_id)
    if there is not None:
        if (there.person_id, there.group_id, there.starts_on) != (student, group, starts_on):
            raise Stale("people.form.other_content")
        return
    if db.session.scalar(select(Person.id).where(Person.id == student).with_for_update()) is None:
        raise Missing
    of_student = Membership.person_id == student
    db.session.execute(
        update(Membership)
        .where(of_student, Membership.ends_on.is_(None), Membership.starts_on < starts_on)
        .values(ends_on=starts_on - timedelta(days=1))
    )
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
    record(act, "people.membership.set", ("people.person", student), None, after, "2.1", subject=student)


def end_membership(act: Act, student: UUID, group: UUID, last_day: date, order_no: str = "") -> None:
    """A student's last day in a group; harmless when he left already."""
    left = db.session.scalars(
        update(Membership)
        .where(Membership.person_id == student, Membership.group_id == group, Membership.ends_on.is_(None))
        .values(ends_on=last_day)
        .returning(Membership.id)
    ).all()
    if left:
        after = {"group": group, "until": last_day, "order": order_no}
        record(
            act, "people.membership.ended", ("people.person", student), None, after, "2.1", subject=student
        )
