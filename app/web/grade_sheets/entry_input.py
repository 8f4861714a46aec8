"""Read what was typed into a grade sheet."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.journal.grade_sheets.entry_commands import SheetEntryEdit
from app.journal.grading.rating import GRADED, NOT_ATTENDED
from app.kernel.errors import Invalid
from app.kernel.ids import parse_id
from app.kernel.typed_values import TypedValueError, read_typed_number

NOT_EMPTIED_CODE = "journal.sheet.not_emptied"


def read_json_line_edit(body: Any) -> SheetEntryEdit:
    """Read `{student, points, absent, version}`; raises Invalid naming the field of a wrong type."""
    if not isinstance(body, dict):
        raise Invalid.field("body", "kernel.input.not_json")
    version, points, absent = body.get("version"), body.get("points"), body.get("absent")
    if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version < 2**31:
        raise Invalid.field("version", "kernel.input.not_a_number")
    if not isinstance(points, str):
        raise Invalid.field("points", "kernel.input.not_a_text")
    if not isinstance(absent, bool):
        raise Invalid.field("absent", "kernel.input.not_a_text")
    student = parse_id(body.get("student"), "student")
    return _checked_line_edit(student, points.strip().replace(",", "."), absent, str(version))


def read_posted_line_edits(posted: Mapping[str, str]) -> list[SheetEntryEdit]:
    """Read the lines that were filled in: `points-<student>`, `absent-<student>`, `version-<student>`."""
    edits = []
    for name in posted:
        if not name.startswith("version-"):
            continue
        student = parse_id(name.removeprefix("version-"), "student")
        text = posted.get(f"points-{student}", "").strip().replace(",", ".")
        absent = posted.get(f"absent-{student}") == "1"
        # An empty line that was never saved (version 0) is not an edit.
        if not text and not absent and posted[name] == "0":
            continue
        try:
            edits.append(_checked_line_edit(student, text, absent, posted[name]))
        except Invalid as refused:
            refused.params["student"] = str(student)
            raise
    return edits


def _checked_line_edit(student: UUID, text: str, absent: bool, version: str) -> SheetEntryEdit:
    """Build the edit of one line; raises Invalid (`points`, `version`)."""
    if not version.isdecimal() or len(version) > 9:
        raise Invalid.field("version", "kernel.input.not_a_number")
    if not text and not absent:
        raise Invalid.field("points", NOT_EMPTIED_CODE)
    status = NOT_ATTENDED if absent else GRADED
    return SheetEntryEdit(student, status, None if absent else _parse_points(text), int(version))


def _parse_points(text: str) -> Decimal:
    try:
        return read_typed_number(text)
    except TypedValueError:
        raise Invalid.field("points", "journal.sheet.not_points", text=text[:20]) from None
