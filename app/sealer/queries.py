"""Read what is sealed, for pages: the state of the log, its checkpoints, and the proof of one record."""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, true

from app.audit.models import AuditRecord, CrossCheck, CrossCheckFinding, UnsealedRecord
from app.kernel.db import db
from app.kernel.errors import Missing
from app.sealer import store
from app.sealer.export import key_entries
from app.sealer.leaves import RECORD_COLUMNS, leaf_content
from app.sealer.merkle import build_inclusion_proof
from app.sealer.models import (
    Cosignature,
    Epoch,
    Leaf,
    SealedCheckpoint,
    SealerStatus,
    SealFinding,
    SigningKey,
)

CROSS_CHECK_CODE, SILENT_CODE = "audit.cross_check", "sealer.silent"
PASSING_CODES = frozenset(
    {
        SILENT_CODE,
        "sealer.key_unusable",
        "sealer.future_checkpoint",
        "sealer.not_published",
        "sealer.tree_changed",
        "sealer.unsigned",
        "sealer.rewound",
        "sealer.restored",
    }
)
"""Codes of what ends by itself once the sealer works again."""
MAX_WAITING = 10_000
CHECKPOINTS_A_PAGE = 30
FINDINGS_SHOWN = 50
NIGHTS_SHOWN = 14


@dataclass(frozen=True, slots=True)
class SealState:
    """What is sealed now. `waiting` is capped at `MAX_WAITING` + 1; `waits_since` is of the oldest one that waits."""

    last: SealedCheckpoint | None
    waiting: int
    waits_since: datetime | None
    status: SealerStatus | None
    cosigned: int | None
    witness: str | None


@dataclass(frozen=True, slots=True)
class RecordSeal:
    """The first checkpoint over a record, with its root hash."""

    number: int
    sealed_until: datetime
    leaf_index: int
    root: bytes


def load_seal_state() -> SealState:
    """Return the state of the log; four statements."""
    last = db.session.scalars(
        select(SealedCheckpoint).order_by(SealedCheckpoint.number.desc()).limit(1)
    ).first()
    some = (
        select(UnsealedRecord.record_id).order_by(UnsealedRecord.record_id).limit(MAX_WAITING + 1).subquery()
    )
    waiting, oldest = db.session.execute(select(func.count(), func.min(some.c.record_id))).one()
    since = (
        db.session.scalar(select(AuditRecord.recorded_at).where(AuditRecord.id == oldest))
        if waiting
        else None
    )
    cosigned = db.session.execute(
        select(Cosignature.checkpoint_number, Cosignature.witness)
        .order_by(Cosignature.checkpoint_number.desc())
        .limit(1)
    ).first()
    return SealState(
        last,
        waiting,
        since,
        db.session.scalars(select(SealerStatus)).first(),
        cosigned.checkpoint_number if cosigned else None,
        cosigned.witness if cosigned else None,
    )


def list_checkpoints(
    before: int | None,
) -> tuple[Sequence[SealedCheckpoint], int | None, dict[int, list[str]]]:
    """Return a page of checkpoints, newest first, the key of the next page, and the witnesses by number."""
    statement = (
        select(SealedCheckpoint).order_by(SealedCheckpoint.number.desc()).limit(CHECKPOINTS_A_PAGE + 1)
    )
    if before is not None:
        statement = statement.where(SealedCheckpoint.number < before)
    rows = db.session.scalars(statement).all()
    shown = rows[:CHECKPOINTS_A_PAGE]
    following = shown[-1].number if len(rows) > CHECKPOINTS_A_PAGE else None
    witnesses: dict[int, list[str]] = {}
    if shown:
        for number, name in db.session.execute(
            select(Cosignature.checkpoint_number, Cosignature.witness)
            .where(Cosignature.checkpoint_number.between(shown[-1].number, shown[0].number))
            .order_by(Cosignature.witness)
        ):
            witnesses.setdefault(number, []).append(name)
    return shown, following, witnesses


def load_checkpoint_note(number: int) -> str:
    """Return a checkpoint as it was signed, with the lines of its witnesses. Raises Missing."""
    note = db.session.scalar(select(SealedCheckpoint.note).where(SealedCheckpoint.number == number))
    if note is None:
        raise Missing
    lines = db.session.scalars(
        select(Cosignature.line).where(Cosignature.checkpoint_number == number).order_by(Cosignature.witness)
    )
    return note + "".join(lines)


def list_epochs() -> Sequence[Epoch]:
    """Return the logs, the first one first."""
    return db.session.scalars(select(Epoch).order_by(Epoch.number)).all()


def list_keys() -> Sequence[SigningKey]:
    """Return the public keys, the first one first."""
    return db.session.scalars(select(SigningKey).order_by(SigningKey.number)).all()


