"""Rows of dossiers for the page of a case and for their own list."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace

from flask import url_for

from app.cases.dossier.queries import DossierRow
from app.texts.dossiers import DOSSIER_STATE_LABELS, LANGUAGE_NAMES
from app.texts.translate import gettext as _

MAX_CASE_PAGE_DOSSIERS = 3
"""Dossiers on the page of a case; the list has all of them."""


def dossier_row_views(rows: Iterable[DossierRow]) -> list[SimpleNamespace]:
    """Return dossiers as rows of a list."""
    return [
        SimpleNamespace(
            id=row.id,
            url=url_for("dossiers.show_dossier", dossier_id=row.id),
            ending=row.code_ending,
            language=LANGUAGE_NAMES.get(row.locale, row.locale),
            pages=row.pages,
            sha256=row.pdf_sha256,
            made_at=row.made_at,
            made_by=row.made_by,
            behalf=row.on_behalf_of or None,
            state=row.state,
            state_label=_(DOSSIER_STATE_LABELS[row.state]),
        )
        for row in rows
    ]
