"""Form fields that describe what a case is about. Areas of pages register theirs; this module knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from werkzeug.datastructures import MultiDict

from app.cases.queries.case_details import TaskView
from app.forms.read import Form

Typed = Any
"""What was typed before: the posted form, a kept draft, or nothing."""


@dataclass(frozen=True, slots=True)
class SubjectField:
    """One kind of field of `app.forms`: how a page draws it and how its answer is read.

    `draw_for_start` draws it from the address of the start page, `draw_for_task` inside a task of a case.
    `read_answer` returns something falsy when nothing was answered. `fill` names further fields of a form that came
    back for rework, with their values from the case subject.
    """

    kind: str
    template: str
    draw_for_start: Callable[[Mapping[str, str], Typed], SimpleNamespace]
    draw_for_task: Callable[[TaskView, Typed], SimpleNamespace]
    read_answer: Callable[[MultiDict[str, str]], Any]
    fill: Callable[[Mapping[str, Any]], dict[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class TaskPanel:
    """Something shown beside the form of a task; `draw` returns None for tasks that it does not belong to."""

    name: str
    draw: Callable[[TaskView], Any]


@dataclass(frozen=True, slots=True)
class CasePanel:
    """Something shown on the page of a case, drawn from its subject."""

    name: str
    draw: Callable[[Mapping[str, Any]], Any]


UnavailableDecisions = Callable[[Mapping[str, Any]], Collection[str]]
"""The decisions of a form that the subject of its case leaves no room for."""

FIELDS: dict[str, SubjectField] = {}
TASK_PANELS: dict[str, list[TaskPanel]] = {}
CASE_PANELS: dict[str, CasePanel] = {}
UNAVAILABLE_DECISIONS: dict[str, UnavailableDecisions] = {}
"""By what the form makes (`Form.subject`)."""


def register_fields(*fields: SubjectField) -> None:
    """Make these kinds of field known to every page of a form. Registering one again replaces it."""
    FIELDS.update({field.kind: field for field in fields})


def register_task_panels(*panels: TaskPanel) -> None:
    """Show these beside tasks; of several panels with one name the first that draws something is shown."""
    for panel in panels:
        known = TASK_PANELS.setdefault(panel.name, [])
        if panel not in known:
            known.append(panel)


def register_case_panels(*panels: CasePanel) -> None:
    """Show these on pages of cases."""
    CASE_PANELS.update({panel.name: panel for panel in panels})


def register_unavailable_decisions(subject: str, unavailable: UnavailableDecisions) -> None:
    """Leave out decisions of the forms that make this subject."""
    UNAVAILABLE_DECISIONS[subject] = unavailable


def task_panels(view: TaskView) -> dict[str, Any]:
    """Return what each registered panel shows beside a task, by its name; None where it shows nothing."""
    return {
        name: next((drawn for panel in panels if (drawn := panel.draw(view)) is not None), None)
        for name, panels in TASK_PANELS.items()
    }


def case_panels(subject: Mapping[str, Any]) -> dict[str, Any]:
    """Return what each registered panel shows on the page of a case, by its name."""
    return {name: panel.draw(subject) for name, panel in CASE_PANELS.items()}


def unavailable_decisions(form: Form | None, subject: Mapping[str, Any]) -> Collection[str]:
    """Return the decisions of a form that this case subject leaves no room for."""
    known = UNAVAILABLE_DECISIONS.get(form.subject or "") if form else None
    return known(subject) if known else ()


def filled_from_subject(form: Form, subject: Mapping[str, Any]) -> dict[str, str]:
    """Return what a form that came back is filled with from the subject of its case."""
    filled: dict[str, str] = {}
    for item in form.fields:
        known = FIELDS.get(item.kind)
        if known is not None and known.fill is not None:
            filled |= known.fill(subject)
    return filled


def field_for_start(form: Form, address: Mapping[str, str], typed: Typed) -> SimpleNamespace | None:
    """Return the subject field of a start form, ready to be drawn: kind, template, view; None when it has none."""
    return _drawn(form, lambda field: field.draw_for_start(address, typed))


def field_for_task(view: TaskView, typed: Typed) -> SimpleNamespace | None:
    """Return the subject field inside a task, with the subject as it is now; None when its form has none."""
    element = view.published.model.user_tasks[view.task.element]
    form = view.published.forms.get(element.form)
    return _drawn(form, lambda field: field.draw_for_task(view, typed)) if form else None


def _drawn(form: Form, draw: Callable[[SubjectField], SimpleNamespace]) -> SimpleNamespace | None:
    for item in form.fields:
        field = FIELDS.get(item.kind)
        if field is not None:
            return SimpleNamespace(kind=item.kind, template=field.template, view=draw(field))
    return None
