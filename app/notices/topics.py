"""The kinds of news, and how each travels by mail when nobody chose otherwise. Knows words, no person. Pure.

The bell rings for everything. By mail a kind goes at once, once a day in one letter with all the others, or never; each
person chooses. What somebody has to know because he answers for it goes at once, and names the clause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.notices.texts import variant_of
from app.texts.subject_line import mark

AT_ONCE, DAILY, NEVER = "at_once", "daily", "never"
WAYS = (AT_ONCE, DAILY, NEVER)


@dataclass(frozen=True, slots=True)
class Topic:
    """A kind of news: its name, what people read, the way it goes unless they choose, the clause that leaves no choice,
    and the roles it concerns (none: everybody)."""

    name: str
    label: str
    about: str
    way: str = DAILY
    clause: str | None = None
    roles: tuple[str, ...] = ()


ALL = (
    Topic(
        "late",
        mark("My terms that end"),
        mark("A term is nearly over, it is over, or the task went to somebody else because of it."),
        AT_ONCE,
        clause="8.4",
    ),
    Topic(
        "account",
        mark("My account"),
        mark("Who stands in for whom, a new calendar address, a password that an administrator reset."),
        AT_ONCE,
        clause="3.2",
    ),
    Topic(
        "incidents",
        mark("Incidents"),
        mark("A case stands still, or messages could not be delivered."),
        AT_ONCE,
        clause="8.5",
        roles=("it_admin",),
    ),
    Topic(
        "tasks",
        mark("Tasks for me"),
        mark("A new task, or a request that came back to me."),
    ),
    Topic(
        "requests",
        mark("My requests and results"),
        mark("How my request ended, comments on it, and a result that was published."),
    ),
    Topic(
        "reminders",
        mark("Reminders"),
        mark("Half of a term has passed, and terms of work-offs and documents that come near."),
    ),
    Topic(
        "journal",
        mark("My journal"),
        mark("A roll that nobody called, grades that are awaited, a confirmed excuse."),
        roles=("teacher",),
    ),
    Topic(
        "timetable",
        mark("My exams"),
        mark("An exam day was set, moved or taken away."),
        roles=("student", "teacher"),
    ),
    Topic(
        "imports",
        mark("Imports"),
        mark("A list is brought in, or it could not be."),
        AT_ONCE,
        roles=("academic_office", "it_admin"),
    ),
)
BY_NAME: Mapping[str, Topic] = {topic.name: topic for topic in ALL}

TOPIC_OF: Mapping[str, str] = {
    "cases.task.opened": "tasks",
    "cases.case.returned": "tasks",
    "journal.commission.formed": "tasks",
    "cases.task.escalated": "late",
    "cases.task.reminded": "reminders",
    "cases.task.reminded:reminder_90": "late",
    "cases.task.reminded:overdue": "late",
    "cases.case.ended": "requests",
    "cases.case.withdrawn": "requests",
    "cases.case.moved": "requests",
    "cases.case.retimed": "reminders",
    "cases.case.resumed": "requests",
    "cases.case.suspended": "requests",
    "journal.membership.review": "journal",
    "cases.case.commented": "requests",
    "cases.incident.recorded": "incidents",
    "outbox.message.died": "incidents",
    "cases.deadlines.moved": "reminders",
    "journal.excuse.confirmed": "journal",
    "journal.result.amended": "requests",
    "journal.results.published": "requests",
    "journal.exams.set": "timetable",
    "journal.roll.reminded": "journal",
    "journal.grades.reminded": "journal",
    "journal.workoff.reminded": "reminders",
    "journal.excuse.reminded": "reminders",
    "people.substitute.named": "account",
    "people.calendar.made": "account",
    "people.account.reset": "account",
    "people.account.watched": "account",
    "people.account.address_changed": "account",
    "exchange.import.finished": "imports",
}
"""The kind of each fact, or of a fact and its variant after a colon."""


def topic_of(fact: str, params: Mapping[str, Any]) -> Topic:
    """The kind of this news; what is not listed counts as news of a request."""
    found = TOPIC_OF.get(variant_of(fact, params)) or TOPIC_OF.get(fact) or "requests"
    return BY_NAME[found]
