"""Views of a student's module and final results with their arithmetic, and of open modules (6.1).

Only published results are results; points that are not signed stay separate and are never added to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from app.journal.grade_sheets.result_queries import (
    InterimModuleRating,
    StudentResult,
    compute_interim_module_ratings,
    load_current_results_of_student,
)
from app.journal.gradebook import load as load_gradebook
from app.kernel.errors import Missing
from app.kernel.i18n import number_text
from app.texts.ratings import taken_over_lines, transfer_origin_lines
from app.texts.subject_line import SHEET_KIND_LABELS
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.core.visitor import current_act
from app.web.grade_sheets.result_options import challenge_option_views_by_result
from app.web.student_access.student_pages import Cabinet

STUDENT_RESULT_STATUS_LABELS: Mapping[str, str] = {
    "GRADED": N_("graded"),
    "NOT_ATTENDED": N_("did not come"),
    "NOT_ADMITTED": N_("not admitted"),
}
RESULT_PART_LABELS: Mapping[str, str] = {"midterm": N_("midterm"), "exam": N_("exam"), **SHEET_KIND_LABELS}
"""Names of the parts of a computation by their keys; other parts are displayed with their key."""


def result_views_by_offering(
    cabinet: Cabinet, offerings: Iterable[UUID], counted: Iterable[UUID]
) -> dict[UUID, list[SimpleNamespace]]:
    """Build the results of these courses for `student/_results.html`, by offering; a fixed number of
    statements.

    The courses in `counted` (the student was not transferred out of them) also get the points of their open
    module.
    """
    now = current_act().at
    wanted = list(offerings)
    found: dict[UUID, list[SimpleNamespace]] = {}
    units = load_gradebook.load_offerings(wanted)
    results = [one for one in load_current_results_of_student(cabinet.student) if one.offering in units]
    options = challenge_option_views_by_result(cabinet, results, units)
    for one in results:
        found.setdefault(one.offering, []).append(_course_result_view(one, options[one.result.id]))
    for open_one in _open_module_ratings(cabinet.student, list(counted), now):
        found.setdefault(open_one.offering, []).append(_open_module_view(open_one))
    return found


def _open_module_ratings(student: UUID, offerings: list[UUID], now: datetime) -> list[InterimModuleRating]:
    try:
        return compute_interim_module_ratings(student, offerings, now)
    except Missing:
        return []


def _course_result_view(one: StudentResult, options: SimpleNamespace) -> SimpleNamespace:
    row = one.result
    return SimpleNamespace(
        fixed=True,
        kind=_(SHEET_KIND_LABELS[one.kind]),
        total=number_text(row.total or "0", locale()),
        letter=row.letter or "",
        status="" if row.status == "GRADED" else _(STUDENT_RESULT_STATUS_LABELS[row.status]),
        returned=one.sheet_returned,
        protocol=one.protocol_number,
        published_at=row.published_at,
        taken_over="takeover" in row.arithmetic,
        lines=result_arithmetic_lines(row.arithmetic),
        ways=options,
    )


def _open_module_view(one: InterimModuleRating) -> SimpleNamespace:
    rating = one.rating
    return SimpleNamespace(
        fixed=False,
        kind=_(SHEET_KIND_LABELS[one.kind]),
        total=_("%(points)s of %(most)s")
        % {
            "points": number_text(rating.total, locale()),
            "most": one.scheme.scheme.most(one.kind),
        },
        lines=result_arithmetic_lines(rating.arithmetic),
    )


def result_arithmetic_lines(arithmetic: Mapping[str, Any]) -> list[str]:
    """Return the computation of a result: a line for each part and one for the sum."""
    parts = arithmetic.get("parts", ())
    lines = [
        line for part in parts for line in (_result_part_arithmetic_text(part), *transfer_origin_lines(part))
    ]
    if len(parts) > 1:
        sums = " + ".join(number_text(part["points"], locale()) for part in parts)
        lines.append(f"{sums} = {number_text(arithmetic['sum'], locale())}")
    if arithmetic.get("total") != arithmetic.get("sum"):
        lines.append(_("rounded: %(total)s") % {"total": number_text(arithmetic["total"], locale())})
    return lines + taken_over_lines(arithmetic)


def _result_part_arithmetic_text(part: Mapping[str, Any]) -> str:
    if "mean" in part:
        values = {
            "mean": number_text(part["mean"], locale()),
            "points": number_text(part["points"], locale()),
            "most": part["most"],
        }
        return _("current grades: mean %(mean)s of 100, which gives %(points)s of %(most)s") % values
    word = RESULT_PART_LABELS.get(part["key"])
    values = {
        "what": _(word) if word else part["key"],
        "points": number_text(part["points"], locale()),
        "most": part["most"],
    }
    return _("%(what)s: %(points)s of %(most)s") % values
