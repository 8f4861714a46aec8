"""The results of a grade sheet with their versions, now or as they stood on a day."""

from __future__ import annotations

from itertools import groupby
from types import SimpleNamespace
from uuid import UUID

from flask import render_template, url_for

from app.audit.reads import AUDIT
from app.cases.audit_lists.rows import exact_moment_text
from app.cases.audit_scope import Window, load_audit_scope, moment_condition
from app.cases.trace.scope import require_deed_about, require_journal_windows
from app.journal.gradebook_views.cell_trace import find_journal_place
from app.journal.gradebook_views.sheet_trace import find_sheet, load_result_versions
from app.journal.tables import Result
from app.kernel.errors import Missing
from app.kernel.i18n import pick_text, shown_number
from app.people import queries as people
from app.texts.translate import locale
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.trace.past_day import read_past_day
from app.web.trace.routes import blueprint, person_link


@blueprint.get("/audit/sheets/<uuid:sheet>")
@allow_access("audit.read")
@writes_every_year
def show_sheet_trace(sheet: UUID) -> tuple[str, int]:
    """Show the results of a sheet as they stood, each with its earlier versions. Raises Missing. Five statements."""
    act, past = current_act(), read_past_day()
    found = find_sheet(sheet)
    place = find_journal_place(found.offering_id) if found else None
    if found is None or place is None:
        raise Missing
    scope = load_audit_scope(act.assignments)
    windows = require_journal_windows(scope, place.units)
    past = past.limit_to(windows, act.at)
    limits = [moment_condition(Result.published_at, windows)] if Window() not in windows else []
    versions = load_result_versions(sheet, past.until or act.at, limits)
    if limits and not versions:
        require_deed_about(scope, object=sheet)
    record_read(AUDIT, "audit.sheet", sheet)
    names = people.load_names(one.student_id for one in versions)
    rows = []
    for student, line in groupby(versions, key=lambda one: one.student_id):
        results = [
            SimpleNamespace(
                total=shown_number(one.total, locale()),
                letter=one.letter or "",
                version=one.version,
                at=exact_moment_text(one.published_at),
                deeds_url=url_for("audit.list_deeds", object=one.id),
            )
            for one in line
        ]
        rows.append(SimpleNamespace(student=person_link(student, names), now=results[0], earlier=results[1:]))
    page = render_template(
        "trace/sheet.html",
        number=found.number or "",
        journal=f"{pick_text(place.names, locale())}, {place.group}",
        journal_url=url_for("trace.show_journal_trace", offering=place.offering, on=past.address_value),
        sheet_url=url_for("sheets.show_grade_sheet", sheet=sheet),
        deeds_url=url_for("audit.list_deeds", object=sheet),
        past=past,
        now_url=url_for("trace.show_sheet_trace", sheet=sheet),
        rows=sorted(rows, key=lambda row: row.student.name if row.student else ""),
    )
    return page, past.status
