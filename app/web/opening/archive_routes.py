"""The archive: the academic years with their journals; the academic office archives a year that is over (7.4)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from app.journal.courses.state_rules import ARCHIVED, CLOSED
from app.journal.semesters.queries import load_all_semesters
from app.journal.sheet_closing.archive_commands import order_archiving_of_year
from app.journal.sheet_closing.archive_queries import ArchiveYear, load_archive_years
from app.journal.sheet_closing.archive_rules import refusal_to_archive_year
from app.kernel import door
from app.kernel.errors import Denied, DepterError, Refused
from app.texts.semesters import semester_title
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels.deadlines import task_due_view
from app.web.labels.messages import error_message
from app.web.opening.routes import blueprint

SHOWN_YEARS = 30


@blueprint.get("/archive")
@allow_access("archive.read")
@writes_every_year
def list_archive_years(refused: DepterError | None = None) -> str:
    """List the academic years: how many journals are archived, wait for it, and are not closed."""
    semesters = load_all_semesters()
    return render_template(
        "opening/archive.html",
        years=[
            _year_view(
                one,
                [
                    (semester_title(row.names, row.year), row.id)
                    for row in reversed(semesters)
                    if row.year == one.name
                ],
            )
            for one in load_archive_years()[:SHOWN_YEARS]
        ],
        refused=error_message(refused) if refused is not None else "",
    )


def _year_view(one: ArchiveYear, semesters: list[tuple[str, Any]]) -> SimpleNamespace:
    act = current_act()
    refusal = refusal_to_archive_year(act.assignments, one.ended_on, one.opens, act.at)
    return SimpleNamespace(
        name=one.name,
        ended_on=one.ended_on,
        due=task_due_view(one.opens.moment, act.at, locale(), None, one.opens.as_json(), one.opens.clause)
        if act.at <= one.opens.moment
        else None,
        archived=one.archived,
        closed=one.closed,
        unfinished=one.unfinished,
        may_archive=refusal is None and one.closed > 0,
        semesters=[
            SimpleNamespace(
                name=name,
                archived_url=url_for("structure.list_journals", semester=id, state=ARCHIVED),
                closed_url=url_for("structure.list_journals", semester=id, state=CLOSED),
            )
            for name, id in semesters
        ],
    )


@blueprint.post("/archive")
@allow_access("archive.manage")
def archive_year() -> Any:
    """Order the archiving of a year; the worker archives its journals."""
    act = current_act()
    try:
        with door.write(act):
            order_archiving_of_year(act, request.form.get("year", "")[:50])
    except (Refused, Denied) as refused:
        return list_archive_years(refused), refused.status
    flash(_("The journals are being archived. The bell tells you when it is done."), "good")
    return redirect(url_for("openings.list_archive_years"))
