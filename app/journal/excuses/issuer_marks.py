"""Keyed hashes of the issuers of documents: documents of one issuer are recognised without naming him (4.2.3)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import AuditEvent, record_audit_events
from app.audit.words import unseal_texts
from app.journal.tables import Excuse, ExcuseIssuer
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.keyring import keyed_hash

ISSUER_MARKED = "journal.excuse.issuer_marked"


def store_issuer_marks(issuers: Iterable[tuple[UUID, str]]) -> None:
    """Store the mark of the issuer of each excuse; a mark that is there stays. One statement."""
    rows = [{"excuse_id": excuse, "mark": _issuer_keyed_hash(issuer)} for excuse, issuer in issuers]
    if rows:
        db.session.execute(insert(ExcuseIssuer).values(rows).on_conflict_do_nothing())


def mark_issuers_of_earlier_excuses(act: Act, batch_size: int) -> int:
    """Mark the issuers of excuses that were submitted before marks were kept; return how many were marked.

    An issuer that was erased gets an empty mark, so that no later run reads it again.
    """
    rows = db.session.execute(
        select(Excuse.id, Excuse.requester, Excuse.document)
        .outerjoin(ExcuseIssuer, ExcuseIssuer.excuse_id == Excuse.id)
        .where(Excuse.narrows.is_(None), ExcuseIssuer.excuse_id.is_(None))
        .order_by(Excuse.id)
        .limit(batch_size)
    ).all()
    documents = unseal_texts([(row.requester, row.document) for row in rows])
    store_issuer_marks(
        (row.id, str(json.loads(document).get("issuer", "")) if document else "")
        for row, document in zip(rows, documents, strict=True)
    )
    record_audit_events(
        act,
        [
            AuditEvent(ISSUER_MARKED, ("journal.excuse", row.id), None, {"readable": bool(document)})
            for row, document in zip(rows, documents, strict=True)
        ],
    )
    return len(rows)


def _issuer_keyed_hash(issuer: str) -> str:
    """Return a keyed hash of an issuer, equal for any spacing and case; "" for none."""
    normalised = "".join(issuer.split()).casefold()
    return keyed_hash("journal.document_issuer", normalised.encode()) if normalised else ""
