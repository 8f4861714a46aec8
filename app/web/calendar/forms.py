"""Calendar forms: a change is read and checked here for the preview, and again when it is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from app.journal.courses.semester_dates import SemesterDates
from app.journal.semesters import queries as semester_queries
from app.journal.semesters.commands import set_semester_dates
from app.journal.semesters.queries import PreviewDates
from app.journal.semesters.rules import has_deadline_relevant_change, refusal_to_set_semester_dates
from app.kernel.act import Act
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.errors import DepterError, Invalid, Missing
from app.kernel.i18n import LOCALES
from app.kernel.ids import parse_id
from app.kernel.typed_values import read_day_field, read_moment_field, read_optional_day_field
from app.regulation import calendar_permissions, commands
from app.regulation.rules import CalendarDayValue, PausePeriod
from app.regulation.term_book import RegulationSnapshot

FormValues = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ProposedCalendarChange:
    """A permitted change: its kind, the term book after it, and the command that makes it under an id.

    `kind`, `before`, `after` are those of the list of changes. `moves_deadlines_since` is None when the change moves no
    deadline; `preview_dates` are dates of the academic calendar whose anchors would move.
    """

    kind: str
    unit: UUID | None
    moves_deadlines_since: datetime | None
    snapshot_after: RegulationSnapshot
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    make: Callable[[Act, UUID], None]
    preview_dates: PreviewDates | None = None


def read_proposed_calendar_change(
    form: FormValues, act: Act, book: RegulationSnapshot
) -> ProposedCalendarChange:
    """Read the change of a form; raises Missing, Denied, Invalid, Refused as the command would."""
    reader = CHANGE_READERS_BY_FORM.get(form.get("what", ""))
    if reader is None:
        raise Invalid.field("what", "forms.field.not_offered")
    unit = parse_id(form["unit"], "unit") if form.get("unit") else None
    if unit is not None and unit not in book.units_upwards:
        raise Missing
    _raise_if_refused(
        calendar_permissions.refusal_to_edit_calendar(
            act.assignments, book.unit_ancestors_and_university(unit)
        )
    )
    return reader(form, act, book, unit)


def _read_calendar_day_change(
    form: FormValues, act: Act, book: RegulationSnapshot, unit: UUID | None
) -> ProposedCalendarChange:
    day = read_day_field("day", form.get("day"))
    names = {locale: form.get(f"name_{locale}", "").strip() for locale in LOCALES}
    origin = form.get("origin", "") if unit is None else "university"
    value = CalendarDayValue(
        form.get("kind", ""), _without_empty_names(names), origin, form.get("source", "").strip()
    )
    new = calendar_permissions.NewDay(day, unit, value)
    _raise_if_refused(
        calendar_permissions.refusal_to_set_calendar_day(new, act.assignments, local_day(act.at), act.reason)
    )
    old, seen = book.days.get((unit, day)), form.get("seen", "")
    return ProposedCalendarChange(
        "day_set",
        unit,
        _university_day_start_in_utc(day),
        book.with_day(unit, day, value),
        calendar_permissions.calendar_day_as_json_dict(day, old) if old is not None else None,
        calendar_permissions.calendar_day_as_json_dict(day, value),
        lambda change_act, id: commands.set_calendar_day(change_act, id, new, seen),
    )


def _without_empty_names(names: Mapping[str, str]) -> dict[str, str]:
    """Return the names that were filled in; an empty dict when no field was filled."""
    return {locale: name for locale, name in names.items() if name}


def _read_day_removal(
    form: FormValues, act: Act, book: RegulationSnapshot, unit: UUID | None
) -> ProposedCalendarChange:
    day, seen = read_day_field("day", form.get("day")), form.get("seen", "")
    old = book.days.get((unit, day))
    if old is None:
        raise Missing
    _raise_if_refused(calendar_permissions.refusal_to_remove_calendar_day(day, local_day(act.at)))
    return ProposedCalendarChange(
        "day_removed",
        unit,
        _university_day_start_in_utc(day),
        book.with_day(unit, day, None),
        calendar_permissions.calendar_day_as_json_dict(day, old),
        None,
        lambda change_act, id: commands.remove_calendar_day(change_act, id, day, unit, seen),
    )


def _read_working_week_change(
    form: FormValues, act: Act, book: RegulationSnapshot, unit: UUID | None
) -> ProposedCalendarChange:
    since = read_day_field("since", form.get("since"))
    days = int(form.get("days", "")) if form.get("days", "").isdecimal() else 0
    _raise_if_refused(calendar_permissions.refusal_to_set_unit_working_week(days, since, local_day(act.at)))
    return ProposedCalendarChange(
        "week_set",
        unit,
        _university_day_start_in_utc(since),
        book.with_week(unit, since, days),
        {"days": book.calendar_of_unit(unit, since).workdays_per_week_on(since)},
        {"days": days, "since": since.isoformat()},
        lambda change_act, id: commands.set_unit_working_week(change_act, id, unit, days, since),
    )


def _read_new_pause(
    form: FormValues, act: Act, book: RegulationSnapshot, unit: UUID | None
) -> ProposedCalendarChange:
    stop = PausePeriod(
        read_moment_field("starts_at", form.get("starts_at")),
        read_moment_field("ends_at", form.get("ends_at")),
        form.get("kind", ""),
        form.get("reference", "").strip(),
    )
    _raise_if_refused(
        calendar_permissions.refusal_to_add_deadline_pause(stop, act.assignments, act.at, act.reason)
    )
    return ProposedCalendarChange(
        "pause_added",
        unit,
        stop.starts_at,
        # The pause gets its id when it is saved; the preview only needs one that no pause has.
        book.with_pause(UUID(int=0), unit, stop),
        None,
        commands.pause_as_json_dict(stop),
        lambda change_act, id: commands.add_deadline_pause(change_act, id, unit, stop),
    )


def _read_pause_end(
    form: FormValues, act: Act, book: RegulationSnapshot, unit: UUID | None
) -> ProposedCalendarChange:
    pause = parse_id(form.get("pause"), "pause")
    known = book.pauses.get(pause)
    if known is None or known[0] != unit:
        raise Missing
    stop = known[1]
    _raise_if_refused(calendar_permissions.refusal_to_end_deadline_pause(stop, act.assignments, act.at))
    left = PausePeriod(stop.starts_at, max(act.at, stop.starts_at), stop.kind, stop.reference)
    return ProposedCalendarChange(
        "pause_ended",
        unit,
        max(stop.starts_at, act.at),
        book.with_pause(pause, unit, left),
        commands.pause_as_json_dict(stop),
        commands.pause_as_json_dict(left) if stop.starts_at < act.at else None,
        lambda change_act, id: commands.end_deadline_pause(change_act, id, pause),
    )


def _read_year_confirmation(
    form: FormValues, act: Act, book: RegulationSnapshot, _unit: UUID | None
) -> ProposedCalendarChange:
    year = int(form.get("year", "")) if form.get("year", "").isdecimal() else 0
    source = form.get("source", "").strip()
    _raise_if_refused(
        calendar_permissions.refusal_to_confirm_calendar_year(
            year, source, act.assignments, local_day(act.at)
        )
    )
    return ProposedCalendarChange(
        "year_confirmed",
        None,
        None,
        book,
        None,
        {"year": year, "source": source},
        lambda change_act, id: commands.confirm_calendar_year(change_act, id, year, source),
    )


def _read_semester_change(
    form: FormValues, act: Act, book: RegulationSnapshot, _unit: UUID | None
) -> ProposedCalendarChange:
    found = semester_queries.find_semester(parse_id(form.get("semester"), "semester"))
    if found is None:
        raise Missing
    rest = {
        part.name: read_optional_day_field(part.name, form.get(part.name))
        for part in fields(SemesterDates)[2:]
    }
    new = SemesterDates(
        read_day_field("starts_on", form.get("starts_on")),
        read_day_field("ends_on", form.get("ends_on")),
        **rest,
    )
    _raise_if_refused(
        refusal_to_set_semester_dates(found.dates, new, act.assignments, local_day(act.at), act.reason)
    )
    seen, about = form.get("seen", ""), {"names": dict(found.names)}
    return ProposedCalendarChange(
        "semester_set",
        None,
        act.at if has_deadline_relevant_change(found.dates, new) else None,
        book,
        found.dates.as_json() | about,
        new.as_json() | about,
        lambda change_act, id: set_semester_dates(change_act, id, found.id, new, seen),
        PreviewDates(local_day(act.at), semesters={found.id: new}),
    )


CHANGE_READERS_BY_FORM: Mapping[
    str, Callable[[FormValues, Act, RegulationSnapshot, UUID | None], ProposedCalendarChange]
] = {
    "day": _read_calendar_day_change,
    "remove": _read_day_removal,
    "week": _read_working_week_change,
    "pause": _read_new_pause,
    "end": _read_pause_end,
    "year": _read_year_confirmation,
    "semester": _read_semester_change,
}
PAGE_ENDPOINTS_BY_FORM = {"week": "units", "pause": "units", "end": "units", "semester": "semesters"}
"""Endpoints of the pages with the form of a change; other forms are on the page of the days."""


def _university_day_start_in_utc(day: date) -> datetime:
    """Return the first moment of a day of the university, in UTC."""
    return datetime.combine(day, time.min, UNIVERSITY_ZONE).astimezone(UTC)


def _raise_if_refused(refusal: DepterError | None) -> None:
    """Raise the refusal of a rule, if there is one."""
    if refusal is not None:
        raise refusal
