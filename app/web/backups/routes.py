"""The log of backups for IT, auditor and rector (7.3); a schedule is proposed at its start page (P23)."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select

from app.backups import queries
from app.backups.queries import DrillRow, RunRow, ScheduleRow, schedule_content_to_hash
from app.backups.rules import OK, RESTORED, TOO_SLOW, drill_outcome
from app.cases.access import visible_cases_condition
from app.cases.models import Case
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.i18n import DATE_STYLE, day_text
from app.people import queries as people
from app.texts.case_subjects import backup_schedule_details
from app.texts.incidents import CAUSES
from app.texts.running_lines import restore_drill_line
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.core.visitor import allow_access, current_act

blueprint = Blueprint("backups", __name__)

MAX_PAGE = 10_000
UNDER_WAY_STYLE, GOOD_STYLE, BAD_STYLE = "open", "done state-good", "quarantined"
DRILL_STATE_LABELS = {
    RESTORED: N_("restored in time"),
    TOO_SLOW: N_("restored too slowly"),
    "not_restored": N_("not restored"),
}


@blueprint.get("/backups")
@allow_access("backups.read")
def show_backups() -> str:
    """Show the schedule in force, the log of runs by pages and the drills."""
    page = _read_page_number()
    schedule = queries.find_schedule_in_force()
    runs, has_more = queries.list_runs(page)
    drills = queries.list_drills() if page == 1 else []
    cases = _visible_case_ids([one.case_id for one in drills] + ([schedule.case_id] if schedule else []))
    names = people.load_names(
        [one.reported_by for one in drills]
        + ([schedule.drafted_by, schedule.approved_by] if schedule else [])
    )
    drafts = any(one.role == "it_admin" for one in current_act().assignments)
    return render_template(
        "backups/backups.html",
        schedule=_schedule_view(schedule, names, cases) if schedule else None,
        start_url=url_for("start.show_start_form", name="backup_schedule") if drafts else None,
        runs=[_run_view(one) for one in runs],
        drills=[_drill_view(one, names, cases) for one in drills],
        page=page,
        newer=url_for("backups.show_backups", page=page - 1) if page > 1 else None,
        older=url_for("backups.show_backups", page=page + 1) if has_more else None,
    )


def _read_page_number() -> int:
    """Return the page of the log in the address; 1 for anything that is no page."""
    text = request.args.get("page", "")
    return min(max(int(text), 1), MAX_PAGE) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _visible_case_ids(wanted: Iterable[UUID | None]) -> set[UUID]:
    """Return those of these cases that the visitor may open; one statement, none without cases."""
    ids = [one for one in wanted if one is not None]
    if not ids:
        return set()
    return set(
        db.session.scalars(select(Case.id).where(Case.id.in_(ids), visible_cases_condition(current_act())))
    )


def _case_url(case_id: UUID | None, cases: set[UUID]) -> str | None:
    return url_for("cases.show_case", case_id=case_id) if case_id in cases else None


def _schedule_view(
    one: ScheduleRow, names: dict[UUID, people.PersonName], cases: set[UUID]
) -> SimpleNamespace:
    return SimpleNamespace(
        details=backup_schedule_details(schedule_content_to_hash(one.draft), locale()),
        drafted_by=names[one.drafted_by].full,
        approved_by=names[one.approved_by].full,
        approved_at=one.approved_at,
        case_url=_case_url(one.case_id, cases),
    )


def _run_view(one: RunRow) -> SimpleNamespace:
    """Return a run with its state in words."""
    if one.finished_at is None:
        style, state = UNDER_WAY_STYLE, _("under way")
    elif one.result == OK:
        style, state = GOOD_STYLE, _("whole")
    else:
        style, state = BAD_STYLE, _("failed")
    problem = CAUSES.get(one.problem or "", "")
    return SimpleNamespace(
        due_at=one.due_at,
        style=style,
        state=state,
        problem=_(problem) if problem else "",
        detail=one.detail or "",
        took=_duration_text((one.finished_at - one.started_at).total_seconds()) if one.finished_at else "",
        size=_size_text(one.size) if one.size is not None else "",
        name=one.name or "",
        sha256=one.sha256 or "",
    )


def _drill_view(one: DrillRow, names: dict[UUID, people.PersonName], cases: set[UUID]) -> SimpleNamespace:
    """Return a drill with its state in words."""
    period = {"from": one.period_start.isoformat(), "until": one.period_end.isoformat()}
    if one.restored is None or one.minutes is None or one.within_hours is None:
        style, state, took = UNDER_WAY_STYLE, _("not reported yet"), ""
    else:
        outcome = drill_outcome(one.restored, one.minutes, one.within_hours)
        style, state = GOOD_STYLE if outcome == RESTORED else BAD_STYLE, _(DRILL_STATE_LABELS[outcome])
        took = _duration_text(one.minutes * 60)
    return SimpleNamespace(
        period=restore_drill_line(period, locale()),
        style=style,
        state=state,
        took=took,
        reported_by=names[one.reported_by].full if one.reported_by in names else "",
        reported_on=day_text(local_day(one.reported_at), locale(), DATE_STYLE, with_year=True)
        if one.reported_at
        else "",
        case_url=_case_url(one.case_id, cases),
    )


def _duration_text(seconds: float) -> str:
    """Return a duration in minutes, a short one in seconds."""
    if seconds < 60:
        return _("%(n)s s") % {"n": max(1, round(seconds))}
    return _("%(n)s min") % {"n": round(seconds / 60)}


def _size_text(size: int) -> str:
    """Return a size in MB, a small one in KB."""
    if size < 1 << 20:
        return _("%(n)s KB") % {"n": max(1, size >> 10)}
    return _("%(n)s MB") % {"n": size >> 20}