def list_findings() -> Sequence[SealFinding]:
    """Return the last findings of the sealer, newest first."""
    return db.session.scalars(select(SealFinding).order_by(SealFinding.id.desc()).limit(FINDINGS_SHOWN)).all()


def list_cross_checks() -> Sequence[CrossCheck]:
    """Return the last nights, newest first."""
    return db.session.scalars(select(CrossCheck).order_by(CrossCheck.day.desc()).limit(NIGHTS_SHOWN)).all()


def list_cross_check_findings(check: CrossCheck) -> Sequence[CrossCheckFinding]:
    """Return the first findings of one night."""
    return db.session.scalars(
        select(CrossCheckFinding)
        .where(CrossCheckFinding.cross_check_id == check.id)
        .order_by(CrossCheckFinding.id)
        .limit(FINDINGS_SHOWN)
    ).all()


def find_seal_of_record(record_id: int) -> RecordSeal | None:
    """Return the first checkpoint over this record; None while it waits. One statement."""
    row = db.session.execute(
        select(SealedCheckpoint.number, SealedCheckpoint.sealed_until, Leaf.leaf_index, SealedCheckpoint.root)
        .join(Leaf, SealedCheckpoint.size > Leaf.leaf_index)
        .where(Leaf.record_id == record_id)
        .order_by(SealedCheckpoint.size, SealedCheckpoint.number)
        .limit(1)
    ).first()
    return RecordSeal(row.number, row.sealed_until, row.leaf_index, row.root) if row else None


def find_newest_sealed_record(case_id: UUID, before: datetime | None = None) -> int | None:
    """Return the number of the newest record of a case that is sealed, of those written before a moment; one statement.

    None while none is sealed.
    """
    found = select(AuditRecord.id).join(Leaf, Leaf.record_id == AuditRecord.id)
    found = found.where(AuditRecord.case_id == case_id)
    if before is not None:
        found = found.where(AuditRecord.at < before)
    return db.session.scalar(found.order_by(AuditRecord.id.desc()).limit(1))


def find_seals_of_records(record_ids: Collection[int]) -> dict[int, RecordSeal]:
    """Return the first checkpoint over each of these records; those that wait are left out. One statement, none
    without records."""
    if not record_ids:
        return {}
    first = (
        select(SealedCheckpoint.number, SealedCheckpoint.sealed_until, SealedCheckpoint.root)
        .where(SealedCheckpoint.size > Leaf.leaf_index)
        .order_by(SealedCheckpoint.size, SealedCheckpoint.number)
        .limit(1)
        .lateral()
    )
    rows = db.session.execute(
        select(Leaf.record_id, Leaf.leaf_index, first.c.number, first.c.sealed_until, first.c.root)
        .join(first, true())
        .where(Leaf.record_id.in_(record_ids))
    )
    return {row.record_id: RecordSeal(row.number, row.sealed_until, row.leaf_index, row.root) for row in rows}


def build_record_proof(record_id: int) -> dict[str, Any]:
    """Return what proves that a record is in its checkpoint, for `depter_verify.py --proof`. Raises Missing."""
    seal = find_seal_of_record(record_id)
    if seal is None:
        raise Missing
    connection = _driver_connection()
    values = connection.execute(
        f"SELECT {RECORD_COLUMNS} FROM audit.record AS r WHERE r.id = %s".encode(), (record_id,)
    ).fetchone()
    size = db.session.scalar(select(SealedCheckpoint.size).where(SealedCheckpoint.number == seal.number))
    if values is None or size is None:
        raise Missing
    proof = build_inclusion_proof(seal.leaf_index, size, store.stored_hashes(connection))
    return {
        "format": 1,
        "record": leaf_content(values).decode(),
        "leaf_index": seal.leaf_index,
        "number": seal.number,
        "checkpoint": load_checkpoint_note(seal.number),
        "proof": [base64.b64encode(one).decode() for one in proof],
        "keys": key_entries(store.load_keys(connection)),
    }


def _driver_connection() -> store.Connection:
    """Return the connection of psycopg under the running transaction."""
    found: Any = db.session.connection().connection.driver_connection
    assert found is not None
    connection: store.Connection = found
    return connection


def is_seal_cause_gone(code: str) -> bool:
    """Return whether the sealer works again, or the last night found nothing; False for what stays as it happened."""
    if code == CROSS_CHECK_CODE:
        nights = list_cross_checks()
        return bool(nights) and not nights[0].counts.get("findings")
    status = db.session.scalars(select(SealerStatus)).first()
    return code in PASSING_CODES and status is not None and status.state == "working"
