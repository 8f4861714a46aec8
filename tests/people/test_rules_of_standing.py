"""What the orders about a student say of him on a day, and when he was on leave (2.1b): decided without a database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.kernel.ids import new_id
from app.people.rules import EnrolmentPeriod, enrolment_status, find_academic_leaves

UNIT, OTHER = new_id(), new_id()
FIRST, LAST, DAY = date(2026, 9, 1), date(2026, 10, 14), timedelta(days=1)


def stay(
    starts=FIRST, ends: date | None = LAST, how: str | None = None, unit=UNIT, order="12-С"
) -> EnrolmentPeriod:
    return EnrolmentPeriod(new_id(), unit, starts, ends, order, how, f"{order}/э" if how else "")


def on(day: date, *stays: EnrolmentPeriod):
    found = enrolment_status(stays, day)
    return found.kind, found.units, found.order, found.since, found.ended_as


@pytest.mark.parametrize("day", [FIRST, LAST])
def test_he_belongs_to_his_group_on_both_ends_of_his_stay(day):
    assert on(day, stay(how="EXPEL")) == ("belongs", {UNIT}, "12-С", FIRST, None)


def test_before_his_first_day_and_after_an_end_without_an_order_nothing_is_known():
    nothing = ("unknown", frozenset(), "", None, None)
    assert on(FIRST - DAY, stay()) == nothing == on(FIRST)
    assert on(LAST + DAY, stay())[:2] == ("unknown", {UNIT})
    assert on(LAST + DAY, stay(how="TRANSFER"))[0] == "unknown", "nobody took him in yet"


@pytest.mark.parametrize(("how", "kind"), [("LEAVE", "on_leave"), ("EXPEL", "left"), ("GRADUATE", "left")])
def test_the_day_after_the_order_took_effect_he_is_what_it_says(how, kind):
    assert on(LAST + DAY, stay(how=how)) == (kind, {UNIT}, "12-С/э", LAST + DAY, how)


def test_of_several_orders_the_last_before_the_day_counts_in_whatever_sequence_they_are_read():
    leave = stay(how="LEAVE")
    back = stay(LAST + 30 * DAY, LAST + 60 * DAY, "EXPEL", OTHER, "70-С")
    for stays in ((leave, back), (back, leave)):
        assert on(LAST + DAY, *stays)[0] == "on_leave"
        assert on(LAST + 30 * DAY, *stays) == ("belongs", {OTHER}, "70-С", LAST + 30 * DAY, None)
        assert on(LAST + 61 * DAY, *stays) == ("left", {OTHER}, "70-С/э", LAST + 61 * DAY, "EXPEL")


def test_who_belongs_to_two_groups_at_once_is_of_both_units_by_the_later_order():
    stays = (stay(), stay(LAST, None, unit=OTHER, order="70-С"))
    assert on(LAST, *stays) == ("belongs", {UNIT, OTHER}, "70-С", LAST, None) == on(LAST, *stays[::-1])


def test_a_leave_lasts_from_the_day_after_its_order_to_the_day_he_came_back():
    assert find_academic_leaves([stay(how="LEAVE")]) == [(LAST + DAY, None, "12-С/э")]
    at_once, later = stay(LAST + DAY, None), stay(LAST + 30 * DAY, None)
    assert find_academic_leaves([stay(how="LEAVE"), later, at_once]) == [(LAST + DAY, LAST + DAY, "12-С/э")]
    assert find_academic_leaves([stay(how="LEAVE"), later]) == [(LAST + DAY, LAST + 30 * DAY, "12-С/э")]
    assert find_academic_leaves([stay(how="EXPEL"), stay(ends=None), later]) == []


def test_two_leaves_stand_in_the_order_of_their_days():
    first, second = stay(how="LEAVE"), stay(LAST + 30 * DAY, LAST + 60 * DAY, "LEAVE", order="70-С")
    found = find_academic_leaves([second, first])
    assert [order for _first, _back, order in found] == ["12-С/э", "70-С/э"]
    assert [back for _first, back, _order in found] == [LAST + 30 * DAY, None]
