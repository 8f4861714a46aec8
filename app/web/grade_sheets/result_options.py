"""Views beside a published result: open commission matters, and what its student can do until when (5.4.3,
6.2, 6.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for

from app.cases.queries.result_cases import VisibleOpenCase, load_open_cases_of_diagrams
from app.journal.appeals.result_options import (
    AppealableResult,
    ResultChallengeOption,
    ResultChallengeOptions,
    load_appealable_results,
    load_open_matters_of_results,
    load_result_challenge_options,
)
from app.journal.grade_sheets.result_queries import StudentResult
from app.journal.gradebook import load as load_gradebook
from app.journal.tables import Result
from app.kernel.i18n import pick_text
from app.texts.subject_line import SHEET_KIND_LABELS
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import current_act
from app.web.labels.deadlines import task_due_view
from app.web.labels.messages import error_message
from app.web.student_access.student_pages import APPEAL, RESULT_DISPUTE, Cabinet

CommissionMattersByResult = Mapping[tuple[UUID, UUID], SimpleNamespace]
NO_COMMISSION_MATTERS = SimpleNamespace(appeal=None, waiting=[])
PROPOSAL_DIAGRAM = "proposal"


def load_open_commission_matters(sheets: Iterable[UUID]) -> CommissionMattersByResult:
    """Load the open commission matters of results of these sheets, by sheet and student; two statements, one
    without matters.

    Each has `appeal` (or None) and `waiting` (points of make-up work), with links to cases that the visitor
    may open.
    """
    found = load_open_matters_of_results(sheets)
    students = [student for _sheet, student in found]
    cases = _open_cases_by_subject_value(students, (APPEAL, PROPOSAL_DIAGRAM), "appeal") if found else {}
    return {
        place: SimpleNamespace(
            appeal=_visible_case_link(cases.get(str(matters.appeal))) if matters.appeal else None,
            waiting=[_visible_case_link(cases.get(str(one))) for one in matters.proposals],
        )
        for place, matters in found.items()
    }


def _open_cases_by_subject_value(
    students: Sequence[UUID], diagrams: Sequence[str], key: str
) -> dict[str, VisibleOpenCase]:
    return {
        str(case.subject.get(key)): case
        for case in load_open_cases_of_diagrams(current_act(), students, diagrams)
    }


def _visible_case_link(case: VisibleOpenCase | None) -> SimpleNamespace:
    """Return number and address of a case; empty when the visitor may not open it."""
    return SimpleNamespace(
        number=case.number if case else "",
        url=url_for("cases.show_case", case_id=case.id) if case else None,
    )


def challenge_option_views_by_result(
    cabinet: Cabinet, results: Sequence[StudentResult], units: Mapping[UUID, load_gradebook.OfferingState]
) -> dict[UUID, SimpleNamespace]:
    """Build the views of `student/_ways.html` by result: a fixed number of statements, and one for the
    calendar of each department.
    """
    now = current_act()
    calendars = {
        offering: load_gradebook.load_deadline_calendar(unit, now.at) for offering, unit in units.items()
    }
    known = load_result_challenge_options(now, [(one.result, calendars[one.offering]) for one in results])
    flags = load_open_commission_matters({one.sheet for one in results}) if results else {}
    disputed = any(options.open_dispute for options in known.values())
    cases = _open_cases_by_subject_value([cabinet.student], (RESULT_DISPUTE,), "dispute") if disputed else {}
    return {
        one.result.id: _challenge_options_view(
            one.result,
            cabinet,
            known[one.result.id],
            units[one.offering].department,
            flags.get((one.sheet, cabinet.student), NO_COMMISSION_MATTERS),
            cases,
        )
        for one in results
    }


def _challenge_options_view(
    row: Result,
    cabinet: Cabinet,
    options: ResultChallengeOptions,
    unit: UUID,
    matters: SimpleNamespace,
    cases: Mapping[str, VisibleOpenCase],
) -> SimpleNamespace:
    disputed = _visible_case_link(cases.get(str(options.open_dispute))) if options.open_dispute else None
    place: dict[str, Any] = {"result": row.id}
    urls = {
        APPEAL: cabinet.start_form_url(APPEAL, **place),
        RESULT_DISPUTE: cabinet.start_form_url(RESULT_DISPUTE, **place),
    }
    offered = [
        _challenge_option_view(APPEAL, _("Appeal"), urls[APPEAL], options.appeal, unit),
        _challenge_option_view(
            RESULT_DISPUTE, _("Ask the teacher: it is wrong"), urls[RESULT_DISPUTE], options.dispute, unit
        ),
    ]
    if matters.appeal is not None:
        offered = []
    if disputed is not None:
        offered = offered[:1]
    return SimpleNamespace(
        flag=matters.appeal,
        waiting=matters.waiting,
        asked=disputed,
        ways=[option for option in offered if option is not None and not option.late],
        later=[option for option in offered if option is not None and option.late and option.url],
        why=error_message(options.appeal.refusal)
        if options.appeal.refusal is not None and matters.appeal is None
        else "",
    )


def _challenge_option_view(
    name: str, label: str, url: str | None, option: ResultChallengeOption, unit: UUID
) -> SimpleNamespace | None:
    """Build one option with its deadline.

    None when a rule refuses it, because `why` gives the reason for both options.
    """
    if option.refusal is not None:
        return None
    deadline = option.deadline
    return SimpleNamespace(
        label=label,
        url=url,
        sign="users-group" if name == APPEAL else "message-circle",
        late=option.late,
        due=task_due_view(
            deadline.moment, current_act().at, locale(), unit, deadline.as_json(), deadline.clause
        ),
    )


def running_appeal_deadline_rows(cabinet: Cabinet) -> list[SimpleNamespace]:
    """List the running deadlines of appeals for the student's day: results without a dispute or an appeal."""
    return [
        _running_appeal_deadline_row(one, cabinet)
        for one in load_appealable_results(current_act(), cabinet.student)
    ]


def _running_appeal_deadline_row(running: AppealableResult, cabinet: Cabinet) -> SimpleNamespace:
    one, deadline = running.student_result, running.deadline
    return SimpleNamespace(
        title=_("An appeal against the result, if it is wrong"),
        about=f"{pick_text(one.names, locale())}, {_(SHEET_KIND_LABELS[one.kind])}",
        url=cabinet.student_page_url("marks") + f"#c-{one.offering}",
        label=_("Details"),
        primary=False,
        sign="users-group",
        due=task_due_view(
            deadline.moment,
            current_act().at,
            locale(),
            running.department,
            deadline.as_json(),
            deadline.clause,
        ),
    )
