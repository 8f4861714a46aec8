"""The line of steps of a case, and where each decision of a step leads, in texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.bpmn.model import GRANTED, REFUSED, ProcessModel
from app.bpmn.progress import (
    completed_step_status,
    decisions_ending_without_grant,
    find_step_replaced_by_deputy,
    happy_path_task_ids,
    main_path_task_ids,
    next_element_by_decision,
    task_ids_on_every_way_to_success,
)
from app.cases.queries.case_history import HistoryEntryView
from app.cases.rules import DECISION_FORM_FIELD
from app.diagrams.versions import PublishedDiagram
from app.kernel.i18n import pick_text
from app.texts.translate import gettext as _
from app.web.labels.cases import case_state_label, classify_outcome_for_requester


@dataclass(frozen=True, slots=True)
class ProgressPointView:
    """One point of the line of steps."""

    label: str
    state: str
    who: str = ""
    at: datetime | None = None


def main_path_lane_titles(model: ProcessModel, locale: str) -> list[str]:
    """Return the lanes that every request passes if it ends well, in the order a case meets them, each once."""
    return list(
        dict.fromkeys(
            pick_text(model.lane_of_task(task).titles, locale) for task in happy_path_task_ids(model)
        )
    )


def progress_point_views(
    published: PublishedDiagram,
    thread: Sequence[HistoryEntryView],
    open_elements: Iterable[str],
    status: str,
    outcome: str | None,
    locale: str,
) -> list[ProgressPointView]:
    """The line of steps: done with who and when, the present one, what is still to come, how it ended.

    Left out are a step the case went past, and cannot meet again without a return, and a step to which only some
    decisions lead.
    """
    model = published.model
    now = set(open_elements)
    last: dict[str, HistoryEntryView] = {}
    for told in thread:
        if told.kind == "started" or set(told.opened) & {t.id for t in model.user_tasks.values() if t.rework}:
            last = {}
        if told.kind == "completed" and told.element:
            last[find_step_replaced_by_deputy(model, told.element)] = told
    asked = next((told for told in thread if told.kind == "started"), None)
    views = [
        ProgressPointView(_("Started"), "done", asked.name if asked else "", asked.at if asked else None)
    ]
    for task in model.user_tasks.values():
        if task.rework and task.id in now:
            views.append(ProgressPointView(pick_text(task.titles, locale), "returned"))
    aside = [
        name for name in (*last, *now) if name in model.user_tasks and model.user_tasks[name].is_on_main_path
    ]
    to_come = {after for name in now for after in (name, *model.task_ids_after(name))}
    itself = _steps_done_from_outside(model, thread)
    met = {*last, *now, *itself}
    known = {name: value for told in thread for name, value in told.start_variables.items()}
    decisions = {task: offered_decisions(published, task) for task in model.user_tasks}
    ahead = task_ids_on_every_way_to_success(model, now or model.starts, known, decisions)
    for element in dict.fromkeys([*main_path_task_ids(model), *aside]):
        given = last.get(element)
        here = any(find_step_replaced_by_deputy(model, name) == element for name in now)
        passed = not given and met & model.task_ids_after(element)
        if passed and not here and element not in to_come:
            continue
        if not (given or here or element in itself or element in ahead):
            continue
        state = "now" if here else _progress_point_state(model, element, given) if given else "todo"
        if element in itself:
            state = "done"
        if state == "todo" and status != "open":
            state = "skipped"
        label = pick_text(model.user_tasks[element].titles, locale)
        views.append(
            ProgressPointView(label, state, given.name if given else "", given.at if given else None)
        )
    if status == "done":
        final = "rejected" if classify_outcome_for_requester(model, outcome) == REFUSED else "done"
        label = case_state_label(status, outcome, published)
        views.append(ProgressPointView(label[:1].upper() + label[1:], final))
    return views


def _steps_done_from_outside(model: ProcessModel, thread: Sequence[HistoryEntryView]) -> frozenset[str]:
    """The steps that waited when something outside did what they were for, and the case ended well by that."""
    waited: tuple[str, ...] = ()
    for told in thread:
        if told.kind == "overtaken" and classify_outcome_for_requester(model, told.decision) == GRANTED:
            return frozenset(find_step_replaced_by_deputy(model, name) for name in waited)
        waited = told.opened or waited
    return frozenset()


def _progress_point_state(model: ProcessModel, element: str, entry: HistoryEntryView) -> str:
    state = completed_step_status(model, entry.element or element, entry.decision)
    return "done" if state == "withdrawn" else state


def offered_decisions(published: PublishedDiagram, element: str) -> list[str]:
    """Return the decisions that the form of a step offers, in its order."""
    task = published.model.user_tasks.get(element)
    form = published.forms.get(task.form) if task else None
    decision = form.field_with_key(DECISION_FORM_FIELD) if form else None
    return [value.value for value in decision.values] if decision else []


def decision_target_texts(published: PublishedDiagram, element: str, locale: str) -> dict[str, str]:
    """Return, for each decision of a step, where the case goes: "goes to: Directorate", as the diagram says it.

    Follows the one gateway behind the step; a decision that the drawing does not decide there is left out.
    """
    model = published.model
    targets = next_element_by_decision(model, element, offered_decisions(published, element))
    return {decision: _decision_target_text(model, target, locale) for decision, target in targets.items()}


def decisions_ending_refused(published: PublishedDiagram, element: str) -> frozenset[str]:
    """Return the decisions of a step that end a case and do not grant what was requested."""
    return decisions_ending_without_grant(published.model, element, offered_decisions(published, element))


def _decision_target_text(model: ProcessModel, target: str, locale: str) -> str:
    if target in model.ends:
        return _("ends: %(how)s") % {"how": pick_text(model.ends[target].titles, locale)}
    if target in model.user_tasks:
        task = model.user_tasks[target]
        if task.assign == "requester" and task.rework:
            return _("back to the one who asked")
        return _("goes to: %(whom)s") % {"whom": pick_text(model.lane_of_task(target).titles, locale)}
    if target in model.services:
        return pick_text(model.services[target].titles, locale)
    return ""
