"""Views of proposals in lists: version, who proposed it and why, who decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from uuid import UUID

from flask import url_for

from app.diagrams.proposal_queries import ProposalRow, load_waiting_proposals
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.people.queries import PersonName
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _

STATE_LABELS: Mapping[str, str] = {
    "open": N_("waits for a second person"),
    "scheduled": N_("approved, waits for its moment"),
    "published": N_("in force"),
    "returned": N_("returned"),
    "withdrawn": N_("withdrawn"),
    "outdated": N_("outdated: another version came into force first"),
}
STATE_COLOURS: Mapping[str, str] = {"open": "open", "scheduled": "open", "published": "granted"}


def load_waiting_proposal_views(key: str | None = None) -> list[SimpleNamespace]:
    """Return the proposals that wait, of one process or of all, as rows."""
    return proposal_views(load_waiting_proposals(key))


def proposal_views(rows: Sequence[ProposalRow]) -> list[SimpleNamespace]:
    """Return proposals as rows; one statement for the names."""
    named = people.load_names(person for row in rows for person in (row.proposed_by, row.decided_by))
    return [proposal_view(row, named) for row in rows]


def proposal_view(row: ProposalRow, named: Mapping[UUID, PersonName]) -> SimpleNamespace:
    """Return one proposal in words."""
    return SimpleNamespace(
        id=row.id,
        url=url_for("studio.show_proposal", proposal_id=row.id),
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


def _short_name(named: Mapping[UUID, PersonName], person: UUID | None) -> str:
    return named[person].short if person is not None and person in named else ""
