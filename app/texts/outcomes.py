"""Texts for cases that ended from outside their diagram, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.texts.translate import N_
from app.texts.translate import gettext as _

CASE_STATUS_LABELS: Mapping[str, str] = {
    "open": N_("in progress"),
    "done": N_("finished"),
    "withdrawn": N_("withdrawn"),
    "quarantined": N_("stopped by an incident"),
    "suspended": N_("put aside"),
    "superseded": N_("not needed any more"),
}
"""Words for the statuses of a case. How a finished case ended is said by the end event of its diagram."""

OUTSIDE_OUTCOME_LABELS: Mapping[str, str] = {
    "withdrawn": N_("withdrawn"),
    "superseded": N_("not needed any more"),
    "corrected": N_("mark corrected"),
    "cancelled": N_("there was no absence"),
    "not_required": N_("not required"),
    "sheet_closed": N_("the sheet was closed meanwhile"),
}
"""Outcomes of cases that ended from outside, where their diagram draws no such end."""
GRANTED_OUTSIDE_OUTCOMES = frozenset({"corrected", "not_required"})
"""Those of them by which the requester got what he asked for."""

OUTSIDE_CHANGE_REASON_LABELS: Mapping[str, str] = {
    "cases.superseded.mark_changed": N_("The mark was changed meanwhile."),
    "cases.superseded.no_absence": N_("The absence was a mistake and has been corrected."),
    "cases.superseded.excused": N_("The absence was excused, and such a lesson is not made up."),
    "cases.superseded.expelled": N_("The student was expelled."),
    "cases.superseded.graduated": N_("The student has graduated."),
    "cases.superseded.revoked": N_("The excuse was revoked, so there is nothing to write."),
    "cases.suspended.leave": N_("The student is on academic leave; the deadlines are paused."),
    "cases.resumed.returned": N_("The student has returned; the deadlines moved by the length of the leave."),
    "cases.moved.transferred": N_("The student was transferred; the new directorate continues the case."),
    "people.account.password": N_("If you did not ask for this, tell your directorate at once."),
    "people.account.given": N_("If you did not ask for this, tell your directorate at once."),
    "people.account.changed": N_("If you did not change it, tell the IT administrator at once."),
    "people.account.opened": N_("If you did not ask for this, tell your directorate at once."),
    "people.account.address": N_("If you did not ask for this, tell your directorate at once."),
    "people.account.watched": N_(
        "Someone else could sign in to this account. Decisions of its owner in the next days are marked on their cases."
    ),
    "cases.retimed.counted_anew": N_("The days are counted from another day now."),
}
"""Why a case changed from outside its diagram, by the code stored in its history."""


def outside_change_reason_text(answers: Mapping[str, Any]) -> str:
    """Return why a case changed from outside, with the number of the order behind it; "" when unknown."""
    known = OUTSIDE_CHANGE_REASON_LABELS.get(answers.get("why") or "")
    parts = [_(known)] if known else []
    if answers.get("order"):
        parts.append(_("Order No. %(number)s") % {"number": answers["order"]})
    return " ".join(parts)
