"""Read what the pages of the timetable post: weekly lessons, planned hours, the bell schedule, days and times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from uuid import UUID

from app.journal.gradebook.cell_state import LESSON_TYPES
from app.journal.timetable.commands import PatternEdit
from app.journal.timetable.rules import MAX_PERIODS, BellTimes, read_typed_time
from app.kernel.errors import FieldProblem, Invalid
from app.kernel.ids import parse_id
from app.kernel.typed_values import read_day_field

FormValues = Mapping[str, str]
MAX_DIGITS = 4


class FieldErrors:
    """Collects the problems of a form, so that all of them are named at once."""

    def __init__(self) -> None:
        self.problems: dict[str, list[FieldProblem]] = {}

    def add(self, field: str, code: str, **params: object) -> None:
        """Note one problem with one field."""
        self.problems.setdefault(field, []).append(FieldProblem(code, params))

    def read_day(self, form: FormValues, field: str) -> date | None:
        """Return a day; note a problem when it is none."""
        try:
            return read_day_field(field, form.get(field))
        except Invalid as unread:
            self.problems.setdefault(field, []).extend(unread.fields[field])
            return None

    def read_time(self, form: FormValues, field: str) -> time | None:
        """Return a time of day, None for an empty field; note a problem when it is none."""
        text = form.get(field, "").strip()
        if not text:
            return None
        at = read_typed_time(text)
        if at is None:
            self.add(field, "journal.timetable.not_a_time")
        return at

    def read_number(self, form: FormValues, field: str) -> int:
        """Return a whole number; note a problem when it is none."""
        text = form.get(field, "").strip()
        if text.isdecimal() and len(text) <= MAX_DIGITS:
            return int(text)
        self.add(field, "kernel.input.not_a_number")
        return 0

    def read_id(self, form: FormValues, field: str) -> UUID | None:
        """Return an identifier; note that the field is required when it is empty or none."""
        try:
            return parse_id(form.get(field, ""), field)
        except Invalid:
            self.add(field, "forms.field.required")
            return None

    def raise_if_any(self) -> None:
        """Raise Invalid with all problems noted."""
        if self.problems:
            raise Invalid(self.problems)


def read_version(form: FormValues) -> int:
    """Return the version of the timetable that the form showed. Raises Invalid."""
    text = form.get("version", "")
    if not text.isdecimal() or len(text) > 9:
        raise Invalid.field("version", "kernel.input.not_a_number")
    return int(text)


def read_pattern(form: FormValues) -> PatternEdit:
    """Return the weekly lesson of a form: of a bell period, or ("" for the period) with times of its own.

    Raises Invalid naming every field that cannot be read.
    """
    errors = FieldErrors()
    pattern = parse_id(form.get("pattern"), "pattern")
    period = errors.read_number(form, "period") if form.get("period", "").strip() else None
    starts_at = ends_at = None
    if period is None:
        starts_at, ends_at = errors.read_time(form, "starts_at"), errors.read_time(form, "ends_at")
    weekday, hours = errors.read_number(form, "weekday"), errors.read_number(form, "hours")
    first, last = errors.read_day(form, "from"), errors.read_day(form, "until")
    teacher = errors.read_id(form, "teacher")
    errors.raise_if_any()
    assert first is not None and last is not None and teacher is not None
    return PatternEdit(
        id=pattern,
        weekday=weekday,
        weeks=form.get("weeks", ""),
        period=period,
        starts_at=starts_at,
        ends_at=ends_at,
        type=form.get("type", ""),
        teacher=teacher,
        room=form.get("room", ""),
        hours=hours,
        first=first,
        last=last,
    )


def read_planned_hours(form: FormValues) -> dict[str, int]:
    """Return the planned hours by type from fields `hours-<type>`; an empty field is 0. Raises Invalid."""
    errors = FieldErrors()
    fields = {type: f"hours-{type}" for type in LESSON_TYPES}
    hours = {
        type: errors.read_number(form, field) if form.get(field, "").strip() else 0
        for type, field in fields.items()
    }
    errors.raise_if_any()
    return hours


def read_bell_schedule(form: FormValues) -> list[BellTimes]:
    """Return the periods from fields `starts-<number>` and `ends-<number>`; a period without times does not exist.

    Raises Invalid (`period-<number>`).
    """
    errors, found = FieldErrors(), []
    for number in range(1, MAX_PERIODS + 1):
        times = FieldErrors()
        starts_at = times.read_time(form, f"starts-{number}")
        ends_at = times.read_time(form, f"ends-{number}")
        if times.problems:
            errors.add(f"period-{number}", "journal.timetable.not_a_time")
        elif starts_at is not None and ends_at is not None:
            found.append(BellTimes(number, starts_at, ends_at))
        elif starts_at is not None or ends_at is not None:
            errors.add(f"period-{number}", "journal.bells.half")
    errors.raise_if_any()
    return found


def read_generation_day(form: FormValues) -> date:
    """Return the first day from which lessons are generated. Raises Invalid on `since`."""
    errors = FieldErrors()
    day = errors.read_day(form, "since")
    errors.raise_if_any()
    assert day is not None
    return day
