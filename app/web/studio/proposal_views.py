"""Views of proposals: rows of lists, and the page on which a second person decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for

from app.diagrams.checking import CheckReport
from app.diagrams.proposal_queries import ProposalRow
from app.kernel.errors import DepterError, Invalid
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.people.queries import PersonName
from app.people.rules import is_permitted
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.cases.form_view import problem_texts_by_field
from app.web.core.visitor import act
from app.web.labels.messages import error_message, next_step_text

STATE_LABELS: Mapping[str, str] = {
    "open": N_("waits for a second person"),
    "scheduled": N_("approved, waits for its moment"),
    "published": N_("in force"),
    "returned": N_("returned"),
    "withdrawn": N_("withdrawn"),
    "outdated": N_("outdated: another version came into force first"),
}
STATE_COLOURS: Mapping[str, str] = {"open": "open", "scheduled": "open", "published": "granted"}


def proposal_views(rows: Sequence[ProposalRow]) -> list[SimpleNamespace]:
    """Return proposals as rows; one statement for the names."""
    named = people.load_names(person for row in rows for person in (row.proposed_by, row.decided_by))
    return [proposal_view(row, named) for row in rows]


def proposal_view(row: ProposalRow, named: Mapping[UUID, PersonName]) -> SimpleNamespace:
    """Return one proposal in words."""
    return SimpleNamespace(
        id=row.id,
        url=url_for("studio.proposal", proposal_id=row.id),
        title=pick_text(row.titles, locale()) or row.key,
        key=row.key,
        number=row.number,
        base_number=row.base_number,
        why=row.why,
        by=_short_name(named, row.proposed_by),
        at=row.proposed_at,
        state=row.state,
        state_label=_(STATE_LABELS[row.state]),
        state_colour=STATE_COLOURS.get(row.state, "withdrawn"),
        decided_by=_short_name(named, row.decided_by),
        decided_at=row.decided_at,
        reason=row.decision_reason or "",
        effective_at=row.effective_at,
        came_with_depter=row.origin == "shipped",
    )


def proposal_rights(row: ProposalRow) -> SimpleNamespace:
    """Return what the visitor may do with a proposal; an author never decides."""
    person, may_publish = act().person, is_permitted(act().assignments, "processes.publish")
    is_author = person in row.authors
    return SimpleNamespace(
        may_decide=row.is_open and may_publish and not is_author,
        is_author=is_author,
        may_withdraw=row.is_waiting and person in (row.proposed_by, row.decided_by),
    )


def report_view(report: CheckReport) -> SimpleNamespace:
    """Return the result of a check for a page."""
    return SimpleNamespace(
        is_sound=report.is_sound,
        states=report.states,
        errors=report.errors,
        warnings=[one for one in report.findings if one not in report.errors],
    )


def refusal_parts(refused: DepterError | None) -> dict[str, Any]:
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
        "url": url_for("processes.process", process=row.key),
    }


def _short_name(named: Mapping[UUID, PersonName], person: UUID | None) -> str:
    return named[person].short if person is not None and person in named else ""
