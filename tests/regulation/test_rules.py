"""Terms as the regulation reads: every vector of the analysis, the boundary second, pauses, what always holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.clock import UNIVERSITY_ZONE, local_day, local_time
from app.regulation.rules import (
    CalendarDayValue,
    DeadlineCalendar,
    PausePeriod,
    Policy,
    compute_deadline,
    public_holidays,
    working_days_left,
)
from app.regulation.seed import read_seed_days, read_seed_policies

OWN = {row["day"]: CalendarDayValue(row["kind"], row["names"]) for row in read_seed_days()}
KNOWN = {
    row["key"]: Policy(row["key"], row["value"], row["measure"], row["clause"], row["source"])
    for row in read_seed_policies()
}
VECTORS = [
    ("2026-04-30", 3, "2026-05-13", "2026-05-13"),
    ("2026-04-29", 3, "2026-05-12", "2026-05-12"),
    ("2026-03-18", 3, "2026-03-24", "2026-03-24"),
    ("2026-03-06", 3, "2026-03-11", "2026-03-10"),
    ("2026-02-20", 1, "2026-02-23", "2026-02-21"),
    ("2026-05-26", 1, "2026-05-28", "2026-05-28"),
    ("2026-08-28", 3, "2026-09-03", "2026-09-02"),
    ("2026-12-30", 1, "2026-12-31", "2026-12-31"),
    ("2026-12-31", 1, "2027-01-08", "2027-01-08"),
]


def working(number: int, week: int, **more) -> DeadlineCalendar:
    return DeadlineCalendar(
        {**KNOWN, "x": Policy("x", str(number), "working_days", "6.2", "text")}, week, OWN, **more
    )


def at(day: str, hour: int = 10) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02d}:00:00").replace(tzinfo=UNIVERSITY_ZONE).astimezone(UTC)


@pytest.mark.parametrize(("anchor", "number", "five", "six"), VECTORS)
def test_working_days_pass_over_weekends_and_holidays(anchor: str, number: int, five: str, six: str):
    assert str(local_day(compute_deadline(working(number, 5), "x", at(anchor)).moment)) == five
    assert str(local_day(compute_deadline(working(number, 6), "x", at(anchor)).moment)) == six


def test_calendar_days_do_not_shift_unless_the_policy_rolls():
    anchor = at("2026-04-20")
    assert str(local_day(compute_deadline(working(1, 5), "workoff.term", anchor).moment)) == "2026-05-04"
    roll = Policy("caltime.roll", "NEXT_WORKING_DAY", "code", "5.3.1", "default")
    rolled = DeadlineCalendar({**KNOWN, "caltime.roll": roll}, 5, OWN)
    assert str(local_day(compute_deadline(rolled, "workoff.term", anchor).moment)) == "2026-05-11"


def test_where_the_text_says_starting_from_a_policy_counts_the_day_itself():
    first = Policy("caltime.first_day", "COUNTED", "code", "5.3.1", "default")
    submit = Policy("excuse.submit_term", "3", "working_days", "4.2.3", "text")

    def last(policy: str, day: str, **chosen: Policy) -> str:
        known = {**KNOWN, submit.key: submit, **{one.key: one for one in chosen.values()}}
        return str(local_day(compute_deadline(DeadlineCalendar(known, 6, OWN), policy, at(day)).moment))

    assert last("workoff.term", "2026-04-20") == "2026-05-04"
    assert last("workoff.term", "2026-04-20", first=first) == "2026-05-03"
    assert last("excuse.submit_term", "2026-10-14") == "2026-10-17"
    assert last("excuse.submit_term", "2026-10-14", first=first) == "2026-10-16"
    assert last("excuse.submit_term", "2026-10-18", first=first) == "2026-10-21", "a Sunday never counts"
    known = {**KNOWN, "x": Policy("x", "3", "working_days", "6.2", "text"), first.key: first}
    assert str(
        local_day(compute_deadline(DeadlineCalendar(known, 6, OWN), "x", at("2026-10-14")).moment)
    ) == ("2026-10-17"), "other clauses do not say it"


def test_a_term_of_days_ends_with_the_last_second_of_its_day():
    moment = compute_deadline(working(1, 6), "x", at("2026-10-14")).moment
    assert local_time(moment).strftime("%H:%M:%S") == "23:59:59"
    assert moment < moment + timedelta(seconds=1)


def test_hours_run_through_nights_and_holidays():
    anchor = at("2026-04-30", 15)
    assert compute_deadline(working(1, 6), "attendance.entry_term", anchor).moment == anchor + timedelta(
        hours=24
    )


def test_a_pause_moves_the_end_by_its_length():
    outage = PausePeriod(at("2026-10-14", 12), at("2026-10-14", 15), "outage", "акт 3")
    terms = working(1, 6, pauses=(outage,))
    anchor = at("2026-10-14", 11)
    assert compute_deadline(terms, "attendance.entry_term", anchor).moment == anchor + timedelta(hours=27)


def test_only_a_pause_that_touches_the_term_moves_its_end():
    anchor, hour, second = at("2026-10-14", 11), timedelta(hours=1), timedelta(seconds=1)
    end = anchor + 24 * hour

    def ends(begins: datetime, over: datetime) -> datetime:
        terms = working(1, 6, pauses=(PausePeriod(begins, over, "outage", "акт 3"),))
        return compute_deadline(terms, "attendance.entry_term", anchor).moment

    assert ends(anchor - hour, anchor) == end == ends(end + second, end + hour)
    assert ends(anchor - hour, anchor + second) == end + second, "only what of it lies in the term"
    assert ends(end, end + hour) == end + hour, "it stood still in the last second"


def test_a_pause_that_begins_within_the_time_another_added_moves_the_end_again():
    first, second = at("2026-10-14", 12), at("2026-10-15", 12)
    pauses = tuple(PausePeriod(day, day + timedelta(hours=3), "outage", "акт") for day in (second, first))
    anchor = at("2026-10-14", 11)
    terms = working(1, 6, pauses=pauses)
    assert compute_deadline(terms, "attendance.entry_term", anchor).moment == anchor + timedelta(hours=30)


def test_working_days_do_not_end_on_a_day_off_behind_a_pause_either():
    outage = PausePeriod(at("2026-10-16", 12), at("2026-10-16", 15), "outage", "акт 3")
    terms = working(1, 5, pauses=(outage,))
    found = compute_deadline(terms, "x", at("2026-10-15"))
    assert str(local_day(found.moment)) == "2026-10-19"
    assert [step["kind"] for step in found.steps][-4:] == ["pause", "weekend", "weekend", "end"]


def test_a_term_that_rolls_names_the_days_it_rolled_over():
    roll = Policy("caltime.roll", "NEXT_WORKING_DAY", "code", "5.3.1", "default")
    found = compute_deadline(
        DeadlineCalendar({**KNOWN, "caltime.roll": roll}, 6, OWN), "workoff.term", at("2026-04-20")
    )
    passed = [step["day"] for step in found.steps if step["kind"] in ("holiday", "weekend")]
    assert passed == ["2026-05-04", "2026-05-05", *(f"2026-05-{day:02d}" for day in range(6, 11))]
    assert str(local_day(found.moment)) == "2026-05-11"


def test_the_computation_names_every_day_it_passed_over():
    steps = compute_deadline(working(1, 6), "x", at("2026-05-26")).steps
    assert [step["kind"] for step in steps] == ["anchor", "holiday", "counted", "end"]
    assert steps[1]["name"]["ky"] == "Курман айт"


def test_a_code_is_no_term_and_an_unknown_policy_is_a_key_error():
    with pytest.raises(ValueError):
        compute_deadline(working(1, 6), "caltime.roll", at("2026-10-14"))
    with pytest.raises(KeyError):
        compute_deadline(working(1, 6), "no.such_term", at("2026-10-14"))


def test_remaining_counts_working_days_after_today():
    terms = working(1, 5)
    assert working_days_left(terms, at("2026-10-16"), at("2026-10-19")) == 1
    assert working_days_left(terms, at("2026-10-16"), at("2026-10-16", 23)) == 0


def date_of(year: int, month: int) -> datetime:
    """The first of a month, without a zone: hypothesis adds it afterwards."""
    return datetime(year, month, 1, tzinfo=UTC).replace(tzinfo=None)


MOMENTS = st.datetimes(date_of(2026, 1), date_of(2027, 12)).map(lambda naive: naive.replace(tzinfo=UTC))


@given(MOMENTS, st.integers(1, 10), st.sampled_from([5, 6]))
def test_a_working_term_ends_on_a_working_day_and_never_before_its_anchor(anchor, number, week):
    terms = working(number, week)
    moment = compute_deadline(terms, "x", anchor).moment
    assert moment > anchor and terms.is_workday(local_day(moment))


@given(MOMENTS, st.integers(1, 9))
def test_a_later_anchor_never_ends_earlier(anchor, number):
    terms = working(number, 6)
    later = compute_deadline(terms, "x", anchor + timedelta(days=1)).moment
    assert later >= compute_deadline(terms, "x", anchor).moment


def test_own_days_overrule_the_public_holidays():
    opened = {date(2026, 8, 31): CalendarDayValue("working", {})}
    assert DeadlineCalendar(KNOWN, 6, opened).is_workday(date(2026, 8, 31)) and not DeadlineCalendar(
        KNOWN, 6, {}
    ).is_workday(date(2026, 8, 31))


def test_a_public_holiday_is_called_in_each_language():
    names = public_holidays(2026)[date(2026, 8, 31)]
    assert "көз карандысыз" in names["ky"].lower() and "независимости" in names["ru"].lower()
    assert names["en"] == "Independence Day"
