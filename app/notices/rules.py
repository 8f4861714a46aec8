"""Which news goes by mail, at once or with the others of the day, and when the daily letter leaves. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from app.kernel.clock import ZONE, local
from app.kernel.errors import Invalid, Refused
from app.notices.topics import AT_ONCE, BY_NAME, DAILY, WAYS, Topic
from app.regulation.rules import Terms, remaining

BELL_ONLY = frozenset({"outbox.message.died"})
"""Told inside only: a letter about letters that cannot be sent would never end."""
PRESSING = frozenset({"cases.task.opened", "cases.case.returned"})
"""Work for somebody: it goes at once when it is due within a working day."""
PASSING = "journal."
"""News of the journal, too, would be of no use after their term; of cases, the reminder at 90 % says it in time."""
HOUR = "notices.digest_hour"
USUAL_HOUR = 8


def gets_letter(fact: str, address: str | None) -> bool:
    """Whether a person with this address (None: has none) may get the notice by mail too."""
    return bool(address) and fact not in BELL_ONLY


def way_of(topic: Topic, chosen: str | None, urgent: bool) -> str:
    """How a kind of news goes to somebody who chose this way (None: nothing): one of `topics.WAYS`.

    What has to be known goes at once, whatever was chosen; what is urgent does not wait for the daily letter.
    """
    way = topic.way if topic.clause or chosen is None else chosen
    return AT_ONCE if way == DAILY and urgent else way


def is_urgent(fact: str, params: Mapping[str, Any], terms: Terms, now: datetime) -> bool:
    """Whether the daily letter would come too late: work due within a working day, or a term of the journal that ends
    before that letter leaves."""
    if not params.get("due_at"):
        return False
    due = datetime.fromisoformat(params["due_at"])
    if fact in PRESSING:
        return remaining(terms, now, due) <= 1
    return fact.startswith(PASSING) and now < due <= next_digest(terms, now)


def next_digest(terms: Terms, now: datetime) -> datetime:
    """When the next daily letter leaves: at the hour the policy names, by the clock of the university."""
    here = local(now)
    at = datetime.combine(here.date(), time(digest_hour(terms)), ZONE)
    return (at if here < at else at + timedelta(days=1)).astimezone(UTC)


def digest_hour(terms: Terms) -> int:
    """The hour of the daily letter, 0 to 23; a value that is no hour counts as the usual one: no news is lost."""
    found = terms.policies.get(HOUR)
    value = found.value if found else ""
    return int(value) if value.isdecimal() and int(value) < 24 else USUAL_HOUR


def may_choose(topic: str, way: str) -> Invalid | Refused | None:
    """May somebody choose this way for this kind of news? Not for what he has to know."""
    if topic not in BY_NAME or way not in WAYS:
        return Invalid.field(topic, "forms.field.not_offered")
    if BY_NAME[topic].clause is not None and way != AT_ONCE:
        return Refused("notices.channel.obligatory", clause=BY_NAME[topic].clause)
    return None
