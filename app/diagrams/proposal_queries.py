"""Queries of proposals; return frozen rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from app.audit.words import unseal_texts
from app.diagrams.models import DiagramProposal, DiagramVersion
from app.diagrams.proposals import OPEN
from app.diagrams.version_writes import SCHEDULED
from app.kernel.db import db
from app.kernel.errors import Missing

PROPOSALS_PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One proposal with the numbers of its version and of the version it was compared with (None: a new process)."""

    id: UUID
    key: str
    version_id: UUID
    base_version_id: UUID | None
    draft_id: UUID | None
    why: str
    authors: tuple[UUID, ...]
    proposed_by: UUID
    proposed_at: datetime
    state: str
    decided_by: UUID | None
    decided_at: datetime | None
    decision_reason: str | None
    effective_at: datetime | None
    number: int
    titles: Mapping[str, str]
    origin: str
    base_number: int | None

    @property
    def is_open(self) -> bool:
        """Return whether somebody has to decide."""
        return self.state == OPEN

    @property
    def is_waiting(self) -> bool:
        """Return whether it is open, or approved for a later moment."""
        return self.state in (OPEN, SCHEDULED)


_Base = aliased(DiagramVersion)
_PROPOSAL_COLUMNS = [
    getattr(DiagramProposal, name)
    for name in ProposalRow.__slots__
    if name not in ("number", "titles", "origin", "base_number")
]


def load_proposal(proposal_id: UUID) -> ProposalRow:
    """Return one proposal; one statement. Raises Missing."""
    found = _load_proposal_rows(_select_proposals().where(DiagramProposal.id == proposal_id))
    if not found:
        raise Missing
    return found[0]


def load_waiting_proposals(key: str | None = None) -> list[ProposalRow]:
    """Return the proposals that are open or wait for their moment, of one process or of all; one statement."""
    statement = _select_proposals().where(DiagramProposal.state.in_((OPEN, SCHEDULED)))
    if key is not None:
        statement = statement.where(DiagramProposal.key == key)
    return _load_proposal_rows(statement)


def load_versions_of_due_proposals(now: datetime) -> list[tuple[UUID, str]]:
    """Return version and process of the approved proposals whose moment has come; one statement."""
    rows = db.session.execute(
        select(DiagramProposal.version_id, DiagramProposal.key).where(
            DiagramProposal.state == SCHEDULED, DiagramProposal.effective_at <= now
        )
    )
    return [(row[0], row[1]) for row in rows]


def load_proposals_of_process(key: str, limit: int = PROPOSALS_PER_PAGE) -> list[ProposalRow]:
    """Return the last proposals of a process, the newest first; one statement."""
    return _load_proposal_rows(_select_proposals().where(DiagramProposal.key == key).limit(limit))


def find_publication_moment_of_version(version_id: UUID | None) -> datetime | None:
    """Return when a version came into force; None for no version. One statement."""
    if version_id is None:
        return None
    return db.session.scalar(select(DiagramVersion.published_at).where(DiagramVersion.id == version_id))


def load_version_drawing_and_forms(version_id: UUID) -> tuple[str, Mapping[str, str]]:
    """Return the drawing and the forms (texts by name) of a version; one statement. Raises Missing."""
    row = db.session.execute(
        select(DiagramVersion.xml, DiagramVersion.forms).where(DiagramVersion.id == version_id)
    ).one_or_none()
    if row is None:
        raise Missing
    return row.xml, row.forms


def _select_proposals() -> Select[Any]:
    return (
        select(
            *_PROPOSAL_COLUMNS,
            DiagramVersion.number,
            DiagramVersion.titles,
            DiagramVersion.origin,
            _Base.number,
        )
        .join(DiagramVersion, DiagramVersion.id == DiagramProposal.version_id)
        .outerjoin(_Base, _Base.id == DiagramProposal.base_version_id)
        .order_by(DiagramProposal.proposed_at.desc(), DiagramProposal.id)
    )


def _load_proposal_rows(statement: Select[Any]) -> list[ProposalRow]:
    """Return rows with unsealed reasons, and authors as tuples: PostgreSQL hands an array as a list."""
    rows = [dict(zip(ProposalRow.__slots__, row, strict=True)) for row in db.session.execute(statement)]
    whys = unseal_texts((row["proposed_by"], row["why"]) for row in rows)
    reasons = unseal_texts((row["decided_by"], row["decision_reason"]) for row in rows)
    for row, why, reason in zip(rows, whys, reasons, strict=True):
        row |= {"authors": tuple(row["authors"]), "why": why, "decision_reason": reason or None}
    return [ProposalRow(**row) for row in rows]
