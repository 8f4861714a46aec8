"""Registration of the subject fields and panels that the areas of pages add to pages of tasks and cases."""

from __future__ import annotations

from app.web.appeals import fields as appeal_fields
from app.web.cases.subject_fields import (
    register_case_panels,
    register_subject_fields,
    register_task_panels,
    register_unavailable_values,
)
from app.web.commissions import members_field as commission_members
from app.web.corrections import cells_field as correction_cells
from app.web.disputes import mark_field as disputed_mark
from app.web.excuses import fields as excuse_fields
from app.web.grade_sheets import closing_presenter
from app.web.grade_sheets import presenter as sheet_presenter
from app.web.late_entry import cells_field as late_entry_cells
from app.web.makeups import lessons_field as missed_lessons
from app.web.opening import subject_fields as openings
from app.web.orders import students_field as order_students
from app.web.people import access_field
from app.web.requests import about_fields as request_about


def register_fields_and_panels() -> None:
    """Register the subject fields and panels of every area; a second call changes nothing."""
    register_subject_fields(
        correction_cells.CHANGE_SET_FIELD,
        late_entry_cells.LATE_ENTRIES_FIELD,
        *excuse_fields.EXCUSE_FIELDS,
        disputed_mark.DISPUTE_FIELD,
        *appeal_fields.APPEAL_FIELDS,
        commission_members.COMMISSION_FIELD,
        *sheet_presenter.SHEET_FIELDS,
        closing_presenter.BLOCKERS_FIELD,
        missed_lessons.MAKEUP_FIELD,
        *request_about.ABOUT_FIELDS,
        *openings.OPENING_FIELDS,
        access_field.ACCESS_FIELD,
        order_students.ORDER_FIELD,
    )
    register_task_panels(
        *disputed_mark.DISPUTE_TASK_PANELS,
        *appeal_fields.APPEAL_TASK_PANELS,
        *excuse_fields.EXCUSE_TASK_PANELS,
        *sheet_presenter.SHEET_TASK_PANELS,
        *openings.OPENING_TASK_PANELS,
    )
    register_case_panels(*appeal_fields.APPEAL_CASE_PANELS, *excuse_fields.EXCUSE_CASE_PANELS)
    register_unavailable_values("hearing_step", appeal_fields.inapplicable_admission_decisions)
    register_unavailable_values("makeup_task", missed_lessons.makeup_forms_not_fitting)
