"""Reminders of the end of a leave: some working days before it, and on the day after it when nothing followed (2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.outbox.post import OutboxEvent, post_event
from app.people.commands.membership import first_minute_unless_begun
from app.people.order_models import ContingentOrder
from app.people.order_rules import APPLIED, OrderEntry
from app.people.queries import membership as stays_of
from app.people.queries import orders as queries
from app.people.queries.role_holders import load_role_holders
from app.people.rules import ON_LEAVE_STATUS, enrolment_status
from app.regulation import queries as regulation
from app.regulation.rules import subtract_working_days

LEAVE_DAY_EVENT = "people.leave.day_came"
LEAVE_ENDS_EVENT, LEAVE_OVER_EVENT = "people.leave.ends", "people.leave.over"
LEAVE_NOTICE_POLICY = "contingent.leave_notice"
"""How many working days before the last day of a leave it is said; no clause says it."""


def leave_end_events(act: Act, row: ContingentOrder, entries: Sequence[OrderEntry]) -> list[OutboxEvent]:
    """Return what waits for the end of the leaves of an order: for each last day the day of the notice, unless the
    leave is over, and the day after it."""
    calendar = regulation.load_unit_deadline_calendar(db.session, row.unit_id, local_day(act.at))
    count = int(calendar.policy(LEAVE_NOTICE_POLICY).value)
    events: list[OutboxEvent] = []
    for until in sorted({entry.until for entry in entries if entry.until is not None}):
        named = {"order": str(row.id), "until": until.isoformat()}
        after = until + timedelta(days=1)
        if local_day(act.at) <= until:
            notice_day = subtract_working_days(calendar, until, count)
            at = first_minute_unless_begun(act, notice_day)
            events.append((LEAVE_DAY_EVENT, {**named, "over": False}, at))
        events.append((LEAVE_DAY_EVENT, {**named, "over": True}, first_minute_unless_begun(act, after)))
    return events


def tell_of_leave_end(act: Act, order: UUID, until: date, *, over: bool) -> None:
    """Tell the directorate and the students of an order whose leave ends on `until`, or is `over`, and who are still on
    it by this very order without a day of return. They stay on leave until an order says otherwise (2.1).

    Raises Missing.
    """
    row, end = queries.load_order(order), queries.find_order_end(order)
    if end is None or end.how != APPLIED:
        return
    head, today = queries.order_head(row), local_day(act.at)
    named = [entry.student for entry in queries.order_entries(row) if entry.until == until]
    stays = stays_of.load_enrolment_periods(named)
    waiting = []
    for student in named:
        status = enrolment_status(stays[student], max(today, head.effective_on))
        is_coming_back = any(one.starts_on > today for one in stays[student])
        if status.kind == ON_LEAVE_STATUS and status.order == head.number and not is_coming_back:
            waiting.append(student)
    if not waiting:
        return
    directorate = {
        one.person for one in load_role_holders("directorate", row.unit_id, today) if not one.deputy
    }
    payload = {
        "order": head.number,
        "at": until.isoformat(),
        "students": len(waiting),
        "recipients": sorted(str(one) for one in {*waiting, *directorate}),
        "url": f"/orders/{row.id}",
    }
    post_event(act, LEAVE_OVER_EVENT if over else LEAVE_ENDS_EVENT, payload)
