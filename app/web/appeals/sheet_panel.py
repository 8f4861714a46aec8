"""The grade sheet that an appeal, a disputed result or a correction is about: the document of record (1.5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for

from app.journal.grade_sheets.queries import load_grade_sheet
from app.journal.gradebook.access import can_view_journal
from app.journal.gradebook.load import load_offerings
from app.journal.grading.sheet_states import APPROVED, SHUT_SHEET_STATES
from app.texts import ratings as rating_texts
from app.web.core.visitor import current_act


def result_sheet_panel(subject: Mapping[str, Any]) -> SimpleNamespace | None:
    """Build the sheet with its state and signature; None for subjects without a result.

    Results are fixed by the signature, so the sheet shows what was signed and approved, not the cells of today.
    `url` is None for whoever may not read the journal.
    """
    if subject.get("kind") not in ("appeal", "correction") or not subject.get("sheet"):
        return None
    row = load_grade_sheet(UUID(subject["sheet"]))
    may_open = can_view_journal(current_act(), load_offerings([row.offering_id])[row.offering_id])
    return SimpleNamespace(
        number=row.number or "",
        kind=rating_texts.sheet_kind_text(row.kind),
        state=rating_texts.sheet_state_label(row.state),
        approved=row.state == APPROVED or row.state in SHUT_SHEET_STATES,
        signed_at=row.signed_at if row.signing_id else None,
        taken_over_at=row.signed_at if not row.signing_id else None,
        url=url_for("sheets.show_grade_sheet", sheet=row.id) if may_open else None,
    )
