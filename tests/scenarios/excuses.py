"""Steps of an excuse that several scenarios take (P01, P26)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.cases.models import Case
from app.journal.tables import ConfirmedExcuse
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.outbox.dispatch import MessageDelivery
from app.outbox.models import Message
from app.regulation.models import PolicyRow
from app.worker.event_handlers import start_follow_up_case


def registered(world, case):
    world.directorate().completes(case, decision="complete")


def other_directorate(world):
    """Somebody else of the same directorate: the deputy, when the head of it asked himself."""
    return world.actor("directorate_deputy")


def confirmed(world, case, **answers):
    registered(world, case)
    return world.directorate().completes(case, decision="approve", **answers)


def excused(world):
    world.session.rollback()
    return world.session.scalars(select(ConfirmedExcuse).order_by(ConfirmedExcuse.decided_at)).all()


def news(world, event_type):
    return world.session.scalars(select(Message.payload).where(Message.event_type == event_type)).all()


def by_policy(world, value, key="excuse.writer", clause="4.2.2"):
    world.session.add(
        PolicyRow(
            id=new_id(),
            key=key,
            unit_id=None,
            value=value,
            measure="code",
            clause=clause,
            source="default",
            effective_from=date(2026, 9, 1),
        )
    )
    world.session.commit()


def follows(world) -> UUID:
    """The case the news of a confirmation began, as the worker begins it."""
    world.session.rollback()
    message = world.session.scalars(
        select(Message).where(Message.event_type == "journal.excuse.to_enter")
    ).one()
    delivery = MessageDelivery(message.id, message.event_type, message.payload, message.posted_at)
    act = Act.by_system(world.clock())
    with door.write(act):
        start_follow_up_case(act, delivery)
    return world.session.query(Case).filter_by(diagram="excuse_entry").one().id


def doubted(world, **lesson):
    """A confirmed excuse of one absence, questioned; answers the lesson and the case of the doubt."""
    made = world.missed(9, **lesson)
    confirmed(world, world.student_actor().hands_in(world.day(9)))
    (stands,) = excused(world)
    return made, world.directorate().questions(stands.id)
