"""Views of the journal for templates: the grid and the day of a teacher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import get_template_attribute, url_for
from markupsafe import Markup

from app.cases.queries.requests import CaseSummary
from app.journal.gradebook.cell_state import ATTENDANCE
from app.journal.gradebook.entry_deadlines import LATE_ENTRY_REMEDY
from app.journal.gradebook.entry_rules import refusal_of_journal_state
from app.journal.gradebook_views.grid import Grid, GridCell, GridLessonColumn, GridStudentRow
from app.journal.gradebook_views.teacher_today import TodayLesson
from app.journal.transfers.transferred_marks import FormerJournalMarks
from app.kernel.clock import local_day
from app.kernel.i18n import number_text, pick_text
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.labels import gradebook as gradebook_labels
from app.web.labels.messages import error_message, next_step_text, remedy_button
from app.web.late_entry.cells_field import late_entry_address_key

GRADE_INPUT_LIMITS = {"min": 0, "max": 100, "step": 0.1}
MARK_KEYBOARD_SHORTCUTS = (
    {"code": "KeyN", "key": "N", "value": "absent", "letter": "НБ", "label": N_("absent")},
    {"code": "KeyP", "key": "P", "value": "present", "letter": "", "label": N_("present")},
)
OpenCasesByCell = Mapping[tuple[str, str], CaseSummary]
"""Open cases by (lesson, student)."""


def index_open_cases_by_cell(cases: Sequence[CaseSummary]) -> OpenCasesByCell:
    """Index open cases by the cells in their subjects."""
    return {
        (cell["lesson"], cell["student_id"]): case
        for case in cases
        for cell in case.subject.get("cells") or ()
        if "lesson" in cell and "student_id" in cell
    }


def cell_key_in_start_address(start: str, lesson: UUID, student: UUID, kind: str) -> str:
    """Return the name of a cell in the address of a start.

    Attendance that nobody entered is the roll of the whole lesson.
    """
    whole = start == LATE_ENTRY_REMEDY and kind == ATTENDANCE
    return late_entry_address_key(lesson, None if whole else student, kind)


def journal_grid_view(
    grid: Grid, now: datetime, cases: OpenCasesByCell, focus: UUID | None = None
) -> SimpleNamespace:
    """Build the view of `journal/_grid.html`; `focus` is the lesson whose column comes first."""
    active = focus or _focused_lesson_id(grid, now)
    offering, looks = grid.offering, CellRenderer(grid.lessons, active, cases)
    return SimpleNamespace(
        name=f"{pick_text(offering.names, locale())}, {offering.group_name}",
        lessons=[_grid_lesson_column_view(one, active) for one in grid.lessons],
        rows=[_grid_student_row_view(number, row, grid, looks) for number, row in enumerate(grid.rows, 1)],
        totals=[
            SimpleNamespace(label=_("Absences"), title=_("Missed classes not made up yet")),
            SimpleNamespace(label=_("Points"), title=_("Sum of the points so far")),
        ],
        words={status: _(word) for status, word in gradebook_labels.MARK_STATUS_LABELS.items()},
        key_list=[{**key, "label": _(str(key["label"]))} for key in MARK_KEYBOARD_SHORTCUTS],
        grades=GRADE_INPUT_LIMITS,
        writes=grid.teaches,
        save_url=url_for("journal.update_cell"),
        card_url=url_for("journal.show_cell_card"),
        # The script replaces {lesson}; the route converter accepts only an id here.
        rest_url=url_for("journal.mark_other_students_present", lesson=UUID(int=0)).replace(
            str(UUID(int=0)), "{lesson}"
        ),
    )


def _focused_lesson_id(grid: Grid, now: datetime) -> UUID | None:
    """Return the lesson to focus: the running one, else the last without a roll, else the last begun."""
    begun = [one for one in grid.lessons if one.starts_at <= now]
    running = [one for one in begun if now <= one.ends_at]
    without_roll = [one for one in begun if one.can_take_roll and one.roll_taken_at is None]
    found = running or without_roll or begun or list(grid.lessons[:1])
    return found[-1].id if found else None


def _grid_lesson_column_view(one: GridLessonColumn, active: UUID | None) -> SimpleNamespace:
    return SimpleNamespace(
        id=one.id,
        day=local_day(one.starts_at),
        kind=gradebook_labels.lesson_type_short_label(one.type),
        kind_label=gradebook_labels.lesson_type_label(one.type),
        topic=one.topic,
        url=url_for("journal.show_lesson", lesson=one.id),
        taken=one.roll_taken_at is not None or not one.takes_roll,
        roll_text=lesson_roll_state_text(one),
        open=one.can_take_roll,
        active=one.id == active,
        locked=not one.closing.open,
    )


def lesson_roll_state_text(one: GridLessonColumn) -> str:
    """Return the text under a lesson: when and by whom its roll was taken, or until when it can be."""
    return gradebook_labels.roll_state_text(
        one.roll_taken_at, one.roll_taken_by, one.roll_late, one.closing, one.takes_roll
    )


@dataclass(frozen=True, slots=True)
class CellLook:
    """The appearance of a cell; equal appearances are rendered once."""

    status: str
    version: int
    grade: str
    grade_version: int
    lock: str
    waits: bool
    now: bool


class CellRenderer:
    """Renderer of grid cells that renders each appearance once.

    `active` is the lesson of the focused column.
    """

    def __init__(
        self, lessons: Sequence[GridLessonColumn], active: UUID | None, cases: OpenCasesByCell
    ) -> None:
        self._columns = [(str(one.id), one.takes_roll, one.id == active) for one in lessons]
        self._cases = cases
        self._td = get_template_attribute("journal/_td.html", "td")
        self._rendered: dict[CellLook, Markup] = {}

    def render_row(self, row: GridStudentRow) -> Markup:
        """Render the cells of one row."""
        student = str(row.student)
        return Markup("").join(
            self._render_cell(_cell_look(cell, takes_roll, now, (lesson, student) in self._cases))
            for cell, (lesson, takes_roll, now) in zip(row.cells, self._columns, strict=True)
        )

    def _render_cell(self, look: CellLook) -> Markup:
        # A grid has thousands of cells but few different ones.
        markup = self._rendered.get(look)
        if markup is None:
            markup = self._rendered[look] = self._td(look)
        return markup


def _grid_student_row_view(
    number: int, row: GridStudentRow, grid: Grid, looks: CellRenderer
) -> SimpleNamespace:
    return SimpleNamespace(
        number=number,
        id=row.student,
        name=row.name,
        url=url_for("journal.show_student_journal_row", offering=grid.offering.id, student=row.student),
        cells=looks.render_row(row),
        totals=(row.absences or "", row.points if row.points != "0" else ""),
        carried="; ".join(previous_marks_text(one) for one in row.carried),
    )


def _cell_look(cell: GridCell, takes_roll: bool, now: bool, waits: bool) -> CellLook:
    return CellLook(
        status=cell_css_status(cell, takes_roll),
        version=cell.version,
        grade=cell.grade,
        grade_version=cell.grade_version,
        lock=cell.lock if cell.applicable else "",
        waits=waits,
        now=now,
    )


def previous_marks_text(one: FormerJournalMarks) -> str:
    """Return the text about marks from before a transfer: group, order, points, absences."""
    points = number_text(one.points, locale())
    values = {
        "group": one.group,
        "order": one.order_no,
        "points": points,
        "absences": one.missed_lesson_count,
    }
    return (
        _("Carried from %(group)s by order No. %(order)s: %(points)s points, %(absences)s absences") % values
    )


def previous_mark_css_status(status: str) -> str:
    """Return the status as styles name it; independent work has grades but no attendance."""
    return "no_roll" if status == "NOT_APPLICABLE" else status.lower()


def previous_marks_view(carried: Sequence[FormerJournalMarks]) -> list[SimpleNamespace]:
    """Build the read-only rows of earlier journals for the page of one student."""
    return [
        SimpleNamespace(
            text=previous_marks_text(one),
            marks=[
                SimpleNamespace(
                    line=gradebook_labels.lesson_time_and_type_line(mark.starts_at, mark.type),
                    status=previous_mark_css_status(mark.status),
                    word=gradebook_labels.mark_status_label(previous_mark_css_status(mark.status)),
                    grade=mark.grade,
                )
                for mark in one.marks
            ],
        )
        for one in carried
    ]


def cell_css_status(cell: GridCell, takes_roll: bool) -> str:
    """Return the status as styles and scripts name it; independent work has grades but no attendance."""
    return "no_roll" if cell.applicable and not takes_roll else cell.status.lower()


def today_lessons_view(lessons: Sequence[TodayLesson], now: datetime) -> SimpleNamespace:
    """Build the view of `journal/_today.html`."""
    return SimpleNamespace(day=local_day(now), lessons=[_today_lesson_view(one) for one in lessons])


def _today_lesson_view(one: TodayLesson) -> SimpleNamespace:
    texts = {
        "done": _("Attendance recorded"),
        "later": _("Not yet begun"),
        "none": _("No attendance is taken here"),
        "shut": _("The journal takes no marks now"),
    }
    return SimpleNamespace(
        id=one.id,
        starts=gradebook_labels.hours_and_minutes_text(one.starts_at),
        ends=gradebook_labels.hours_and_minutes_text(one.ends_at),
        day=local_day(one.starts_at),
        title=pick_text(one.names, locale()),
        group=one.group,
        room=one.room,
        kind_label=gradebook_labels.lesson_type_label(one.type),
        topic=one.topic,
        url=url_for("journal.show_lesson", lesson=one.id),
        state={"none": "later", "shut": "later", "lost": "late"}.get(one.state, one.state),
        state_text=texts.get(one.state) or gradebook_labels.roll_deadline_text(one.closing),
        computation=()
        if one.state in texts
        else gradebook_labels.localised_computation_lines(one.closing.computation),
        clause=one.closing.clause,
    )


def non_empty_labelled_values(*pairs: tuple[str, Any]) -> list[SimpleNamespace]:
    """Build labelled values for the head of a page; empty values are left out."""
    return [SimpleNamespace(label=label, value=value) for label, value in pairs if value]


def journal_state_note(offering: UUID, state: str) -> SimpleNamespace | None:
    """Return why a journal takes no marks, what to do, and the way to its states; None while it takes them."""
    refusal = refusal_of_journal_state(offering, state)
    if refusal is None:
        return None
    return SimpleNamespace(
        text=f"{error_message(refusal)} {next_step_text(refusal)}", button=remedy_button(refusal)
    )
