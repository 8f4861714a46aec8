"""The timetable of one journal: its weekly lessons, planned hours, the preview of its lessons."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from app.journal.gradebook.access import require_readable_offering
from app.journal.gradebook.cell_state import LESSON_TYPES
from app.journal.timetable import queries
from app.journal.timetable.commands import (
    TimetableConflicts,
    build_conflict_error,
    end_pattern,
    save_pattern,
)
from app.journal.timetable.generate import plan_journals
from app.journal.timetable.generation_commands import generate_lessons
from app.journal.timetable.hours_and_bells import set_planned_hours
from app.journal.timetable.rules import find_pattern_conflicts
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import DepterError, Invalid, Missing, Refused, Stale
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id, parse_id
from app.people import queries as people
from app.texts.semesters import semester_title
from app.texts.translate import gettext as _
from app.texts.translate import locale, ngettext
from app.web.core.visitor import allow_access, current_act, request_time
from app.web.labels.gradebook import lesson_type_label
from app.web.labels.messages import error_message, problem_texts_by_field
from app.web.timetable import presenter
from app.web.timetable.form_input import (
    FieldErrors,
    read_generation_day,
    read_pattern,
    read_planned_hours,
    read_version,
)
from app.web.timetable.routes import blueprint

SHOWN_SKIPPED_DAYS = 40
PATTERN_FORM, HOURS_FORM, END_FORM, GENERATION_FORM = "pattern", "hours", "end", "generate"
PLACE_FIELDS = ("semester", "group", "teacher", "room")
"""Fields of the week from which a lesson was dragged."""


@blueprint.get("/timetable/journals/<uuid:offering>")
@allow_access("timetable.read")
def show_journal_timetable(offering: UUID) -> str:
    """Show the weekly lessons of a journal in the week of its group, and what lessons they give."""
    return _render_journal(offering)


def _render_journal(offering: UUID, refused: DepterError | None = None, form: str = "") -> str:
    """Draw the page; after a refusal of one of its forms with all that was typed in it."""
    require_readable_offering(current_act(), offering)
    journal = queries.find_timetabled_journal(offering)
    if journal is None:
        raise Missing
    bells = queries.load_bell_periods()
    rows = queries.load_patterns_of_semester(journal.semester, group=journal.group)
    own = [row for row in rows if row.lesson.offering == offering]
    sharing = queries.load_patterns_sharing_something([row.lesson for row in own])
    by_id = {row.lesson.id: row for row in sharing}
    clashes = [(row, find_pattern_conflicts(row.lesson, [other.lesson for other in sharing])) for row in own]
    arranges = presenter.may_arrange(journal.institute)
    changed_by = people.load_names([journal.changed_by, *(part.person for part in journal.teachers)])
    errors = problem_texts_by_field(refused) if isinstance(refused, Invalid) else {}
    return render_template(
        "timetable/journal.html",
        journal=SimpleNamespace(
            id=offering,
            title=pick_text(journal.names, locale()),
            group=journal.group_name,
            term=semester_title(journal.semester_names, journal.academic_year),
            version=journal.version,
            changed_by=changed_by[journal.changed_by].full if journal.changed_by in changed_by else "",
            changed_at=journal.changed_at,
            waits=journal.version != (journal.generated_version or 0),
            was_generated=journal.generated_version is not None,
            without_teachers=not journal.teachers,
            first=journal.dates.starts_on,
            last=journal.dates.ends_on,
            grid_url=url_for("journal.show_journal_grid", offering=offering),
            calendar_url=url_for("journal.show_journal_title_page", offering=offering, _anchor="calendar"),
        ),
        arranges=arranges,
        week=presenter.week_view(
            rows,
            bells,
            queries.load_timetable_versions(rows),
            own=offering,
            clashing={row.lesson.id for row, found in clashes if found},
        ),
        patterns=[presenter.pattern_row(row) for row in own],
        clashes=[
            text
            for row, found in clashes
            if found
            for text in presenter.conflict_texts(
                problem_texts_by_field(build_conflict_error(found, by_id, row.lesson))
            )
        ],
        form=_pattern_form(journal, own, bells, changed_by, refused if form == PATTERN_FORM else None),
        bells_url=url_for("timetable.show_bell_schedule"),
        has_bells=bool(bells),
        hours=[
            SimpleNamespace(
                key=f"hours-{type}",
                label=lesson_type_label(type),
                value=request.form.get(f"hours-{type}", "")
                if form == HOURS_FORM
                else str(journal.planned.get(type, "")),
            )
            for type in LESSON_TYPES
        ],
        planned_total=journal.planned_total,
        plan=_plan_of_page(journal, refused if form == GENERATION_FORM else None) if arranges else None,
        errors=errors,
        refused_form=form,
        refused=error_message(refused) if refused is not None and not isinstance(refused, Invalid) else "",
        ended=request.form.get("pattern", "") if form == END_FORM else "",
        last=request.form.get("last", ""),
    )


def _pattern_form(
    journal: queries.TimetabledJournal,
    own: list[queries.WeeklyLessonRow],
    bells: list[Any],
    names: Any,
    refused: DepterError | None,
) -> SimpleNamespace:
    """Build the form of a weekly lesson: a new one, or the one in the address, or what was sent and refused."""
    wanted = request.values.get("pattern", "")
    row = next((one for one in own if str(one.lesson.id) == wanted), None)
    values = presenter.stored_pattern_values(row) if row else presenter.new_pattern_values(journal, own)
    if refused is not None:
        values |= {key: request.form[key] for key in values if key in request.form}
    return SimpleNamespace(
        id=row.lesson.id if row else (wanted if refused is not None else new_id()),
        is_new=row is None,
        fields=presenter.pattern_fields(journal, bells, names),
        values=values,
        last=row.lesson.last.isoformat() if row else "",
        stream=row is not None and row.lesson.stream is not None,
        offers_stream=isinstance(refused, TimetableConflicts) and refused.can_be_stream,
        says_stream=request.form.get("stream") == "true",
    )


def _plan_of_page(journal: queries.TimetabledJournal, refused: DepterError | None) -> SimpleNamespace:
    """Build the preview of the lessons from the day in the address on, by default from today."""
    first = max(local_day(request_time()), journal.dates.starts_on)
    since = min(first, journal.dates.ends_on)
    typed = request.values.get("since", "")
    day = FieldErrors().read_day({"since": typed}, "since") if typed else None
    if day is not None and journal.dates.starts_on <= day <= journal.dates.ends_on:
        since = day
    plan = plan_journals([journal], request_time(), since)[journal.id]
    view = presenter.plan_view(plan, journal)
    view.since = typed if refused is not None else since.isoformat()
    view.more_skipped = max(len(view.skipped) - SHOWN_SKIPPED_DAYS, 0)
    view.skipped = view.skipped[:SHOWN_SKIPPED_DAYS]
    return view


def _page_url(offering: UUID, anchor: str, **more: Any) -> str:
    return url_for("timetable.show_journal_timetable", offering=offering, _anchor=anchor, **more)


@blueprint.post("/timetable/journals/<uuid:offering>/patterns")
@allow_access("timetable.manage")
def save_weekly_lesson(offering: UUID) -> Any:
    """Add or change a weekly lesson; conflicts are named and nothing is saved."""
    act = current_act()
    require_readable_offering(act, offering)
    try:
        edit, version = read_pattern(request.form), read_version(request.form)
        with door.write(act):
            save_pattern(act, offering, version, edit, as_stream=request.form.get("stream") == "true")
    except (Invalid, Stale, Refused) as refused:
        return _render_journal(offering, refused, PATTERN_FORM), refused.status
    flash(_("Saved. The lessons follow when they are generated."), "good")
    return redirect(_page_url(offering, "week"))


@blueprint.post("/timetable/journals/<uuid:offering>/move")
@allow_access("timetable.manage")
def move_weekly_lesson(offering: UUID) -> Any:
    """Move a weekly lesson to another weekday and period: what dragging it in the week sends."""
    act = current_act()
    require_readable_offering(act, offering)
    pattern = parse_id(request.form.get("pattern"), "pattern")
    row = next(
        (one for one in queries.load_patterns_of_journals([offering]) if one.lesson.id == pattern), None
    )
    if row is None:
        raise Missing
    moved = presenter.stored_pattern_values(row) | {
        "weekday": request.form.get("weekday", ""),
        "period": request.form.get("period", ""),
        "starts_at": "",
        "ends_at": "",
        "pattern": str(pattern),
    }
    try:
        edit, version = read_pattern(moved), read_version(request.form)
        with door.write(act):
            save_pattern(act, offering, version, edit, as_stream=False)
    except (Invalid, Stale, Refused) as refused:
        return _render_journal(offering, refused, PATTERN_FORM), refused.status
    flash(_("Saved. The lessons follow when they are generated."), "good")
    place: dict[str, Any] = {name: request.form[name] for name in PLACE_FIELDS if request.form.get(name)}
    return redirect(url_for("timetable.show_week", **place) if place else _page_url(offering, "week"))


@blueprint.post("/timetable/journals/<uuid:offering>/end")
@allow_access("timetable.manage")
def end_weekly_lesson(offering: UUID) -> Any:
    """End a weekly lesson after a day, or take it out when nothing of it was held."""
    act = current_act()
    require_readable_offering(act, offering)
    pattern, errors = parse_id(request.form.get("pattern"), "pattern"), FieldErrors()
    try:
        last = errors.read_day(request.form, "last") if request.form.get("how") == "end" else None
        errors.raise_if_any()
        with door.write(act):
            gone = end_pattern(act, offering, read_version(request.form), pattern, last)
    except (Invalid, Stale, Refused) as refused:
        return _render_journal(offering, refused, END_FORM), refused.status
    text = ngettext("%(n)s lesson was taken out.", "%(n)s lessons were taken out.", gone) % {"n": gone}
    flash(f"{_('Saved.')} {text if gone else ''}", "good")
    return redirect(_page_url(offering, "week"))


@blueprint.post("/timetable/journals/<uuid:offering>/hours")
@allow_access("timetable.manage")
def save_planned_hours(offering: UUID) -> Any:
    """Set the planned hours of each type of lesson."""
    act = current_act()
    require_readable_offering(act, offering)
    try:
        hours, version = read_planned_hours(request.form), read_version(request.form)
        with door.write(act):
            set_planned_hours(act, offering, version, hours)
    except (Invalid, Stale) as refused:
        return _render_journal(offering, refused, HOURS_FORM), refused.status
    flash(_("Saved."), "good")
    return redirect(_page_url(offering, "lessons"))


@blueprint.post("/timetable/journals/<uuid:offering>/generate")
@allow_access("timetable.manage")
def generate_journal_lessons(offering: UUID) -> Any:
    """Generate the lessons of the journal as the preview said."""
    act = current_act()
    require_readable_offering(act, offering)
    try:
        since, version = read_generation_day(request.form), read_version(request.form)
        with door.write(act):
            plan = generate_lessons(act, offering, version, since)
    except (Invalid, Stale) as refused:
        return _render_journal(offering, refused, GENERATION_FORM), refused.status
    if plan.is_empty:
        flash(_("Nothing was changed: all these lessons are there."), "good")
    else:
        counts = {"new": len(plan.new), "changed": len(plan.changed), "removed": len(plan.removed)}
        flash(_("Lessons: %(new)s new, %(changed)s changed, %(removed)s taken out.") % counts, "good")
    return redirect(_page_url(offering, "lessons"))
