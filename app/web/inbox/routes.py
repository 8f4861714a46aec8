"""The inbox: list and task side by side, everything in the address, one query for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from app.cases.commands.claim import claim, claim_many, release
from app.cases.queries import inbox as boxes
from app.diagrams.versions import load
from app.kernel import door
from app.kernel.errors import DepterError, Invalid
from app.kernel.i18n import pick
from app.kernel.ids import read_id
from app.texts.subject_line import subject_line
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import act, allow, visitor
from app.web.inbox.task_routes import show_task
from app.web.labels import cases as case_labels
from app.web.labels.deadlines import due_view, groups, state_of
from app.web.labels.messages import message_of

blueprint = Blueprint("inbox", __name__)

DUE_LABELS = ("overdue", "today", "week", "later")


@blueprint.get("/inbox")
@allow("signed_in")
def inbox() -> str:
    """The list, and the open task when the address names one."""
    opened = request.args.get("task")
    task = show_task(read_id(opened, "task")) if opened else None
    return render_template("inbox/inbox.html", inbox=listing(wanted(), opened), task=task)


def wanted() -> boxes.Filters:
    """What the address asks for."""
    return boxes.Filters(
        view=request.args.get("view", "all"),
        diagram=request.args.get("process", ""),
        due=request.args.get("due", ""),
        search=request.args.get("q", "")[:80],
        after=request.args.get("after", ""),
    )


def reader() -> boxes.Reader:
    """Whose inbox this is: as oneself, or for the person one acts for."""
    me = visitor()
    also = (me.on_behalf_of,) if me.on_behalf_of else ()
    return boxes.Reader(me.person_id, also, me.hats)


def listing(
    filters: boxes.Filters, opened: str | None = None, problems: Mapping[UUID, str] | None = None
) -> SimpleNamespace:
    """What `inbox/_list.html` shows."""
    now = act().at
    bounds = groups(now)
    page = boxes.page(reader(), filters, bounds)
    counts = boxes.counts(reader(), now)
    g.waiting = counts.mine + counts.pool
    return SimpleNamespace(
        views=_views(filters, counts),
        action=url_for("inbox.inbox"),
        filters=_filters(filters),
        q=filters.search,
        keep={"view": filters.view} if filters.view != "all" else {},
        groups=_groups(page.rows, filters, now, opened, problems or {}),
        bulk_url=url_for("inbox.bulk", **_address(filters)),
        bulk=_bulk(filters.view),
        previous=url_for("inbox.inbox", **_address(filters, after="")) if filters.after else None,
        next=url_for("inbox.inbox", **_address(filters, after=page.next)) if page.next else None,
        empty=SimpleNamespace(title=_("Nothing to do here now"), text=_empty_text(filters)),
    )


def _address(filters: boxes.Filters, **changed: str) -> dict[str, Any]:
    said = {
        "view": "" if filters.view == "all" else filters.view,
        "process": filters.diagram,
        "due": filters.due,
        "q": filters.search,
        "after": filters.after,
        **changed,
    }
    return {name: value for name, value in said.items() if value}


def _views(filters: boxes.Filters, counts: boxes.Counts) -> list[SimpleNamespace]:
    labels = {
        "all": (_("All"), _capped(counts.mine + counts.pool)),
        "mine": (_("Mine"), _capped(counts.mine)),
        "pool": (_("My roles'"), _capped(counts.pool)),
        "done": (_("Done"), None),
    }
    return [
        SimpleNamespace(
            label=label,
            count=count,
            active=filters.view == view,
            url=url_for("inbox.inbox", **_address(filters, view="" if view == "all" else view, after="")),
        )
        for view, (label, count) in labels.items()
    ]


def _capped(count: int) -> str:
    return str(count) if count <= boxes.COUNT_CAP else f"{boxes.COUNT_CAP}+"


def _filters(filters: boxes.Filters) -> list[SimpleNamespace]:
    if filters.view == "done":
        return []
    labels = {"overdue": _("Overdue"), "today": _("Due today"), "week": _("This week"), "later": _("Later")}
    options = [SimpleNamespace(value=value, label=labels[value]) for value in DUE_LABELS]
    return [SimpleNamespace(name="due", label=_("Any term"), value=filters.due, options=options)]


def _groups(
    rows: Sequence[boxes.Row],
    filters: boxes.Filters,
    now: datetime,
    opened: str | None,
    problems: Mapping[UUID, str],
) -> list[SimpleNamespace]:
    bounds = groups(now)
    labels = {
        "overdue": _("Overdue"),
        "today": _("Today"),
        "week": _("This week"),
        "later": _("Later"),
        "done": _("Done"),
    }
    sorted_rows: dict[str, list[SimpleNamespace]] = {key: [] for key in labels}
    for row in rows:
        key = "done" if row.closed_at else state_of(row.due_at, now, bounds)
        sorted_rows[key].append(_row(row, filters, now, opened, problems))
    return [
        SimpleNamespace(key=key, label=label, rows=sorted_rows[key])
        for key, label in labels.items()
        if sorted_rows[key]
    ]


def _row(
    row: boxes.Row, filters: boxes.Filters, now: datetime, opened: str | None, problems: Mapping[UUID, str]
) -> SimpleNamespace:
    published = load(row.version_id)
    mine = row.assignee is not None and row.pooled and row.closed_at is None
    return SimpleNamespace(
        id=row.id,
        url=url_for("tasks.task", task_id=row.id),
        page_url=url_for("inbox.inbox", **_address(filters), task=str(row.id)),
        title=case_labels.element_title(published, row.element, locale()),
        about=subject_line(row.subject, locale()),
        process=pick(published.model.titles, locale()),
        number=row.number,
        requester=row.requester_name,
        due=due_view(row.due_at, now, locale(), row.unit_id, row.computation, row.clause),
        holder=_("me") if mine else None,
        active=str(row.id) == opened,
        selected=row.id in problems,
        problem=problems.get(row.id),
    )


def _bulk(view: str) -> list[SimpleNamespace]:
    claiming = SimpleNamespace(value="claim", label=_("Claim"), icon="hand-grab")
    giving = SimpleNamespace(value="release", label=_("Release"), icon="arrow-back-up")
    return {"mine": [giving], "pool": [claiming], "done": []}.get(view, [claiming, giving])


def _empty_text(filters: boxes.Filters) -> str:
    if filters.search or filters.due or filters.diagram:
        return _("No task fits these filters. Clear them to see all of yours.")
    if filters.view == "done":
        return _("What you finish stays here, so that you can look it up.")
    return _("A task appears here as soon as a request needs your visa, your decision or your rework.")


@blueprint.post("/inbox/bulk")
@allow("signed_in")
def bulk() -> Any:
    """Claim or give back many tasks; what failed stays selected with its reason."""
    ids = [read_id(text, "task") for text in request.form.getlist("task")][:100]
    verb = request.form.get("verb", "")
    failed: Mapping[UUID, DepterError] = {}
    if verb == "claim":
        with door.write(act()):
            failed = claim_many(act(), ids)
    elif verb == "release":
        failed = _release_many(ids)
    else:
        raise Invalid.field("verb", "forms.field.not_offered")
    done = len(ids) - len(failed)
    if done:
        flash(_("Done: %(n)s") % {"n": done}, "good")
    if not failed:
        return redirect(url_for("inbox.inbox", **_address(wanted())))
    problems = {task_id: message_of(error) for task_id, error in failed.items()}
    shown = listing(wanted(), None, problems)
    left = {row.id for group in shown.groups for row in group.rows}
    for text in dict.fromkeys(text for task_id, text in problems.items() if task_id not in left):
        flash(text, "late")
    return render_template("inbox/inbox.html", inbox=shown, task=None), 409


def _release_many(ids: Sequence[UUID]) -> dict[UUID, DepterError]:
    failed: dict[UUID, DepterError] = {}
    for task_id in ids:
        try:
            with door.write(act()):
                release(act(), task_id)
        except DepterError as error:
            failed[task_id] = error
    return failed


@blueprint.post("/tasks/<uuid:task_id>/claim")
@allow("signed_in")
def claim_task(task_id: UUID) -> Any:
    """Take one task."""
    with door.write(act()):
        claim(act(), task_id)
    flash(_("The task is yours now."), "good")
    return redirect(_back(task_id))


@blueprint.post("/tasks/<uuid:task_id>/release")
@allow("signed_in")
def release_task(task_id: UUID) -> Any:
    """Give one task back to its pool."""
    with door.write(act()):
        release(act(), task_id)
    flash(_("The task is back with everybody of your role."), "good")
    return redirect(_back(task_id))


def _back(task_id: UUID) -> str:
    return url_for("inbox.inbox") + "?" + urlencode({"task": str(task_id)})
