"""A person chooses how each kind of news comes by mail."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import record
from app.kernel.act import Act
from app.kernel.db import db
from app.notices import rules
from app.notices.models import Channel
from app.notices.topics import BY_NAME

CHOSEN = "notices.channel.chosen"


def choose(act: Act, ways: Mapping[str, str]) -> None:
    """Take these ways by kind of news; others stay as they were. Raises Invalid, Refused for what has to be known."""
    for topic, way in ways.items():
        problem = rules.may_choose(topic, way)
        if problem is not None:
            raise problem
    person = _oneself(act)
    lasting = {topic: way for topic, way in ways.items() if BY_NAME[topic].clause is None}
    kept = select(Channel.topic, Channel.way).where(Channel.person == person).with_for_update()
    before = {row.topic: row.way for row in db.session.execute(kept)}
    changed = {topic: way for topic, way in lasting.items() if way != before.get(topic, BY_NAME[topic].way)}
    if not changed:
        return
    added = insert(Channel).values(
        [{"person": person, "topic": topic, "way": way} for topic, way in changed.items()]
    )
    db.session.execute(
        added.on_conflict_do_update(index_elements=["person", "topic"], set_={"way": added.excluded.way})
    )
    earlier = {topic: before.get(topic, BY_NAME[topic].way) for topic in changed}
    record(act, CHOSEN, ("people.person", person), earlier, changed)


def _oneself(act: Act) -> UUID:
    if act.person is None:
        raise ValueError("the system has no channels")
    return act.person
