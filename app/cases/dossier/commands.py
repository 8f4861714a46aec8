"""Register a dossier that was made, and revoke one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from app.audit.record import PrivateValue, record_audit_event
from app.audit.words import seal_text
from app.cases.access import can_see_case
from app.cases.dossier.codes import DOSSIER_CODE_ENDING_LENGTH, hash_dossier_code
from app.cases.models import Case, Dossier, DossierRevocation
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Missing, Stale
from app.people.rules import is_permitted

MAX_REVOCATION_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class MadeDossier:
    """A dossier as it is handed out: its code, its PDF and what the register keeps of it."""

    code: str
    pdf: bytes
    pages: int
    locale: str
    last_entry: int
    persons: frozenset[UUID]


def register_dossier(act: Act, dossier_id: UUID, case_id: UUID, made: MadeDossier) -> None:
    """Register a dossier with the hash of its PDF and record who made it (1.4.4).

    Every dossier has a code of its own, so one that is made twice is two. Raises Missing for a case that the person
    may not see.
    """
    case = db.session.get(Case, case_id)
    if case is None or act.person is None or not can_see_case(act, case):
        raise Missing
    digest = hashlib.sha256(made.pdf).hexdigest()
    row = Dossier(
        id=dossier_id,
        case_id=case_id,
        code_hash=hash_dossier_code(made.code),
        code_ending=made.code[-DOSSIER_CODE_ENDING_LENGTH:],
        pdf_sha256=digest,
        pages=made.pages,
        locale=made.locale,
        last_entry=made.last_entry,
        persons=sorted(made.persons),
        made_by=act.person,
        on_behalf_of=act.on_behalf_of,
        made_at=act.at,
    )
    db.session.add(row)
    db.session.flush()
    after = {
        "case": case_id,
        "pdf_sha256": digest,
        "language": made.locale,
        "pages": made.pages,
        "code_ending": row.code_ending,
    }
    event, what = "cases.dossier.made", ("cases.dossier", dossier_id)
    record_audit_event(act.with_case(case_id), event, what, None, after, "1.4.4")


def may_revoke_dossier(act: Act, dossier: Dossier) -> bool:
    """Return whether the person of the act made the dossier, or may revoke any (`dossiers.revoke`)."""
    made_it = act.person is not None and act.person == dossier.made_by
    return made_it or is_permitted(act.assignments, "dossiers.revoke")


def revoke_dossier(act: Act, dossier_id: UUID, reason: str) -> None:
    """Revoke a dossier: its check says so from now on. A repeat by the same person is harmless.

    Raises Missing (no such dossier, or a case the person may not see), Denied (`cases.dossier.not_yours`), Invalid
    (`reason` empty or over `MAX_REVOCATION_LENGTH` characters), Stale (`cases.dossier.revoked_already`).
    """
    dossier = db.session.get(Dossier, dossier_id)
    case = db.session.get(Case, dossier.case_id) if dossier else None
    if dossier is None or case is None or act.person is None or not can_see_case(act, case):
        raise Missing
    if not may_revoke_dossier(act, dossier):
        raise Denied("cases.dossier.not_yours")
    words = reason.strip()
    if not words:
        raise Invalid.field("reason", "forms.field.required")
    if len(words) > MAX_REVOCATION_LENGTH:
        raise Invalid.field("reason", "forms.field.too_long", max=MAX_REVOCATION_LENGTH)
    before = db.session.get(DossierRevocation, dossier_id)
    if before is not None:
        if before.revoked_by == act.person:
            return
        raise Stale("cases.dossier.revoked_already")
    db.session.add(
        DossierRevocation(
            dossier_id=dossier_id,
            revoked_by=act.person,
            on_behalf_of=act.on_behalf_of,
            revoked_at=act.at,
            words=seal_text(act.person, words),
        )
    )
    db.session.flush()
    after = {"case": case.id, "reason": PrivateValue(words)}
    event, what = "cases.dossier.revoked", ("cases.dossier", dossier_id)
    record_audit_event(act.with_case(case.id), event, what, None, after)
