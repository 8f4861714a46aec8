"""Commands that write and sign a protocol, and prepare and release the
correction it decides (4.4.3b, 6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.audit.record import PrivateValue, record_audit_event
from app.audit.words import seal_text
from app.journal.appeals import hearing_queries
from app.journal.appeals import queries as appeal_queries
from app.journal.appeals.commands import record_appeal_outcome
from app.journal.appeals.correction_rules import (
    CLOSED_CHANGE_VISAS_POLICY,
    VISAS,
    visas_needed_for_result_change,
)
from app.journal.appeals.hearing_rules import (
    DECISION_BY_VOTE,
    VOTE_RAISE,
    HearingMinutes,
    find_winning_decision,
    refusal_to_sign_protocol,
    refusal_to_write_protocol,
)
from app.journal.appeals.rules import CHANGED, OUTCOME_BY_DECISION
from app.journal.corrections.commands import apply_correction
from app.journal.corrections.rules import APPLIED
from app.journal.grade_sheets.line_queries import find_current_result
from app.journal.grade_sheets.result_commands import ResultAmendment, amend_result
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.idempotency import find_already_written_row
from app.journal.grading.sheet_states import SHUT_SHEET_STATES
from app.journal.tables import AcademicCorrection, Appeal, GradeSheet, Hearing, Protocol, ProtocolSigned
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import local_time
from app.kernel.db import db
from app.kernel.errors import Missing, Refused
from app.outbox.post import post_event
from app.people import queries as people

PROTOCOL_WRITTEN = "journal.protocol.written"
PROTOCOL_SIGNED = "journal.protocol.signed"
RESULT_CHANGE_DECIDED = "journal.protocol.changes"
CORRECTION_PREPARED = "journal.correction.prepared"
CORRECTION_RELEASED = "journal.correction.released"
CLOSED_CHANGE_NOTED = "journal.correction.noted"
PROTOCOL_UNSIGNED = "journal.protocol.unsigned"


@dataclass(frozen=True, slots=True)
class StoredProtocolOrCorrection:
    """Id and SHA-256 of a stored, immutable protocol or correction."""

    id: UUID
    sha256: str


def write_protocol(
    act: Act, protocol_id: UUID, of: UUID, minutes: HearingMinutes
) -> StoredProtocolOrCorrection:
    """Store the votes of a hearing and the decision they make; only its secretary may write.

    Raise Missing, Refused (not the secretary; not heard yet), Invalid
    (`protocol`, `points`, `warned`), Stale.
    """
    hearing = hearing_queries.load_hearing_stage_row(of)
    if act.person != hearing.secretary_id:
        raise Refused("journal.protocol.secretary_writes")
    appeal = appeal_queries.load_appeal_row(hearing.appeal_id)
    proposed = appeal_queries.find_proposed_makeup_points(appeal)
    refusal = refusal_to_write_protocol(
        minutes,
        hearing.chair_id,
        [UUID(one) for one in hearing.members],
        hearing.quorum,
        hearing.held_at,
        hearing_queries.points_before_hearing(hearing),
        hearing_queries.hearing_max_points(hearing),
        act.at,
        proposed,
        proposal=appeal.kind == "PROPOSAL",
    )
    if refusal is not None:
        raise refusal
    decided = find_winning_decision(minutes.votes, hearing.chair_id) or ""
    return _store_protocol(
        act, _build_protocol(protocol_id, hearing, appeal, decided, minutes, proposed), appeal.student_id
    )


def _build_protocol(
    id: UUID,
    hearing: Hearing,
    appeal: Appeal,
    decided: str,
    minutes: HearingMinutes,
    proposed: Decimal | None,
) -> Protocol:
    """Return an unsaved protocol; points of make-up work are copied as they were accepted."""
    made = Protocol(
        id=id,
        appeal_id=appeal.id,
        hearing_id=hearing.id,
        commission_id=hearing.commission_id,
        result_id=appeal.result_id,
        chair_id=hearing.chair_id,
        secretary_id=hearing.secretary_id,
        votes=[{"person": str(one.person), "vote": one.vote} for one in minutes.votes],
        decision=DECISION_BY_VOTE[decided],
        points=minutes.points if proposed is None or decided != VOTE_RAISE else proposed,
        motive=seal_text(appeal.student_id, minutes.motive) or b"",
    )
    made.sha256 = canonical_sha256(hearing_queries.protocol_content_to_hash(made))
    return made


def _store_protocol(act: Act, made: Protocol, student: UUID) -> StoredProtocolOrCorrection:
    """Store a protocol with its audit record."""
    made.made_at = act.at
    db.session.add(made)
    db.session.flush()
    after = {
        "appeal": made.appeal_id,
        "votes": made.votes,
        "decision": made.decision,
        "points": PrivateValue(str(made.points) if made.points is not None else None),
        "sha256": made.sha256,
    }
    record_audit_event(
        act, PROTOCOL_WRITTEN, ("journal.protocol", made.id), None, after, "6.3", subject=student
    )
    return StoredProtocolOrCorrection(made.id, made.sha256)


def sign_protocol(act: Act, protocol: UUID) -> str:
    """Sign a protocol by its chair: assign the number and end the appeal; return
    `upheld`, `to_change` or `reexam`.

    Idempotent. A changed result publishes the event that starts the academic
    correction. Raise Missing, Refused.
    """
    row = hearing_queries.load_protocol_row(protocol)
    refusal = refusal_to_sign_protocol(act.person, row.chair_id, row.secretary_id)
    if refusal is not None:
        raise refusal
    if hearing_queries.recompute_protocol_fingerprint(protocol) != row.sha256:
        raise RuntimeError(f"protocol {protocol} does not match its hash")
    outcome = OUTCOME_BY_DECISION[row.decision]
    if db.session.get(ProtocolSigned, protocol) is not None:
        return outcome
    year = local_time(act.at).year
    # Numbers have no gaps within a commission and a year, so signatures wait for each other.
    place = f"protocol:{row.commission_id}:{year}"
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(place, 0))))
    highest = db.session.scalar(
        select(func.max(ProtocolSigned.number)).where(
            ProtocolSigned.commission_id == row.commission_id, ProtocolSigned.year == year
        )
    )
    signed = ProtocolSigned(
        protocol_id=row.id,
        commission_id=row.commission_id,
        year=year,
        number=(highest or 0) + 1,
        signed_by=row.chair_id,
        signed_at=act.at,
        case_id=act.case,
    )
    db.session.add(signed)
    db.session.flush()
    appeal = appeal_queries.load_appeal_row(row.appeal_id)
    after = {"number": f"{signed.number}/{year}", "decision": row.decision, "sha256": row.sha256}
    record_audit_event(
        act, PROTOCOL_SIGNED, ("journal.protocol", row.id), None, after, "6.3", subject=appeal.student_id
    )
    record_appeal_outcome(act, appeal, row.decision, row.id)
    if row.decision == CHANGED:
        # An academic correction of the result, or of cells without one, begins with it.
        post_event(act, RESULT_CHANGE_DECIDED, {"protocol": str(row.id), "by": str(row.chair_id)})
    return outcome


def prepare_correction(act: Act, correction_id: UUID, protocol: UUID) -> StoredProtocolOrCorrection:
    """Store the change a signed protocol makes to the current version of the
    result, for approval and release.

    Raise Missing, Refused (unsigned, or the decision changes nothing: 4.4.3b).
    """
    row = hearing_queries.load_protocol_row(protocol)
    if db.session.get(ProtocolSigned, protocol) is None or row.decision != CHANGED:
        raise Refused("journal.correction.no_protocol", clause="4.4.3")
    appeal = appeal_queries.load_appeal_row(row.appeal_id)
    made = AcademicCorrection(
        id=correction_id,
        protocol_id=row.id,
        sheet_id=appeal.sheet_id,
        student_id=appeal.student_id,
        change_set_id=appeal.change_set_id,
        version=0,
        made_at=act.at,
    )
    if appeal.sheet_id is not None:
        current = find_current_result(appeal.sheet_id, appeal.student_id)
        if current is None:
            raise Missing
        proposal = appeal.kind == "PROPOSAL"
        made.version = current.version
        made.entered, made.grade = (None, row.points) if proposal else (row.points, None)
    made.sha256 = canonical_sha256(hearing_queries.correction_content_to_hash(made))
    known = find_already_written_row(AcademicCorrection, correction_id, made.sha256)
    if known is not None:
        return StoredProtocolOrCorrection(known.id, known.sha256)
    db.session.add(made)
    db.session.flush()
    after = {"protocol": row.id, "version": made.version, "sha256": made.sha256}
    record_audit_event(
        act,
        CORRECTION_PREPARED,
        ("journal.correction", made.id),
        None,
        after,
        "4.4.3",
        subject=appeal.student_id,
    )
    return StoredProtocolOrCorrection(made.id, made.sha256)


def apply_academic_correction(act: Act, correction: UUID) -> str:
    """Write the new version of a result whose sheet needs no visas (4.4.3b); return `amended`, `result_changed`
    if another version is current, or `visas_needed` if the sheet was closed meanwhile (7.6).

    A change of cells is written too, or `cells_changed` is returned. Idempotent. Teacher, student, department head
    and directorate are notified. Raise Missing, Invalid (`entered`).
    """
    if hearing_queries.is_correction_applied(correction):
        return "amended"
    sheet_id = hearing_queries.load_correction_row(correction).sheet_id
    if load_visas_of_change_on_sheet(sheet_id, act.at) == VISAS:
        return "visas_needed"
    return apply_correction_of_closed_sheet(act, correction)


def load_visas_of_change_on_sheet(sheet_id: UUID | None, now: datetime) -> str:
    """Return which visas the change of a result on this sheet needs now, by its state and the policy (7.6).

    Changes of cells have no sheet and need none. One statement, more while the sheet is closed.
    """
    sheet = db.session.get(GradeSheet, sheet_id) if sheet_id is not None else None
    if sheet is None or sheet.state not in SHUT_SHEET_STATES:
        return visas_needed_for_result_change(False, "")
    journal = load_gradebook.load_offerings([sheet.offering_id])[sheet.offering_id]
    calendar = load_gradebook.load_deadline_calendar(journal, now)
    return visas_needed_for_result_change(True, calendar.policy(CLOSED_CHANGE_VISAS_POLICY).value)


def apply_correction_of_closed_sheet(act: Act, correction: UUID) -> str:
    """Write the new version of a result, of a closed sheet too (7.6); return `amended`, or `result_changed`.

    Who had to endorse it is checked by the registry of operations. Idempotent. Raise Missing, Invalid (`entered`).
    """
    row = hearing_queries.load_correction_row(correction)
    if hearing_queries.is_correction_applied(correction):
        return "amended"
    if row.change_set_id is not None:
        return _apply_change_of_cells(act, row, row.change_set_id)
    if row.sheet_id is None:
        raise Missing
    outcome = amend_result(
        act,
        ResultAmendment(
            sheet=row.sheet_id,
            student=row.student_id,
            protocol=row.protocol_id,
            version=row.version,
            entered=row.entered,
            grades=(row.grade,) if row.grade is not None else (),
        ),
    )
    if outcome == "amended":
        _post_correction_release(act, row)
    return outcome


def _apply_change_of_cells(act: Act, row: AcademicCorrection, change_set: UUID) -> str:
    """Write the cells of a change set by the protocol (4.4.3b); return `amended` or `cells_changed`."""
    if apply_correction(act, change_set, "4.4.3") != APPLIED:
        return "cells_changed"
    _post_correction_release(act, row)
    return "amended"


def tell_units_of_closed_sheet_change(act: Act, correction: UUID) -> str:
    """Tell head and directorate, before it is released, that a closed document is to be changed; return `told`.

    Nothing waits for them: the policy `closed_change.visas` says NOTE (7.6). Raise Missing.
    """
    row = hearing_queries.load_correction_row(correction)
    protocol = hearing_queries.load_protocol_row(row.protocol_id)
    scope = appeal_queries.load_appeal_scope(protocol.appeal_id, act.at)
    payload = _protocol_notice_payload(act, protocol, "7.6", _load_unit_head_ids(scope, act.at))
    post_event(act, CLOSED_CHANGE_NOTED, payload)
    return "told"


def report_unsigned_protocol(act: Act, protocol: UUID) -> str:
    """Tell the academic office that the chair has not signed a protocol in time (6.3); return `reported`.

    The signature stays the chair's: nobody else heard the appeal in that seat. Raise Missing.
    """
    row = hearing_queries.load_protocol_row(protocol)
    office = people.load_role_holders("academic_office", None, local_time(act.at).date())
    persons = [one.person for one in office if not one.deputy]
    post_event(act, PROTOCOL_UNSIGNED, _protocol_notice_payload(act, row, "6.3", persons))
    return "reported"


def _protocol_notice_payload(
    act: Act, protocol: Protocol, clause: str, persons: Sequence[UUID]
) -> dict[str, Any]:
    """Return the payload of a notice about a protocol: the result, its number, the recipients and the case."""
    described = appeal_queries.describe_appeal(protocol.appeal_id)
    return {
        "subject": {
            name: described[name] for name in ("kind", "of", "course", "group", "sheet_kind", "number")
        },
        "protocol": hearing_queries.find_signed_protocol_number(protocol.id),
        "clause": clause,
        "recipients": list(dict.fromkeys(str(person) for person in persons)),
        "url": f"/cases/{act.case}" if act.case else "/notices",
    }


def _load_unit_head_ids(scope: appeal_queries.AppealScope, now: datetime) -> list[UUID]:
    """Return the head of the department and the directorate of the students, without deputies."""
    day = local_time(now).date()
    heads = people.load_role_holders("department_head", scope.department, day)
    directors = people.load_role_holders("directorate", scope.institute, day)
    # Distance 0 is the unit itself; superior units and deputies are not notified.
    return [one.person for one in (*heads, *directors) if one.distance == 0 and not one.deputy]


def _post_correction_release(act: Act, row: AcademicCorrection) -> None:
    """Publish the released correction to the students, the teacher, department head and directorate."""
    protocol = hearing_queries.load_protocol_row(row.protocol_id)
    scope = appeal_queries.load_appeal_scope(protocol.appeal_id, act.at)
    persons = [*scope.students, scope.teacher, *_load_unit_head_ids(scope, act.at)]
    post_event(act, CORRECTION_RELEASED, _protocol_notice_payload(act, protocol, "7.6", persons))
