"""The page of one lesson: roll call and description. It works without a script.

Both are in one form, so that either button sends what was typed beside it. Each is written in a transaction
of its own: a refusal of one does not undo the other, and the page says which was saved.
`app.web.gradebook.routes` gives these views their addresses.
"""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.journal.excuses.queries import load_last_excused_days
from app.journal.gradebook.cell_state import ABSENT, ATTENDANCE, LESSON_TYPES
from app.journal.gradebook.entry_deadlines import LATE_ENTRY_REMEDY
from app.journal.gradebook.lesson_description import (
    MAX_DESCRIPTION_LENGTHS,
    MAX_LESSON_HOURS,
    write_lesson_description,
)
from app.journal.gradebook.record_marks import record_marks
from app.journal.gradebook.roll_call import take_roll
from app.journal.gradebook_views.grid import Grid, GridCell
from app.journal.gradebook_views.one_lesson import LessonPage, load_lesson_page
from app.journal.timetable.rules import refusal_to_arrange_timetable
from app.journal.timetable.topic_plans import load_next_topic_of_lesson, load_topic_plan
from app.journal.timetable.topic_rules import deviates_from_plan
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import DepterError, Invalid, Missing
from app.kernel.i18n import day_text, moment_text, pick_text
from app.kernel.ids import parse_id
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import allow_access, current_act
from app.web.gradebook import grid_presenter
from app.web.gradebook.lesson_input import (
    DESCRIPTION_FIELDS,
    description_digest,
    is_lesson_description_changed,
    json_value_text,
    read_description_edit,
    read_roll_edits,
    students_absent_when_displayed,
)
from app.web.labels import gradebook as gradebook_labels
from app.web.labels.messages import error_message, message_text
from app.web.late_entry.cells_field import late_entry_address_key


@allow_access("journal.read")
def show_lesson(lesson: UUID) -> str:
    """Show roll call and description of one lesson."""
    return _render_lesson_page(lesson)


def _render_lesson_page(
    lesson: UUID, roll_error: DepterError | None = None, text_error: DepterError | None = None
) -> str:
    now = current_act()
    view = load_lesson_page(now, lesson)
    offering, column, topics = view.grid.offering, view.grid.lessons[0], _topic_choices_view(view)
    state_note = grid_presenter.journal_state_note(offering.id, offering.state)
    return render_template(
        "journal/lesson.html",
        lesson=SimpleNamespace(
            id=lesson,
            title=pick_text(offering.names, locale()),
            group=offering.group_name,
            line=gradebook_labels.lesson_time_and_type_line(column.starts_at, column.type),
            room=view.room,
            state=_(gradebook_labels.LESSON_STATE_LABELS[view.state]),
            topic=view.topic,
            roll_text=grid_presenter.lesson_roll_state_text(column),
            opens=_roll_opening_text(column.starts_at, column.takes_roll),
            computation=gradebook_labels.localised_computation_lines(column.closing.computation),
            clause=column.closing.clause,
            taken=column.roll_taken_at is not None,
            takes_roll=column.takes_roll,
            may_call=column.can_take_roll and column.roll_taken_at is None and state_note is None,
            ask_url=_late_roll_request_url(lesson)
            if column.can_request_late_roll and state_note is None
            else None,
            state_note=state_note,
            change_url=_timetable_change_url(lesson, offering.institute),
            grid_url=url_for("journal.show_journal_grid", offering=offering.id, lesson=lesson),
            roll_url=url_for("journal.save_roll", lesson=lesson),
            describe_url=url_for("journal.save_posted_lesson_description", lesson=lesson),
            save_url=url_for("journal.save_json_lesson_description", lesson=lesson),
            may_describe=view.refusal is None and offering.state in ("DRAFT", "OPEN"),
            why_not=error_message(view.refusal) if view.refusal else None,
            said=grid_presenter.non_empty_labelled_values(
                (_("Topic"), view.topic),
                (_("Methods"), view.methods),
                (_("Assignment"), view.task),
                (_("Hours"), view.hours),
            ),
            version=view.version,
            described=description_digest({name: getattr(view, name) for name in DESCRIPTION_FIELDS}),
        ),
        students=_roll_rows(view.grid),
        roll_error=error_message(roll_error) if roll_error else None,
        fields=_lesson_description_fields(topics.next),
        topics=topics,
        values=request.form if text_error else {name: getattr(view, name) for name in DESCRIPTION_FIELDS},
        stored={name: str(getattr(view, name)) for name in DESCRIPTION_FIELDS},
        errors=_error_texts_by_field(text_error),
        text_error=error_message(text_error) if text_error and not isinstance(text_error, Invalid) else None,
    )


