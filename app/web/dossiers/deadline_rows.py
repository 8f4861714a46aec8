"""The deadlines of a case on paper: kept or missed, and how each was counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.cases.models import Task
from app.cases.queries.case_details import CaseView
from app.kernel.act import Act
from app.kernel.i18n import moment_text, pick_text
from app.people.queries import PersonName
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.labels.cases import element_title
from app.web.labels.clauses import clause_label
from app.web.labels.deadlines import deadline_computation_lines
from app.web.labels.processes import duration_text


def deadline_sheet(act: Act, view: CaseView, names: Mapping[UUID, PersonName]) -> dict[str, Any] | None:
    """Return the deadline of each task, whether it was kept, and its computation; None without tasks."""
    if not view.tasks:
        return None
    return {
        "heading": _("Deadlines"),
        "note": _("A deadline is kept when the step was completed at that minute or before."),
        "widths": [3, 2, 2, 2, 2, 4],
        "head": [_("Step"), _("Person"), _("Deadline"), _("Completed"), _("Result"), _("How it was counted")],
        "rows": [_deadline_row(act, view, task, names) for task in view.tasks],
    }


def _deadline_row(act: Act, view: CaseView, task: Task, names: Mapping[UUID, PersonName]) -> list[str]:
    """Return the cells of one deadline."""
    holder = task.closed_by or task.assignee
    lane = view.published.model.lane_of_task(task.element) if view.published else None
    counted = "; ".join(deadline_computation_lines(task.computation, locale()))
    clause = f"{_('Clause')} {clause_label(task.clause)}. " if task.clause else ""
    return [
        element_title(view.published, task.element, locale()),
        names[holder].short
        if holder in names and holder
        else pick_text(lane.titles, locale())
        if lane
        else "",
        moment_text(task.due_at, locale()),
        moment_text(task.closed_at, locale()) if task.closed_at and task.closed_by else "–",
        deadline_result_text(act, task),
        f"{clause}{counted}",
    ]


def deadline_result_text(act: Act, task: Task) -> str:
    """Return whether the deadline of a task was kept: a completion at its very minute keeps it."""
    if task.closed_at is None:
        return _("missed, still open") if task.due_at < act.at else _("still open")
    if task.closed_by is not None and task.closed_at <= task.due_at:
        return _("kept")
    if task.closed_at > task.due_at:
        return _("missed by %(time)s") % {"time": duration_text(task.closed_at - task.due_at)}
    return _("not needed any more")
