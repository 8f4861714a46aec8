"""Tell curators who came to their groups by an order, so that they acquaint them with the regulation (8.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select

from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.outbox.post import OutboxEvent, post_events
from app.people.models import StudyGroup
from app.people.order_models import ContingentOrder
from app.people.order_rules import OrderEntry, OrderHead
from app.people.queries.role_holders import load_role_holders

ACQUAINT_EVENT = "people.order.acquaint"


def tell_curators_of_newcomers(
    act: Act, row: ContingentOrder, head: OrderHead, entries: Sequence[OrderEntry]
) -> None:
    """Tell the curator of each group, on the effective day, how many students came by this order and are to be
    acquainted against signature (8.7); the directorate where a group has no curator. Three statements at most."""
    counts = Counter(entry.group for entry in entries if entry.group is not None)
    found = db.session.execute(
        select(StudyGroup.id, StudyGroup.name, StudyGroup.curator_id)
        .where(StudyGroup.id.in_(counts))
        .order_by(StudyGroup.name, StudyGroup.id)
    ).all()
    directorate: list[str] = []
    if any(one.curator_id is None for one in found):
        holders = load_role_holders("directorate", row.unit_id, local_day(act.at))
        directorate = sorted({str(one.person) for one in holders if not one.deputy})
    events: list[OutboxEvent] = [
        (
            ACQUAINT_EVENT,
            {
                "order": head.number,
                "group": one.name,
                "students": counts[one.id],
                "clause": "8.7",
                "recipients": [str(one.curator_id)] if one.curator_id is not None else directorate,
                "url": "/acknowledgements",
            },
            None,
        )
        for one in found
    ]
    if events:
        post_events(act, events)
