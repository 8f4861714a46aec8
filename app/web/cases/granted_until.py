"""Words until when what a case allowed stands, for the one who asked for it (P04, P21)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from app.cases.models import Case
from app.cases.queries.requests import Request
from app.journal.case_checks.open_until import open_untils
from app.kernel.i18n import day_text, moment_text
from app.texts.translate import gettext as _
from app.texts.translate import locale

ALLOWING = frozenset({"opened", "allowed"})
"""The outcomes that open something for a while."""


def ends_of(rows: Iterable[Case | Request]) -> dict[UUID, datetime | date]:
    """The ends of what these cases allowed, by their subjects; one statement a kind of case."""
    return open_untils(
        (row.diagram, row.subject_id) for row in rows if row.outcome in ALLOWING and row.subject_id
    )


def allowed(row: Case | Request, ends: Mapping[UUID, datetime | date]) -> list[tuple[str, str]]:
    """Label and end, or nothing where this case left nothing open."""
    end = ends.get(row.subject_id) if row.outcome in ALLOWING and row.subject_id else None
    if isinstance(end, datetime):
        return [(_("Open until"), moment_text(end, locale()))]
    return [(_("Personal last day"), day_text(end, locale()))] if end else []
