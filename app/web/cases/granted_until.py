"""Texts of the end of temporary access granted by a case, for the person who requested it (P04, P21)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from app.cases.models import Case
from app.cases.queries.requests import RequestedCaseRow
from app.journal.case_checks.open_until import load_access_end_by_subject
from app.kernel.i18n import day_text, moment_text
from app.texts.translate import gettext as _
from app.texts.translate import locale

GRANTING_OUTCOMES = frozenset({"opened", "allowed"})
"""Outcomes that grant temporary access."""


def load_granted_access_ends(rows: Iterable[Case | RequestedCaseRow]) -> dict[UUID, datetime | date]:
    """Return when the access granted by these cases ends, by case subject; one statement per kind of case."""
    return load_access_end_by_subject(
        (row.diagram, row.subject_id) for row in rows if row.outcome in GRANTING_OUTCOMES and row.subject_id
    )


def granted_access_end_rows(
    row: Case | RequestedCaseRow, ends: Mapping[UUID, datetime | date]
) -> list[tuple[str, str]]:
    """Return label and end of the access granted by a case; [] when it granted none."""
    end = ends.get(row.subject_id) if row.outcome in GRANTING_OUTCOMES and row.subject_id else None
    if isinstance(end, datetime):
        return [(_("Open until"), moment_text(end, locale()))]
    return [(_("Extended deadline"), day_text(end, locale()))] if end else []
