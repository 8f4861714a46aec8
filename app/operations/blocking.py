"""Which open cases stand against closing a grade sheet, by their process: the kinds a blocker is listed under (7.6)."""

from __future__ import annotations

from collections.abc import Mapping

BLOCKING: Mapping[str, str] = {
    "late_entry": "entries",
    "late_sheet": "entries",
    "late_correction": "corrections",
    "excuse": "excuses",
    "excuse_entry": "excuses",
    "excuse_revocation": "excuses",
    "workoff": "makeups",
    "late_workoff": "makeups",
    "dispute": "disputes",
    "result_dispute": "disputes",
    "appeal": "appeals",
    "proposal": "appeals",
    "academic_correction": "appeals",
}
OTHERS = "others"
"""The kind of a process that this list does not know: it blocks all the same."""
ASIDE = ("grade_sheet", "commission")
"""Processes that never stand against it: the signing and closing itself, and the order of a commission."""


def kind_of_blocker(diagram: str) -> str:
    """The kind a case of this process is listed under."""
    return BLOCKING.get(diagram, OTHERS)
