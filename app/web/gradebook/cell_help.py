"""The requests that the card of a cell offers to its student, or to a curator or directorate: document,
make-up work, dispute.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from app.cases.queries.requests import RequestedCaseRow, load_open_cases_about_student
from app.journal.gradebook.access import acting_and_represented_persons
from app.journal.gradebook.cell_state import ATTENDANCE
from app.journal.gradebook_views.cell_card import CellCard, MarkDetails
from app.journal.student_views.absences import load_missed_lessons
from app.kernel.errors import Missing
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import current_act
from app.web.excuses.refused_reasons import load_refused_reasons
from app.web.labels.deadlines import task_due_view
from app.web.labels.messages import REMEDY_LABELS
from app.web.student_access.student_pages import (
    DISPUTE,
    Cabinet,
    can_open_cabinet,
    own_cabinet,
    student_cabinet,
)
from app.web.students import absences as student_absences


def cell_help_view(card: CellCard) -> SimpleNamespace | None:
    """Build the view of `journal/_help.html`, the needs and buttons of the student.

    None for other visitors.
    """
    cabinet = _cabinet_of_cell_or_none(card)
    if cabinet is None:
        return None
    now = current_act().at
    cases = load_open_cases_about_student(card.student, cabinet.viewer)
    running = student_absences.index_open_cases(card.student, cases)
    absences = load_missed_lessons(card.student, now) if card.status != "NOT_APPLICABLE" else []
    found = next((one for one in absences if one.lesson == card.lesson.id), None)
    return SimpleNamespace(
        own=cabinet.own,
        miss=student_absences.absence_view(
            found, cabinet, running, absences, load_refused_reasons([card.student])
        )
        if found
        else None,
        wrongs=[
            _cell_half_dispute_view(card, half, cabinet, cases)
            for half in card.marks_by_kind.values()
            if half.value is not None and DISPUTE in cabinet.starts
        ],
        cabinet_url=None if cabinet.own else cabinet.student_page_url("today"),
    )


def _cabinet_of_cell_or_none(card: CellCard) -> Cabinet | None:
    """Return the cabinet of the student for the student, curator or directorate; None for other visitors."""
    now = current_act()
    if card.student in acting_and_represented_persons(now):
        try:
            return own_cabinet()
        except Missing:
            return None
    return student_cabinet(card.student) if can_open_cabinet(now, card.student) else None


def _cell_half_dispute_view(
    card: CellCard, half: MarkDetails, cabinet: Cabinet, cases: Iterable[RequestedCaseRow]
) -> SimpleNamespace:
    """Build the dispute button of one half of the cell with its deadline (6.2), or the link to its open
    dispute.
    """
    what = _("Attendance") if half.kind == ATTENDANCE else _("Grade")
    place: dict[str, Any] = {"lesson": card.lesson.id, "kind": half.kind}
    dispute = next((case for case in cases if _is_dispute_about(case, card, half)), None)
    deadline = half.dispute_deadline
    late = deadline is not None and current_act().at > deadline.moment
    return SimpleNamespace(
        what=what,
        label=f"{what}: {_(REMEDY_LABELS[DISPUTE])}",
        url=None if dispute else cabinet.start_form_url(DISPUTE, **place),
        case=student_absences.open_case_line_view(dispute, cabinet) if dispute else None,
        late=late and not dispute,
        due=(
            task_due_view(
                deadline.moment, current_act().at, locale(), None, deadline.as_json(), deadline.clause
            )
            if deadline and not dispute
            else None
        ),
    )


def _is_dispute_about(case: RequestedCaseRow, card: CellCard, half: MarkDetails) -> bool:
    """Return whether the case disputes this half of this cell."""
    subject = case.subject
    return (
        subject.get("kind") == "dispute"
        and subject.get("lesson") == str(card.lesson.id)
        and subject.get("mark") == half.kind
    )
