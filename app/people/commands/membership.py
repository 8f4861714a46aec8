"""Commands that add students to groups and end their membership, dated, by an order (2.1b). Stays of a
student never overlap.

A change is posted for its effective day: `people.membership.changed` names the students and the days that
a group lost or gained, so that handlers can revalidate records of these days.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, or_, select, update

from app.audit.record import AuditEvent, record_audit_event, record_audit_events
from app.kernel.act import Act
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Refused, Stale
from app.outbox.post import post_event
from app.people.models import Membership, Person, StudyGroup
from app.people.rules import EXPEL_ORDER, LEAVE_ORDER, MEMBERSHIP_ENDING_ORDERS, TRANSFER_ORDER

MEMBERSHIP_CHANGED_EVENT = "people.membership.changed"


@dataclass(frozen=True, slots=True)
class MembershipStart:
    """A stay of a student in a group that begins, with the id that the caller chose."""

    id: UUID
    student: UUID
    group: UUID

    def content(self, starts_on: date) -> tuple[UUID, UUID, date]:
        """Return what is compared when the same id comes again."""
        return self.student, self.group, starts_on


def start_group_membership(
    act: Act, membership_id: UUID, student: UUID, group: UUID, starts_on: date, order_no: str = ""
) -> None:
    """Add a student to a group, as `record_membership_start` does, and post the change."""
    spans = record_membership_start(act, membership_id, student, group, starts_on, order_no)
    if spans:
        post_membership_change(act, spans, order_no)


def record_membership_start(
    act: Act, membership_id: UUID, student: UUID, group: UUID, starts_on: date, order_no: str = ""
) -> list[dict[str, Any]]:
    """Add a student to a group, as `record_membership_starts` does for several."""
    return record_membership_starts(
        act, [MembershipStart(membership_id, student, group)], starts_on, order_no
    )


def record_membership_starts(
    act: Act, starts: Sequence[MembershipStart], starts_on: date, order_no: str = ""
) -> list[dict[str, Any]]:
    """Add students to groups; end their earlier membership the day before, as a transfer. A repeat has no effect.
    Return the changed spans, which the caller posts. Seven statements, however many students.

    Raises Missing, Stale, and Refused (2.1b) when one already belongs to a group on that day by a later order, or a
    group has ended.
    """
    found = db.session.scalars(select(Membership).where(Membership.id.in_([one.id for one in starts])))
    known = {one.id: (one.person_id, one.group_id, one.starts_on) for one in found}
    if any(known.get(one.id, wanted) != wanted for one in starts if (wanted := one.content(starts_on))):
        raise Stale("people.form.other_content")
    new = [one for one in starts if one.id not in known]
    if not new:
        return []
    students = [one.student for one in new]
    # Lock the persons: two orders about one student must not pass the check of overlaps at once.
    locked = select(Person.id).where(Person.id.in_(students)).order_by(Person.id).with_for_update()
    if set(db.session.scalars(locked)) != set(students):
        raise Missing
    ended = select(func.min(StudyGroup.ends_on)).where(
        StudyGroup.id.in_({one.group for one in new}), StudyGroup.ends_on < starts_on
    )
    ends_on = db.session.scalar(ended)
    if ends_on is not None:
        raise Refused("people.group.ended", at=ends_on)
    of_students = Membership.person_id.in_(students)
    left = db.session.execute(
        update(Membership)
        .where(of_students, Membership.ends_on.is_(None), Membership.starts_on < starts_on)
        .values(ends_on=starts_on - timedelta(days=1), ended_as=TRANSFER_ORDER, end_order_no=order_no)
        .returning(Membership.person_id, Membership.group_id)
    ).all()
    lasts = or_(Membership.ends_on.is_(None), Membership.ends_on >= starts_on)
    if db.session.scalar(select(Membership.id).where(of_students, lasts).limit(1)) is not None:
        raise Refused("people.membership.overlaps")
    rows = [
        {
            "id": one.id,
            "person_id": one.student,
            "group_id": one.group,
            "starts_on": starts_on,
            "order_no": order_no,
        }
        for one in new
    ]
    db.session.execute(insert(Membership), rows)
    events = [
        AuditEvent(
            "people.membership.set",
            ("people.person", one.student),
            None,
            {"group": one.group, "from": starts_on, "order": order_no},
            "2.1",
            subject=one.student,
        )
        for one in new
    ]
    record_audit_events(act, events)
    spans = []
    for one in new:
        olds = [group for student, group in left if student == one.student and group != one.group]
        spans += [changed_membership_span_json(one.student, old, starts_on, None, lost=True) for old in olds]
        spans.append(changed_membership_span_json(one.student, one.group, starts_on, None, lost=False))
    return spans


def end_group_membership(
    act: Act, student: UUID, group: UUID, last_day: date, order_no: str = "", ended_as: str | None = None
) -> None:
    """Set the last day of a student in a group, as `record_membership_end` does, and post the change."""
    spans = record_membership_end(act, student, group, last_day, order_no, ended_as)
    if spans:
        post_membership_change(act, spans, order_no)


def record_membership_end(
    act: Act, student: UUID, group: UUID, last_day: date, order_no: str = "", ended_as: str | None = None
) -> list[dict[str, Any]]:
    """Set the last day of a student in a group, as `record_membership_ends` does for several."""
    return record_membership_ends(act, [student], last_day, order_no, ended_as, Membership.group_id == group)


def record_membership_ends(
    act: Act,
    students: Collection[UUID],
    last_day: date,
    order_no: str = "",
    ended_as: str | None = None,
    *conditions: ColumnElement[bool],
) -> list[dict[str, Any]]:
    """Set the last day of students in their groups (those of the conditions), in one statement; no effect on who left
    already. Return the changed spans, which the caller posts.

    `ended_as` is the kind of order, one of `MEMBERSHIP_ENDING_ORDERS`; None when unknown. Raises Invalid (`ended_as`).
    """
    if ended_as is not None and ended_as not in MEMBERSHIP_ENDING_ORDERS:
        raise Invalid.field("ended_as", "forms.field.not_offered")
    left = db.session.execute(
        update(Membership)
        .where(Membership.person_id.in_(students), Membership.ends_on.is_(None), *conditions)
        .values(ends_on=last_day, ended_as=ended_as, end_order_no=order_no)
        .returning(Membership.person_id, Membership.group_id)
    ).all()
    ending = {"until": last_day, "order": order_no, "ended_as": ended_as}
    ended = [
        AuditEvent(
            "people.membership.ended",
            ("people.person", student),
            None,
            {"group": group, **ending},
            "2.1",
            subject=student,
        )
        for student, group in left
    ]
    record_audit_events(act, ended)
    first = last_day + timedelta(days=1)
    return [changed_membership_span_json(student, group, first, None, lost=True) for student, group in left]


def record_expulsion_from_leave(act: Act, student: UUID, order_no: str) -> list[dict[str, Any]]:
    """Change the end of a student's last stay from academic leave to expulsion: he does not come back. Return the
    changed spans, which the caller posts; none when he is not on leave."""
    last = db.session.scalars(
        select(Membership)
        .where(Membership.person_id == student)
        .order_by(Membership.starts_on.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if last is None or last.ended_as != LEAVE_ORDER or last.ends_on is None:
        return []
    before = {"ended_as": last.ended_as, "order": last.end_order_no}
    last.ended_as, last.end_order_no = EXPEL_ORDER, order_no
    db.session.flush()
    after = {"ended_as": EXPEL_ORDER, "order": order_no}
    record_audit_event(
        act, "people.membership.ended", ("people.person", student), before, after, "2.1", subject=student
    )
    first = last.ends_on + timedelta(days=1)
    return [changed_membership_span_json(student, last.group_id, first, None, lost=True)]


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


def post_membership_change(
    act: Act, spans: Sequence[Mapping[str, Any]], order_no: str, order: Mapping[str, str] | None = None
) -> None:
    """Post one message, delivered on the effective day: at once when it has come, else at its first minute.

    `order` names the order by its id and who drafted it ({order_id, by}); the teachers then get cases in which they
    review the marks that it concerns.
    """
    first = min(date.fromisoformat(one["from"]) for one in spans)
    students = sorted({one["student"] for one in spans})
    payload = {"students": students, "order": order_no, "spans": [dict(one) for one in spans]}
    payload |= dict(order or {})
    post_event(act, MEMBERSHIP_CHANGED_EVENT, payload, not_before=first_minute_unless_begun(act, first))


def first_minute_unless_begun(act: Act, day: date) -> datetime | None:
    """Return the first minute of a day at the university; None when it has come."""
    if day <= local_day(act.at):
        return None
    return datetime.combine(day, time(), UNIVERSITY_ZONE).astimezone(UTC)
