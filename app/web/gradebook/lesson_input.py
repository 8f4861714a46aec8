"""Read what the page of a lesson posts: marks of the roll, the description and its digest."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import request

from app.journal.gradebook.cell_state import ABSENT, ATTENDANCE
from app.journal.gradebook.lesson_description import LessonDescriptionEdit
from app.journal.gradebook.record_marks import CellEdit
from app.kernel.canonical import canonical_sha256
from app.kernel.errors import FieldProblem, Invalid
from app.kernel.ids import parse_id

DESCRIPTION_FIELDS = ("topic", "type", "methods", "task", "hours")


def json_value_text(name: str, value: object) -> str:
    """Return a text, or a number as a form would send it; raises Invalid naming the field."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31:
        return str(value)
    if not isinstance(value, str):
        raise Invalid.field(name, "kernel.input.not_a_text")
    return value


def is_lesson_description_changed() -> bool:
    """Return whether the description in the form differs from the one displayed."""
    shown_digest = request.form.get("described")
    return shown_digest is not None and shown_digest != description_digest(
        {name: request.form.get(name, "") for name in DESCRIPTION_FIELDS}
    )


def description_digest(values: Mapping[str, object]) -> str:
    """Return the digest of the five fields, with line ends normalised: browsers send CRLF."""
    return canonical_sha256(
        {name: str(values[name]).replace("\r\n", "\n").strip() for name in DESCRIPTION_FIELDS}
    )


def students_absent_when_displayed() -> set[UUID]:
    """Return the students who were absent when the roll was displayed."""
    seen = [text.split(":") for text in request.form.getlist("seen")]
    return {parse_id(parts[0], "seen") for parts in seen if parts[-1] == "absent"}


def read_roll_edits(lesson: UUID) -> list[CellEdit]:
    """Read the marks that differ from those displayed; raises Invalid."""
    absent = {parse_id(student, "absent") for student in request.form.getlist("absent")}
    edits = []
    for seen in request.form.getlist("seen"):
        student, _sep, rest = seen.partition(":")
        version, _sep, was = rest.partition(":")
        if not version.isdecimal() or len(version) > 9:
            raise Invalid.field("seen", "kernel.input.not_a_number")
        person = parse_id(student, "seen")
        if (person in absent) != (was == "absent"):
            value = ABSENT if person in absent else None
            edits.append(CellEdit(lesson, person, ATTENDANCE, value, int(version)))
        absent.discard(person)
    if absent:
        raise Invalid.field("absent", "people.person.unknown")
    return edits


def read_description_edit(lesson: UUID, form: Mapping[str, str]) -> LessonDescriptionEdit:
    """Read the description; raises Invalid naming the fields that are no numbers."""
    problems: dict[str, list[FieldProblem]] = {}
    numbers = {}
    for name in ("hours", "version"):
        text = form.get(name, "").strip()
        if not text.isdecimal() or len(text) > 9:
            problems[name] = [FieldProblem("kernel.input.not_a_number")]
        else:
            numbers[name] = int(text)
    if problems:
        raise Invalid(problems)
    return LessonDescriptionEdit(
        lesson=lesson,
        version=numbers["version"],
        type=form.get("type", ""),
        topic=form.get("topic", ""),
        methods=form.get("methods", ""),
        task=form.get("task", ""),
        hours=numbers["hours"],
    )
