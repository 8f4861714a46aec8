"""The timetable as a spreadsheet: a template to download, an upload whose plan is shown, and its execution."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for

from app.journal.semesters import queries as semester_queries
from app.journal.timetable import queries
from app.journal.timetable.sheet_commands import (
    execute_timetable_import,
    find_own_timetable_import,
    store_timetable_plan,
)
from app.journal.timetable.sheet_plan import NO_BELLS, load_journals_of_semester
from app.journal.timetable.sheet_template import write_timetable_workbook
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import Stale
from app.kernel.i18n import day_text, language_of_files, pick_text
from app.kernel.ids import new_id, parse_id
from app.kernel.workbook_reading import WorkbookFinding
from app.people import queries as people
from app.texts.translate import gettext as _
from app.texts.translate import locale, ngettext
from app.web.core.visitor import allow_access, current_act, request_time
from app.web.labels.gradebook import lesson_type_label
from app.web.labels.messages import error_message, message_text, next_step_text
from app.web.timetable import presenter
from app.web.timetable.routes import blueprint, chosen_semester

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN_LESSONS = 200


@blueprint.get("/timetable/import")
@allow_access("timetable.manage")
def show_timetable_import() -> str:
    """Show the form that sends a workbook, and the template."""
    return _render_form((), "")


def _render_form(findings: tuple[WorkbookFinding, ...], refused: str) -> str:
    known = semester_queries.load_all_semesters()
    semester = chosen_semester(known, local_day(request_time()))
    return render_template(
        "timetable/import.html",
        tabs=presenter.timetable_tabs("import"),
        semesters=[
            (str(row.id), presenter.semester_label(row), semester is not None and row.id == semester.id)
            for row in known
        ],
        semester=semester.id if semester else None,
        import_id=new_id(),
        findings=[
            SimpleNamespace(
                place=", ".join(part for part in (one.sheet, one.cell) if part),
                text=message_text(one.code, one.params),
                url=url_for("timetable.show_bell_schedule") if one.code == NO_BELLS else None,
            )
            for one in findings
        ],
        refused=refused,
    )


@blueprint.get("/timetable/template.xlsx")
@allow_access("timetable.manage")
def download_timetable_workbook() -> Response:
    """Send the workbook of a semester: its weekly lessons, and the journals of the groups that the visitor arranges."""
    semester = chosen_semester(semester_queries.load_all_semesters(), local_day(request_time()))
    if semester is None:
        return Response(status=204)
    journals = [one for one in load_journals_of_semester(semester.id) if presenter.may_arrange(one.institute)]
    names = people.load_names({part.person for one in journals for part in one.teachers})
    rows = queries.load_patterns_of_journals([one.id for one in journals])
    listed = [
        (one, sorted({names[part.person].full for part in one.teachers if part.person in names}))
        for one in journals
    ]
    answer = Response(write_timetable_workbook(listed, rows, language_of_files(locale())), mimetype=XLSX)
    answer.headers["Content-Disposition"] = 'attachment; filename="timetable.xlsx"'
    return answer


@blueprint.post("/timetable/import")
@allow_access("timetable.manage")
def send_timetable_workbook() -> Any:
    """Read a workbook: show its findings, or store its plan and show it."""
    sent = request.files.get("file")
    content = sent.stream.read() if sent else b""
    act, import_id = current_act(), parse_id(request.form.get("id"))
    with door.write(act):
        plan = store_timetable_plan(
            act, import_id, parse_id(request.form.get("semester"), "semester"), content
        )
    if plan.findings:
        return _render_form(
            plan.findings, _("Nothing of the file was imported: correct these places first.")
        ), 422
    return redirect(url_for("timetable.show_timetable_plan", timetable_import=import_id))


@blueprint.get("/timetable/import/<uuid:timetable_import>")
@allow_access("timetable.manage")
def show_timetable_plan(timetable_import: UUID) -> str:
    """Show what an import would add; its sender alone sees it."""
    return _render_plan(timetable_import, "")


def _render_plan(import_id: UUID, refused: str) -> str:
    planned, unchanged, done_at = find_own_timetable_import(current_act(), import_id)
    shown = planned[:SHOWN_LESSONS]
    journals = queries.load_timetabled_journals({one.lesson.offering for one in shown})
    names = people.load_names({one.lesson.teacher for one in shown})
    return render_template(
        "timetable/import_plan.html",
        tabs=presenter.timetable_tabs("import"),
        id=import_id,
        count=len(planned),
        unchanged=unchanged,
        done_at=done_at,
        refused=refused,
        more=len(planned) - len(shown),
        rows=[
            SimpleNamespace(
                title=pick_text(journals[one.lesson.offering].names, locale()),
                group=journals[one.lesson.offering].group_name,
                when=f"{presenter.weekday_name(one.lesson.weekday)}, "
                f"{presenter.times_text(one.lesson.starts_at, one.lesson.ends_at)}",
                weeks=_(presenter.WEEK_LABELS[one.lesson.weeks]),
                type=lesson_type_label(one.lesson.type),
                teacher=names[one.lesson.teacher].short,
                room=one.lesson.room,
                days=f"{day_text(one.lesson.first, locale())} – {day_text(one.lesson.last, locale())}",
                stream=one.lesson.stream is not None,
            )
            for one in shown
            if one.lesson.offering in journals and one.lesson.teacher in names
        ],
    )


@blueprint.post("/timetable/import/<uuid:timetable_import>")
@allow_access("timetable.manage")
def execute_timetable_plan(timetable_import: UUID) -> Any:
    """Add exactly the weekly lessons that were shown."""
    act = current_act()
    try:
        with door.write(act):
            count = execute_timetable_import(act, timetable_import)
    except Stale as refused:
        text = f"{error_message(refused)} {next_step_text(refused)}"
        return _render_plan(timetable_import, text), refused.status
    text = ngettext("%(n)s weekly lesson was added.", "%(n)s weekly lessons were added.", count)
    flash(text % {"n": count}, "good")
    return redirect(url_for("timetable.list_timetabled_journals"))
