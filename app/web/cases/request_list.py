"""List of requests for the person who filed them: steps, holder, deadline, last decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import SimpleNamespace
from uuid import UUID

from flask import url_for

from app.bpmn.model import GRANTED
from app.cases.queries.case_history import HistoryEntryView, load_case_histories
from app.cases.queries.requests import RequestedCaseRow
from app.diagrams.versions import PublishedDiagram, load_version_unless_damaged
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.texts.subject_line import case_subject_line
from app.texts.translate import locale
from app.web.cases.granted_until import granted_access_end_rows, load_granted_access_ends
from app.web.core.visitor import current_act, current_visitor
from app.web.labels import cases as case_labels
from app.web.labels.case_progress import progress_point_views
from app.web.labels.deadlines import task_due_view


def request_rows(rows: Sequence[RequestedCaseRow]) -> list[SimpleNamespace]:
    """Return the rows of `cases/_requests.html`, in a fixed number of statements for any number of rows."""
    steps = (
        load_case_histories([row.id for row in rows], {row.id for row in rows if row.content_hidden})
        if rows
        else {}
    )
    names = people.load_names([row.asked_for for row in rows if row.asked_for])
    ends = load_granted_access_ends(rows)
    return [_case_request_row_view(row, steps.get(row.id, ()), names, ends) for row in rows]


def _case_request_row_view(
    row: RequestedCaseRow,
    thread: Sequence[HistoryEntryView],
    names: Mapping[UUID, people.PersonName],
    ends: Mapping[UUID, datetime | date],
) -> SimpleNamespace:
    published = load_version_unless_damaged(row.version_id)
    me, is_open = current_visitor().person_id, row.status == "open"
    mine = is_open and row.assignee is not None and row.assignee == me
    asked_for = names.get(row.asked_for) if row.asked_for else None
    return SimpleNamespace(
        number=row.number,
        url=url_for("cases.show_case", case_id=row.id),
        process=pick_text(published.model.titles, locale()) if published else row.diagram,
        about=case_subject_line(row.subject, locale()),
        state=row.status,
        state_label=case_labels.case_state_label(row.status, row.outcome, published),
        good=row.status == "done" and _is_outcome_granting_request(published, row.outcome),
        step=case_labels.element_title(published, row.element, locale()) if row.element else "",
        role=_lane_title(published, row.element),
        holder=row.holder,
        mine=mine,
        task_url=url_for("tasks.show_task", task_id=row.task) if mine and row.task else None,
        asked_by=row.asked_by if row.requester != me else None,
        asked_for=asked_for.short if asked_for else None,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        since=row.since if is_open else None,
        due=_open_task_deadline_view(row) if is_open else None,
        answer=_last_decision_view(thread, published),
        allowed=granted_access_end_rows(row, ends),
        steps=(
            progress_point_views(
                published, thread, [row.element] if row.element else [], row.status, row.outcome, locale()
            )
            if published
            else []
        ),
    )


def _is_outcome_granting_request(published: PublishedDiagram | None, outcome: str | None) -> bool:
    return (
        case_labels.classify_outcome_for_requester(published.model if published else None, outcome) == GRANTED
    )


def _lane_title(published: PublishedDiagram | None, element: str | None) -> str:
    """Return the title of the lane that an element belongs to; "" without one."""
    return pick_text(published.model.lane_of_task(element).titles, locale()) if published and element else ""


def _open_task_deadline_view(row: RequestedCaseRow) -> object:
    """Return the deadline of the open task, or None."""
    if row.due_at is None:
        return None
    return task_due_view(row.due_at, current_act().at, locale(), row.unit, row.computation, row.clause)


def _last_decision_view(
    thread: Sequence[HistoryEntryView], published: PublishedDiagram | None
) -> SimpleNamespace | None:
    """Return the last decision with its words; None before the first."""
    decisions = [entry for entry in thread if entry.kind == "completed" and entry.decision]
    if not decisions:
        return None
    last = decisions[-1]
    return SimpleNamespace(
        word=case_labels.decision_or_choice_label(last, published, locale()),
        step=case_labels.element_title(published, last.element, locale()),
        person=last.name,
        at=last.at,
        text=case_labels.history_words_or_withheld_text(last),
    )