def _timetable_change_url(lesson: UUID, institute: UUID) -> str | None:
    """Return where those who arrange the timetable of the group change this lesson; None for others."""
    may = refusal_to_arrange_timetable(current_act().assignments, institute) is None
    return url_for("timetable.show_lesson_change", lesson=lesson) if may else None


def _roll_opening_text(starts_at: datetime, takes_roll: bool) -> str | None:
    """Return from when the roll can be taken; None when the lesson has begun or has no roll."""
    if not takes_roll or current_act().at >= starts_at:
        return None
    return _("The lesson has not begun. Here you will mark who is absent from %(when)s.") % {
        "when": moment_text(starts_at, locale())
    }


def _late_roll_request_url(lesson: UUID) -> str:
    """Return the address of a late entry request for the whole roll of the lesson."""
    return url_for(
        "start.show_start_form",
        name=LATE_ENTRY_REMEDY,
        cells=late_entry_address_key(lesson, None, ATTENDANCE),
    )


def _roll_rows(grid: Grid) -> list[SimpleNamespace]:
    """Build the rows of the roll; after a refused form with the ticks as they were sent."""
    ticked = set(request.form.getlist("absent")) if request.method == "POST" else None
    lesson = grid.lessons[0]
    until_by_student = load_last_excused_days([row.student for row in grid.rows], local_day(lesson.starts_at))
    rows = []
    for number, row in enumerate(grid.rows, 1):
        cell: GridCell = row.cells[0]
        status = grid_presenter.cell_css_status(cell, lesson.takes_roll)
        if not cell.applicable:
            continue
        until = until_by_student.get(row.student)
        rows.append(
            SimpleNamespace(
                number=number,
                id=row.student,
                name=row.name,
                status=status,
                word=gradebook_labels.mark_status_label(status),
                expected=_("excused until %(day)s") % {"day": day_text(until, locale())} if until else None,
                grade=cell.grade,
                absent=str(row.student) in ticked if ticked is not None else cell.status == ABSENT,
                seen=f"{row.student}:{cell.version}:{'absent' if cell.status == ABSENT else ''}",
                url=url_for("journal.show_cell_card", lesson=lesson.id, student=row.student),
            )
        )
    return rows


@allow_access("journal.read")
def save_roll(lesson: UUID) -> ResponseReturnValue:
    """Save the roll and, if it was changed, the description of the lesson.

    Ticked students are absent, the others present. Unchanged rows are not written.
    """
    typed = is_lesson_description_changed()
    # Two transactions: a refused roll must not undo the description, nor the other way round.
    text_error = _write_and_return_refusal(lesson, _write_lesson_description) if typed else None
    roll_error = _write_and_return_refusal(lesson, _take_posted_roll)
    if roll_error is None:
        flash(_("Attendance recorded."), "good")
    if typed and text_error is None:
        flash(_("What the lesson is about is saved."), "good")
    return _redirect_or_lesson_page(lesson, roll_error, text_error)


@allow_access("journal.read")
def save_posted_lesson_description(lesson: UUID) -> ResponseReturnValue:
    """Save topic, type, methods, task and hours; ticks of a roll not yet taken stay on the page."""
    text_error = _write_and_return_refusal(lesson, _write_lesson_description)
    if text_error is None:
        flash(_("What the lesson is about is saved."), "good")
    ticked = {parse_id(student, "absent") for student in request.form.getlist("absent")}
    if text_error is None and ticked - students_absent_when_displayed():
        flash(_("Attendance is not recorded yet: press “The rest are present”."), "late")
        return _render_lesson_page(lesson)
    return _redirect_or_lesson_page(lesson, None, text_error)


