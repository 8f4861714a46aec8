"""List of other cases about the same cells, for pages of a case, of a task and of a cell."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace

from flask import url_for

from app.cases.queries.related import RelatedCase
from app.kernel.i18n import pick_text
from app.web.labels.cases import case_state_label


def related_case_rows(cases: Iterable[RelatedCase], locale: str) -> list[SimpleNamespace]:
    """Return other cases about the same cells as rows of a list."""
    return [
        SimpleNamespace(
            number=case.number,
            url=url_for("cases.show_case", case_id=case.id),
            process=pick_text(case.published.model.titles, locale) if case.published else case.diagram,
            state=case.status,
            state_label=case_state_label(case.status, case.outcome, case.published),
        )
        for case in cases
    ]
