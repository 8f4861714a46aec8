"""Topics of notices, and the default mail channel of each. Pure.

The bell shows every notice. By mail a topic is sent at once, once a day in one letter with all others, or
never; each person chooses. A topic that somebody must know because of his duties is always sent
at once.
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
    """A topic of notices: name, label, description, default channel and roles.

    An obligatory one keeps its `default_channel`. Without roles it concerns everybody.
    """

    name: str
    label: str
    about: str
    default_channel: str = DAILY_CHANNEL
    obligatory: bool = False
    roles: tuple[str, ...] = ()


TOPICS = (
    Topic(
        "late",
        N_("My upcoming deadlines"),
        N_("A deadline is near, has passed, or the task was passed on because of it."),
        AT_ONCE_CHANNEL,
        obligatory=True,
    ),
    Topic(
        "account",
        N_("My account"),
        N_("Substitutes, a new calendar link, a password that an administrator reset."),
        AT_ONCE_CHANNEL,
        obligatory=True,
    ),
    Topic(
        "incidents",
        N_("Incidents"),
        N_("A case has stopped, or messages could not be delivered."),
        AT_ONCE_CHANNEL,
        obligatory=True,
        roles=("it_admin", "auditor"),
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
        N_("Halfway reminders and upcoming deadlines for make-up work and documents."),
    ),
    Topic(
        "journal",
        N_("My journal"),
        N_("Attendance not recorded, grades due, a confirmed excuse."),
        roles=("teacher",),
    ),
    Topic(
        "timetable",
        N_("My lessons and exams"),
        N_("A lesson of the next days or an exam day was set, moved or taken away."),
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
        "policies",
        N_("Deadlines and settings"),
        N_("A change of a setting waits for a decision, or was decided."),
        AT_ONCE_CHANNEL,
        roles=("academic_office", "rector"),
    ),
    Topic(
        "imports",
        N_("Imports"),
        N_("A list is brought in, or it could not be; the lessons of a semester were generated."),
        AT_ONCE_CHANNEL,
        roles=("academic_office", "it_admin", "directorate"),
    ),
    Topic(
        "seals",
        N_("Seals of the audit"),
        N_("The checkpoint of the day: what came before it cannot be changed unnoticed."),
        roles=("auditor",),
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
    "people.order.applied": "requests",
    "people.order.acquaint": "requests",
    "journal.acknowledgement.reminded": "reminders",
    "journal.acknowledgement_sheet.handed_over": "requests",
    "people.leave.ends": "requests",
    "people.leave.over": "requests",
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
    "cases.backup.failed": "incidents",
    "cases.seal.found": "incidents",
    "audit.checkpoint.signed": "seals",
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
    "journal.opening.check_asked": "tasks",
    "journal.opening.opened": "journal",
    "journal.journal.submitted": "tasks",
    "journal.journal.returned": "tasks",
    "journal.exams.set": "timetable",
    "journal.lessons.changed": "timetable",
    "journal.roll.reminded": "journal",
    "journal.grades.reminded": "journal",
    "journal.makeup.reminded": "reminders",
    "journal.excuse.reminded": "reminders",
    "people.substitute.named": "account",
    "people.calendar.made": "account",
    "people.account.reset": "account",
    "people.account.password_changed": "account",
    "people.account.watched": "account",
    "people.account.address_changed": "account",
    "exchange.import.planned": "imports",
    "exchange.import.finished": "imports",
    "journal.takeover.checked": "imports",
    "journal.takeover.finished": "imports",
    "journal.archive.finished": "imports",
    "journal.timetable.run_finished": "imports",
    "diagrams.proposal.made": "processes",
    "diagrams.proposal.decided": "processes",
    "diagrams.version.effective": "processes",
    "regulation.policy.proposed": "policies",
    "regulation.policy.decided": "policies",
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
