"""The working calendar: a year by months, the weeks of units and pauses, changes and the deadlines they
moved.

All staff may read it. A preview shows how many open deadlines would move before a change is made.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from app.cases.queries import moved_deadlines
from app.journal.semesters import queries as semester_queries
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing
from app.kernel.ids import new_id, parse_id
from app.people import queries as people
from app.regulation import calendar_history, calendar_permissions
from app.regulation import queries as regulation
from app.regulation.term_book import RegulationSnapshot
from app.texts import calendar_changes as change_texts
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.calendar import forms as calendar_forms
from app.web.calendar import presenter as calendar_presenter
from app.web.calendar import year_view
from app.web.core.visitor import allow_access, current_act, request_time, writes_every_year
from app.web.labels.messages import problem_texts_by_field

blueprint = Blueprint("calendar", __name__)
PAGE_SIZE = 25
VALID_YEARS = range(2020, 2100)


@blueprint.get("/calendar")
@allow_access("calendar.read")
def calendar(refused: Invalid | None = None) -> str:
    """Show twelve months of a year for the university or one unit, and the form of one day."""
    book, today = regulation.load_regulation_snapshot(db.session), local_day(request_time())
    year, unit = _chosen_year(today), _chosen_unit_id(book)
    months = year_view.year_month_views(book, unit, year, today, locale())
    return render_template(
        "calendar/calendar.html",
        **calendar_presenter.calendar_page_context("calendar", book, unit),
        year=year,
        years=(year - 1, year + 1),
        months=months,
        weekdays=year_view.weekday_short_and_long_names(locale()),
        special=year_view.special_day_ranges(months),
        legend=[
            (kind, _(year_view.DAY_KIND_LETTERS[kind]) if kind in year_view.DAY_KIND_LETTERS else "", _(word))
            for kind, word in year_view.DAY_KIND_LABELS.items()
        ],
        confirmed=calendar_presenter.year_confirmation_view(year),
        running=None
        if year in book.confirmed_years
        else calendar_presenter.unconfirmed_year_deadlines_view(year),
        change_id=new_id(),
        confirms=calendar_permissions.has_academic_office_role(current_act().assignments)
        and today.year <= year <= today.year + calendar_permissions.MAX_YEARS_AHEAD,
        chosen=calendar_presenter.chosen_day_view(book, unit, today),
        typed=request.form,
        errors=problem_texts_by_field(refused) if refused else {},
    )


@blueprint.get("/calendar/units")
@allow_access("calendar.read")
def units(refused: Invalid | None = None) -> str:
    """Show the working days a week of each unit, and the pauses of deadlines."""
    book, today = regulation.load_regulation_snapshot(db.session), local_day(request_time())
    page = calendar_presenter.calendar_page_context("units", book, None)
    return render_template(
        "calendar/units.html",
        **page,
        rows=[
            calendar_presenter.unit_working_week_row(book, row.id, row.label, row.depth, today)
            for row in page["tree"]
        ],
        pauses=calendar_presenter.deadline_pause_rows(
            book, calendar_presenter.unit_names_by_id(page["tree"])
        ),
        kinds=[(kind, _(word)) for kind, word in change_texts.PAUSE_KIND_LABELS.items()],
        tomorrow=date.fromordinal(today.toordinal() + 1),
        pausing=calendar_permissions.has_academic_office_role(current_act().assignments),
        typed=request.form,
        errors=problem_texts_by_field(refused) if refused else {},
    )


@blueprint.get("/calendar/semesters")
@allow_access("calendar.read")
def semesters(refused: Invalid | None = None) -> str:
    """Show the academic calendar: semester dates, module weeks, session, last day for make-up work."""
    today = local_day(request_time())
    return render_template(
        "calendar/semesters.html",
        **calendar_presenter.calendar_page_context(
            "semesters", regulation.load_regulation_snapshot(db.session), None
        ),
        rows=[calendar_presenter.semester_view(row, today) for row in semester_queries.load_all_semesters()],
        typed=request.form,
        errors=problem_texts_by_field(refused) if refused else {},
    )


@blueprint.get("/calendar/changes")
@allow_access("calendar.read")
@writes_every_year
def changes() -> str:
    """List who changed what and when, and one change with the deadlines that it moved."""
    book = regulation.load_regulation_snapshot(db.session)
    chosen = parse_id(request.args["change"], "change") if request.args.get("change") else None
    one = calendar_history.find_calendar_change(chosen) if chosen else None
    if chosen and one is None:
        raise Missing
    found = calendar_history.load_calendar_changes(
        PAGE_SIZE + 1, _parse_page_key_or_none(request.args.get("below", ""))
    )
    page_rows = found[:PAGE_SIZE]
    numbers = moved_deadlines.count_moved_deadlines([row.id for row in page_rows])
    by = people.load_names({row.person for row in (*page_rows, *([one] if one else [])) if row.person})
    last = page_rows[-1] if len(found) > PAGE_SIZE else None
    page = calendar_presenter.calendar_page_context("changes", book, None)
    named = calendar_presenter.unit_names_by_id(page["tree"])
    return render_template(
        "calendar/changes.html",
        **page,
        rows=[
            calendar_presenter.calendar_change_row(row, named, by, numbers.get(row.id, 0))
            for row in page_rows
        ],
        one=calendar_presenter.calendar_change_row(one, named, by, 0) if one else None,
        moves=calendar_presenter.moved_deadlines_view(moved_deadlines.load_moved_deadlines(one.id))
        if one and one.since
        else None,
        next=url_for("calendar.changes", below=f"{last.at.isoformat()}~{last.id}") if last else None,
    )


@blueprint.post("/calendar/preview")
@allow_access("calendar.manage")
def preview_change() -> Any:
    """Preview a change: how many open deadlines move, and which. Writes nothing."""
    book = regulation.load_regulation_snapshot(db.session)
    try:
        proposal = calendar_forms.read_proposed_calendar_change(
            request.form, current_act(request.form.get("reason", "")), book
        )
    except Invalid as refused:
        return _show_refused_form_page(refused)
    found = None
    if proposal.moves_deadlines_since is not None:
        below = book.unit_and_descendants(proposal.unit) if proposal.unit is not None else None
        found = moved_deadlines.load_previewed_deadline_moves(
            proposal.snapshot_after,
            proposal.moves_deadlines_since,
            below,
            request_time(),
            proposal.preview_dates,
        )
    return render_template(
        "calendar/preview.html",
        **calendar_presenter.calendar_page_context("calendar", book, proposal.unit),
        line=change_texts.calendar_change_line(proposal.kind, proposal.before, proposal.after, locale()),
        moves=calendar_presenter.moved_deadlines_view(found) if found else None,
        fields={name: value for name, value in request.form.items() if name != "csrf_token"},
        change_id=new_id(),
        back=_form_page_url(),
    )


@blueprint.post("/calendar")
@allow_access("calendar.manage")
def save_change() -> Any:
    """Make the previewed change; idempotent by the change id."""
    change_act = current_act(request.form.get("reason", ""))
    try:
        change_id = parse_id(request.form.get("id"), "id")
        with door.write(change_act):
            proposal = calendar_forms.read_proposed_calendar_change(
                request.form, change_act, regulation.load_regulation_snapshot(db.session)
            )
            proposal.make(change_act, change_id)
    except Invalid as refused:
        return _show_refused_form_page(refused)
    # A form without an effective change records nothing.
    if calendar_history.find_calendar_change(change_id) is None:
        return redirect(_form_page_url())
    return redirect(url_for("calendar.changes", change=change_id))


def _show_refused_form_page(refused: Invalid) -> Any:
    """Show the page of the form again with the typed values and the errors."""
    part = calendar_forms.PAGE_ENDPOINTS_BY_FORM.get(request.form.get("what", ""), "calendar")
    show_page = {"calendar": calendar, "units": units, "semesters": semesters}[part]
    return show_page(refused), refused.status


def _form_page_url() -> str:
    """Return the address of the page that contains the form."""
    form = request.form
    part = calendar_forms.PAGE_ENDPOINTS_BY_FORM.get(form.get("what", ""))
    if part is not None:
        return url_for(f"calendar.{part}")
    return url_for(
        "calendar.calendar", year=form.get("day", "")[:4] or form.get("year"), unit=form.get("unit")
    )


def _chosen_year(today: date) -> int:
    """Return the year in the request, else the present one."""
    requested = request.values.get("year") or request.values.get("day", "")[:4]
    return int(requested) if requested.isdecimal() and int(requested) in VALID_YEARS else today.year


def _chosen_unit_id(book: RegulationSnapshot) -> UUID | None:
    """Return the unit in the request; a directorate that opens the page gets its own institute.

    Raises Missing.
    """
    requested = request.values.get("unit")
    if requested:
        unit = parse_id(requested, "unit")
        if unit not in book.units_upwards:
            raise Missing
        return unit
    if requested is None and not calendar_permissions.has_academic_office_role(current_act().assignments):
        return next(
            (
                assignment.unit
                for assignment in current_act().assignments
                if assignment.role == calendar_permissions.DIRECTORATE_ROLE
            ),
            None,
        )
    return None


def _parse_page_key_or_none(text: str) -> tuple[datetime, UUID] | None:
    """Parse the page key `moment~id` of the list of changes; None when it is empty or unreadable."""
    at, _sep, id = text.rpartition("~")
    try:
        return (datetime.fromisoformat(at), UUID(id)) if at else None
    except ValueError:
        return None
