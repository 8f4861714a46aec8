"""Expiry of access that a case granted: late entry, reopened sheet, personal last
day of make-up work (P04, P21)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.journal.tables import GradeSheet, LateEntryPermit, LateSheetEntryRequest, MakeupExtension
from app.kernel.db import db


def load_access_end_by_subject(requests: Iterable[tuple[str, UUID]]) -> dict[UUID, datetime | date]:
    """Return when granted access expires, by subject id: a moment of access, or a day of make-up work.

    `requests` are (diagram, subject). Requests without open access are left out, as is an earlier request of
    a sheet that was reopened for other lines. One statement for each diagram.
    """
    subjects: dict[str, set[UUID]] = {}
    for diagram, subject in requests:
        if diagram in _ACCESS_END_STATEMENT_BY_DIAGRAM:
            subjects.setdefault(diagram, set()).add(subject)
    found: dict[UUID, datetime | date] = {}
    for diagram, ids in subjects.items():
        ends = db.session.execute(_ACCESS_END_STATEMENT_BY_DIAGRAM[diagram](ids)).all()
        found |= {subject: end for subject, end in ends if end is not None}
    return found


def _late_entry_ends_statement(ids: set[UUID]) -> Select[Any, Any]:
    """Select the end of late entry permits by request."""
    return select(LateEntryPermit.request_id, LateEntryPermit.closes_at).where(
        LateEntryPermit.request_id.in_(ids)
    )


def _makeup_extension_ends_statement(ids: set[UUID]) -> Select[Any, Any]:
    """Select the personal last day of make-up work by request."""
    return select(MakeupExtension.request_id, MakeupExtension.until).where(
        MakeupExtension.request_id.in_(ids)
    )


def _late_sheet_entry_ends_statement(ids: set[UUID]) -> Select[Any, Any]:
    """Select the end of reopening by request, only where the sheet is open for the lines of this request."""
    return (
        select(LateSheetEntryRequest.id, GradeSheet.open_until)
        .join(LateSheetEntryRequest, LateSheetEntryRequest.sheet_id == GradeSheet.id)
        # A later reopening for other lines replaces `open_for`.
        .where(LateSheetEntryRequest.id.in_(ids), LateSheetEntryRequest.students == GradeSheet.open_for)
    )


_ACCESS_END_STATEMENT_BY_DIAGRAM: Mapping[str, Callable[[set[UUID]], Select[Any, Any]]] = {
    "late_entry": _late_entry_ends_statement,
    "makeup_extension": _makeup_extension_ends_statement,
    "late_sheet": _late_sheet_entry_ends_statement,
}
