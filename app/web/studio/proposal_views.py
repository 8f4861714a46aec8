"""Views of the page on which a second person decides on a proposal."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import url_for

from app.diagrams.checking import CheckReport
from app.diagrams.proposal_queries import ProposalRow
from app.kernel.errors import DepterError, Invalid
from app.kernel.i18n import pick_text
from app.people.rules import is_permitted
from app.texts.translate import locale
from app.web.core.visitor import current_act
from app.web.labels.messages import error_message, next_step_text, problem_texts_by_field


def visitor_rights_on_proposal(row: ProposalRow) -> SimpleNamespace:
    """Return what the visitor may do with a proposal; an author never decides."""
    person, may_publish = current_act().person, is_permitted(current_act().assignments, "processes.publish")
    is_author = person in row.authors
    return SimpleNamespace(
        may_decide=row.is_open and may_publish and not is_author,
        is_author=is_author,
        may_withdraw=row.is_waiting and person in (row.proposed_by, row.decided_by),
    )


def check_report_view(report: CheckReport) -> SimpleNamespace:
    """Return the result of a check for a page."""
    return SimpleNamespace(
        is_sound=report.is_sound,
        states=report.states,
        errors=report.errors,
        warnings=[one for one in report.findings if one not in report.errors],
    )


def refusal_template_values(refused: DepterError | None) -> dict[str, Any]:
    """Return `errors` by field and `refusal` (text, next step) of what was refused, for the page it came from."""
    if isinstance(refused, Invalid):
        return {"errors": problem_texts_by_field(refused), "refusal": None}
    if refused is None:
        return {"errors": {}, "refusal": None}
    return {
        "errors": {},
        "refusal": SimpleNamespace(text=error_message(refused), next=next_step_text(refused)),
    }


def process_link(row: ProposalRow) -> dict[str, Any]:
    """Return title and address of the process of a proposal."""
    return {
        "title": pick_text(row.titles, locale()) or row.key,
        "url": url_for("processes.show_process", process=row.key),
    }
