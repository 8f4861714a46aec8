"""Names of the values that a deed changed, as its page words them."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_
from app.texts.translate import gettext as _

VALUE_LABELS: Mapping[str, str] = {
    "at": N_("Moment"),
    "attempts": N_("Number of attempts"),
    "by": N_("Who"),
    "cells": N_("Marks"),
    "clause": N_("Clause"),
    "closed_at": N_("Closed"),
    "code": N_("Code"),
    "comment": N_("Comment"),
    "course": N_("Discipline"),
    "day": N_("Day"),
    "decision": N_("Decision"),
    "deputy": N_("On behalf of another"),
    "document": N_("Document"),
    "due_at": N_("Deadline"),
    "filters": N_("Filters"),
    "first": N_("First day"),
    "format": N_("Format"),
    "from": N_("from"),
    "group": N_("Group"),
    "kind": N_("Kind"),
    "last": N_("Last day"),
    "late": N_("Late"),
    "letter": N_("Letter grade"),
    "locale": N_("Language"),
    "login": N_("User name"),
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
    "reason": N_("Reason"),
    "role": N_("Role"),
    "rows": N_("Number of rows"),
    "sha256": N_("SHA-256 of the file"),
    "state": N_("State"),
    "status": N_("State"),
    "student": N_("Student"),
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
