"""A unit counts by its own rows, else by those above it; weeks are dated; a changed book leaves the first as it was."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.regulation.rules import CalendarDayValue, PausePeriod, Policy, compute_deadline
from app.regulation.term_book import DatedPolicy, RegulationSnapshot, unit_and_ancestors_by_unit

UNIVERSITY, INSTITUTE, DEPARTMENT, OTHER = (UUID(int=number) for number in range(1, 5))
LINES = unit_and_ancestors_by_unit(
    [(UNIVERSITY, None), (INSTITUTE, UNIVERSITY), (DEPARTMENT, INSTITUTE), (OTHER, UNIVERSITY)]
)
SINCE = date(2026, 4, 7)


def policy(value: str) -> Policy:
    return Policy("x", value, "working_days", "6.2", "text")


BOOK = RegulationSnapshot(
    policies=(DatedPolicy(None, SINCE, policy("1")),),
    weeks={(None, date(2000, 1, 1)): 6},
    units_upwards=LINES,
)
ON = date(2026, 10, 14)
SATURDAY = date(2026, 10, 17)


def test_the_line_goes_up_to_the_university():
    assert BOOK.unit_ancestors_and_university(DEPARTMENT) == (DEPARTMENT, INSTITUTE, UNIVERSITY, None)
    assert BOOK.unit_ancestors_and_university(None) == (None,)
    assert BOOK.unit_and_descendants(INSTITUTE) == {INSTITUTE, DEPARTMENT} and BOOK.unit_and_descendants(
        None
    ) == set(LINES)


def test_a_circle_of_units_ends():
    assert unit_and_ancestors_by_unit([(INSTITUTE, DEPARTMENT), (DEPARTMENT, INSTITUTE)])[INSTITUTE] == (
        INSTITUTE,
        DEPARTMENT,
    )


def test_the_nearest_row_of_a_day_wins():
    closed = BOOK.with_day(INSTITUTE, ON, CalendarDayValue("off", {}))
    opened = closed.with_day(DEPARTMENT, ON, CalendarDayValue("working", {}))
    assert not closed.calendar_of_unit(DEPARTMENT, ON).is_workday(ON) and closed.calendar_of_unit(
        OTHER, ON
    ).is_workday(ON)
    assert opened.calendar_of_unit(DEPARTMENT, ON).is_workday(ON) and not opened.calendar_of_unit(
        INSTITUTE, ON
    ).is_workday(ON)
    assert BOOK.calendar_of_unit(DEPARTMENT, ON).is_workday(ON)


def test_a_week_begins_on_its_day_and_the_nearest_unit_decides():
    five = BOOK.with_week(INSTITUTE, SATURDAY, 5)
    terms = five.calendar_of_unit(DEPARTMENT, ON)
    assert terms.is_workday(date(2026, 10, 10)) and not terms.is_workday(SATURDAY)
    assert five.calendar_of_unit(OTHER, ON).is_workday(SATURDAY)
    six = five.with_week(None, date(2026, 10, 18), 6)
    assert not six.calendar_of_unit(DEPARTMENT, ON).is_workday(date(2026, 10, 24))


def test_a_policy_of_a_unit_goes_before_that_of_the_university_and_the_later_before_the_earlier():
    dated = (
        *BOOK.policies,
        DatedPolicy(INSTITUTE, SINCE, policy("2")),
        DatedPolicy(None, date(2026, 9, 1), policy("5")),
        DatedPolicy(INSTITUTE, date(2027, 1, 1), policy("9")),
    )
    book = RegulationSnapshot(dated, {}, BOOK.weeks, {}, frozenset(), LINES)
    assert book.calendar_of_unit(DEPARTMENT, ON).policy("x").value == "2"
    assert book.calendar_of_unit(OTHER, ON).policy("x").value == "5"
    assert book.calendar_of_unit(DEPARTMENT, date(2027, 1, 2)).policy("x").value == "9"


def test_a_pause_of_a_unit_holds_below_it():
    noon = datetime(2026, 10, 14, 12, tzinfo=UNIVERSITY_ZONE)
    stop = PausePeriod(noon, noon.replace(day=16), "outage", "акт 3")
    book = BOOK.with_pause(UUID(int=9), INSTITUTE, stop)
    anchor = noon.replace(hour=10)
    assert local_day(compute_deadline(book.calendar_of_unit(DEPARTMENT, ON), "x", anchor).moment) == SATURDAY
    assert local_day(compute_deadline(book.calendar_of_unit(OTHER, ON), "x", anchor).moment) == date(
        2026, 10, 15
    )
    again = book.with_pause(
        UUID(int=9), INSTITUTE, PausePeriod(noon, noon.replace(hour=13), "outage", "акт 3")
    )
    assert local_day(compute_deadline(again.calendar_of_unit(DEPARTMENT, ON), "x", anchor).moment) == date(
        2026, 10, 16
    )
