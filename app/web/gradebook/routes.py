"""Pages of the journal: the day and journals of a teacher, the grid, one student, one cell."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.queries import requests as case_queries
from app.cases.queries.related import load_open_cell_cases
from app.journal.courses.offerings import OfferingRow
from app.journal.exams.queries import load_journal_exam
from app.journal.gradebook.access import acting_and_represented_persons, require_readable_offering
from app.journal.gradebook.cell_state import ATTENDANCE
from app.journal.gradebook.load import load_offerings
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import mark_rest_present
from app.journal.gradebook_views.attendance_counts import COUNTED_STATUSES, count_attendance, sum_counts
from app.journal.gradebook_views.cell_card import load_cell_card
from app.journal.gradebook_views.grid import build_gradebook_grid
from app.journal.gradebook_views.teacher_today import load_today_and_unrolled_lessons
from app.journal.opening.queries import count_draft_journals_of_teachers
from app.journal.takeover.queries import load_takeovers_of_journal
from app.kernel import door
from app.kernel.errors import Invalid, Missing, Refused, Stale
from app.kernel.i18n import day_text, pick_text
from app.kernel.ids import parse_id
from app.people import queries as people
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.courses import title_page
from app.web.courses.journals import load_reachable_journals
from app.web.excuses.refused_reasons import load_refused_reasons
from app.web.gradebook import grid_presenter, lesson_routes
from app.web.gradebook.card_presenter import cell_card_view
from app.web.gradebook.cell_help import cell_help_view
from app.web.labels import gradebook as gradebook_labels
from app.web.labels.journal_states import JOURNAL_STATE_LABELS
from app.web.labels.messages import REMEDY_LABELS
from app.web.student_access.read_notes import record_journal_read
from app.web.student_access.student_pages import can_open_cabinet

blueprint = Blueprint("journal", __name__)
blueprint.add_url_rule("/journal/lesson/<uuid:lesson>", view_func=lesson_routes.show_lesson)
blueprint.add_url_rule(
    "/journal/lesson/<uuid:lesson>/roll", view_func=lesson_routes.save_roll, methods=["POST"]
)
blueprint.add_url_rule(
    "/journal/lesson/<uuid:lesson>/describe",
    view_func=lesson_routes.save_posted_lesson_description,
    methods=["POST"],
)
blueprint.add_url_rule(
    "/journal/lesson/<uuid:lesson>/description",
    view_func=lesson_routes.save_json_lesson_description,
    methods=["PUT"],
)

blueprint.add_url_rule("/journal/<uuid:offering>/title", view_func=title_page.show_journal_title_page)


@blueprint.get("/journal")
@allow_access("journal.read")
def show_teacher_today() -> str:
    """Show a teacher's lessons today, earlier lessons without a roll, and the journals of the visitor or the
    visitor's units.
    """
    now = current_act()
    teaches = any(assignment.role == "teacher" for assignment in now.assignments)
    lessons, earlier = [], []
    teachers = sorted(acting_and_represented_persons(now)) if teaches else []
    for person in teachers:
        this_day, without_roll = load_today_and_unrolled_lessons(person, now.at)
        lessons += this_day
        earlier += without_roll
    rows = load_reachable_journals(now)
    # Among them are journals that a curator only reads: those are checked by their own teachers.
    has_drafts = any(row.state == "DRAFT" for row in rows)
    return render_template(
        "journal/journal.html",
        teaches=teaches,
        today=grid_presenter.today_lessons_view(lessons, now.at),
        earlier=grid_presenter.today_lessons_view(earlier, now.at),
        rows=[_journal_row(row) for row in rows],
        to_check=count_draft_journals_of_teachers(teachers) if has_drafts else 0,
    )


def _journal_row(row: OfferingRow) -> SimpleNamespace:
    return SimpleNamespace(
        url=url_for("journal.show_journal_grid", offering=row.id),
        title=pick_text(row.names, locale()),
        code=row.code,
        group=row.group,
        semester=pick_text(row.semester, locale()),
        teachers=", ".join(row.teachers),
        lessons=row.lessons,
        taken=row.rolls_taken,
        behind=row.missing_rolls,
        state=row.state,
        state_label=_(JOURNAL_STATE_LABELS[row.state]),
        state_url=url_for("openings.show_journal_state", offering=row.id),
    )


@blueprint.get("/journal/<uuid:offering>")
@allow_access("journal.read")
def show_journal_grid(offering: UUID) -> str:
    """Show the grid of one journal."""
    now = current_act()
    journal = require_readable_offering(now, offering)
    grid = build_gradebook_grid(journal, now)
    record_journal_read(journal)
    cases = grid_presenter.index_open_cases_by_cell(
        case_queries.load_cases_about_students([row.student for row in grid.rows])
    )
    focus = request.args.get("lesson")
    return render_template(
        "journal/grid.html",
        grid=grid_presenter.journal_grid_view(
            grid, now.at, cases, parse_id(focus, "lesson") if focus else None
        ),
        offering=SimpleNamespace(
            title=pick_text(journal.names, locale()),
            group=journal.group_name,
            teacher=grid.teacher,
            facts=grid_presenter.non_empty_labelled_values(
                (_("Teachers"), grid.teacher),
                (_("Exam day"), _exam_day_text(offering)),
                *((_("Taken over"), line) for line in _takeover_lines(offering)),
            ),
            views=title_page.journal_tabs(offering, "grid"),
        ),
        state_note=grid_presenter.journal_state_note(offering, journal.state),
    )


def _takeover_lines(offering: UUID) -> list[str]:
    """Return a line for each act by which marks of a journal were taken over."""
    return [
        _("act № %(number)s of %(day)s") % {"number": one.number, "day": day_text(one.day, locale())}
        for one in load_takeovers_of_journal(offering)
    ]


def _exam_day_text(offering: UUID) -> str:
    day = load_journal_exam(offering).day
    return day_text(day, locale()) if day else ""


@blueprint.get("/journal/<uuid:offering>/attendance")
@allow_access("journal.read")
def attendance(offering: UUID) -> str:
    """Show how often each student of one journal has each status (4.2.4 b)."""
    now = current_act()
    journal = require_readable_offering(now, offering)
    grid = build_gradebook_grid(journal, now)
    record_journal_read(journal)
    refused = load_refused_reasons([row.student for row in grid.rows])
    counts = count_attendance(grid.rows, grid.lessons, refused.is_refused)
    return render_template(
        "journal/attendance.html",
        offering=SimpleNamespace(
            title=pick_text(journal.names, locale()),
            group=journal.group_name,
            views=title_page.journal_tabs(offering, "attendance"),
        ),
        statuses=[
            SimpleNamespace(key=status.lower(), label=gradebook_labels.mark_status_label(status.lower()))
            for status in COUNTED_STATUSES
        ],
        rows=[
            SimpleNamespace(
                name=one.name,
                url=url_for("journal.show_student_journal_row", offering=offering, student=one.student),
                numbers=list(one.by_status.values()),
                refused=one.refused,
            )
            for one in counts
        ],
        sums=list(sum_counts(counts).values()),
        refused_sum=sum(one.refused for one in counts),
    )


@blueprint.get("/journal/<uuid:offering>/students/<uuid:student>")
@allow_access("journal.read")
def show_student_journal_row(offering: UUID, student: UUID) -> str:
    """Show one student of this journal: each lesson with a link to its card."""
    now = current_act()
    journal = require_readable_offering(now, offering)
    grid = build_gradebook_grid(journal, now)
    row = next((row for row in grid.rows if row.student == student), None)
    if row is None:
        raise Missing
    record_journal_read(journal, (student,))
    return render_template(
        "journal/student_row.html",
        title=pick_text(journal.names, locale()),
        group=journal.group_name,
        name=row.name,
        absences=row.absences,
        points=row.points,
        back=url_for("journal.show_journal_grid", offering=offering),
        cabinet_url=url_for("groups.today", student=student) if can_open_cabinet(now, student) else None,
        carried=grid_presenter.previous_marks_view(row.carried),
        lessons=[
            _student_lesson_row(lesson, cell, student)
            for lesson, cell in zip(grid.lessons, row.cells, strict=True)
        ],
    )


def _student_lesson_row(lesson: Any, cell: Any, student: UUID) -> SimpleNamespace:
    status = grid_presenter.cell_css_status(cell, lesson.takes_roll)
    return SimpleNamespace(
        line=gradebook_labels.lesson_time_and_type_line(lesson.starts_at, lesson.type),
        topic=lesson.topic,
        status=status,
        word=gradebook_labels.mark_status_label(status),
        grade=cell.grade,
        url=url_for("journal.show_cell_card", lesson=lesson.id, student=student),
    )


@blueprint.get("/journal/cell")
@allow_access("journal.read", "marks.read")
@writes_every_year
def show_cell_card() -> str:
    """Show the card of one cell: a fragment for the grid (header `X-Fragment`), else a page."""
    now = current_act()
    found = load_cell_card(now, _parse_id_param("lesson"), _parse_id_param("student"))
    record_journal_read(load_offerings([found.offering])[found.offering], (found.student,))
    case_ids = {one.case for one in found.history if one.case}
    view = cell_card_view(
        found,
        load_open_cell_cases(now, found.student, found.lesson.id, found.lesson.day),
        case_queries.load_cases_by_id(now, sorted(case_ids)),
        cell_help_view(found),
    )
    if request.headers.get("X-Fragment"):
        return render_template("journal/_cell.html", cell=view)
    back = url_for("journal.show_journal_grid", offering=found.offering, lesson=found.lesson.id)
    if found.student in acting_and_represented_persons(now):
        back = url_for("student.absences" if view.help and view.help.miss else "student.marks")
    return render_template("journal/cell.html", cell=view, back=back)


def _parse_id_param(name: str) -> UUID:
    return parse_id(request.args.get(name), name)


@blueprint.put("/journal/cell")
@allow_access("journal.read")
def update_cell() -> ResponseReturnValue:
    """Enter or correct one cell from JSON, within its deadline: the second of the three paths to a mark."""
    edit = _read_json_cell_edit(request.get_json(silent=True))
    try:
        with door.write(current_act()):
            entered = record_mark(current_act(), edit)
    except Stale as stale:
        # Scripts and styles use statuses in lower case.
        _lower_case_stale_value(stale)
        raise
    except Refused as refused:
        if refused.remedy is not None and refused.remedy in REMEDY_LABELS:
            refused.params["cells"] = grid_presenter.cell_key_in_start_address(
                refused.remedy, edit.lesson, edit.student, edit.kind
            )
        raise
    answer: dict[str, Any] = {"version": entered.version, "value": entered.value}
    if entered.kind == ATTENDANCE:
        answer["value"] = entered.value.lower() if entered.value else None
        answer["status"] = entered.status.lower()
    answer["entered_at"] = entered.entered_at.isoformat() if entered.entered_at else None
    answer["late"] = entered.late
    return jsonify(answer)


def _read_json_cell_edit(body: Any) -> CellEdit:
    """Read the edit from JSON; raises Invalid naming the field of a wrong type."""
    if not isinstance(body, dict):
        raise Invalid.field("body", "kernel.input.not_json")
    version, value, reason = body.get("version"), body.get("value"), body.get("reason") or ""
    if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version < 2**31:
        raise Invalid.field("version", "kernel.input.not_a_number")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        raise Invalid.field("value", "kernel.input.not_a_text")
    if not isinstance(reason, str):
        raise Invalid.field("reason", "kernel.input.not_a_text")
    kind = str(body.get("kind")).upper()
    if kind == ATTENDANCE and value is not None:
        value = value.upper()
    lesson, student = parse_id(body.get("lesson"), "lesson"), parse_id(body.get("student"), "student")
    return CellEdit(lesson, student, kind, value, version, reason)


def _lower_case_stale_value(stale: Stale) -> None:
    value = stale.current.get("value")
    if isinstance(value, str):
        stale.current["value"] = value.lower()


@blueprint.post("/journal/lesson/<uuid:lesson>/rest-present")
@allow_access("journal.read")
def mark_other_students_present(lesson: UUID) -> ResponseReturnValue:
    """Mark the other students of a lesson present: only cells without a mark."""
    with door.write(current_act()):
        roll = mark_rest_present(current_act(), lesson)
    names = people.load_names([roll.taken_by])
    who = names[roll.taken_by].short if roll.taken_by else ""
    return jsonify(
        cells=[
            {"student": str(student), "value": "present", "version": version}
            for student, version in roll.present_by_roll
        ],
        roll=gradebook_labels.roll_taken_text(roll.taken_at, who, roll.late),
    )
