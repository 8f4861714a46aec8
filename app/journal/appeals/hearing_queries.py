"""Reads of hearings, protocols and academic corrections for cases, forms and commands (6.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.words import unseal_texts
from app.journal.appeals.queries import (
    describe_appeal,
    load_appeal_row,
    load_appealed_result,
    load_sheet_of_result_or_appeal,
)
from app.journal.commissions.queries import load_commission_seats
from app.journal.grade_sheets.line_queries import find_current_result
from app.journal.grading.rating import (
    MAX_TOTAL,
    format_points,
    most_points_to_decide,
    taken_over_act_or_none,
)
from app.journal.grading.scheme_queries import load_scheme_version_of_offering
from app.journal.tables import AcademicCorrection, Hearing, Protocol, ProtocolSigned, Result
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people import queries as people


def load_hearing_stage_row(id: UUID) -> Hearing:
    """Return the stage of a hearing; raise Missing."""
    row = db.session.get(Hearing, id)
    if row is None:
        raise Missing
    return row


def find_latest_hearing_stage(appeal: UUID) -> Hearing | None:
    """Return the stage that no other stage follows, None before the first; one statement."""
    # NOT IN yields no row at all if the subquery holds a NULL.
    followed = select(Hearing.follows).where(Hearing.appeal_id == appeal, Hearing.follows.is_not(None))
    return db.session.scalar(select(Hearing).where(Hearing.appeal_id == appeal, Hearing.id.not_in(followed)))


def hearing_stage_started_at(row: Hearing) -> datetime:
    """Return when the hearing entered its present stage.

    Replacing a member keeps the stage, so it does not restart the deadline.
    """
    since = row
    while since.follows is not None and (before := load_hearing_stage_row(since.follows)).stage == row.stage:
        since = before
    return since.made_at


def hearing_content_to_hash(row: Hearing) -> dict[str, Any]:
    """Return the hashed content of a stage."""
    return {
        "id": str(row.id),
        "appeal": str(row.appeal_id),
        "follows": str(row.follows) if row.follows else None,
        "commission": str(row.commission_id),
        "stage": row.stage,
        "chair": str(row.chair_id),
        "secretary": str(row.secretary_id),
        "members": list(row.members),
        "excluded": dict(row.excluded),
        "quorum": row.quorum,
        "restored": row.restored,
        "held_at": row.held_at.isoformat() if row.held_at else None,
        "place": row.place,
    }


def describe_hearing(id: UUID) -> dict[str, Any]:
    """Return an appeal with {hearing: {stage, chair, secretary, members (names), held_at, place,
    excluded: [{name, why}], restored}}.

    `excluded` lists only persons with a seat in the commission. Raise Missing.
    """
    row = load_hearing_stage_row(id)
    # The student and the curators are excluded too, but hold no seat there.
    seats = {str(seat.person) for seat in load_commission_seats([row.commission_id])[row.commission_id]}
    excluded = {person: why for person, why in row.excluded.items() if person in seats}
    persons = [row.chair_id, row.secretary_id, *map(UUID, row.members), *map(UUID, excluded)]
    names = people.load_names(persons)
    hearing = {
        "stage": row.stage,
        "chair": names[row.chair_id].short,
        "secretary": names[row.secretary_id].short,
        "members": [names[UUID(person)].short for person in row.members],
        "held_at": row.held_at.isoformat() if row.held_at else None,
        "place": row.place,
        "excluded": [{"name": names[UUID(person)].short, "why": why} for person, why in excluded.items()],
        "restored": row.restored,
    }
    return {**describe_appeal(row.appeal_id), "hearing": hearing}


def load_protocol_row(id: UUID) -> Protocol:
    """Return the protocol; raise Missing."""
    row = db.session.get(Protocol, id)
    if row is None:
        raise Missing
    return row


def find_hearing_id_by_hearing_or_protocol(id: UUID) -> UUID:
    """Return the id of a hearing, given its own id or that of its protocol; raise Missing."""
    row = db.session.get(Protocol, id)
    return row.hearing_id if row is not None else load_hearing_stage_row(id).id


def load_protocol_id_of_correction(correction: UUID) -> UUID:
    """Return the id of the protocol on which a prepared correction rests; raise Missing."""
    return load_correction_row(correction).protocol_id


def protocol_content_to_hash(row: Protocol) -> dict[str, Any]:
    """Return the hashed content of a protocol; the motive enters by its encrypted bytes."""
    return {
        "id": str(row.id),
        "appeal": str(row.appeal_id),
        "hearing": str(row.hearing_id),
        "commission": str(row.commission_id),
        "result": str(row.result_id),
        "chair": str(row.chair_id),
        "secretary": str(row.secretary_id),
        "votes": list(row.votes),
        "decision": row.decision,
        "points": format_points(row.points) if row.points is not None else None,
        "motive": bytes(row.motive).hex(),
    }


def recompute_protocol_fingerprint(id: UUID) -> str | None:
    """Return the SHA-256 of a protocol, recomputed from its row; None when it does not exist."""
    row = db.session.get(Protocol, id)
    return canonical_sha256(protocol_content_to_hash(row)) if row is not None else None


def decrypt_protocol_motive(row: Protocol) -> str:
    """Return the decrypted motive; "" once the student's key was erased."""
    return unseal_texts([(load_appeal_row(row.appeal_id).student_id, row.motive)])[0]


