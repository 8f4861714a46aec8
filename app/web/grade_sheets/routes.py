"""Grade sheets: the list with the progress of each, and the page where points are entered. Signing is a task.

A script saves each line when its field is left; without a script the page is a form with one button.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for

from app.audit.words import unseal_text
from app.journal.courses.offerings import load_offerings_ever_taught
from app.journal.grade_sheets.closing_rules import CLOSING_ROLES
from app.journal.grade_sheets.entry_commands import enter_sheet_points
from app.journal.grade_sheets.list_queries import SheetListRow, load_sheet_list
from app.journal.grade_sheets.queries import compute_sheet_from_journal, load_grade_sheet
from app.journal.grade_sheets.rules import sheet_entry_clause, sheet_entry_deadline, sheet_not_open_refusal
from app.journal.gradebook.access import persons_act_may_teach_as, require_readable_offering
from app.journal.gradebook.cell_state import is_teacher_on_day
from app.journal.gradebook.load import load_deadline_calendar
from app.journal.grading.rating import FINAL
from app.journal.grading.sheet_states import DRAFT
from app.journal.sheet_closing.queries import load_sheet_closing_check
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import DepterError, Invalid, Missing, Refused, Stale
from app.kernel.i18n import pick_text
from app.people.rules import is_permitted
from app.texts import ratings as rating_texts
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.courses.journals import JOURNAL_VERB, load_reachable_journals
from app.web.grade_sheets import closing_presenter
from app.web.grade_sheets.entry_input import NOT_EMPTIED_CODE, read_json_line_edit, read_posted_line_edits
from app.web.grade_sheets.presenter import sheet_line_views
from app.web.grade_sheets.sheet_presenter import (
    earliest_sheet_closing_moment,
    exam_day_view,
    open_journal_case_links,
    refused_student_id,
    reopened_line_students_or_none,
    sheet_scheme_view,
    signing_case_links,
)
from app.web.labels.deadlines import task_due_view
from app.web.labels.messages import error_message, message_text
from app.web.student_access.read_notes import record_journal_read

blueprint = Blueprint("sheets", __name__)


@blueprint.get("/sheets")
@allow_access("journal.read")
def list_grade_sheets() -> str:
    """List the sheets of the visitor, those to fill first, with tabs that count and filter by state."""
    now = current_act()
    chosen = request.args.get("state", "").upper()
    state = chosen if chosen in rating_texts.SHEET_STATE_LABELS else None
    sees_all = is_permitted(now.assignments, JOURNAL_VERB)
    rows = load_sheet_list(None if sees_all else [row.id for row in load_reachable_journals(now)])
    taught = {
        row.id
        for person in persons_act_may_teach_as(now)
        for row in load_offerings_ever_taught(person, now.at)
    }
    rows.sort(key=lambda row: row.offering not in taught)
    return render_template(
        "sheets/sheets.html",
        rows=[_sheet_row_view(row, now) for row in rows if state is None or row.state == state],
        tabs=[
            _sheet_state_tab(None, len(rows), state),
            *(
                _sheet_state_tab(name, _count_sheets_in_state(rows, name), state)
                for name in rating_texts.SHEET_STATE_LABELS
            ),
        ],
        schemes_url=url_for("schemes.list_scheme_versions"),
    )


def _count_sheets_in_state(rows: list[SheetListRow], state: str) -> int:
    return sum(row.state == state for row in rows)


def _sheet_state_tab(state: str | None, count: int, chosen: str | None) -> SimpleNamespace:
    return SimpleNamespace(
        label=rating_texts.sheet_state_label(state).capitalize() if state else _("All"),
        url=url_for("sheets.list_grade_sheets", state=state.lower() if state else None),
        count=count,
        active=state == chosen,
    )


def _sheet_row_view(row: SheetListRow, now: Act) -> SimpleNamespace:
    late = row.state == DRAFT and row.enter_until is not None and row.enter_until < local_day(now.at)
    return SimpleNamespace(
        url=url_for("sheets.show_grade_sheet", sheet=row.id),
        number=row.number or "–",
        kind=rating_texts.sheet_kind_text(row.kind),
        course=pick_text(row.names, locale()),
        group=row.group,
        state=rating_texts.sheet_state_label(row.state),
        state_code=row.state.lower(),
        since=row.enter_from,
        until=row.enter_until,
        entered=row.entered if row.state == DRAFT else None,
        late=late,
    )


@blueprint.get("/sheets/<uuid:sheet>")
@allow_access("journal.read")
@writes_every_year
def show_grade_sheet(sheet: UUID) -> str:
    """Show one sheet: lines with arithmetic, fields for the teacher, or the reason why it is closed."""
    return _render_sheet_page(sheet)


def _render_sheet_page(
    id: UUID, typed: Mapping[str, str] | None = None, refused: DepterError | None = None
) -> str:
    now = current_act()
    row = load_grade_sheet(id)
    offering = require_readable_offering(now, row.offering_id)
    record_journal_read(offering)
    found = compute_sheet_from_journal(row, now.at)
    deadline_calendar = load_deadline_calendar(offering, now.at)
    refusal = sheet_not_open_refusal(found.rule_state, deadline_calendar, now.at)
    teaches_here = is_teacher_on_day(offering.teachers, persons_act_may_teach_as(now), local_day(now.at))
    deadline = sheet_entry_deadline(found.rule_state, deadline_calendar) if row.state == DRAFT else None
    lines = sheet_line_views(found, typed, reopened_line_students_or_none(found, deadline, now))
    return render_template(
        "sheets/sheet.html",
        sheet=SimpleNamespace(
            kind=rating_texts.sheet_kind_text(row.kind),
            number=row.number,
            course=pick_text(offering.names, locale()),
            group=offering.group_name,
            state=rating_texts.sheet_state_label(row.state),
            state_code=row.state.lower(),
            clause=sheet_entry_clause(row.kind),
            back=url_for("sheets.list_grade_sheets"),
            journal_url=url_for("journal.show_journal_grid", offering=offering.id),
            due=task_due_view(
                deadline.moment, now.at, locale(), offering.department, deadline.as_json(), deadline.clause
            )
            if deadline
            else None,
            open_until=row.open_until
            if row.state == DRAFT and row.open_until and row.open_until >= now.at
            else None,
            why_shut=error_message(refusal) if refusal is not None and teaches_here else None,
            late_url=url_for("start.show_start_form", name="late_sheet", sheet=id)
            if refusal is not None and teaches_here and refusal.remedy == "late_sheet"
            else None,
            missing=found.missing_value_count if row.state == DRAFT else 0,
            exam=exam_day_view(row.kind, offering.id, offering.group),
            signed_at=row.signed_at,
            taken_over=row.signed_at is not None and row.signing_id is None,
            closed_at=row.closed_at,
            archived_at=row.archived_at,
            opens_at=earliest_sheet_closing_moment(row, now),
            left_open=closing_presenter.left_open_matters_view(
                row.left_open, unseal_text(row.closed_by, row.left_open_reason)
            ),
            scheme=sheet_scheme_view(found.scheme),
            cases=signing_case_links(row.id, row.signing_id),
            open_cases=open_journal_case_links(found),
        ),
        lines=lines,
        appealed=sum(line.flag is not None for line in lines),
        wrong=refused_student_id(refused),
        may_fill=teaches_here and refusal is None,
        most=found.scheme.scheme.entered_part(row.kind).most,
        part=rating_texts.rating_part_label(found.scheme.scheme.entered_part(row.kind).key),
        final=row.kind == FINAL,
        save_url=url_for("sheets.save_points", sheet=id),
        line_url=url_for("sheets.save_sheet_line", sheet=id),
        bad=message_text(
            "journal.mark.not_points", {"most": found.scheme.scheme.entered_part(row.kind).most}
        ),
        emptied=message_text(NOT_EMPTIED_CODE, {}),
        refused=error_message(refused) if refused is not None else None,
    )


@blueprint.get("/sheets/<uuid:sheet>/blockers")
@allow_access("journal.read")
def list_closing_blockers(sheet: UUID) -> str:
    """List all blockers of one kind for the academic office, page by page; raises Missing."""
    now, row = current_act(), load_grade_sheet(sheet)
    offering = require_readable_offering(now, row.offering_id)
    if not any(assignment.role in CLOSING_ROLES for assignment in now.assignments):
        raise Missing
    found = load_sheet_closing_check(row, now.at)
    chosen = next((one for one in found.blockers if one.kind == request.args.get("kind")), None)
    if chosen is None:
        raise Missing
    page = max(request.args.get("page", 0, type=int), 0)
    here: dict[str, Any] = {"sheet": sheet, "kind": chosen.kind}
    return render_template(
        "sheets/blockers.html",
        title=closing_presenter.blocker_label(chosen.kind),
        about=f"{pick_text(offering.names, locale())}, {offering.group_name}: {rating_texts.sheet_kind_text(row.kind)}",
        back=url_for("sheets.show_grade_sheet", sheet=sheet),
        count=chosen.count,
        items=closing_presenter.closing_blocker_rows(found, chosen.kind, page * closing_presenter.PAGE_SIZE),
        previous=url_for("sheets.list_closing_blockers", **here, page=page - 1) if page else None,
        next=url_for("sheets.list_closing_blockers", **here, page=page + 1)
        if (page + 1) * closing_presenter.PAGE_SIZE < chosen.count
        else None,
    )


@blueprint.post("/sheets/<uuid:sheet>")
@allow_access("journal.read")
def save_points(sheet: UUID) -> Any:
    """Save all typed lines or none; a refusal shows the typed values again."""
    try:
        edits = read_posted_line_edits(request.form)
        with door.write(current_act()):
            changed = enter_sheet_points(current_act(), sheet, edits)
    except (Invalid, Stale, Refused) as refused:
        return _render_sheet_page(sheet, request.form, _first_problem_as_error(refused)), refused.status
    flash(_("Saved.") if changed else _("Everything on this page was saved already."), "good")
    return redirect(url_for("sheets.show_grade_sheet", sheet=sheet))


@blueprint.put("/sheets/<uuid:sheet>/line")
@allow_access("journal.read")
def save_sheet_line(sheet: UUID) -> Any:
    """Save one line from JSON and return it as displayed now; a repeat changes nothing."""
    edit = read_json_line_edit(request.get_json(silent=True))
    try:
        with door.write(current_act()):
            enter_sheet_points(current_act(), sheet, [edit])
    except Stale as stale:
        # The script redraws the line with what somebody else saved in the meantime.
        stale.current = {**stale.current, **_sheet_line_json(sheet, edit.student)}
        raise
    return jsonify(_sheet_line_json(sheet, edit.student))


def _sheet_line_json(sheet: UUID, student: UUID) -> dict[str, Any]:
    """Return one line with its result, and the number of empty lines of the sheet; raises Missing."""
    row = load_grade_sheet(sheet)
    found = compute_sheet_from_journal(row, current_act().at)
    line = next((one for one in sheet_line_views(found) if one.id == str(student)), None)
    if line is None:
        raise Missing
    return {
        "version": line.version,
        "points": line.stored_points,
        "absent": line.absent,
        "letter": line.letter or "–",
        "result": render_template("sheets/_outcome.html", line=line),
        "missing": found.missing_value_count,
    }


def _first_problem_as_error(refused: DepterError) -> DepterError:
    """Turn an Invalid into its first problem, to be displayed above the table."""
    if isinstance(refused, Invalid):
        problem = next(iter(refused.fields.values()))[0]
        return DepterError(problem.code, **problem.params, **refused.params)
    return refused
