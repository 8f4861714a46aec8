"""Days, moments and numbers are read as people type them, and in one way only."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.kernel.errors import Invalid
from app.kernel.typed_values import (
    TypedValueError,
    day_field_text,
    moment_field_text,
    read_day_field,
    read_optional_day_field,
    read_typed_day,
    read_typed_moment,
    read_typed_number,
)

DAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    "text",
    ["30.11.2026", " 30.11.2026 ", "30.11.26", "30,11,2026", "30 11 2026", "30. 11. 2026", "30112026"],
)
def test_a_day_is_read_as_it_is_typed(text):
    assert read_typed_day(text) == DAY


@pytest.mark.parametrize("text", ["2026-11-30", "30/11/2026", "11/30/2026", "30-11-2026"])
def test_a_day_is_read_as_programs_and_other_countries_write_it(text):
    assert read_typed_day(text) == DAY


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("05/06/2026", "kernel.day.two_ways"),
        ("5-6-2026", "kernel.day.two_ways"),
        ("31.11.2026", "kernel.day.unreadable"),
        ("2026-13-01", "kernel.day.unreadable"),
        ("13/13/2026", "kernel.day.unreadable"),
        ("26-11-30", "kernel.day.unreadable"),
        ("tomorrow", "kernel.day.unreadable"),
        ("٣٠.١١.٢٠٢٦", "kernel.day.unreadable"),
        ("31.12.1999", "kernel.day.year"),
        ("01.01.2101", "kernel.day.year"),
        ("0206-11-30", "kernel.day.year"),
    ],
)
def test_what_is_no_day_or_two_days_is_refused_with_its_reason(text, code):
    with pytest.raises(TypedValueError) as unread:
        read_typed_day(text)
    assert unread.value.problem.code == code


def test_the_first_and_the_last_day_are_read_and_equal_numbers_are_one_day():
    assert (read_typed_day("01.01.2000"), read_typed_day("31.12.2100")) == (
        date(2000, 1, 1),
        date(2100, 12, 31),
    )
    assert read_typed_day("5/5/2026") == date(2026, 5, 5)


@pytest.mark.parametrize(
    "text",
    ["30.11.2026 14:30", "30.11.2026, 14.30", "2026-11-30T14:30", "2026-11-30T14:30:00", "30.11.26  14:30"],
)
def test_a_moment_is_local_time_of_the_university(text):
    assert read_typed_moment(text) == datetime(2026, 11, 30, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["30.11.2026", "14:30", "30.11.2026 25:00", "30.11.2026 14:60", "x 14:30"])
def test_a_moment_without_day_or_time_is_refused(text):
    with pytest.raises(TypedValueError):
        read_typed_moment(text)


def test_a_number_is_read_with_comma_and_point():
    assert read_typed_number("87,5") == read_typed_number(" 87.5 ") == Decimal("87.5")
    for text in ("", "1.000,5", "1e3", "NaN", "5 000", "--5", "٥"):
        with pytest.raises(TypedValueError):
            read_typed_number(text)


def test_a_refusal_names_the_field_and_an_empty_field_is_another_matter():
    with pytest.raises(Invalid) as empty:
        read_day_field("since", " ")
    with pytest.raises(Invalid) as bad:
        read_optional_day_field("since", "30.02.2026")
    assert empty.value.fields["since"][0].code == "forms.field.required"
    assert bad.value.fields["since"][0].code == "kernel.day.unreadable"
    assert read_optional_day_field("since", " ") is None


def test_a_field_shows_days_in_one_way_and_what_was_typed_as_it_was():
    assert day_field_text(DAY) == day_field_text("2026-11-30") == "30.11.2026"
    assert [day_field_text(text) for text in ("30.11.2", "2026-13-40", None)] == ["30.11.2", "2026-13-40", ""]
    assert moment_field_text("2026-11-30T14:30:00") == "30.11.2026 14:30"
    assert moment_field_text("30.11.2026 1") == "30.11.2026 1"
