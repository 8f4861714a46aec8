"""Views of the calendar pages: units, one day, weeks, pauses, changes and the deadlines that move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import request, url_for

from app.cases.queries import moved_deadlines
from app.diagrams.versions import VersionDamaged, load_version
from app.journal.semesters import queries as semester_queries
from app.kernel.clock import UNIVERSITY_ZONE
from app.kernel.i18n import LOCALES, pick_text
from app.kernel.typed_values import read_day_field
from app.people import queries as people
from app.people.audit_limits_rules import AUDITOR
from app.people.rules import is_permitted
from app.regulation import calendar_history, calendar_permissions
from app.regulation.term_book import RegulationSnapshot
from app.texts import calendar_changes as change_texts
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.calendar import year_view
from app.web.core.visitor import current_act, current_visitor, request_time
from app.web.labels.cases import element_title

MAX_PAUSES = 25
"""Maximum of pauses on one page, the latest first."""


def calendar_page_context(part: str, book: RegulationSnapshot, unit: UUID | None) -> dict[str, Any]:
    """Build the context of every calendar page: tabs, units, what the visitor may change."""
    parts = (
        ("calendar", _("Days")),
        ("units", _("Weeks and pauses")),
        ("semesters", _("Academic calendar")),
        ("exams", _("Exam timetable")),
        ("changes", _("Changes")),
    )
    pages = {"exams": "exams.show_exam_timetable"}
    rows = unit_tree_rows(book)
    editable = [
        row
        for row in rows
        if calendar_permissions.refusal_to_edit_calendar(
            current_act().assignments, book.unit_ancestors_and_university(row.id)
        )
        is None
    ]
    return {
        "tabs": [
            SimpleNamespace(
                label=label, url=url_for(pages.get(name, f"calendar.{name}")), active=name == part, count=None
            )
            for name, label in parts
        ],
        "unit": unit,
        "where": unit_names_by_id(rows).get(unit, ""),
        "tree": rows,
        "mine": editable,
        "manages": any(row.id == unit for row in editable),
        "office": calendar_permissions.has_academic_office_role(current_act().assignments),
    }


def unit_tree_rows(book: RegulationSnapshot) -> list[SimpleNamespace]:
    """List the university and all units, each below its parent, sorted by name."""
    known = people.load_unit_tree()
    rows = [SimpleNamespace(id=None, label=_("University"), depth=0)]
    named = {id: pick_text(row.names, locale()) for id, row in known.items()}
    ordered = sorted(
        (row for row in known.values() if row.kind != "university"),
        key=lambda row: [named[one] for one in reversed(book.units_upwards.get(row.id, (row.id,)))],
    )
    rows += [
        SimpleNamespace(id=row.id, label=named[row.id], depth=len(book.units_upwards.get(row.id, ())) - 1)
        for row in ordered
    ]
    return rows


def unit_names_by_id(rows: list[SimpleNamespace]) -> dict[UUID | None, str]:
    """Map each unit of a tree to its name."""
    return {row.id: row.label for row in rows}


def year_confirmation_view(year: int) -> SimpleNamespace | None:
    """Build the view of the confirmation of a year: source, moment, person.

    None while it is not confirmed.
    """
    found = calendar_history.find_year_confirmation(year)
    if found is None:
        return None
    by = people.load_names([found.by])[found.by].short if found.by else ""
    return SimpleNamespace(source=found.source, at=found.at, by=by)


def unconfirmed_year_deadlines_view(year: int) -> SimpleNamespace:
    """List the open deadlines that end in a year that nobody has confirmed."""
    since, until = (datetime(one, 1, 1, tzinfo=UNIVERSITY_ZONE).astimezone(UTC) for one in (year, year + 1))
    return moved_deadlines_view(moved_deadlines.load_open_task_deadlines_between(since, until))


def chosen_day_view(book: RegulationSnapshot, unit: UUID | None, today: date) -> SimpleNamespace | None:
    """Build the view of the day whose form is open, with its own entry of the table.

    None without a chosen day.
    """
    requested = request.values.get("day")
    if not requested or request.values.get("what", "day") not in ("day", "remove"):
        return None
    day = read_day_field("day", requested)
    own = book.days.get((unit, day))
    deadline_calendar = book.calendar_of_unit(unit, today)
    return SimpleNamespace(
        view=year_view.calendar_day_view(book, deadline_calendar, unit, day, today, locale()),
        own=own,
        seen=calendar_permissions.calendar_day_digest(own),
        kinds=[(kind, _(word)) for kind, word in change_texts.DAY_KIND_LABELS.items()],
        origins=[(origin, _(word)) for origin, word in change_texts.DAY_ORIGIN_LABELS.items()],
        locales=LOCALES,
        settled=day <= today,
        removable=own is not None and day > today,
    )


def unit_working_week_row(
    book: RegulationSnapshot, unit: UUID | None, label: str, depth: int, today: date
) -> SimpleNamespace:
    """Build the row of a unit: working days a week now and from later days."""
    deadline_calendar = book.calendar_of_unit(unit, today)
    ahead = sorted((since, days) for (of, since), days in book.weeks.items() if of == unit and since > today)
    own = any(of == unit and since <= today for of, since in book.weeks)
    return SimpleNamespace(
        label=label, depth=depth, days=deadline_calendar.workdays_per_week_on(today), own=own, ahead=ahead
    )


def semester_view(row: semester_queries.SemesterRow, today: date) -> SimpleNamespace:
    """Build the view of a semester with its dates in the order of the form.

    Only one that is not over can be changed.
    """
    dates_json = row.dates.as_json()
    return SimpleNamespace(
        id=row.id,
        name=pick_text(row.names, locale()),
        year=row.year,
        mark=row.dates.digest,
        over=row.dates.ends_on < today,
        runs=row.dates.starts_on <= today <= row.dates.ends_on,
        dates=[
            SimpleNamespace(
                key=key,
                label=_(word),
                text=dates_json[key] or "",
                day=getattr(row.dates, key),
                needed=key in ("starts_on", "ends_on"),
            )
            for key, word in change_texts.SEMESTER_DATE_LABELS.items()
        ],
    )


def deadline_pause_rows(book: RegulationSnapshot, named: Mapping[UUID | None, str]) -> list[SimpleNamespace]:
    """List the latest pauses, newest first, with the unit and the reason."""
    found = sorted(book.pauses.items(), key=lambda one: one[1][1].starts_at, reverse=True)[:MAX_PAUSES]
    return [
        SimpleNamespace(
            id=id,
            unit=unit,
            where=named.get(unit, ""),
            stop=stop,
            why=_(change_texts.PAUSE_KIND_LABELS.get(stop.kind, stop.kind)),
            over=stop.ends_at <= request_time(),
            ahead=stop.starts_at > request_time(),
        )
        for id, (unit, stop) in found
    ]


def calendar_change_row(
    row: calendar_history.CalendarChangeRow,
    named: Mapping[UUID | None, str],
    by: Mapping[UUID, people.PersonName],
    count: int,
) -> SimpleNamespace:
    """Build the row of one calendar change.

    The reason is visible to those who manage the calendar and to its author.
    """
    return SimpleNamespace(
        id=row.id,
        url=url_for("calendar.changes", change=row.id),
        at=row.at,
        person=by[row.person].short if row.person and row.person in by else "",
        where=named.get(row.unit, ""),
        line=change_texts.calendar_change_line(row.kind, row.before, row.after, locale()),
        details=change_texts.rescheduled_exam_lines(row.before or {}, row.after or {}, locale()),
        sheets=(row.after or {}).get("sheets", []),
        words=row.reason
        if is_permitted(current_visitor().assignments, "calendar.manage")
        or row.person == current_visitor().person_id
        else "",
        counts=row.since is not None,
        count=count,
    )


def moved_deadlines_view(found: moved_deadlines.MovedDeadlineList) -> SimpleNamespace:
    """Build the view of moved deadlines.

    Only calendar managers and roles that reach every case see the cases.
    """

    def moved_deadline_step_title(row: moved_deadlines.MovedDeadlineRow) -> str:
        try:
            return element_title(load_version(row.version), row.element, locale())
        except VersionDamaged:
            return row.element

    sees_cases = current_visitor().has_role("academic_office", "it_admin") or any(
        one.role == AUDITOR and is_permitted([one], "processes.cases")
        for one in current_visitor().assignments
    )
    return SimpleNamespace(
        count=found.count,
        finished=found.finished_at,
        rows=[
            SimpleNamespace(
                number=row.number,
                url=url_for("cases.show_case", case_id=row.case) if sees_cases else None,
                step=moved_deadline_step_title(row),
                before=row.before,
                after=row.after,
            )
            for row in found.rows
        ]
        if sees_cases or current_visitor().has_role("directorate", "rector")
        else [],
    )
