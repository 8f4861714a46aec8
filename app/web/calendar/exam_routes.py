"""The exam timetable of a semester: staff read it, the academic office sets many days in one form (4.3.3).

A preview shows which deadlines would move before the days are set, as for every change of the calendar.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.cases.queries import moved_deadlines
from app.journal.exams import queries as exam_queries
from app.journal.exams.commands import EXAMS_CHANGE_KIND, CheckedExamDays, check_exam_days, set_exam_days
from app.journal.exams.rules import SubmittedExamDay, exam_form_field_name, exam_period
from app.journal.semesters import queries as semester_queries
from app.journal.semesters.queries import PreviewDates, SemesterRow
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import DepterError, Invalid, Missing, Stale
from app.kernel.i18n import day_text, pick_text
from app.kernel.ids import new_id, parse_id
from app.kernel.typed_values import read_optional_day_field
from app.people import queries as people
from app.regulation import calendar_permissions
from app.regulation import queries as regulation
from app.regulation.term_book import RegulationSnapshot
from app.texts import calendar_changes as change_texts
from app.texts.semesters import semester_title
from app.texts.translate import gettext as _
from app.texts.translate import locale, ngettext
from app.web.calendar import presenter as calendar_presenter
from app.web.core.visitor import allow_access, current_act, request_time
from app.web.labels.messages import error_message, problem_texts_by_field

blueprint = Blueprint("exams", __name__)
PAGE_SIZE = 60
CARRIED_PAGE_PARAMS = ("semester", "group", "department", "after")
"""Parameters of the page address that its forms carry along."""


@blueprint.get("/calendar/exams")
@allow_access("calendar.read")
def show_exam_timetable(refused: DepterError | None = None) -> str:
    """Show the exams of one semester by group, filtered, with fields for the academic office."""
    book, today = regulation.load_regulation_snapshot(db.session), local_day(request_time())
    known = semester_queries.load_all_semesters()
    semester = _chosen_semester(known, today)
    page = calendar_presenter.calendar_page_context("exams", book, None)
    if semester is None:
        return render_template("calendar/exams.html", **page, term=None)
    found = exam_queries.load_exam_timetable(
        semester.id,
        PAGE_SIZE,
        _parse_id_param_or_none("group"),
        _parse_id_param_or_none("department"),
        _parse_id_param_or_none("after"),
    )
    errors = _error_texts_by_field(refused)
    office = calendar_permissions.has_academic_office_role(current_act().assignments)
    keeps = office and semester.dates.ends_on >= today
    rows = [_exam_row(row, semester, book, today, keeps, errors) for row in found.rows]
    return render_template(
        "calendar/exams.html",
        **page,
        term=_exam_period_view(semester),
        filters=_exam_filter_options(known, semester, exam_queries.load_exam_filter_options(semester.id)),
        groups=_exam_sections_by_study_group(rows),
        keeps=any(row.field for row in rows),
        fields={name: request.values.get(name, "") for name in CARRIED_PAGE_PARAMS}
        | {"semester": str(semester.id)},
        reason=request.form.get("reason", ""),
        errors=errors,
        refused=_refusal_text(refused),
        next=_timetable_url(semester, after=found.rows[-1].offering) if found.has_more else None,
        first=_timetable_url(semester) if _parse_id_param_or_none("after") else None,
    )


def _parse_id_param_or_none(name: str) -> UUID | None:
    """Return the id in a field of the request, None when it is empty; raises Invalid."""
    return parse_id(request.values[name], name) if request.values.get(name) else None


def _chosen_semester(known: list[SemesterRow], today: date) -> SemesterRow | None:
    """Return the semester in the address, else the current one, else the newest; None without semesters.

    Raises Missing.
    """
    wanted = _parse_id_param_or_none("semester")
    if wanted is not None:
        named = next((row for row in known if row.id == wanted), None)
        if named is None:
            raise Missing
        return named
    running = (row for row in known if row.dates.starts_on <= today <= row.dates.ends_on)
    return next(running, known[0] if known else None)


def _exam_period_view(semester: SemesterRow) -> SimpleNamespace:
    first, last = exam_period(semester.dates)
    return SimpleNamespace(
        label=semester_title(semester.names, semester.year),
        first=first,
        last=last,
        said=semester.dates.session_from is not None,
    )


def _exam_filter_options(
    known: list[SemesterRow], semester: SemesterRow, found: exam_queries.ExamFilters
) -> SimpleNamespace:
    units = people.load_unit_tree()
    departments = sorted((pick_text(units[id].names, locale()), id) for id in found.departments)
    return SimpleNamespace(
        semesters=[
            (str(row.id), semester_title(row.names, row.year), row.id == semester.id) for row in known
        ],
        groups=[(str(id), name, request.values.get("group") == str(id)) for id, name in found.groups],
        departments=[
            (str(id), name, request.values.get("department") == str(id)) for name, id in departments
        ],
        count=_("%(set)s of %(all)s exams have a day")
        % {"set": found.dated_exam_count, "all": found.exam_count},
    )


def _exam_row(
    row: exam_queries.ExamRow,
    semester: SemesterRow,
    book: RegulationSnapshot,
    today: date,
    keeps: bool,
    errors: Mapping[str, list[str]],
) -> SimpleNamespace:
    name = exam_form_field_name(row.offering)
    stored = row.exam_on.isoformat() if row.exam_on else ""
    passed = row.exam_on is not None and row.exam_on < today
    off = row.exam_on is not None and not book.calendar_of_unit(row.department, row.exam_on).is_workday(
        row.exam_on
    )
    return SimpleNamespace(
        id=row.offering,
        title=f"{row.code} {pick_text(row.names, locale())}",
        group=row.group,
        teachers=", ".join(row.teachers),
        day=row.exam_on,
        stored=stored,
        field=name if keeps and not row.is_final_signed and not passed else None,
        value=request.form.get(name, stored),
        signed=row.is_final_signed,
        off=off and not passed,
        least=max(today, exam_period(semester.dates)[0]),
        wrong=name in errors,
    )


def _exam_sections_by_study_group(rows: list[SimpleNamespace]) -> list[SimpleNamespace]:
    found: dict[str, list[SimpleNamespace]] = {}
    for row in rows:
        found.setdefault(row.group, []).append(row)
    return [SimpleNamespace(name=name, rows=its) for name, its in found.items()]


def _error_texts_by_field(refused: DepterError | None) -> dict[str, list[str]]:
    """Return the error texts by field."""
    if isinstance(refused, Invalid):
        return problem_texts_by_field(refused)
    if isinstance(refused, Stale) and refused.current:
        return {exam_form_field_name(UUID(refused.current["offering"])): [error_message(refused)]}
    return {}


def _refusal_text(refused: DepterError | None) -> str:
    return error_message(refused) if refused is not None else ""


def _timetable_url(semester: SemesterRow, **more: Any) -> str:
    """Build the address of the timetable with the present group and department."""
    kept: dict[str, Any] = {name: request.values.get(name) or None for name in ("group", "department")}
    return url_for("exams.show_exam_timetable", semester=semester.id, **kept, **more)


@blueprint.post("/calendar/exams/preview")
@allow_access("calendar.manage")
def preview_exam_days() -> Any:
    """Preview the days: finals entered on another day, deadlines that move. Writes nothing."""
    change_act = current_act(request.form.get("reason", ""))
    semester = parse_id(request.form.get("semester"), "semester")
    try:
        wanted = check_exam_days(change_act, semester, _read_changed_exam_days())
    except (Invalid, Stale) as refused:
        return show_exam_timetable(refused), refused.status
    days = wanted.changed_days
    if not days:
        flash(_("Nothing was changed."), "good")
        return redirect(_timetable_url_from_form())
    book = regulation.load_regulation_snapshot(db.session)
    instead = PreviewDates(local_day(request_time()), exams=days)
    found = moved_deadlines.load_previewed_deadline_moves(book, request_time(), None, request_time(), instead)
    before, after = wanted.before(), wanted.after()
    return render_template(
        "calendar/preview.html",
        **calendar_presenter.calendar_page_context("exams", book, None),
        line=change_texts.calendar_change_line(EXAMS_CHANGE_KIND, before, after, locale()),
        details=change_texts.rescheduled_exam_lines(before, after, locale()),
        warnings=_several_exams_on_day_warnings(wanted),
        moves=calendar_presenter.moved_deadlines_view(found),
        fields={name: value for name, value in request.form.items() if name != "csrf_token"},
        change_id=new_id(),
        send=url_for("exams.save_exam_days"),
        back=_timetable_url_from_form(),
    )


def _several_exams_on_day_warnings(wanted: CheckedExamDays) -> list[str]:
    """Return a warning for each group with several exams on one day."""
    return [
        ngettext(
            "Group %(group)s has %(n)s exam on %(day)s.", "Group %(group)s has %(n)s exams on %(day)s.", count
        )
        % {"group": group, "n": count, "day": day_text(day, locale(), with_year=True)}
        for group, day, count in exam_queries.load_same_day_group_exams(wanted.semester, wanted.changed_days)
    ]


@blueprint.post("/calendar/exams")
@allow_access("calendar.manage")
def save_exam_days() -> Any:
    """Set the previewed days, all or none; idempotent by the change id."""
    change_act = current_act(request.form.get("reason", ""))
    semester = parse_id(request.form.get("semester"), "semester")
    change_id = parse_id(request.form.get("id"), "id")
    try:
        days = _read_changed_exam_days()
        with door.write(change_act):
            changed = set_exam_days(change_act, change_id, semester, days)
    except (Invalid, Stale) as refused:
        return show_exam_timetable(refused), refused.status
    flash(_("Saved.") if changed else _("Nothing was changed."), "good")
    return redirect(url_for("calendar.changes", change=change_id) if changed else _timetable_url_from_form())


def _read_changed_exam_days() -> list[SubmittedExamDay]:
    """Read the days that differ from those shown: fields `exam-<journal>` and `seen-<journal>`."""
    found = []
    for name, text in request.form.items():
        if not name.startswith("exam-"):
            continue
        offering = parse_id(name.removeprefix("exam-"), "exam")
        day, seen = (
            read_optional_day_field(name, text),
            read_optional_day_field(name, request.form.get(f"seen-{offering}")),
        )
        if day != seen:
            found.append(SubmittedExamDay(offering, day, seen))
    return found


def _timetable_url_from_form() -> str:
    kept: dict[str, Any] = {name: request.form.get(name) or None for name in CARRIED_PAGE_PARAMS}
    return url_for("exams.show_exam_timetable", **kept)
