"""Registry of form fields and panels for case subjects; the areas of pages register theirs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from werkzeug.datastructures import MultiDict

from app.cases.queries.case_details import TaskView
from app.forms.form_file import Form
from app.kernel.act import Act

TypedValues = Any
"""Values typed before: the posted form, a saved draft, or nothing."""


@dataclass(frozen=True, slots=True)
class SubjectField:
    """One kind of field of `app.forms`: how a page renders it and how its answer is read.

    `build_start_view` renders it from the address of the start page, `build_task_view` inside a task of a case.
    `read_posted_answer` returns something falsy when nothing was answered. `form_values_for_rework` returns values
    of further fields, from the case subject, for a form that came back for rework. `build_choices` returns what has to
    be chosen before the form can be shown, None once the address names it.
    """

    kind: str
    template: str
    build_start_view: Callable[[Mapping[str, str], TypedValues], SimpleNamespace]
    build_task_view: Callable[[TaskView, TypedValues], SimpleNamespace]
    read_posted_answer: Callable[[MultiDict[str, str]], Any]
    form_values_for_rework: Callable[[Mapping[str, Any]], dict[str, str]] | None = None
    build_choices: Callable[[Act, Mapping[str, str]], SimpleNamespace | None] | None = None


@dataclass(frozen=True, slots=True)
class TaskPanel:
    """A panel beside the form of a task; `build_content` returns None for tasks it does not belong to."""

    name: str
    build_content: Callable[[TaskView], Any]


@dataclass(frozen=True, slots=True)
class CasePanel:
    """A panel on the page of a case, rendered from the case subject."""

    name: str
    build_content: Callable[[Mapping[str, Any]], Any]


UnavailableValuesRule = Callable[[Mapping[str, Any]], Mapping[str, Collection[str]]]
"""Returns, by field, the offered values of a form that are unavailable for a case subject."""

SUBJECT_FIELDS_BY_KIND: dict[str, SubjectField] = {}
TASK_PANELS_BY_NAME: dict[str, list[TaskPanel]] = {}
CASE_PANELS_BY_NAME: dict[str, CasePanel] = {}
UNAVAILABLE_VALUE_RULES: dict[str, UnavailableValuesRule] = {}
"""By the kind of subject that the form produces (`Form.subject`)."""


def register_subject_fields(*fields: SubjectField) -> None:
    """Register kinds of fields for every page of a form; a later one of the same kind replaces it."""
    SUBJECT_FIELDS_BY_KIND.update({field.kind: field for field in fields})


def register_task_panels(*panels: TaskPanel) -> None:
    """Register panels of tasks; of several with one name the first that returns a value is shown."""
    for panel in panels:
        known = TASK_PANELS_BY_NAME.setdefault(panel.name, [])
        if panel not in known:
            known.append(panel)


def register_case_panels(*panels: CasePanel) -> None:
    """Register panels of case pages."""
    CASE_PANELS_BY_NAME.update({panel.name: panel for panel in panels})


def register_unavailable_values(subject: str, unavailable: UnavailableValuesRule) -> None:
    """Register which offered values, decisions among them, are left out of forms that produce this subject."""
    UNAVAILABLE_VALUE_RULES[subject] = unavailable


def task_panel_contents(view: TaskView) -> dict[str, Any]:
    """Return the content of each registered panel of a task, by name; None where there is none."""
    return {
        name: next((content for panel in panels if (content := panel.build_content(view)) is not None), None)
        for name, panels in TASK_PANELS_BY_NAME.items()
    }


def case_panel_contents(subject: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of each registered panel of a case page, by name."""
    return {name: panel.build_content(subject) for name, panel in CASE_PANELS_BY_NAME.items()}


def unavailable_form_values(form: Form | None, subject: Mapping[str, Any]) -> Mapping[str, Collection[str]]:
    """Return, by field, the offered values of a form that are unavailable for this case subject."""
    known = UNAVAILABLE_VALUE_RULES.get(form.subject_kind or "") if form else None
    return known(subject) if known else {}


def form_values_from_subject(form: Form, subject: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of a form that came back for rework, from the case subject."""
    filled: dict[str, str] = {}
    for item in form.fields:
        known = SUBJECT_FIELDS_BY_KIND.get(item.kind)
        if known is not None and known.form_values_for_rework is not None:
            filled |= known.form_values_for_rework(subject)
    return filled


def start_subject_field_view(
    form: Form, address: Mapping[str, str], typed: TypedValues
) -> SimpleNamespace | None:
    """Return the subject field of a start form: kind, template, view; None when it has none."""
    return _first_subject_field_view(form, lambda field: field.build_start_view(address, typed))


def start_subject_choices(form: Form, act: Act, address: Mapping[str, str]) -> SimpleNamespace | None:
    """Return what the visitor has to choose before the start form is shown; None when nothing."""
    for item in form.fields:
        field = SUBJECT_FIELDS_BY_KIND.get(item.kind)
        if field is not None and field.build_choices is not None:
            return field.build_choices(act, address)
    return None


def task_subject_field_view(view: TaskView, typed: TypedValues) -> SimpleNamespace | None:
    """Return the subject field of a task, with the present subject; None when its form has none."""
    element = view.published.model.user_tasks[view.task.element]
    form = view.published.forms.get(element.form)
    return _first_subject_field_view(form, lambda field: field.build_task_view(view, typed)) if form else None


def _first_subject_field_view(
    form: Form, draw: Callable[[SubjectField], SimpleNamespace]
) -> SimpleNamespace | None:
    for item in form.fields:
        field = SUBJECT_FIELDS_BY_KIND.get(item.kind)
        if field is not None:
            return SimpleNamespace(kind=item.kind, template=field.template, view=draw(field))
    return None
