"""A sheet as its page and the tasks of its case draw it: lines with arithmetic, and what a signature would bind."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.cases.queries.page import TaskView
from app.journal import queries
from app.journal.models import SheetSigning
from app.journal.rules.rating import NOT_ADMITTED, NOT_ATTENDED, plain
from app.journal.rules.sheets import DRAFT
from app.kernel.canonical import digest
from app.kernel.db import db
from app.kernel.errors import Missing
from app.web import ratingtalk as talk
from app.web.entrance import act


def lines_view(sheet: queries.Sheet, typed: Mapping[str, str] | None = None) -> list[SimpleNamespace]:
    """The lines of a sheet, by name; `typed` brings back what somebody typed and could not save."""
    return [_line(number, line, sheet, typed) for number, line in enumerate(sheet.lines, 1)]


def _line(
    number: int, line: queries.Line, sheet: queries.Sheet, typed: Mapping[str, str] | None
) -> SimpleNamespace:
    absent = line.status == NOT_ATTENDED
    points = plain(line.entered) if line.entered is not None else ""
    if typed is not None and f"version-{line.student}" in typed:
        points = typed.get(f"points-{line.student}", "")
        absent = typed.get(f"absent-{line.student}") == "1"
    known = line.status is not None
    return SimpleNamespace(
        number=number,
        id=str(line.student),
        name=line.name,
        points=points,
        absent=absent,
        version=line.version,
        fixed=line.result is not None or line.status == NOT_ADMITTED,
        status=talk.status_word(line.status),
        status_code=(line.status or "NONE").lower(),
        total=plain(line.rating.total) if known or sheet.row.state != DRAFT else "",
        letter=line.rating.letter or "",
        arithmetic=talk.arithmetic(line.rating.arithmetic),
        amended=line.result is not None and line.result.protocol_id is not None,
    )


def sheet_of_subject(subject_id: UUID) -> queries.Sheet:
    """The sheet a case is about, by the drawn sheet or by a signature on it; raises Missing."""
    signing = db.session.get(SheetSigning, subject_id)
    return queries.read_sheet(queries.sheet_row(signing.sheet_id if signing else subject_id), act().at)


def task_sheet(view: TaskView) -> SimpleNamespace | None:
    """The lines beside a decision about a sheet; None for cases about something else."""
    if view.task.subject.get("kind") != "sheet" or view.case.subject_id is None:
        return None
    return _drawn(sheet_of_subject(view.case.subject_id))


def _drawn(sheet: queries.Sheet) -> SimpleNamespace:
    return SimpleNamespace(
        lines=lines_view(sheet),
        missing=sheet.missing if sheet.row.state == DRAFT else 0,
        final=sheet.row.kind == "FINAL",
        url=url_for("sheets.sheet", sheet=sheet.row.id),
        seen=digest(queries.lines_json(sheet)),
    )


def asked_signing(_address: Mapping[str, str], _typed: Any) -> SimpleNamespace:
    """No start asks for a signature."""
    raise Missing


def again_signing(view: TaskView, _typed: Any) -> SimpleNamespace:
    """The lines one signs, and their fingerprint."""
    if view.case.subject_id is None:
        raise Missing
    return _drawn(sheet_of_subject(view.case.subject_id))


def signing_from(given: MultiDict[str, str]) -> dict[str, str] | None:
    """The posted fingerprint of the lines that were seen; None when it was not drawn."""
    seen = given.get("signing")
    return {"seen": seen} if seen else None
