"""Days, moments and numbers as people type them: the one place that reads them, whatever the browser's language."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from app.kernel.clock import UNIVERSITY_ZONE
from app.kernel.errors import FieldProblem, Invalid

MIN_YEAR, MAX_YEAR = 2000, 2100

_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DOTTED_DAY = re.compile(r"(\d{1,2})(?:[.,]\s*|\s+)(\d{1,2})(?:[.,]\s*|\s+)(\d{4}|\d{2})", re.ASCII)
_DIGITS_DAY = re.compile(r"(\d{2})(\d{2})(\d{4})", re.ASCII)
_SLASHED_DAY = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})", re.ASCII)
_MOMENT = re.compile(r"(.+?)(?:T|,?\s+)(\d{1,2})[:.](\d{2})(?:[:.]\d{2}(?:\.\d+)?)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)", re.ASCII)


class TypedValueError(ValueError):
    """A text that is no day, moment or number; `code` words it."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.problem = FieldProblem(code, params)


def read_typed_day(text: str) -> date:
    """Return the day that a person typed or a browser sent.

    Read are 30.11.2026, 30.11.26, 30112026, 2026-11-30, and 30/11/2026 or 11/30/2026 where only one order gives a
    day. Raises TypedValueError: no day, two possible days, or a year outside 2000..2100.
    """
    given = text.strip()
    if found := _ISO_DAY.fullmatch(given):
        year, month, day = found.groups()
    elif found := _DOTTED_DAY.fullmatch(given) or _DIGITS_DAY.fullmatch(given):
        day, month, year = found.groups()
    elif found := _SLASHED_DAY.fullmatch(given):
        day, _sign, month, year = found.groups()
        if int(month) > 12:
            day, month = month, day
        elif int(day) <= 12 and day != month:
            raise TypedValueError("kernel.day.two_ways", day=f"{int(day):02}.{int(month):02}.{year}")
    else:
        raise TypedValueError("kernel.day.unreadable")
    full_year = int(year) + (MIN_YEAR if len(year) == 2 else 0)
    if not MIN_YEAR <= full_year <= MAX_YEAR:
        raise TypedValueError("kernel.day.year", least=MIN_YEAR, most=MAX_YEAR)
    try:
        return date(full_year, int(month), int(day))
    except ValueError:
        raise TypedValueError("kernel.day.unreadable") from None


def read_typed_moment(text: str) -> datetime:
    """Return the moment that a person typed or a browser sent, in UTC; what is typed is local time of the university.

    Read is a day as `read_typed_day` reads it, then the time: 30.11.2026 14:30, 2026-11-30T14:30. Raises
    TypedValueError.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise TypedValueError("kernel.moment.unreadable")
    day = read_typed_day(found[1])
    try:
        local = datetime(day.year, day.month, day.day, int(found[2]), int(found[3]), tzinfo=UNIVERSITY_ZONE)
    except ValueError:
        raise TypedValueError("kernel.moment.unreadable") from None
    return local.astimezone(UTC)


def read_typed_number(text: str) -> Decimal:
    """Return the number that a person typed, with a comma or a point: 87,5 and 87.5. Raises TypedValueError."""
    given = text.strip()
    try:
        if not _NUMBER.fullmatch(given):
            raise TypedValueError("kernel.number.unreadable")
        return Decimal(given.replace(",", "."))
    except InvalidOperation:
        raise TypedValueError("kernel.number.unreadable") from None


def read_day_field(field: str, text: str | None) -> date:
    """Return the day of a form's field. Raises Invalid naming the field: empty, or as `read_typed_day`."""
    try:
        return read_typed_day(_filled_in_or_invalid(field, text))
    except TypedValueError as unread:
        raise Invalid({field: [unread.problem]}) from None


def read_optional_day_field(field: str, text: str | None) -> date | None:
    """Return the day of a form's field, None for an empty one. Raises Invalid naming the field."""
    return read_day_field(field, text) if (text or "").strip() else None


def read_moment_field(field: str, text: str | None) -> datetime:
    """Return the moment of a form's field in UTC. Raises Invalid naming the field: empty, or as `read_typed_moment`."""
    try:
        return read_typed_moment(_filled_in_or_invalid(field, text))
    except TypedValueError as unread:
        raise Invalid({field: [unread.problem]}) from None


def _filled_in_or_invalid(field: str, text: str | None) -> str:
    if not (text or "").strip():
        raise Invalid.field(field, "forms.field.required")
    return text or ""


def day_field_text(value: object) -> str:
    """Return what stands in a field of a day: 30.11.2026 for a day or its ISO text, any other text as it was typed."""
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    text = "" if value is None else str(value)
    try:
        return f"{read_typed_day(text):%d.%m.%Y}" if _ISO_DAY.fullmatch(text) else text
    except TypedValueError:
        return text


def moment_field_text(value: object) -> str:
    """Return what stands in a field of a moment: 30.11.2026 14:30 for the ISO text of local time, else as typed."""
    text = "" if value is None else str(value)
    day, sign, clock = text.partition("T")
    return f"{day_field_text(day)} {clock[:5]}" if sign and _ISO_DAY.fullmatch(day) else text
