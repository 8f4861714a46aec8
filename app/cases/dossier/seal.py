"""The seal of a case: the checkpoint of the audit that proves its records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.sealer.queries import find_newest_sealed_record, find_seal_of_record


@dataclass(frozen=True, slots=True)
class SealNote:
    """The newest sealed record of a case, and the checkpoint over it: number, moment, root hash in hex."""

    record: int
    checkpoint: int
    sealed_at: datetime
    root_hash: str


def find_seal_of_case(case_id: UUID, before: datetime | None = None) -> SealNote | None:
    """Return the checkpoint over the newest sealed record of this case; None while no record is sealed.

    `before` leaves out what was written from that moment on: the seal of a dossier is of what it shows, and not of
    the deed of making it. At most two statements.
    """
    record = find_newest_sealed_record(case_id, before)
    seal = find_seal_of_record(record) if record is not None else None
    if record is None or seal is None:
        return None
    return SealNote(record, seal.number, seal.sealed_until, seal.root.hex())
