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

from app.cases.access import opened_by
from app.cases.queries import requests as case_queries
from app.cases.queries.case_details import TaskView
from app.journal.grade_sheets.rules import LESSONS, PERMITS, Blocker
from app.journal.sheet_closing.queries import MAKEUP_DAYS, BlockingCase, Closing, Running, closing_of_sheet
from app.kernel.errors import Missing
from app.people import queries as people
from app.texts.translate import gettext as _
from app.texts.translate import mark
from app.web.cases.subject_fields import SubjectField
from app.web.core.visitor import act
from app.web.grade_sheets.presenter import lines_of, sheet_of_subject
from app.web.labels.gradebook import lesson_line

LABELS: Mapping[str, str] = {
    LESSONS: mark("Lessons inside their own deadline of entry or correction"),
    PERMITS: mark("Open permissions for a late entry"),
    MAKEUP_DAYS: mark("Missed lessons that may still be made up"),
    "entries": mark("Requests for a late entry"),
    "corrections": mark("Requests for a correction"),
    "excuses": mark("Excuses that are not decided yet"),
    "makeups": mark("Make-up work under way"),
    "disputes": mark("Disputed marks and results"),
    "appeals": mark("Appeals, proposals to a commission, corrections by protocol"),
    "others": mark("Other open cases"),
}
SHOWN = 5
"""Maximum of items of each kind in the task; the others are on a page of their own."""
PAGE = 25


def label_of(kind: str) -> str:
    """Return the translated label of a kind of blocker."""
    return _(LABELS[kind])


def again_blockers(view: TaskView, typed: Any) -> SimpleNamespace:
    """Build the view of the blockers of the sheet, with those ticked, and of its lines; raises Missing."""
    if view.case.subject_id is None:
        raise Missing
    sheet = sheet_of_subject(view.case.subject_id)
    found = closing_of_sheet(sheet.row, act().at)
    ticked = _ticked_codes(typed)
    return SimpleNamespace(
        **vars(lines_of(sheet)),
        too_early=found.opens.moment if act().at <= found.opens.moment else None,
        blockers=[_blocker_view(one, found, sheet.row.id, ticked) for one in found.blockers],
        waits=any(not one.notable for one in found.blockers),
    )


def asked_blockers(_address: Mapping[str, str], _typed: Any) -> SimpleNamespace:
    """Raise Missing: no start form closes a sheet."""
    raise Missing


def blockers_from(posted: MultiDict[str, str]) -> list[str]:
    """Read the codes of the ticked blockers."""
    return posted.getlist("blockers")[: len(LABELS)]


def _ticked_codes(typed: Any) -> frozenset[str]:
    if isinstance(typed, MultiDict):
        return frozenset(typed.getlist("blockers"))
    kept = typed.get("blockers", []) if isinstance(typed, Mapping) else []
    return frozenset([kept] if isinstance(kept, str) else kept)


def _blocker_view(one: Blocker, found: Closing, sheet: UUID, ticked: frozenset[str]) -> SimpleNamespace:
    return SimpleNamespace(
        kind=one.kind,
        code=one.code,
        label=label_of(one.kind),
        count=one.count,
        until=one.until,
        notable=one.notable,
        ticked=one.code in ticked,
        items=items_of(found, one.kind, 0, SHOWN),
        all_url=url_for("sheets.blockers", sheet=sheet, kind=one.kind) if one.count > SHOWN else None,
    )


def items_of(found: Closing, kind: str, first: int = 0, count: int = PAGE) -> list[SimpleNamespace]:
    """List `count` items of one kind from `first` on: text, link (None if not permitted), end."""
    timed: Mapping[str, Sequence[Running]] = {
        LESSONS: found.lessons,
        PERMITS: found.permits,
        MAKEUP_DAYS: found.makeups,
    }
    if kind in timed:
        return _lesson_items(timed[kind][first : first + count])
    return _case_items([case for case in found.cases if case.kind == kind][first : first + count])


def _lesson_items(rows: Sequence[Running]) -> list[SimpleNamespace]:
    names = people.names({row.student for row in rows if row.student})
    return [
        SimpleNamespace(
            text=lesson_line(row.starts_at, row.type),
            whose=names[row.student].short if row.student else "",
            url=url_for("journal.lesson", lesson=row.lesson),
            until=row.until,
        )
        for row in rows
    ]


def _case_items(rows: Sequence[BlockingCase]) -> list[SimpleNamespace]:
    reach = opened_by(act(), [row.id for row in rows])
    return [
        SimpleNamespace(
            text=row.number,
            whose="",
            url=url_for("cases.case", case_id=row.id) if row.id in reach else None,
            until=None,
        )
        for row in rows
    ]


def left_open_view(left_open: Sequence[Mapping[str, Any]], reason: str) -> SimpleNamespace | None:
    """Build the view of what was left open when the sheet was closed; None when nothing was.

    It contains the reason and links to the cases that the visitor may open.
    """
    if not left_open:
        return None
    numbers = [number for one in left_open for number in one["cases"]]
    known = case_queries.by_numbers(numbers)
    reach = opened_by(act(), list(known.values()))
    return SimpleNamespace(
        reason=reason,
        kinds=[
            SimpleNamespace(
                label=label_of(one["kind"]),
                count=one["count"],
                cases=[_noted_case(number, known.get(number), reach) for number in one["cases"][:PAGE]],
                more=len(one["cases"]) > PAGE,
            )
            for one in left_open
        ],
    )


def _noted_case(number: str, case: UUID | None, reach: frozenset[UUID]) -> SimpleNamespace:
    url = url_for("cases.case", case_id=case) if case is not None and case in reach else None
    return SimpleNamespace(number=number, url=url)


FIELD = SubjectField("blockers", "sheets/_blockers.html", asked_blockers, again_blockers, blockers_from)
