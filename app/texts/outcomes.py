"""Texts for cases that ended from outside their diagram, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.texts.translate import gettext as _
from app.texts.translate import mark

OUTSIDE: Mapping[str, str] = {
    "withdrawn": mark("withdrawn"),
    "moot": mark("not needed any more"),
    "corrected": mark("mark corrected"),
    "cancelled": mark("there was no absence"),
    "not_required": mark("not required"),
    "sheet_closed": mark("the sheet was closed meanwhile"),
}
"""Outcomes of cases that ended from outside, where their diagram draws no such end."""
OUTSIDE_GRANTED = frozenset({"corrected", "not_required"})
"""Those of them by which the requester got what he asked for."""

WHY: Mapping[str, str] = {
    "cases.moot.mark_changed": mark("The mark was changed meanwhile."),
    "cases.moot.no_absence": mark("The absence was a mistake and has been corrected."),
    "cases.moot.excused": mark("The absence was excused, and such a lesson is not made up."),
    "cases.moot.expelled": mark("The student was expelled."),
    "cases.moot.graduated": mark("The student has graduated."),
    "cases.moot.revoked": mark("The excuse was taken back, so there is nothing to write."),
    "cases.suspended.leave": mark("The student is on academic leave; the terms stand still."),
    "cases.resumed.returned": mark("The student has returned; the terms moved by the length of the leave."),
    "cases.moved.transferred": mark("The student was transferred; his new directorate goes on with it."),
    "people.account.password": mark("If you did not ask for this, tell your directorate at once."),
    "people.account.given": mark("If you did not ask for this, tell your directorate at once."),
    "people.account.opened": mark("If you did not ask for this, tell your directorate at once."),
    "people.account.address": mark("If you did not ask for this, tell your directorate at once."),
    "people.account.watched": mark(
        "Somebody else could enter this account. What its owner decides in the next days is marked on its case."
    ),
    "cases.retimed.counted_anew": mark("The days are counted from another day now."),
}
"""Why a case changed from outside its diagram, by the code stored in its history."""


def why_text(answers: Mapping[str, Any]) -> str:
    """Return why a case changed from outside, with the number of the order behind it; "" when unknown."""
    known = WHY.get(answers.get("why") or "")
    parts = [_(known)] if known else []
    if answers.get("order"):
        parts.append(_("Order No. %(number)s") % {"number": answers["order"]})
    return " ".join(parts)
