"""Which news goes by mail, at once or with the others of the day, by the rules alone, to the second (8.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.kernel.errors import Invalid, Refused
from app.notices.rules import (
    can_get_notice_by_mail,
    digest_hour_or_default,
    is_too_urgent_for_digest,
    mail_channel_for_topic,
    next_digest_moment,
    refusal_to_choose_channel,
)
from app.notices.topics import TOPICS_BY_NAME
from app.regulation.rules import DeadlineCalendar, Policy

NOW = datetime(2026, 10, 14, 3, 0, tzinfo=UTC)
"""Wednesday, 09:00 in Bishkek."""
NEXT = datetime(2026, 10, 15, 2, 0, tzinfo=UTC)
"""Thursday, 08:00."""
SECOND = timedelta(seconds=1)


def at_hour(value: str) -> DeadlineCalendar:
    return DeadlineCalendar(
        {"notices.digest_hour": Policy("notices.digest_hour", value, "code", "8.4", "default")}
    )


EIGHT = at_hour("8")


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        (datetime(2026, 10, 14, 1, 59, 59, tzinfo=UTC), datetime(2026, 10, 14, 2, tzinfo=UTC)),
        (datetime(2026, 10, 14, 2, 0, tzinfo=UTC), NEXT),
        (datetime(2026, 10, 14, 18, 30, tzinfo=UTC), NEXT),
    ],
)
def test_the_letter_leaves_at_the_next_such_hour_of_the_university(now, leaves):
    assert next_digest_moment(EIGHT, now) == leaves


@pytest.mark.parametrize(
    ("value", "hour"), [("0", 0), ("23", 23), ("24", 8), ("-1", 8), ("noon", 8), ("", 8)]
)
def test_an_hour_that_is_none_loses_nothing(value, hour):
    assert digest_hour_or_default(at_hour(value)) == hour
    assert digest_hour_or_default(DeadlineCalendar({})) == 8


@pytest.mark.parametrize("event_type", ["cases.task.opened", "cases.case.returned"])
def test_work_is_urgent_when_it_is_due_within_a_working_day(event_type):
    friday, ends = datetime(2026, 10, 16, 3, tzinfo=UTC), datetime(2026, 10, 19, 17, 59, 59, tzinfo=UTC)
    week = DeadlineCalendar({}, default_workdays_per_week=5)
    assert is_too_urgent_for_digest(event_type, {"due_at": ends.isoformat()}, week, friday), (
        "Monday is the next working day"
    )
    assert not is_too_urgent_for_digest(event_type, {"due_at": (ends + SECOND).isoformat()}, week, friday)
    assert is_too_urgent_for_digest(event_type, {"due_at": (friday - SECOND).isoformat()}, week, friday)
    assert not is_too_urgent_for_digest(event_type, {}, week, friday)


def test_a_term_of_the_journal_is_urgent_when_it_ends_before_the_daily_letter_leaves():
    def urgent(due: datetime, event_type: str = "journal.roll.missing") -> bool:
        return is_too_urgent_for_digest(event_type, {"due_at": due.isoformat()}, EIGHT, NOW)

    assert urgent(NOW + SECOND) and urgent(NEXT)
    assert not urgent(NOW) and not urgent(NEXT + SECOND)
    assert not urgent(NEXT, "cases.task.reminded"), "of cases the reminder at 90 % says it in time"


def test_a_letter_about_letters_that_died_is_never_written():
    assert can_get_notice_by_mail("cases.case.ended", "aisuluu@example.kg") and not can_get_notice_by_mail(
        "cases.case.ended", None
    )
    assert not can_get_notice_by_mail("outbox.message.died", "it@example.kg")


def test_a_kind_goes_as_it_was_chosen_but_not_what_has_to_be_known():
    tasks, late = TOPICS_BY_NAME["tasks"], TOPICS_BY_NAME["late"]
    assert (
        mail_channel_for_topic(tasks, None, False) == mail_channel_for_topic(tasks, "daily", False) == "daily"
    )
    assert (
        mail_channel_for_topic(tasks, "at_once", False)
        == "at_once"
        == mail_channel_for_topic(tasks, "daily", True)
        == mail_channel_for_topic(tasks, None, True)
    )
    assert mail_channel_for_topic(tasks, "never", True) == "never"
    assert mail_channel_for_topic(late, "never", False) == "at_once"


def test_nobody_chooses_away_what_he_has_to_know_nor_a_way_that_there_is_not():
    for topic, way in (("tasks", "by_pigeon"), ("weather", "daily")):
        wrong = refusal_to_choose_channel(topic, way)
        assert isinstance(wrong, Invalid) and wrong.fields[topic][0].code == "forms.field.not_offered"
    assert (
        refusal_to_choose_channel("tasks", "never") is None
        and refusal_to_choose_channel("late", "at_once") is None
    )
    kept = refusal_to_choose_channel("late", "never")
    assert isinstance(kept, Refused) and (kept.code, kept.clause) == ("notices.channel.obligatory", None)
