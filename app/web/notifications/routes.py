"""Routes of notices, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from app.kernel import door
from app.kernel.ids import parse_id
from app.notices import commands, queries
from app.notices.texts import compose_notice_text
from app.texts.translate import locale
from app.web.core.visitor import allow_access, current_act, current_visitor

blueprint = Blueprint("bell", __name__)

NOTICES_PER_PAGE = 30
LATEST_NOTICES_COUNT = 6


@blueprint.get("/notices")
@allow_access("signed_in")
def list_notices() -> str:
    """Show the person's notices, paged by key."""
    before = request.args.get("before")
    found = queries.load_notices(
        current_visitor().person_id, NOTICES_PER_PAGE + 1, parse_id(before, "before") if before else None
    )
    rows = found[:NOTICES_PER_PAGE]
    following = url_for("bell.list_notices", before=rows[-1].id) if len(found) > NOTICES_PER_PAGE else None
    return render_template(
        "notices/notices.html", rows=notice_rows(rows), newest=rows[0].id if rows else None, next=following
    )


@blueprint.get("/notices/latest")
@allow_access("signed_in")
def show_latest_notices() -> str:
    """Show the newest notices, as a fragment for the header."""
    found = queries.load_notices(current_visitor().person_id, LATEST_NOTICES_COUNT)
    return render_template("notices/_latest.html", rows=notice_rows(found, lines=1))


def notice_rows(found: Sequence[queries.Notice], lines: int | None = None) -> list[SimpleNamespace]:
    """Return the rows of `notices/_rows.html`, each with at most `lines` lines."""
    rows = []
    for notice in found:
        text = compose_notice_text(notice.event_type, notice.params, locale())
        rows.append(
            SimpleNamespace(
                url=url_for("bell.open_notice", notice_id=notice.id),
                title=text.title,
                lines=text.lines[:lines],
                at=notice.at,
                unread=notice.read_at is None,
            )
        )
    return rows


@blueprint.get("/notices/<uuid:notice_id>")
@allow_access("signed_in")
def open_notice(notice_id: UUID) -> Any:
    """Mark a notice as read and redirect to its page."""
    with door.write(current_act()):
        url = commands.mark_notice_read(current_act(), notice_id)
    return redirect(url)


@blueprint.post("/notices/read")
@allow_access("signed_in")
def mark_displayed_notices_read() -> Any:
    """Mark as read every notice up to the newest one on the page."""
    with door.write(current_act()):
        commands.mark_notices_read_until(current_act(), parse_id(request.form.get("until"), "until"))
    return redirect(url_for("bell.list_notices"))
