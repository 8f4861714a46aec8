"""Routes of the inbox: list and open task side by side, filters in the address, one query per page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from app.cases.commands.claim import claim_pool_task, claim_pool_tasks_collect_errors, release_pool_task
from app.cases.queries import inbox as boxes
from app.diagrams.versions import load_version
from app.kernel import door
from app.kernel.errors import DepterError, Invalid
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.texts.subject_line import case_subject_line
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.navigation import has_inbox, task_list_url
from app.web.core.visitor import allow_access, current_act, current_visitor
from app.web.inbox.task_routes import task_page_view
from app.web.labels import cases as case_labels
from app.web.labels.deadlines import due_group_bounds, due_group_key, task_due_view
from app.web.labels.messages import error_message

blueprint = Blueprint("inbox", __name__)

DUE_FILTER_NAMES = ("overdue", "today", "week", "later")


@blueprint.get("/inbox")
@allow_access("signed_in")
def show_inbox() -> Any:
    """Show the list, and the open task when the address names one; who has no inbox goes to his own pages."""
    opened = request.args.get("task")
    task = task_page_view(parse_id(opened, "task")) if opened else None
    if not has_inbox():
        return redirect(task_list_url(parse_id(opened, "task") if opened else None))
    return render_template("inbox/inbox.html", inbox=inbox_list_view(read_inbox_filters(), opened), task=task)


def read_inbox_filters() -> boxes.InboxFilters:
    """Return the filters in the address."""
    return boxes.InboxFilters(
        view=request.args.get("view", "all"),
        diagram=request.args.get("process", ""),
        due=request.args.get("due", ""),
        search=request.args.get("q", "")[:80],
        after=request.args.get("after", ""),
    )


def current_inbox_owner() -> boxes.InboxOwner:
    """Return the owner of the inbox: the person, and the person acted for."""
    me = current_visitor()
    also = (me.on_behalf_of,) if me.on_behalf_of else ()
    return boxes.InboxOwner(me.person_id, also, me.assignments)


def inbox_list_view(
    filters: boxes.InboxFilters, opened: str | None = None, problems: Mapping[UUID, str] | None = None
) -> SimpleNamespace:
    """Return the values of `inbox/_list.html`."""
    now = current_act().at
    bounds = due_group_bounds(now)
    page = boxes.load_inbox_page(current_inbox_owner(), filters, bounds)
    counts = boxes.count_open_inbox_tasks(current_inbox_owner(), now)
    g.waiting = counts.mine + counts.pool
    return SimpleNamespace(
        views=_inbox_view_tabs(filters, counts),
        action=url_for("inbox.show_inbox"),
        filters=_deadline_filter_fields(filters),
        q=filters.search,
        keep={"view": filters.view} if filters.view != "all" else {},
        groups=_inbox_groups_by_deadline(page.rows, filters, now, opened, problems or {}),
        bulk_url=url_for("inbox.claim_or_release_tasks", **_filter_query_params(filters)),
        bulk=_bulk_task_actions(filters.view),
        previous=url_for("inbox.show_inbox", **_filter_query_params(filters, after=""))
        if filters.after
        else None,
        next=url_for("inbox.show_inbox", **_filter_query_params(filters, after=page.next_key))
        if page.next_key
        else None,
        empty=SimpleNamespace(title=_("Nothing to do here now"), text=_empty_inbox_text(filters)),
    )


def _filter_query_params(filters: boxes.InboxFilters, **changed: str) -> dict[str, Any]:
    """Return the query parameters of these filters, without defaults."""
    params = {
        "view": "" if filters.view == "all" else filters.view,
        "process": filters.diagram,
        "due": filters.due,
        "q": filters.search,
        "after": filters.after,
        **changed,
    }
    return {name: value for name, value in params.items() if value}


def _inbox_view_tabs(filters: boxes.InboxFilters, counts: boxes.InboxCounts) -> list[SimpleNamespace]:
    """Return the tabs of the inbox with their counts."""
    labels = {
        "all": (_("All"), _capped_count_text(counts.mine + counts.pool)),
        "mine": (_("Mine"), _capped_count_text(counts.mine)),
        "pool": (_("For my role"), _capped_count_text(counts.pool)),
        "done": (_("Done"), None),
    }
    return [
        SimpleNamespace(
            label=label,
            count=count,
            active=filters.view == view,
            url=url_for(
                "inbox.show_inbox",
                **_filter_query_params(filters, view="" if view == "all" else view, after=""),
            ),
        )
        for view, (label, count) in labels.items()
    ]


def _capped_count_text(count: int) -> str:
    """Return a count as text; "99+" style beyond the maximum that is counted."""
    return str(count) if count <= boxes.MAX_COUNTED_TASKS else f"{boxes.MAX_COUNTED_TASKS}+"


def _deadline_filter_fields(filters: boxes.InboxFilters) -> list[SimpleNamespace]:
    """Return the filter by deadline; [] among completed tasks."""
    if filters.view == "done":
        return []
    labels = {"overdue": _("Overdue"), "today": _("Due today"), "week": _("This week"), "later": _("Later")}
    options = [SimpleNamespace(value=value, label=labels[value]) for value in DUE_FILTER_NAMES]
    return [SimpleNamespace(name="due", label=_("Any deadline"), value=filters.due, options=options)]


def _inbox_groups_by_deadline(
    rows: Sequence[boxes.InboxRow],
    filters: boxes.InboxFilters,
    now: datetime,
    opened: str | None,
    problems: Mapping[UUID, str],
) -> list[SimpleNamespace]:
    """Return the rows grouped by deadline; empty groups are left out."""
    bounds = due_group_bounds(now)
    labels = {
        "overdue": _("Overdue"),
        "today": _("Today"),
        "week": _("This week"),
        "later": _("Later"),
        "done": _("Done"),
    }
    sorted_rows: dict[str, list[SimpleNamespace]] = {key: [] for key in labels}
    for row in rows:
        key = "done" if row.closed_at else due_group_key(row.due_at, now, bounds)
        sorted_rows[key].append(_task_row(row, filters, now, opened, problems))
    return [
        SimpleNamespace(key=key, label=label, rows=sorted_rows[key])
        for key, label in labels.items()
        if sorted_rows[key]
    ]


def _task_row(
    row: boxes.InboxRow,
    filters: boxes.InboxFilters,
    now: datetime,
    opened: str | None,
    problems: Mapping[UUID, str],
) -> SimpleNamespace:
    """Return one row of the list."""
    published = load_version(row.version_id)
    mine = row.assignee is not None and row.pooled and row.closed_at is None
    return SimpleNamespace(
        id=row.id,
        url=url_for("tasks.show_task", task_id=row.id),
        page_url=url_for("inbox.show_inbox", **_filter_query_params(filters), task=str(row.id)),
        title=case_labels.element_title(published, row.element, locale()),
        about=case_subject_line(row.subject, locale()),
        process=pick_text(published.model.titles, locale()),
        number=row.number,
        requester=row.requester_name,
        due=task_due_view(row.due_at, now, locale(), row.unit_id, row.computation, row.clause),
        holder=_("me") if mine else None,
        active=str(row.id) == opened,
        selected=row.id in problems,
        problem=problems.get(row.id),
    )


def _bulk_task_actions(view: str) -> list[SimpleNamespace]:
    """Return the actions for the selected tasks in this view."""
    claim_action = SimpleNamespace(value="claim", label=_("Claim"), icon="hand-grab")
    release_action = SimpleNamespace(value="release", label=_("Release"), icon="arrow-back-up")
    actions = {"mine": [release_action], "pool": [claim_action], "done": []}
    return actions.get(view, [claim_action, release_action])


def _empty_inbox_text(filters: boxes.InboxFilters) -> str:
    """Return the text of an empty list."""
    if filters.search or filters.due or filters.diagram:
        return _("No task fits these filters. Clear them to see all of yours.")
    if filters.view == "done":
        return _("What you finish stays here, so that you can look it up.")
    return _("A task appears here as soon as a request needs your endorsement, decision or rework.")


@blueprint.post("/inbox/bulk")
@allow_access("signed_in")
def claim_or_release_tasks() -> Any:
    """Claim or release up to 100 tasks; those that failed stay selected, each with its reason."""
    ids = [parse_id(text, "task") for text in request.form.getlist("task")][:100]
    verb = request.form.get("verb", "")
    failed: Mapping[UUID, DepterError] = {}
    if verb == "claim":
        with door.write(current_act()):
            failed = claim_pool_tasks_collect_errors(current_act(), ids)
    elif verb == "release":
        failed = _release_each_task(ids)
    else:
        raise Invalid.field("verb", "forms.field.not_offered")
    done = len(ids) - len(failed)
    if done:
        flash(_("Done: %(n)s") % {"n": done}, "good")
    if not failed:
        return redirect(url_for("inbox.show_inbox", **_filter_query_params(read_inbox_filters())))
    problems = {task_id: error_message(error) for task_id, error in failed.items()}
    view = inbox_list_view(read_inbox_filters(), None, problems)
    listed = {row.id for group in view.groups for row in group.rows}
    # A task that left the list (claimed by another person) has no row to carry its message.
    for text in dict.fromkeys(text for task_id, text in problems.items() if task_id not in listed):
        flash(text, "late")
    return render_template("inbox/inbox.html", inbox=view, task=None), 409


def _release_each_task(ids: Sequence[UUID]) -> dict[UUID, DepterError]:
    """Release each task in a transaction of its own; return the errors by task."""
    failed: dict[UUID, DepterError] = {}
    for task_id in ids:
        try:
            with door.write(current_act()):
                release_pool_task(current_act(), task_id)
        except DepterError as error:
            failed[task_id] = error
    return failed


@blueprint.post("/tasks/<uuid:task_id>/claim")
@allow_access("signed_in")
def claim_task(task_id: UUID) -> Any:
    """Claim one task."""
    with door.write(current_act()):
        claim_pool_task(current_act(), task_id)
    flash(_("The task is yours now."), "good")
    return redirect(_inbox_task_url(task_id))


@blueprint.post("/tasks/<uuid:task_id>/release")
@allow_access("signed_in")
def release_task(task_id: UUID) -> Any:
    """Release one task to its pool."""
    with door.write(current_act()):
        release_pool_task(current_act(), task_id)
    flash(_("The task is back with everybody of your role."), "good")
    return redirect(_inbox_task_url(task_id))


def _inbox_task_url(task_id: UUID) -> str:
    """Return the address of the inbox with this task open."""
    return task_list_url(task_id)
