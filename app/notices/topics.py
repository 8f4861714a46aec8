"""Topics of notices, and the default mail channel of each. Pure.

The bell shows every notice. By mail a topic is sent at once, once a day in one letter with all others, or
never; each person chooses. A topic that somebody must know because of his duties is sent at once, and names
the clause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.notices.texts import notice_title_key
from app.texts.translate import N_

AT_ONCE_CHANNEL = "at_once"
DAILY_CHANNEL = "daily"
NEVER_CHANNEL = "never"
MAIL_CHANNELS = (AT_ONCE_CHANNEL, DAILY_CHANNEL, NEVER_CHANNEL)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of notices: name, label, description, default channel, clause and roles.

    `default_channel` is the default channel; the clause makes it obligatory. Without roles it concerns everybody.
    """

    name: str
    label: str
    about: str
    default_channel: str = DAILY_CHANNEL
    clause: str | None = None
    roles: tuple[str, ...] = ()


TOPICS = (
    Topic(
        "late",
        N_("My terms that end"),
        N_("A term is nearly over, it is over, or the task went to somebody else because of it."),
        AT_ONCE_CHANNEL,
        clause="8.4",
    ),
    Topic(
        "account",
        N_("My account"),
        N_("Who stands in for whom, a new calendar address, a password that an administrator reset."),
        AT_ONCE_CHANNEL,
        clause="3.2",
    ),
    Topic(
        "incidents",
        N_("Incidents"),
        N_("A case stands still, or messages could not be delivered."),
        AT_ONCE_CHANNEL,
        clause="8.5",
        roles=("it_admin",),
    ),
    Topic(
        "tasks",
        N_("Tasks for me"),
        N_("A new task, or a request that came back to me."),
    ),
    Topic(
        "requests",
        N_("My requests and results"),
        N_("How my request ended, comments on it, and a result that was published."),
    ),
    Topic(
        "reminders",
        N_("Reminders"),
        N_("Half of a term has passed, and terms of work-offs and documents that come near."),
    ),
    Topic(
        "journal",
        N_("My journal"),
        N_("A roll that nobody called, grades that are awaited, a confirmed excuse."),
        roles=("teacher",),
    ),
    Topic(
        "timetable",
        N_("My exams"),
        N_("An exam day was set, moved or taken away."),
        roles=("student", "teacher"),
    ),
    Topic(
        "processes",
        N_("Processes"),
        N_("A version of a process waits for a decision, was decided, or came into force."),
        roles=(
            "process_admin",
            "department_head",
            "directorate",
            "academic_office",
            "it_admin",
            "rector",
        ),
    ),
    Topic(
        "imports",
        N_("Imports"),
        N_("A list is brought in, or it could not be."),
        AT_ONCE_CHANNEL,
        roles=("academic_office", "it_admin"),
    ),
    Topic(
        "migrations",
        N_("Moved cases"),
        N_("Running cases were moved to another version of their process, or moved back."),
        roles=("process_admin",),
    ),
)
TOPICS_BY_NAME: Mapping[str, Topic] = {topic.name: topic for topic in TOPICS}

TOPIC_BY_EVENT: Mapping[str, str] = {
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
    "journal.correction.noted": "late",
    "journal.protocol.unsigned": "late",
    "journal.sheet.unsigned": "late",
    "journal.dispute.escalated": "requests",
    "journal.request.notified": "requests",
    "journal.results.published": "requests",
    "journal.exams.set": "timetable",
    "journal.roll.reminded": "journal",
    "journal.grades.reminded": "journal",
    "journal.makeup.reminded": "reminders",
    "journal.excuse.reminded": "reminders",
    "people.substitute.named": "account",
    "people.calendar.made": "account",
    "people.account.reset": "account",
    "people.account.watched": "account",
    "people.account.address_changed": "account",
    "exchange.import.planned": "imports",
    "exchange.import.finished": "imports",
    "diagrams.proposal.made": "processes",
    "diagrams.proposal.decided": "processes",
    "diagrams.version.effective": "processes",
    "cases.migration.finished": "migrations",
}
"""The topic of each event type, or of an event type and its variant after a colon."""


def event_topic_or_default(event_type: str, params: Mapping[str, Any]) -> Topic:
    """Return the topic of this notice; an event type that is not listed belongs to requests."""
    name = (
        TOPIC_BY_EVENT.get(notice_title_key(event_type, params))
        or TOPIC_BY_EVENT.get(event_type)
        or "requests"
    )
    return TOPICS_BY_NAME[name]
