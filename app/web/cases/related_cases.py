"""Other cases about the same cells, as the pages of a case, of a task and the card of a cell list them."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace

from flask import url_for

from app.cases.queries.related import Related
from app.kernel.i18n import pick
from app.web.labels.cases import state_label


def related(cases: Iterable[Related], locale: str) -> list[SimpleNamespace]:
    """Other cases about the same cells, as a page lists them."""
    return [
        SimpleNamespace(
            number=case.number,
            url=url_for("cases.case", case_id=case.id),
            process=pick(case.published.model.titles, locale) if case.published else case.diagram,
            state=case.status,
            state_label=state_label(case.status, case.outcome, case.published),
        )
        for case in cases
    ]
