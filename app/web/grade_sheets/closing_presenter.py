"""Views of what blocks the closing of a sheet, for the office's task and the page of the sheet, and of what
was left open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.cases.access import load_visible_case_ids
from app.cases.queries import requests as case_queries
from app.cases.queries.case_details import TaskView
from app.journal.grade_sheets.closing_rules import (
    LESSON_ENTRY_OPEN_BLOCKER,
    OPEN_PERMITS_BLOCKER,
    ClosingBlocker,
)
from app.journal.sheet_closing.queries import (
    MAKEUP_DAYS_BLOCKER,
    BlockingCase,
    OpenEntry,
    SheetClosingCheck,
    load_sheet_closing_check,
)
from app.kernel.errors import Missing
from app.people import queries as people
from app.texts.translate import N_
from app.texts.translate import gettext as _
from app.web.cases.subject_fields import SubjectField
from app.web.core.visitor import current_act
from app.web.grade_sheets.presenter import load_sheet_of_case_subject, sheet_lines_for_decision_view
from app.web.labels.gradebook import lesson_time_and_type_line

BLOCKER_LABELS: Mapping[str, str] = {
    LESSON_ENTRY_OPEN_BLOCKER: N_("Lessons inside their own deadline of entry or correction"),
    OPEN_PERMITS_BLOCKER: N_("Open permissions for a late entry"),
    MAKEUP_DAYS_BLOCKER: N_("Missed lessons that may still be made up"),
    "entries": N_("Requests for a late entry"),
    "corrections": N_("Requests for a correction"),
    "excuses": N_("Excuses that are not decided yet"),
    "makeups": N_("Make-up work under way"),
    "disputes": N_("Disputed marks and results"),
    "appeals": N_("Appeals, proposals to a commission, corrections by commission decision"),
    "others": N_("Other open cases"),
}
MAX_ITEMS_PER_KIND_IN_TASK = 5
"""Maximum of items of each kind in the task; the others are on a page of their own."""
PAGE_SIZE = 25


def blocker_label(kind: str) -> str:
    """Return the translated label of a kind of blocker."""
    return _(BLOCKER_LABELS[kind])


def blockers_task_view(view: TaskView, typed: Any) -> SimpleNamespace:
    """Build the view of the blockers of the sheet, with those ticked, and of its lines; raises Missing."""
    if view.case.subject_id is None:
        raise Missing
    sheet = load_sheet_of_case_subject(view.case.subject_id)
    found = load_sheet_closing_check(sheet.row, current_act().at)
    ticked = _submitted_blocker_codes(typed)
    return SimpleNamespace(
        **vars(sheet_lines_for_decision_view(sheet)),
        too_early=found.closing_deadline.moment
        if current_act().at <= found.closing_deadline.moment
        else None,
        blockers=[_closing_blocker_view(one, found, sheet.row.id, ticked) for one in found.blockers],
        waits=any(not one.can_be_noted for one in found.blockers),
    )


def refuse_blockers_at_start(_address: Mapping[str, str], _typed: Any) -> SimpleNamespace:
    """Raise Missing: no start form closes a sheet."""
    raise Missing


def read_ticked_blocker_codes(posted: MultiDict[str, str]) -> list[str]:
    """Read the codes of the ticked blockers."""
    return posted.getlist("blockers")[: len(BLOCKER_LABELS)]


def _submitted_blocker_codes(typed: Any) -> frozenset[str]:
    if isinstance(typed, MultiDict):
        return frozenset(typed.getlist("blockers"))
    kept = typed.get("blockers", []) if isinstance(typed, Mapping) else []
    return frozenset([kept] if isinstance(kept, str) else kept)


def _closing_blocker_view(
    one: ClosingBlocker, found: SheetClosingCheck, sheet: UUID, ticked: frozenset[str]
) -> SimpleNamespace:
    return SimpleNamespace(
        kind=one.kind,
        code=one.kind_and_count_code,
        label=blocker_label(one.kind),
        count=one.count,
        until=one.until,
        notable=one.can_be_noted,
        ticked=one.kind_and_count_code in ticked,
        items=closing_blocker_rows(found, one.kind, 0, MAX_ITEMS_PER_KIND_IN_TASK),
        all_url=url_for("sheets.list_closing_blockers", sheet=sheet, kind=one.kind)
        if one.count > MAX_ITEMS_PER_KIND_IN_TASK
        else None,
    )


def closing_blocker_rows(
    found: SheetClosingCheck, kind: str, first: int = 0, count: int = PAGE_SIZE
) -> list[SimpleNamespace]:
    """List `count` items of one kind from `first` on: text, link (None if not permitted), end."""
    timed: Mapping[str, Sequence[OpenEntry]] = {
        LESSON_ENTRY_OPEN_BLOCKER: found.lessons,
        OPEN_PERMITS_BLOCKER: found.permits,
        MAKEUP_DAYS_BLOCKER: found.makeups,
    }
    if kind in timed:
        return _blocking_lesson_rows(timed[kind][first : first + count])
    return _blocking_case_rows([case for case in found.cases if case.kind == kind][first : first + count])


def _blocking_lesson_rows(rows: Sequence[OpenEntry]) -> list[SimpleNamespace]:
    names = people.load_names({row.student for row in rows if row.student})
    return [
        SimpleNamespace(
            text=lesson_time_and_type_line(row.starts_at, row.type),
            whose=names[row.student].short if row.student else "",
            url=url_for("journal.show_lesson", lesson=row.lesson),
            until=row.until,
        )
        for row in rows
    ]


def _blocking_case_rows(rows: Sequence[BlockingCase]) -> list[SimpleNamespace]:
    reach = load_visible_case_ids(current_act(), [row.id for row in rows])
    return [
        SimpleNamespace(
            text=row.number,
            whose="",
            url=url_for("cases.show_case", case_id=row.id) if row.id in reach else None,
            until=None,
        )
        for row in rows
    ]


def left_open_matters_view(left_open: Sequence[Mapping[str, Any]], reason: str) -> SimpleNamespace | None:
    """Build the view of what was left open when the sheet was closed; None when nothing was.

    It contains the reason and links to the cases that the visitor may open.
    """
    if not left_open:
        return None
    numbers = [number for one in left_open for number in one["cases"]]
    known = case_queries.load_case_ids_by_number(numbers)
    reach = load_visible_case_ids(current_act(), list(known.values()))
    return SimpleNamespace(
        reason=reason,
        kinds=[
            SimpleNamespace(
                label=blocker_label(one["kind"]),
                count=one["count"],
                cases=[
                    _left_open_case_link(number, known.get(number), reach)
                    for number in one["cases"][:PAGE_SIZE]
                ],
                more=len(one["cases"]) > PAGE_SIZE,
            )
            for one in left_open
        ],
    )


def _left_open_case_link(number: str, case: UUID | None, reach: frozenset[UUID]) -> SimpleNamespace:
    url = url_for("cases.show_case", case_id=case) if case is not None and case in reach else None
    return SimpleNamespace(number=number, url=url)


BLOCKERS_FIELD = SubjectField(
    "blockers",
    "sheets/_blockers.html",
    refuse_blockers_at_start,
    blockers_task_view,
    read_ticked_blocker_codes,
)
