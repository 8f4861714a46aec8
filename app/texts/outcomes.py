"""Words what a case meets outside its diagram: how an operation ended, what overtook it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.texts.translate import gettext as _
from app.texts.translate import mark

OUTCOMES: Mapping[str, str] = {
    "applied": mark("the change was written"),
    "cell_changed": mark("the cell had changed meanwhile, nothing was written"),
    "opened": mark("the journal was opened for these cells"),
    "signed": mark("the sheet had been signed meanwhile, nothing was opened"),
    "confirmed_all": mark("the reason was written for the whole period"),
    "confirmed_part": mark("the reason was written for the confirmed lessons"),
    "entered": mark("the status was written"),
    "revoked": mark("the reason was taken back"),
    "done": mark("the absence is worked off"),
    "allowed": mark("a personal last day was set"),
    "corrected": mark("the mark was changed"),
    "unchanged": mark("the mark is still the same"),
    "vised": mark("the visa was noted"),
    "changed": mark("another signature or state stands now, nothing was noted"),
    "approved": mark("the sheet is official"),
    "returned": mark("the signature was taken back"),
    "stands": mark("the sheet is approved, the signature stands"),
    "possible": mark("the sheet may be closed"),
    "wait": mark("under the sheet deadlines still run"),
    "closed": mark("the sheet was closed"),
    "parked": mark("a sheet is closed over it, the points wait"),
    "published": mark("the order is published"),
    "upheld": mark("the protocol has its number, the result stands"),
    "to_change": mark("the protocol has its number, the result is to be changed"),
    "reexam": mark("the protocol has its number, another examination is to be held"),
    "inadmissible": mark("the appeal is not heard"),
    "answered": mark("the term of an appeal runs from now"),
    "appealed": mark("an appeal was filed"),
    "not_appealed": mark("no appeal was filed"),
    "amended": mark("a new version of the result was written"),
    "result_changed": mark("the result had changed meanwhile, nothing was written"),
    "number_taken": mark("another order has this number already"),
    "not_absent": mark("there was no absence, nothing was written"),
    "sheet_closed": mark("the sheet had been closed meanwhile, nothing was written"),
}

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
"""Why something happened to a case from outside, by the code its history keeps."""


def why_text(answers: Mapping[str, Any]) -> str:
    """What happened to a case from outside, in words, with the order it rests on."""
    known = WHY.get(answers.get("why") or "")
    parts = [_(known)] if known else []
    if answers.get("order"):
        parts.append(_("Order No. %(number)s") % {"number": answers["order"]})
    return " ".join(parts)
