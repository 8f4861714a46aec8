"""Filters and functions of templates: texts, dates and times, clause references."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from babel.dates import get_day_names, get_month_names
from flask import Flask
from markupsafe import Markup, escape

from app.kernel.clock import local_time
from app.kernel.i18n import babel_locale, day_text, moment_text, pick_text, shown_number
from app.kernel.typed_values import day_field_text, moment_field_text
from app.people.rules import face_letters
from app.texts.translate import gettext, locale, ngettext
from app.web.core.request_clock import request_time


def register_template_filters(app: Flask) -> None:
    """Register filters and globals; texts use the catalogue of the request's language."""
    app.jinja_env.globals.update(_=gettext, gettext=gettext, ngettext=ngettext)
    app.jinja_env.globals.update(month_names=month_names, weekday_names=weekday_names)
    app.jinja_env.filters.update(
        moment=format_moment,
        full_moment=format_moment_with_year,
        day=format_day,
        distance=time_from_now_text,
        clause_ref=clause_number_text,
        pick=text_in_current_locale,
        lines=html_with_line_breaks,
        number=number_in_current_locale,
        day_field=day_field_text,
        face_letters=face_letters,
        moment_field=moment_field_text,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def month_names() -> list[str]:
    """Return the names of the months, January first, as the calendar of a date field shows them."""
    names = get_month_names("wide", "stand-alone", babel_locale(locale()))
    return [names[number].capitalize() for number in range(1, 13)]


def weekday_names() -> list[str]:
    """Return "short=long" names of the days of the week, Monday first."""
    short, long = (
        get_day_names(width, "stand-alone", babel_locale(locale())) for width in ("abbreviated", "wide")
    )
    return [f"{short[number].rstrip('.')}={long[number]}" for number in range(7)]


def format_moment(at: datetime) -> str:
    """Return weekday, day and time in the university's time zone; the year only when it is another one."""
    return moment_text(at, locale())


def format_moment_with_year(at: datetime) -> str:
    """Return weekday, day, year and time in the university's time zone: for histories."""
    return moment_text(at, locale(), with_year=True)


def format_day(on: date | datetime) -> str:
    """Return weekday and day; the year only when it is another one."""
    return day_text(local_time(on).date() if isinstance(on, datetime) else on, locale())


def time_from_now_text(at: datetime) -> str:
    """Return the distance from now in the largest unit that fits: "in 2 days", "3 hours ago"."""
    seconds = (at - request_time()).total_seconds()
    size = abs(seconds)
    if size < 60:
        return gettext("just now")
    if size < 3600:
        number = int(size // 60)
        pair = (
            ngettext("in %(n)s minute", "in %(n)s minutes", number)
            if seconds > 0
            else ngettext("%(n)s minute ago", "%(n)s minutes ago", number)
        )
    elif size < 86400:
        number = int(size // 3600)
        pair = (
            ngettext("in %(n)s hour", "in %(n)s hours", number)
            if seconds > 0
            else ngettext("%(n)s hour ago", "%(n)s hours ago", number)
        )
    else:
        number = abs((local_time(at).date() - local_time(request_time()).date()).days)
        pair = (
            ngettext("in %(n)s day", "in %(n)s days", number)
            if seconds > 0
            else ngettext("%(n)s day ago", "%(n)s days ago", number)
        )
    return pair % {"n": number}


def clause_number_text(number: str) -> str:
    """Return "clause 4.4.2" in the language of the page."""
    return gettext("clause %(number)s") % {"number": number}


def text_in_current_locale(texts: dict[str, str]) -> str:
    """Return one language of a {ky, ru, en} text."""
    return pick_text(texts, locale())


def number_in_current_locale(number: Decimal | str | int | None) -> str:
    """Return a number with the decimal sign of the language of the page."""
    return shown_number(number, locale())


def html_with_line_breaks(text: str) -> Markup:
    """Return a text as HTML with its line breaks."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())
