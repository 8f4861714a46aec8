"""The form field of a disputed mark, and the panel with which its teacher corrects it (P05)."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.cases.queries.case_details import TaskView
from app.journal.disputes.queries import load_disputable_mark
from app.journal.gradebook.cell_state import CELL_KINDS
from app.journal.gradebook.entry_deadlines import LATE_CORRECTION_REMEDY
from app.journal.gradebook_views.cell_card import load_cell_card
from app.kernel.errors import Invalid, Missing
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.subject_fields import SubjectField, TaskPanel
from app.web.core.visitor import current_act
from app.web.labels import gradebook as gradebook_labels
from app.web.labels.deadlines import task_due_view
from app.web.labels.messages import error_message


def read_posted_disputed_mark(posted: MultiDict[str, str]) -> dict[str, Any] | None:
    """Read the posted mark: `dispute` is lesson:kind:version; None when it was not on the page.

    Raises Invalid (`dispute`).
    """
    name = posted.get("dispute")
    if not name:
        return None
    pieces = name.split(":")
    if len(pieces) != 3 or not pieces[2].isdecimal() or len(pieces[2]) > 9:
        raise Invalid.field("dispute", "journal.entry.unreadable")
    answer: dict[str, Any] = {"lesson": pieces[0], "kind": pieces[1], "version": int(pieces[2])}
    return answer | ({"student": posted["dispute_student"]} if posted.get("dispute_student") else {})


def disputed_mark_start_view(address: Mapping[str, str], _typed: Any) -> SimpleNamespace:
    """Build the view of the mark in the address; raises Missing.

    The mark is the visitor's own, or that of the student in `student`.
    """
    now = current_act()
    student = parse_id(address["student"], "student") if address.get("student") else now.person
    kind = address.get("kind", "").upper()
    if student is None or kind not in CELL_KINDS:
        raise Missing
    found = load_disputable_mark(parse_id(address.get("lesson"), "lesson"), student, kind, now.at)
    cell, lesson = found.cell, found.cell.lesson
    if cell.value is None:
        raise Missing
    deadline = found.deadline
    return SimpleNamespace(
        name=f"{lesson.id}:{kind}:{cell.version}",
        student=str(student) if student != now.person else None,
        course=pick_text(found.offering.names, locale()),
        line=gradebook_labels.lesson_time_and_type_line(lesson.starts_at, lesson.type),
        value=gradebook_labels.mark_value_label(kind, cell.reason or cell.value),
        due=task_due_view(
            deadline.moment, now.at, locale(), found.offering.department, deadline.as_json(), deadline.clause
        )
        if deadline
        else None,
    )


def refuse_dispute_in_task(_view: TaskView, _typed: Any) -> SimpleNamespace:
    """Raise Invalid: no task asks for another mark."""
    raise Invalid.field("dispute", "journal.entry.unreadable")


TEACHER_CORRECTION_FORM = "dispute.correct_teacher"
"""The form of the task in which a teacher corrects the disputed mark."""


def mark_correction_help_panel(view: TaskView) -> SimpleNamespace | None:
    """Build the panel that tells a teacher how to correct the disputed mark (P05); None for other tasks.

    Within the own deadline the teacher corrects the cell directly, later by a correction request with this
    cell filled in, or by the request under way. The case closes itself when the mark has changed.
    """
    form = view.published.model.user_tasks[view.task.element].form
    subject = view.case.subject
    if form != TEACHER_CORRECTION_FORM or view.refusal is not None:
        return None
    running = next((one for one in view.related if one.diagram == LATE_CORRECTION_REMEDY), None)
    if running is not None:
        text = _("A correction of this mark is under way; this case ends by itself when it is written.")
        label = _("Open the case %(number)s") % {"number": running.number}
        return SimpleNamespace(text=text, label=label, url=url_for("cases.show_case", case_id=running.id))
    lesson, student, kind = UUID(subject["lesson"]), UUID(subject["student_id"]), subject["mark"]
    try:
        half = load_cell_card(current_act(), lesson, student).marks_by_kind[kind]
    except Missing:
        return None
    if half.remedy_start == LATE_CORRECTION_REMEDY:
        cells = f"{lesson}:{student}:{kind}"
        text = _(
            "The 3-day correction period is over. Request a correction; this cell is already filled in for you."
        )
        url = url_for("start.show_start_form", name=LATE_CORRECTION_REMEDY, cells=cells)
        return SimpleNamespace(text=text, label=_("Request a correction"), url=url)
    if half.refusal is None:
        text = _("You can still correct this mark yourself; this case ends by itself when you have.")
        url = url_for("journal.show_journal_grid", offering=subject["offering"], lesson=lesson)
        return SimpleNamespace(text=text, label=_("Open the journal"), url=url)
    return SimpleNamespace(text=error_message(half.refusal), label=None, url=None)


DISPUTE_FIELD = SubjectField(
    "dispute",
    "start/_dispute.html",
    disputed_mark_start_view,
    refuse_dispute_in_task,
    read_posted_disputed_mark,
)
DISPUTE_TASK_PANELS = (TaskPanel("correct", mark_correction_help_panel),)
