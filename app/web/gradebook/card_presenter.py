"""Views of the card of a cell: locks with their remedies, and the history of its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from uuid import UUID

from flask import url_for

from app.cases.queries.related import RelatedCase
from app.cases.queries.requests import CaseSummary
from app.journal.excuses.refused_lessons import load_refused_lessons
from app.journal.gradebook.cell_state import ABSENT, ATTENDANCE, GRADE
from app.journal.gradebook.cell_writer import MARK_TAKEN_OVER
from app.journal.gradebook_views.cell_card import DISPUTE_REMEDY, CellCard, CellHistoryEntry, MarkDetails
from app.kernel.i18n import pick_text
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.related_cases import related_case_rows
from app.web.core.access_policy import is_route_access_allowed
from app.web.core.visitor import current_visitor
from app.web.excuses.refused_reasons import load_refused_reasons, unconfirmed_reason_text
from app.web.excuses.refused_text import refused_lesson_text
from app.web.gradebook.grid_presenter import cell_key_in_start_address
from app.web.labels import gradebook as gradebook_labels
from app.web.labels.messages import REMEDY_LABELS


def cell_card_view(
    card: CellCard,
    cases: Sequence[RelatedCase],
    numbered: Mapping[UUID, CaseSummary],
    help: SimpleNamespace | None = None,
) -> SimpleNamespace:
    """Build the view of `journal/_cell.html`; a locked half has the reason and the request that helps."""
    lesson, grade = card.lesson, card.marks_by_kind[GRADE]
    status = "no_roll" if card.status == "NOT_APPLICABLE" and not lesson.takes_roll else card.status.lower()
    time_and_type = gradebook_labels.lesson_time_and_type_line(lesson.starts_at, lesson.type)
    return SimpleNamespace(
        student=card.student_name,
        lesson=f"{pick_text(card.names, locale())}, {time_and_type}",
        topic=card.topic,
        status=status,
        word=gradebook_labels.mark_status_label(status),
        grade=grade.value,
        locks=_locked_cell_half_views(card) if help is None or not help.own else [],
        history=[_cell_history_entry_view(one, numbered) for one in card.history],
        cases=related_case_rows(cases, locale()),
        reason_word=_unconfirmed_reason_text(card),
        refused=_refused_lesson_text(card),
        help=help,
        trace_url=url_for("trace.find_cell_trace", lesson=lesson.id, student=card.student)
        if card.history and is_route_access_allowed(("audit.read",), current_visitor().assignments)
        else None,
    )


def _unconfirmed_reason_text(card: CellCard) -> str | None:
    """Return whether the reason of this absence is not confirmed yet or was refused; None for other marks."""
    if card.status != ABSENT:
        return None
    refused = load_refused_reasons([card.student])
    return unconfirmed_reason_text(refused.is_refused(card.lesson.id, card.student, card.lesson.day))


def _refused_lesson_text(card: CellCard) -> str | None:
    """Return why the directorate did not confirm a reason for this absence; None where it did not refuse."""
    if card.status not in ("ABSENT", "MADE_UP"):
        return None
    refused = load_refused_lessons([card.student]).get((card.lesson.id, card.student))
    return refused_lesson_text(refused) if refused else None


def _locked_cell_half_views(card: CellCard) -> list[SimpleNamespace]:
    """Build the reason why each half is locked.

    The caller leaves them out for the student, who never enters marks.
    """
    return [
        lock
        for lock in (_locked_cell_half_view(card, card.marks_by_kind[kind]) for kind in (ATTENDANCE, GRADE))
        if lock
    ]


def _locked_cell_half_view(card: CellCard, half: MarkDetails) -> SimpleNamespace | None:
    closing = half.closing
    if closing.open or (half.kind == ATTENDANCE and card.status == "NOT_APPLICABLE"):
        return None
    return SimpleNamespace(
        what=_("Attendance") if half.kind == ATTENDANCE else _("Grade"),
        text=gradebook_labels.closed_cell_reason_text(closing),
        since=closing.at,
        clause=closing.clause,
        computation=gradebook_labels.localised_computation_lines(closing.computation),
        remedy=_remedy_request_button(card, half),
    )


def _remedy_request_button(card: CellCard, half: MarkDetails) -> dict[str, str] | None:
    """Build the button that opens the helpful request with this cell filled in; None without one."""
    if half.remedy_start in (None, DISPUTE_REMEDY):
        return None
    cells = cell_key_in_start_address(half.remedy_start, card.lesson.id, card.student, half.kind)
    return {
        "label": _(REMEDY_LABELS[half.remedy_start]),
        "url": url_for("start.show_start_form", name=half.remedy_start, cells=cells),
    }


def _entry_reason(one: CellHistoryEntry, case: CaseSummary | None) -> str:
    """Return why a version was written; that it was taken over, when an act brought it."""
    if one.event_type == MARK_TAKEN_OVER:
        return _("taken over by an act")
    return "" if case is not None and case.content_hidden else one.reason


def _cell_history_entry_view(one: CellHistoryEntry, numbered: Mapping[UUID, CaseSummary]) -> SimpleNamespace:
    case = numbered.get(one.case) if one.case else None
    return SimpleNamespace(
        value=gradebook_labels.mark_value_label(one.kind, one.value),
        person=one.person or _("the system"),
        behalf=one.behalf or None,
        at=one.at,
        reason=_entry_reason(one, case),
        clause=one.clause,
        case_number=case.number if case else None,
        case_url=url_for("cases.show_case", case_id=case.id) if case else None,
    )