def find_signed_protocol_number(protocol: UUID) -> str:
    """Return the number of a signed protocol, such as "3/2026"; "" before its signature."""
    row = db.session.get(ProtocolSigned, protocol)
    return f"{row.number}/{row.year}" if row else ""


@dataclass(frozen=True, slots=True)
class SignedProtocol:
    """Number, case and decrypted motive of a signed protocol."""

    number: str
    case: UUID | None
    motive: str


def find_signed_protocol(id: UUID) -> SignedProtocol | None:
    """Return the protocol with its motive; None before its signature. Raise Missing."""
    row, signed = load_protocol_row(id), db.session.get(ProtocolSigned, id)
    return (
        SignedProtocol(f"{signed.number}/{signed.year}", signed.case_id, decrypt_protocol_motive(row))
        if signed
        else None
    )


def describe_protocol(id: UUID) -> dict[str, Any]:
    """Return a hearing with {protocol: {decision, votes: [{name, vote}],
    old, new, number}}. Raise Missing."""
    row = load_protocol_row(id)
    names = people.load_names(UUID(one["person"]) for one in row.votes)
    old = points_to_decide(load_appealed_result(row)) if row.result_id else None
    protocol = {
        "id": str(row.id),
        "decision": row.decision,
        "votes": [{"name": names[UUID(one["person"])].short, "vote": one["vote"]} for one in row.votes],
        "old": format_points(old) if old is not None else "",
        "new": format_points(row.points) if row.points is not None else "",
        "number": find_signed_protocol_number(id),
    }
    return {**describe_hearing(row.hearing_id), "protocol": protocol}


def hearing_max_points(hearing: Hearing) -> int:
    """Return the maximum points of this hearing: of the entered part of the sheet, of the whole result where its sum
    was taken over, or of a current grade for a proposal."""
    appeal = load_appeal_row(hearing.appeal_id)
    if appeal.kind == "PROPOSAL":
        return MAX_TOTAL
    sheet = load_sheet_of_result_or_appeal(appeal)
    scheme = load_scheme_version_of_offering(sheet.offering_id).scheme
    return most_points_to_decide(scheme, sheet.kind, load_appealed_result(appeal).arithmetic)


def points_before_hearing(hearing: Hearing) -> Decimal | None:
    """Return the points that a protocol of this hearing would change; None for a proposal."""
    appeal = load_appeal_row(hearing.appeal_id)
    return None if appeal.kind == "PROPOSAL" else points_to_decide(load_appealed_result(appeal))


def points_to_decide(result: Result) -> Decimal | None:
    """Return the points of a result that a commission decides about: its sum where that was taken over, else the
    entered ones."""
    return result.total if taken_over_act_or_none(result.arithmetic) is not None else result.entered


def load_correction_row(id: UUID) -> AcademicCorrection:
    """Return the prepared correction; raise Missing."""
    row = db.session.get(AcademicCorrection, id)
    if row is None:
        raise Missing
    return row


def correction_content_to_hash(row: AcademicCorrection) -> dict[str, Any]:
    """Return the hashed content of a correction."""
    return {
        "id": str(row.id),
        "protocol": str(row.protocol_id),
        "sheet": str(row.sheet_id),
        "student": str(row.student_id),
        **({"change_set": str(row.change_set_id)} if row.change_set_id else {}),
        "version": row.version,
        "entered": format_points(row.entered) if row.entered is not None else None,
        "grade": format_points(row.grade) if row.grade is not None else None,
    }


def recompute_correction_fingerprint(id: UUID) -> str | None:
    """Return the SHA-256 of a prepared correction, recomputed from its row; None when it does not exist."""
    row = db.session.get(AcademicCorrection, id)
    return canonical_sha256(correction_content_to_hash(row)) if row is not None else None


def describe_correction(id: UUID) -> dict[str, Any]:
    """Return a protocol with {kind: "correction", correction: {version, old, new,
    added, state (of the sheet)} or None for a change of cells}."""
    row = load_correction_row(id)
    if row.sheet_id is None:
        return {**describe_protocol(row.protocol_id), "kind": "correction", "correction": None}
    result = find_current_result(row.sheet_id, row.student_id)
    sheet = load_sheet_of_result_or_appeal(load_appeal_row(load_protocol_row(row.protocol_id).appeal_id))
    old = points_to_decide(result) if result and row.grade is None else None
    correction = {
        "version": row.version,
        "old": format_points(old) if old is not None else "",
        "new": format_points(row.entered) if row.entered is not None else "",
        "added": format_points(row.grade) if row.grade is not None else "",
        "state": sheet.state,
    }
    return {**describe_protocol(row.protocol_id), "kind": "correction", "correction": correction}


def is_correction_applied(correction: UUID) -> bool:
    """Return whether the protocol of this correction has produced the current version of its result."""
    row = load_correction_row(correction)
    if row.sheet_id is None:
        return False
    result = find_current_result(row.sheet_id, row.student_id)
    return result is not None and result.protocol_id == row.protocol_id
