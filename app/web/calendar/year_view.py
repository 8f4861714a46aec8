"""A year of the working calendar for a page: twelve months of days, each with kind, letter and words."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.kernel.clock import local_day
from app.kernel.i18n import day_text, pick_text
from app.regulation.rules import CalendarDayValue, DeadlineCalendar, public_holidays
from app.regulation.term_book import RegulationSnapshot
from app.texts.translate import N_
from app.texts.translate import gettext as _

DAY_KIND_LABELS: Mapping[str, str] = {
    "public": N_("public holiday"),
    "government": N_("day off by the government"),
    "university": N_("day off of the university"),
    "working": N_("working day instead of a day off"),
    "short": N_("short day"),
    "paused": N_("deadlines paused"),
    "weekend": N_("weekend"),
}
DAY_KIND_LETTERS: Mapping[str, str] = {
    "public": N_("H"),
    "government": N_("G"),
    "university": N_("U"),
    "working": N_("W"),
    "short": N_("S"),
    "paused": N_("P"),
}
"""Letters displayed in addition to the colour of a kind; a weekend is grey and has none."""


@dataclass(frozen=True, slots=True)
class DayView:
    """One day; `kind` is "" for an ordinary working day, `words` describe it as displayed."""

    day: date
    kind: str
    letter: str
    words: str
    names: str
    source: str
    own: bool
    today: bool
    begun: bool


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month with its name and its weeks of seven days; None outside the month."""

    name: str
    weeks: tuple[tuple[DayView | None, ...], ...]


def year_month_views(
    book: RegulationSnapshot, unit: UUID | None, year: int, today: date, locale: str
) -> list[MonthView]:
    """Build twelve months as the unit counts them."""
    deadline_calendar = book.calendar_of_unit(unit, today)
    paused = frozenset(_paused_days(deadline_calendar, year))
    grid = Calendar(firstweekday=0)

    def day_view_in_month(day: date, month: int) -> DayView | None:
        return (
            calendar_day_view(book, deadline_calendar, unit, day, today, locale, paused)
            if day.month == month
            else None
        )

    return [
        MonthView(
            name=day_text(date(year, month, 1), locale, "LLLL"),
            weeks=tuple(
                tuple(day_view_in_month(day, month) for day in week)
                for week in grid.monthdatescalendar(year, month)
            ),
        )
        for month in range(1, 13)
    ]


def weekday_short_and_long_names(locale: str) -> list[tuple[str, str]]:
    """Return the names from Monday to Sunday, short and long."""
    monday = date(2026, 10, 12)
    days = [monday + timedelta(days=number) for number in range(7)]
    return [(day_text(day, locale, "EEEEEE"), day_text(day, locale, "EEEE")) for day in days]


def calendar_day_view(
    book: RegulationSnapshot,
    deadline_calendar: DeadlineCalendar,
    unit: UUID | None,
    day: date,
    today: date,
    locale: str,
    paused: frozenset[date] = frozenset(),
) -> DayView:
    """Build one day as the unit counts it; `own` is true when the unit's own table contains it."""
    own = deadline_calendar.days.get(day)
    kind = calendar_day_kind(deadline_calendar, day, own)
    if not kind and day in paused:
        kind = "paused"
    names = pick_text(own.names, locale) if own is not None else ""
    if kind == "public":
        names = pick_text(public_holidays(day.year).get(day), locale)
    words = ", ".join(part for part in (_(DAY_KIND_LABELS[kind]) if kind else "", names) if part)
    return DayView(
        day=day,
        kind=kind,
        letter=_(DAY_KIND_LETTERS[kind]) if kind in DAY_KIND_LETTERS else "",
        words=words,
        names=names,
        source=own.source if own is not None else "",
        own=(unit, day) in book.days,
        today=day == today,
        begun=day <= today,
    )


def calendar_day_kind(deadline_calendar: DeadlineCalendar, day: date, own: CalendarDayValue | None) -> str:
    """Return the kind of the day, a key of the kinds; "" for an ordinary working day."""
    if own is not None:
        return own.origin if own.kind == "off" else own.kind
    off = deadline_calendar.day_off_reason(day)
    if off is None:
        return ""
    return "weekend" if off[0] == "weekend" and day not in public_holidays(day.year) else "public"


@dataclass(frozen=True, slots=True)
class DayRange:
    """Consecutive days that differ only in their date."""

    first: DayView
    last: date


def special_day_ranges(months: list[MonthView]) -> list[DayRange]:
    """List the days of the year that differ from their weekday in order.

    Equal neighbours become one range.
    """
    found: list[DayRange] = []
    for one in (day for month in months for week in month.weeks for day in week if day is not None):
        if one.kind in ("", "weekend", "paused"):
            continue
        previous = found[-1] if found else None
        if (
            previous
            and _has_same_words_and_source(previous.first, one)
            and (one.day - previous.last).days == 1
        ):
            found[-1] = DayRange(previous.first, one.day)
        else:
            found.append(DayRange(one, one.day))
    return found


def _has_same_words_and_source(one: DayView, other: DayView) -> bool:
    return (one.words, one.source) == (other.words, other.source)


def _paused_days(deadline_calendar: DeadlineCalendar, year: int) -> Iterator[date]:
    """Yield the days of a year on which deadlines are paused."""
    for stop in deadline_calendar.pauses:
        day, last = local_day(stop.starts_at), local_day(stop.ends_at)
        while day <= last:
            if day.year == year:
                yield day
            day += timedelta(days=1)
