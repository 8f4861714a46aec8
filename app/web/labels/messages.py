"""Next steps and buttons after an error, by error code; its message comes from `app.texts.error_texts`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from flask import url_for

from app.kernel.errors import DepterError
from app.texts.error_texts import error_message, message_text, problem_texts_by_field
from app.texts.messages import MESSAGES_BY_CODE, NEXT_STEPS_BY_CODE
from app.texts.translate import N_
from app.texts.translate import gettext as _

__all__ = ["error_message", "message_text", "problem_texts_by_field"]
REMEDY_LABELS: Mapping[str, str] = {
    "commission": N_("Draft the order of a commission"),
    "late_correction": N_("Request a correction"),
    "late_entry": N_("Ask for a late entry"),
    "late_sheet": N_("Ask for a late entry"),
    "makeup_extension": N_("Request an extended make-up deadline"),
    "makeup": N_("Make up this class"),
    "dispute": N_("This is wrong"),
}
"""Labels of the buttons that start a case after a refusal, by start."""
STALLED_CASE_TEXT = N_("The case could not go on.")


def message_without_params(code: str) -> str:
    """Return the message of a code without its parameters, where they are not stored."""
    return re.sub(r":?\s*%\(\w+\)s", "", _(MESSAGES_BY_CODE.get(code, STALLED_CASE_TEXT)))


def next_step_text(error: DepterError) -> str:
    """Return the next step after an error; "" when the message contains it."""
    return _(NEXT_STEPS_BY_CODE[error.code]) if error.code in NEXT_STEPS_BY_CODE else ""


def remedy_button(error: DepterError) -> SimpleNamespace | None:
    """Return the button that an error offers, or None."""
    if error.remedy is not None and error.remedy in REMEDY_LABELS:
        url = _remedy_start_url(error.remedy, error.params)
        return SimpleNamespace(label=_(REMEDY_LABELS[error.remedy]), url=url)
    if error.remedy == "case":
        url = url_for("cases.show_case", case_id=error.params["case"])
        return SimpleNamespace(label=_("Open the case %(number)s") % error.params, url=url)
    if error.remedy == "journal_state":
        url = url_for("openings.show_journal_state", offering=error.params["offering"])
        return SimpleNamespace(label=_("State of the journal"), url=url)
    if error.remedy == "rules":
        return SimpleNamespace(label=_("Read and accept the rules"), url=url_for("rules.show_rules"))
    if error.remedy == "sign_in":
        return SimpleNamespace(label=_("Sign in"), url=url_for("login.show_sign_in_page"))
    return None


def _remedy_start_url(start: str, params: Mapping[str, Any]) -> str:
    """Return the start page for the cells or the sheet of the error, else the page where they are chosen."""
    for about in ("cells", "sheet"):
        if params.get(about):
            return url_for("start.show_start_form", name=start, **{about: params[about]})
    if start == "commission":
        return url_for("start.show_start_form", name=start)
    if start == "late_sheet":
        return url_for("sheets.list_grade_sheets")
    return url_for("student.absences" if "makeup" in start else "journal.show_teacher_today")
