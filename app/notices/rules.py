"""Rules of mail: which notices are sent at once or in the daily letter, and when it is sent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from app.kernel.clock import UNIVERSITY_ZONE, local_time
from app.kernel.errors import Invalid, Refused
from app.notices.topics import AT_ONCE_CHANNEL, DAILY_CHANNEL, MAIL_CHANNELS, TOPICS_BY_NAME, Topic
from app.regulation.rules import DeadlineCalendar, working_days_left

BELL_ONLY_EVENT_TYPES = frozenset({"outbox.message.died"})
"""Shown on the bell only: a letter about letters that cannot be sent would never end."""
URGENT_WORK_EVENT_TYPES = frozenset({"cases.task.opened", "cases.case.returned"})
"""Work for somebody; sent at once when it is due within a working day."""
JOURNAL_EVENT_PREFIX = "journal."
"""Notices of the journal are useless after their deadline; for cases the reminder at 90 % is in time."""
DIGEST_HOUR_POLICY = "notices.digest_hour"
DEFAULT_DIGEST_HOUR = 8


def can_get_notice_by_mail(event_type: str, address: str | None) -> bool:
    """Return whether a person with this address (None: has none) may get the notice by mail too."""
    return bool(address) and event_type not in BELL_ONLY_EVENT_TYPES


def mail_channel_for_topic(topic: Topic, chosen: str | None, urgent: bool) -> str:
    """Return the channel for a topic, by the person's choice (None: no choice): one of `topics.MAIL_CHANNELS`.

    An obligatory topic ignores the choice; an urgent notice does not wait for the daily letter.
    """
    channel = topic.default_channel if topic.obligatory or chosen is None else chosen
    return AT_ONCE_CHANNEL if channel == DAILY_CHANNEL and urgent else channel


def is_too_urgent_for_digest(
    event_type: str, params: Mapping[str, Any], calendar: DeadlineCalendar, now: datetime
) -> bool:
    """Return whether the daily letter would be too late.

    True for work due within a working day, and for a deadline of the journal that ends before that letter is
    sent.
    """
    if not params.get("due_at"):
        return False
    due = datetime.fromisoformat(params["due_at"])
    if event_type in URGENT_WORK_EVENT_TYPES:
        return working_days_left(calendar, now, due) <= 1
    return event_type.startswith(JOURNAL_EVENT_PREFIX) and now < due <= next_digest_moment(calendar, now)


def next_digest_moment(calendar: DeadlineCalendar, now: datetime) -> datetime:
    """Return when the next daily letter is sent: at the hour of the policy, in the university's time zone."""
    local_now = local_time(now)
    digest_at = datetime.combine(local_now.date(), time(digest_hour_or_default(calendar)), UNIVERSITY_ZONE)
    return (digest_at if local_now < digest_at else digest_at + timedelta(days=1)).astimezone(UTC)


def digest_hour_or_default(calendar: DeadlineCalendar) -> int:
    """Return the hour of the daily letter, 0 to 23; the default when the policy value is no hour."""
    policy = calendar.policies.get(DIGEST_HOUR_POLICY)
    value = policy.value if policy else ""
    return int(value) if value.isdecimal() and int(value) < 24 else DEFAULT_DIGEST_HOUR


def refusal_to_choose_channel(topic: str, channel: str) -> Invalid | Refused | None:
    """Return why a person may not choose this channel for this topic; None when he may."""
    if topic not in TOPICS_BY_NAME or channel not in MAIL_CHANNELS:
        return Invalid.field(topic, "forms.field.not_offered")
    if TOPICS_BY_NAME[topic].obligatory and channel != AT_ONCE_CHANNEL:
        return Refused("notices.channel.obligatory")
    return None
