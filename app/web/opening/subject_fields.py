"""Form fields of the opening of journals and of the approval of a grading scheme."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.cases.queries.case_details import TaskView
from app.journal.grading.scheme_queries import load_all_scheme_versions
from app.journal.semesters.queries import load_all_semesters
from app.kernel.clock import local_day
from app.kernel.errors import Invalid
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.texts.semesters import semester_title
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.subject_fields import SubjectField, TaskPanel
from app.web.core.visitor import current_act

Option = tuple[str, str]


def _opening_start_view(address: Mapping[str, str], typed: Any) -> SimpleNamespace:
    """Build the choice of a department and a semester that is not over, with those of the address chosen."""
    given = typed or address
    today = local_day(current_act().at)
    units = [one for one in people.load_unit_tree().values() if one.kind == "department"]
    return SimpleNamespace(
        selects=[
            SimpleNamespace(
                name="department",
                label=_("Department"),
                chosen=given.get("department", ""),
                options=sorted(((str(one.id), pick_text(one.names, locale())) for one in units), key=_label),
            ),
            SimpleNamespace(
                name="semester",
                label=_("Semester"),
                chosen=given.get("semester", ""),
                options=[
                    (str(one.id), semester_title(one.names, one.year))
                    for one in load_all_semesters()
                    if one.dates.ends_on >= today
                ],
            ),
        ],
        key="opening",
    )


def _label(option: Option) -> str:
    return option[1]


def _scheme_start_view(address: Mapping[str, str], typed: Any) -> SimpleNamespace:
    """Build the choice of a drafted scheme, with that of the address chosen."""
    given = typed or address
    return SimpleNamespace(
        selects=[
            SimpleNamespace(
                name="scheme",
                label=_("Grading scheme"),
                chosen=given.get("scheme", ""),
                options=[
                    (str(one.id), f"{pick_text(one.names, locale())}, {one.code} v{one.version}")
                    for one in load_all_scheme_versions()
                    if one.confirmed_at is None
                ],
            )
        ],
        key="scheme",
    )


def _refuse_field_in_task(_view: TaskView, _typed: Any) -> SimpleNamespace:
    """Raise Invalid: what is opened or approved does not change in a task."""
    raise Invalid.field("opening", "forms.field.unknown")


def _read_posted_opening(posted: MultiDict[str, str]) -> dict[str, str] | None:
    if not posted.get("department") or not posted.get("semester"):
        return None
    return {"department": posted["department"], "semester": posted["semester"]}


def _read_posted_scheme(posted: MultiDict[str, str]) -> dict[str, str] | None:
    return {"id": posted["scheme"]} if posted.get("scheme") else None


def link_to_subject_panel(view: TaskView) -> SimpleNamespace | None:
    """Return the way to the journals of an opening, or to the impact of a scheme, beside their tasks."""
    subject = view.case.subject
    if subject.get("kind") == "opening":
        url = url_for(
            "openings.list_department_journals",
            unit_id=UUID(subject["department_id"]),
            semester=subject["semester_id"],
        )
        text = _(
            "Every journal of the department is listed with its teachers, their answers and what is missing."
        )
        return SimpleNamespace(text=text, label=_("Open the list of journals"), url=url)
    if subject.get("kind") == "scheme":
        url = url_for("scheme_drafts.show_scheme_impact", scheme=UUID(subject["scheme_id"]))
        text = _("Look first at which running journals and results the scheme changes.")
        return SimpleNamespace(text=text, label=_("Look at the impact"), url=url)
    return None


OPENING_FIELDS = (
    SubjectField(
        "opening", "opening/_selects.html", _opening_start_view, _refuse_field_in_task, _read_posted_opening
    ),
    SubjectField(
        "scheme", "opening/_selects.html", _scheme_start_view, _refuse_field_in_task, _read_posted_scheme
    ),
)
OPENING_TASK_PANELS = (TaskPanel("correct", link_to_subject_panel),)
