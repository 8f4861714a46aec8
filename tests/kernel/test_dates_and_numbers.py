"""Dates and numbers as each language writes them: the year where it is another one, or where it is asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.kernel.i18n import (
    DATE_STYLE,
    day_text,
    every_year_written,
    moment_text,
    number_text,
    set_every_year_written,
    set_reading_year,
    shown_number,
)

DAY, EVENING = date(2026, 11, 30), datetime(2026, 11, 30, 17, 59, tzinfo=UTC)


@pytest.fixture(autouse=True)
def reading_in_2026():
    set_reading_year(2026)
    yield
    set_reading_year(None)


@pytest.mark.parametrize(
    ("locale", "this_year", "last_day_of_2025", "moment", "order"),
    [
        ("ky", "30-ноя., дүй.", "2025-ж., 31-дек., шарш.", "30-ноя., дүй., 23:59", "2026-ж., 30-ноябрь"),
        ("ru", "пн, 30 нояб.", "ср, 31 дек. 2025 г.", "пн, 30 нояб., 23:59", "30 ноября 2026 г."),
        ("en", "Mon 30 Nov", "Wed 31 Dec 2025", "Mon 30 Nov, 23:59", "30 Nov 2026"),
    ],
)
def test_a_date_is_written_as_its_language_writes_it(locale, this_year, last_day_of_2025, moment, order):
    assert day_text(DAY, locale) == this_year and moment_text(EVENING, locale) == moment
    assert day_text(date(2025, 12, 31), locale) == last_day_of_2025
    assert day_text(DAY, locale, DATE_STYLE, with_year=True) == order
    for written in (day_text(DAY, locale, with_year=True), moment_text(EVENING, locale, with_year=True)):
        assert "2026" in written
    set_every_year_written()
    assert "2026" in day_text(DAY, locale) and "2026" in moment_text(EVENING, locale)


def test_a_block_writes_every_year_and_leaves_the_reading_year_as_it_was():
    with every_year_written():
        assert day_text(DAY, "en") == "Mon 30 Nov 2026"
    assert day_text(DAY, "en") == "Mon 30 Nov"


def test_a_moment_is_written_in_the_year_of_the_university_and_not_of_greenwich():
    new_year = datetime(2025, 12, 31, 18, 0, tzinfo=UTC)
    assert moment_text(new_year, "en") == "Thu 1 Jan, 00:00"
    assert moment_text(datetime(2025, 12, 31, 17, 59, tzinfo=UTC), "en") == "Wed 31 Dec 2025, 23:59"


@pytest.mark.parametrize(("locale", "sign"), [("ky", ","), ("ru", ","), ("en", ".")])
def test_a_number_has_the_decimal_sign_of_its_language_and_no_trailing_zeros(locale, sign):
    assert number_text(Decimal("87.50"), locale) == f"87{sign}5" == number_text("87.5", locale)
    assert [number_text(text, locale) for text in ("0", "24", "0.0", "1000")] == ["0", "24", "0", "1000"]
    assert shown_number(Decimal("8.50"), locale) == f"8{sign}5"
    assert [shown_number(text, locale) for text in (None, "", "–", "8,5x")] == ["", "", "–", "8,5x"]
