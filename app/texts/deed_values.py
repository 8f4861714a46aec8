"""Names of the values that a deed changed, as its page words them."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.appeals import DECISION_LABELS
from app.texts.ratings import SHEET_STATE_LABELS
from app.texts.roles import LABEL_BY_ROLE
from app.texts.subject_line import CELL_VALUE_LABELS, SHEET_KIND_LABELS
from app.texts.translate import N_
from app.texts.translate import gettext as _

VALUE_LABELS: Mapping[str, str] = {
    "appeal": N_("Appeal"),
    "at": N_("Moment"),
    "attempts": N_("Number of attempts"),
    "by": N_("Who"),
    "case": N_("Case"),
    "cells": N_("Marks"),
    "chair": N_("Commission chair"),
    "change_set": N_("Request for a correction"),
    "clause": N_("Clause"),
    "closed_at": N_("Closed"),
    "code": N_("Code"),
    "comment": N_("Comment"),
    "commission": N_("Commission"),
    "course": N_("Discipline"),
    "day": N_("Day"),
    "decision": N_("Decision"),
    "deputy": N_("On behalf of another"),
    "diagram": N_("Process"),
    "document": N_("Document"),
    "due_at": N_("Deadline"),
    "element": N_("Step"),
    "file": N_("File"),
    "filters": N_("Filters"),
    "first": N_("First day"),
    "format": N_("Format"),
    "from": N_("from"),
    "group": N_("Group"),
    "held_at": N_("Hearing"),
    "kind": N_("Kind"),
    "last": N_("Last day"),
    "late": N_("Late"),
    "lesson": N_("Lesson"),
    "letter": N_("Letter grade"),
    "locale": N_("Language"),
    "login": N_("User name"),
    "makeup": N_("Make-up work"),
    "marks": N_("Number of marks"),
    "name": N_("Name"),
    "names": N_("Names"),
    "number": N_("Number"),
    "offering": N_("Journal"),
    "order": N_("Order"),
    "outcome": N_("Outcome"),
    "page": N_("Page"),
    "pages": N_("Number of pages"),
    "pdf_sha256": N_("SHA-256 of the PDF file"),
    "person": N_("Person"),
    "points": N_("Points"),
    "protocol": N_("Protocol"),
    "reason": N_("Reason"),
    "result": N_("Result"),
    "role": N_("Role"),
    "rows": N_("Number of rows"),
    "secretary": N_("Commission secretary"),
    "sha256": N_("SHA-256 of the content"),
    "sheet": N_("Grade sheet"),
    "state": N_("State"),
    "status": N_("State"),
    "student": N_("Student"),
    "substitute": N_("Substitute"),
    "teacher": N_("Teacher"),
    "total": N_("Total"),
    "unit": N_("Unit"),
    "until": N_("to"),
    "value": N_("Mark"),
    "version": N_("Version"),
}


def deed_value_label(name: str) -> str | None:
    """Return the name of a value in words; None for one that has none, which is shown as it is stored."""
    return _(VALUE_LABELS[name]) if name in VALUE_LABELS else None


PERSON_VALUES = frozenset({"by", "chair", "person", "secretary", "student", "substitute", "teacher"})
"""Values that hold the id of a person."""
_CODE_LABELS: Mapping[str, Mapping[str, str]] = {
    "decision": DECISION_LABELS,
    "kind": {"GRADE": N_("Grade"), "ATTENDANCE": N_("Attendance"), **SHEET_KIND_LABELS},
    "role": LABEL_BY_ROLE,
    "state": SHEET_STATE_LABELS,
    "value": CELL_VALUE_LABELS,
}
"""Words for the codes that a value may hold, by its name."""


def deed_code_label(name: str, code: str) -> str | None:
    """Return the code that the value of this name holds in words; None for one that has none."""
    known = _CODE_LABELS.get(name, {}).get(code)
    return _(known) if known else None
