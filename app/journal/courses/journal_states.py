"""Writing of the states of journals, each change with who, when and why, and their history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from app.audit.record import AuditEvent, record_audit_events
from app.audit.words import seal_text, unseal_texts
from app.journal.tables import JournalStateChange, Offering
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id
from app.people import queries as people

JOURNAL_STATE_CHANGED = "journal.state.changed"


@dataclass(frozen=True, slots=True)
class StateChange:
    """A change of the state of a journal, with the short name of who made it ("": the system)."""

    state: str
    at: datetime
    by: UUID | None
    name: str
    reason: str
    case: UUID | None


def lock_journal_states(offerings: Sequence[UUID]) -> dict[UUID, str]:
    """Lock journals in the order of their ids and return their states; one statement."""
    found = db.session.execute(
        select(Offering.id, Offering.state)
        .where(Offering.id.in_(offerings))
        .order_by(Offering.id)
        .with_for_update(of=Offering)
    )
    return {row.id: row.state for row in found}


def write_journal_states(
    act: Act, before: dict[UUID, str], state: str, clause: str | None, *, with_reason: bool = False
) -> None:
    """Set the state of locked journals (id, present state) and record who did it; three statements, however many.

    The reason of the act is kept with the change when `with_reason` says that it is about this change.
    """
    ids = sorted(id for id, present in before.items() if present != state)
    if not ids:
        return
    db.session.execute(
        update(Offering)
        .where(Offering.id.in_(ids))
        .values(state=state)
        .execution_options(synchronize_session="evaluate")
    )
    reason = seal_text(act.person, act.reason.strip()) if with_reason else None
    db.session.execute(
        insert(JournalStateChange),
        [
            {
                "id": new_id(),
                "offering_id": id,
                "before": before[id],
                "state": state,
                "case_id": act.case,
                "reason": reason,
                "made_by": act.person,
                "made_at": act.at,
            }
            for id in ids
        ],
    )
    record_audit_events(
        act,
        [
            AuditEvent(
                JOURNAL_STATE_CHANGED,
                ("journal.offering", id),
                {"state": before[id]},
                {"state": state},
                clause,
            )
            for id in ids
        ],
    )


def load_state_changes(offering: UUID) -> list[StateChange]:
    """Return the changes of the state of a journal, the newest first; three statements."""
    rows = db.session.scalars(
        select(JournalStateChange)
        .where(JournalStateChange.offering_id == offering)
        .order_by(JournalStateChange.made_at.desc(), JournalStateChange.id.desc())
    ).all()
    names = people.load_names({row.made_by for row in rows if row.made_by})
    reasons = unseal_texts([(row.made_by, row.reason) for row in rows])
    return [
        StateChange(
            row.state,
            row.made_at,
            row.made_by,
            names[row.made_by].short if row.made_by in names else "",
            reason,
            row.case_id,
        )
        for row, reason in zip(rows, reasons, strict=True)
    ]
