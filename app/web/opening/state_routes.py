"""The page of the state of one journal: what a teacher checks, who opened, submitted and confirmed it, and when."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from app.journal.courses.journal_states import load_state_changes
from app.journal.courses.state_rules import (
    ARCHIVED,
    CLOSED,
    CONFIRMED,
    DRAFT,
    OPEN,
    SUBMITTED,
    confirms_journals,
    has_office_role,
)
from app.journal.courses.title_page import load_title_page
from app.journal.gradebook.access import persons_act_may_teach_as, require_readable_offering
from app.journal.gradebook.cell_state import is_teacher_at_any_time
from app.journal.grading.sheet_states import SHUT_SHEET_STATES
from app.journal.opening import commands
from app.journal.opening.queries import load_opening_row
from app.journal.sheet_closing.archive_queries import (
    find_archived_at,
    load_archive_year_of_journal,
    load_open_case_numbers,
    load_sheets_of_journal,
)
from app.journal.timetable.topic_plans import load_topic_plan
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Denied, DepterError, Invalid, Refused, Stale
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id, parse_id
from app.texts import ratings as rating_texts
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.courses.title_page import journal_tabs
from app.web.labels.deadlines import task_due_view
from app.web.labels.gradebook import lesson_type_label
from app.web.labels.journal_states import JOURNAL_STATE_LABELS
from app.web.labels.messages import error_message, next_step_text, problem_texts_by_field
from app.web.opening.presenter import hours_text, warning_texts
from app.web.opening.routes import blueprint

MAX_POSTED_REASON = 600


@blueprint.get("/journal/<uuid:offering>/state")
@allow_access("journal.read")
@writes_every_year
def show_journal_state(offering: UUID) -> str:
    """Show the state of a journal with its history, and what the visitor may do about it."""
    return _render_state_page(offering)


def _render_state_page(offering: UUID, refused: DepterError | None = None) -> str:
    act = current_act()
    journal = require_readable_offering(act, offering)
    row, page = load_opening_row(offering), load_title_page(journal)
    confirmer = commands.load_confirmer(journal.department, act.at)
    teaches = is_teacher_at_any_time(journal.teachers, persons_act_may_teach_as(act))
    confirms = confirms_journals(act.assignments, journal.department, confirmer)
    office = has_office_role(act.assignments)
    return render_template(
        "opening/state.html",
        offering=SimpleNamespace(
            title=pick_text(journal.names, locale()),
            group=journal.group_name,
            views=journal_tabs(offering, "state"),
        ),
        state=row.state,
        state_label=_(JOURNAL_STATE_LABELS[row.state]),
        url=url_for("openings.show_journal_state", offering=offering),
        warnings=warning_texts(row),
        hours=hours_text(row),
        teachers=[name for _person, name in row.teachers],
        checks=row.checks,
        is_objected=row.is_objected,
        unchecked=row.unchecked_teachers if row.state == DRAFT else (),
        members=[
            one.name.full for one in page.members if one.ends_on is None or one.ends_on >= page.starts_on
        ],
        topics=[
            SimpleNamespace(type=lesson_type_label(one.type), hours=one.hours, topic=one.topic)
            for one in load_topic_plan(offering).lines
        ],
        topics_url=url_for("topics.show_topic_plan", offering=offering),
        archived=find_archived_at(offering) if row.state == ARCHIVED else None,
        archive=_archive_view(offering) if row.state == CLOSED else None,
        history=[
            SimpleNamespace(
                label=_(JOURNAL_STATE_LABELS[one.state]),
                at=one.at,
                by=one.name,
                reason=one.reason,
                case=url_for("cases.show_case", case_id=one.case) if one.case else None,
            )
            for one in load_state_changes(offering)
        ],
        may=SimpleNamespace(
            check=teaches and row.state == DRAFT,
            open=office and row.state == DRAFT,
            submit=teaches and row.state == OPEN,
            take_back=teaches and row.state == SUBMITTED,
            confirm=confirms and row.state == SUBMITTED,
            give_back=confirms and row.state in (SUBMITTED, CONFIRMED),
        ),
        seen=row.digest,
        token=new_id(),
        typed=request.form if refused is not None else {},
        errors=problem_texts_by_field(refused) if isinstance(refused, Invalid) else {},
        refused=f"{error_message(refused)} {next_step_text(refused)}".strip()
        if refused is not None and not isinstance(refused, Invalid)
        else "",
    )


def _archive_view(offering: UUID) -> SimpleNamespace:
    """Build what is said about the archive of a closed journal: its day, and the cases that keep it out (7.4)."""
    act, year = current_act(), load_archive_year_of_journal(offering)
    sheets = load_sheets_of_journal(offering)
    return SimpleNamespace(
        due=task_due_view(year.opens.moment, act.at, locale(), None, year.opens.as_json(), year.opens.clause),
        sheets=[
            rating_texts.sheet_kind_text(one.kind) for one in sheets if one.state not in SHUT_SHEET_STATES
        ],
        cases=load_open_case_numbers(offering, sheets),
    )


@blueprint.post("/journal/<uuid:offering>/state")
@allow_access("journal.read")
def change_journal_state(offering: UUID) -> Any:
    """Check, open, submit, take back, confirm or return a journal; `deed` says which."""
    act = current_act(request.form.get("reason", "")[:MAX_POSTED_REASON].strip())
    require_readable_offering(act, offering)
    try:
        deed = _DEEDS.get(request.form.get("deed", ""))
        if deed is None:
            raise Invalid.field("deed", "forms.field.not_offered")
        with door.write(act):
            deed(act, offering)
    except (Invalid, Refused, Stale, Denied) as refused:
        return _render_state_page(offering, refused), refused.status
    flash(_("Saved."), "good")
    return redirect(url_for("openings.show_journal_state", offering=offering))


def _check_posted_journal(act: Act, offering: UUID) -> None:
    posted = request.form
    is_right = posted.get("answer") == "right"
    if not is_right and posted.get("answer") != "wrong":
        raise Invalid.field("answer", "forms.field.required")
    commands.check_journal(
        act,
        parse_id(posted.get("id")),
        offering,
        posted.get("seen", ""),
        is_right,
        posted.get("problem", "")[:MAX_POSTED_REASON],
    )


_DEEDS = {
    "check": _check_posted_journal,
    "open": commands.open_one_journal,
    "submit": commands.submit_journal,
    "take_back": commands.take_back_journal,
    "confirm": commands.confirm_journal,
    "return": commands.return_journal,
}