@allow_access("journal.read")
def save_json_lesson_description(lesson: UUID) -> ResponseReturnValue:
    """Save the description from JSON, as a script sends it when a field is left."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Invalid.field("body", "kernel.input.not_an_object")
    edit = read_description_edit(lesson, {name: json_value_text(name, value) for name, value in body.items()})
    with door.write(current_act()):
        version = write_lesson_description(current_act(), edit)
    return jsonify(version=version)


def _redirect_or_lesson_page(
    lesson: UUID, roll_error: DepterError | None, text_error: DepterError | None
) -> ResponseReturnValue:
    """Redirect to the lesson, or show the page with the refusal and everything typed."""
    refused = roll_error or text_error
    if refused is None:
        return redirect(url_for("journal.show_lesson", lesson=lesson))
    return _render_lesson_page(lesson, roll_error, text_error), refused.status


def _write_and_return_refusal(lesson: UUID, write: Any) -> DepterError | None:
    """Write in a transaction of its own and return the refusal, None on success; raises Missing."""
    try:
        with door.write(current_act()):
            write(lesson)
    except Missing:
        raise
    except DepterError as error:
        return error
    return None


def _take_posted_roll(lesson: UUID) -> None:
    edits = read_roll_edits(lesson)
    if edits:
        record_marks(current_act(), edits)
    take_roll(current_act(), lesson)


def _write_lesson_description(lesson: UUID) -> None:
    write_lesson_description(current_act(), read_description_edit(lesson, request.form))


def _error_texts_by_field(error: DepterError | None) -> dict[str, list[str]]:
    if not isinstance(error, Invalid):
        return {}
    return {
        key: [message_text(one.code, one.params) for one in problems]
        for key, problems in error.fields.items()
    }


def _topic_choices_view(view: LessonPage) -> SimpleNamespace:
    """Build what the topic plan offers to a lesson: the next topic, all of its type, and whether it deviates."""
    plan, column = load_topic_plan(view.grid.offering.id), view.grid.lessons[0]
    planned = [line.topic for line in plan.lines if line.type == view.type]
    following = load_next_topic_of_lesson(view.grid.offering.id, plan, column.starts_at, view.type)
    first = [following.topic] if following else []
    return SimpleNamespace(
        next=following.topic if following else "",
        options=list(dict.fromkeys([*first, *planned])),
        deviates=deviates_from_plan(view.topic, plan.lines),
        url=url_for("topics.show_topic_plan", offering=view.grid.offering.id),
    )


def _lesson_description_fields(next_topic: str) -> list[SimpleNamespace]:
    """Build the fields of the description for `layout/fields.html`; the topic offers those of the topic plan."""
    types = [
        SimpleNamespace(value=code, label=gradebook_labels.lesson_type_label(code)) for code in LESSON_TYPES
    ]
    return [
        _description_field_view(
            "topic",
            _("Topic"),
            "text",
            max_length=MAX_DESCRIPTION_LENGTHS["topic"],
            list="planned-topics",
            help=_("Next in the topic plan: %(topic)s") % {"topic": next_topic} if next_topic else "",
        ),
        _description_field_view("type", _("Type of lesson"), "select", options=types, required=True),
        _description_field_view(
            "methods", _("Methods"), "text", max_length=MAX_DESCRIPTION_LENGTHS["methods"]
        ),
        _description_field_view(
            "task", _("Assignment"), "textarea", max_length=MAX_DESCRIPTION_LENGTHS["task"]
        ),
        _description_field_view(
            "hours", _("Hours"), "number", min=1, max=MAX_LESSON_HOURS, step=1, required=True
        ),
    ]


def _description_field_view(key: str, label: str, kind: str, **more: object) -> SimpleNamespace:
    usual = {"help": "", "required": False, "options": [], "min": None, "max": None, "step": None}
    return SimpleNamespace(
        key=key, label=label, kind=kind, **{**usual, "max_length": None, "accept": "", **more}
    )
