"""Commands for the stages of a hearing: convene, recuse, admit, schedule, postpone (6.3, P06).

Each stage is a new immutable row that follows the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.audit.record import record_audit_event
from app.journal.appeals import convening, hearing_queries
from app.journal.appeals import queries as appeal_queries
from app.journal.appeals.hearing_rules import CONFLICT_DECLARED, Seating, refusal_to_act_in_seat
from app.journal.appeals.rules import (
    RESTORE_APPEAL_DEADLINE,
    refusal_to_apply_admission_decision,
    refusal_to_schedule_hearing,
)
from app.journal.gradebook.idempotency import find_already_written_row
from app.journal.tables import Appeal, Hearing
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import DepterError, Invalid, Refused
from app.outbox.post import post_event

HEARING_STAGE_STORED = "journal.hearing.set"
HEARING_INVITED = "journal.hearing.invited"


@dataclass(frozen=True, slots=True)
class StoredHearingStage:
    """Id and SHA-256 of a stored, immutable stage of a hearing."""

    id: UUID
    sha256: str


def convene_hearing(act: Act, hearing_id: UUID, appeal: UUID) -> StoredHearingStage | None:
    """Seat the commission that decides this appeal; return None when no commission keeps its quorum.

    Conflicts of the author of the grade, the requester and the student's curator are found here; members
    declare all others. Raise Missing.
    """
    row = appeal_queries.load_appeal_row(appeal)
    return _store_hearing_stage_with_seats(
        act, hearing_id, row, convening.find_excluded_persons_with_reasons(row, act.at), None
    )


def _store_hearing_stage_with_seats(
    act: Act, hearing_id: UUID, row: Appeal, excluded: Mapping[UUID, str], before: Hearing | None
) -> StoredHearingStage | None:
    """Store a stage with the seats left after exclusions; return None when no commission keeps its quorum."""
    sitting = convening.find_quorate_commission_and_seats(row, excluded, before, act.at)
    if sitting is None:
        return None
    commission, quorum, seating = sitting
    # Sorted, so that a repeat has the same content and hash.
    reasons = {str(person): why for person, why in sorted(excluded.items(), key=lambda one: str(one[0]))}
    made = _build_next_hearing_stage(act, hearing_id, row.id, before, seating, reasons)
    made.commission_id, made.quorum = commission, quorum
    # Other members than those invited: a scheduled hearing returns to CONVENED.
    made.stage = before.stage if before is not None and before.stage != "SCHEDULED" else "CONVENED"
    return _store_hearing_stage(act, made)


def _build_next_hearing_stage(
    act: Act,
    hearing_id: UUID,
    appeal: UUID,
    before: Hearing | None,
    seating: Seating,
    excluded: dict[str, str],
) -> Hearing:
    """Return an unsaved stage that follows `before` with these seats."""
    return Hearing(
        id=hearing_id,
        appeal_id=appeal,
        follows=before.id if before else None,
        commission_id=before.commission_id if before else None,
        stage="CONVENED",
        chair_id=seating.chair,
        secretary_id=seating.secretary,
        members=[str(person) for person in seating.members],
        excluded=excluded,
        quorum=before.quorum if before else 0,
        restored=before.restored if before else False,
        held_at=None,
        place="",
        made_by=act.person,
        made_at=act.at,
    )


def replace_recused_hearing_members(
    act: Act, hearing_id: UUID, of: UUID, persons: tuple[UUID, ...]
) -> StoredHearingStage:
    """Replace members who declare a conflict of interest, chair and secretary included, by reserves.

    Raise Missing, Invalid (`hearing`: a person without a seat), Refused (no quorum
    is left: a new order is needed).
    """
    before = hearing_queries.load_hearing_stage_row(of)
    sitting = {before.chair_id, before.secretary_id, *map(UUID, before.members)}
    if not set(persons) <= sitting or not persons:
        raise Invalid.field("hearing", "journal.hearing.not_sitting")
    excluded = {UUID(one): why for one, why in before.excluded.items()} | dict.fromkeys(
        persons, CONFLICT_DECLARED
    )
    made = _store_hearing_stage_with_seats(
        act, hearing_id, appeal_queries.load_appeal_row(before.appeal_id), excluded, before
    )
    if made is None:
        raise Refused("journal.hearing.too_few_left")
    return made


def record_admission_decision(act: Act, hearing_id: UUID, of: UUID, decision: str) -> StoredHearingStage:
    """Record the secretary's decision to admit the appeal or to restore its missed deadline.

    Raise Missing, Refused (not the secretary), Invalid (`decision`).
    """
    before = hearing_queries.load_hearing_stage_row(of)
    _raise_refusal_if_any(refusal_to_act_in_seat(act.person, before.secretary_id))
    _raise_refusal_if_any(
        refusal_to_apply_admission_decision(appeal_queries.load_appeal_row(before.appeal_id).late, decision)
    )
    made = _build_hearing_stage_copy(act, hearing_id, before)
    made.stage, made.restored = "ADMITTED", decision == RESTORE_APPEAL_DEADLINE
    return _store_hearing_stage(act, made)


def schedule_hearing(
    act: Act, hearing_id: UUID, of: UUID, held_at: datetime, place: str
) -> StoredHearingStage:
    """Set the moment and the place of the hearing, by its chair; invite student, teacher and members.

    Raise Missing, Refused (not the chair), Invalid (`hearing`).
    """
    before = hearing_queries.load_hearing_stage_row(of)
    _raise_refusal_if_any(refusal_to_act_in_seat(act.person, before.chair_id))
    row = appeal_queries.load_appeal_row(before.appeal_id)
    calendar = appeal_queries.load_deadline_calendar_of_appeal(row, act.at)
    _raise_refusal_if_any(
        refusal_to_schedule_hearing(
            held_at, hearing_queries.hearing_stage_started_at(before), calendar, act.at
        )
    )
    if not place.strip():
        raise Invalid.field("hearing", "journal.hearing.no_place")
    made = _build_hearing_stage_copy(act, hearing_id, before)
    made.stage, made.held_at, made.place = "SCHEDULED", held_at, place.strip()
    kept = _store_hearing_stage(act, made)
    _post_hearing_invitations(act, row, made)
    return kept


def postpone_hearing(act: Act, hearing_id: UUID, of: UUID) -> StoredHearingStage:
    """Record that the hearing could not be held, by chair or secretary; the chair sets another day.

    Raise Missing, Refused (neither chair nor secretary).
    """
    before = hearing_queries.load_hearing_stage_row(of)
    _raise_refusal_if_any(refusal_to_act_in_seat(act.person, before.chair_id, before.secretary_id))
    made = _build_hearing_stage_copy(act, hearing_id, before)
    made.stage = "POSTPONED"
    return _store_hearing_stage(act, made)


def _build_hearing_stage_copy(act: Act, hearing_id: UUID, before: Hearing) -> Hearing:
    """Return an unsaved stage with the seats and exclusions of `before`."""
    seating = Seating(before.chair_id, before.secretary_id, tuple(map(UUID, before.members)))
    return _build_next_hearing_stage(
        act, hearing_id, before.appeal_id, before, seating, dict(before.excluded)
    )


def _store_hearing_stage(act: Act, made: Hearing) -> StoredHearingStage:
    """Hash and store a stage with its audit record; a repeated id returns the stored row."""
    made.sha256 = canonical_sha256(hearing_queries.hearing_content_to_hash(made))
    known = find_already_written_row(Hearing, made.id, made.sha256)
    if known is not None:
        return StoredHearingStage(known.id, known.sha256)
    db.session.add(made)
    db.session.flush()
    after = {**hearing_queries.hearing_content_to_hash(made), "sha256": made.sha256}
    record_audit_event(act, HEARING_STAGE_STORED, ("journal.hearing", made.id), None, after, "6.3")
    return StoredHearingStage(made.id, made.sha256)


def _post_hearing_invitations(act: Act, row: Appeal, made: Hearing) -> None:
    """Publish the invitation to the students, the teacher and everybody seated."""
    scope = appeal_queries.load_appeal_scope(row.id, act.at)
    invited = [*scope.students, scope.teacher, made.chair_id, made.secretary_id, *map(UUID, made.members)]
    described = hearing_queries.describe_hearing(made.id)
    payload = {
        "appeal": str(row.id),
        "subject": {
            name: described[name] for name in ("kind", "of", "course", "group", "sheet_kind", "number")
        },
        "held_at": made.held_at.isoformat() if made.held_at else None,
        "place": made.place,
        "kind": "CHANGE" if row.change_set_id else row.kind,
        "clause": "4.4.3" if row.change_set_id else "5.4.3" if row.kind == "PROPOSAL" else "6.3",
        "recipients": list(dict.fromkeys(str(person) for person in invited)),
        "by": str(act.person) if act.person else None,
        "url": f"/cases/{act.case}" if act.case else "/inbox",
    }
    post_event(act, HEARING_INVITED, payload)


def _raise_refusal_if_any(refusal: DepterError | None) -> None:
    """Raise the refusal, if there is one."""
    if refusal is not None:
        raise refusal
