"""What an appeal and an academic correction are about, step by step: makers of their subjects (6.3, 4.4.3b)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.journal.appeals.commands import Appealing, AppealMade, appeal_result, drop_appeal, withdraw_appeal
from app.journal.appeals.hearing_commands import admit, convene, postpone, schedule, step_aside
from app.journal.appeals.hearing_queries import (
    describe_correction,
    describe_hearing,
    describe_protocol,
    hearing_of,
    hearing_row,
    protocol_of,
    protocol_row,
)
from app.journal.appeals.hearing_rules import Minutes, Vote
from app.journal.appeals.proposal_commands import propose_points
from app.journal.appeals.protocol_commands import prepare_correction, write_protocol
from app.journal.appeals.queries import describe_appeal, describe_result, scope_of_appeal, scope_of_result
from app.journal.appeals.result_dispute_commands import dispute_result, drop_dispute, withdraw_dispute
from app.journal.grade_sheets.result_queries import result_row
from app.kernel.act import Act
from app.kernel.clock import ZONE
from app.kernel.errors import Invalid, Refused
from app.kernel.ids import new_id
from app.operations.registry_types import WITHDRAWN
from app.operations.subjects import Subject


def appeal_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """An appeal against a result, and at once the commission that hears it, if there is one (6.3)."""
    asked = answers["appeal"]
    said = Appealing(result=UUID(asked["result"]), late=answers.get("late") or "")
    made = appeal_result(act, subject_id, said)
    return _convened(act, made)


def _convened(act: Act, made: AppealMade) -> Subject:
    convened = convene(act, new_id(), made.id)
    if convened is not None:
        return _hearing(act, convened.id)
    scope = scope_of_appeal(made.id, act.at)
    return Subject(
        id=made.id,
        sha256=made.sha256,
        described=describe_appeal(made.id),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(scope.student, scope.teacher),
        facts={"appeal": str(made.id), "teacher": str(scope.teacher), "convened": "no"},
    )


def proposal_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """Points of a work-off that wait, and at once the commission that decides about them (5.4.3)."""
    made = propose_points(act, subject_id, UUID(answers["workoff"]))
    return _convened(act, made)


def result_dispute_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """A result a student holds to be wrong, before his teacher (6.2)."""
    result = UUID(answers["appeal"]["result"])
    made = dispute_result(act, subject_id, result, answers.get("late") or "")
    scope = scope_of_result(result, act.at)
    described = describe_result(result_row(result))
    return Subject(
        id=made.id,
        sha256=made.sha256,
        described={"kind": "appeal", "of": "DISPUTE", "dispute": str(made.id), "late": False, **described},
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(scope.student, scope.teacher),
        facts={"student": str(scope.student), "teacher": str(scope.teacher)},
    )


def appeal_undecided(act: Act, subject: Mapping[str, Any], how: str) -> None:
    """The case of an appeal or a proposal ended without a decision, and so does the appeal."""
    end = withdraw_appeal if how == WITHDRAWN else drop_appeal
    end(act, UUID(subject["appeal"]))


def dispute_undecided(act: Act, subject: Mapping[str, Any], how: str) -> None:
    """The case of a disputed result ended without an answer."""
    end = withdraw_dispute if how == WITHDRAWN else drop_dispute
    end(act, UUID(subject["dispute"]))


def hearing_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """A step of the hearing: convened, admitted, scheduled, postponed, or somebody replaced (6.3)."""
    if before is None:
        raise Refused("operations.input.missing", clause="6.3", name="hearing")
    decision = answers["decision"]
    if decision == "complete":
        convened = convene(act, subject_id, before)
        if convened is None:
            raise Refused("journal.appeal.no_commission", clause="6.3", remedy="commission")
        return _hearing(act, convened.id)
    if decision == "step_aside" and act.person is not None:
        return _hearing(act, step_aside(act, subject_id, before, (act.person,)).id)
    if decision == "postpone":
        return _hearing(act, postpone(act, subject_id, before).id)
    if decision == "schedule":
        return _hearing(act, _scheduled(act, subject_id, before, answers))
    return _hearing(act, admit(act, subject_id, before, decision).id)


def _scheduled(act: Act, subject_id: UUID, before: UUID, answers: Mapping[str, Any]) -> UUID:
    asked = answers.get("hearing")
    if not asked:
        raise Invalid.field("hearing", "forms.field.required")
    declared = tuple(UUID(person) for person in asked["conflicts"])
    if declared:
        before = step_aside(act, new_id(), before, declared).id
    held_at = datetime.fromisoformat(asked["at"]).replace(tzinfo=ZONE)
    return schedule(act, subject_id, before, held_at, asked["place"]).id


def protocol_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """The protocol of a hearing, with its votes (6.3); or, when it could not be held, the hearing postponed."""
    if before is None:
        raise Refused("operations.input.missing", clause="6.3", name="protocol")
    hearing = hearing_of(before)
    if answers["decision"] == "postpone":
        return _hearing(act, postpone(act, subject_id, hearing).id)
    if not answers.get("protocol"):
        raise Invalid.field("protocol", "forms.field.required")
    points = answers.get("points")
    minutes = Minutes(
        votes=tuple(Vote(UUID(one["person"]), one["vote"]) for one in answers["protocol"]["votes"]),
        points=Decimal(points) if points is not None else None,
        motive=answers["motive"],
        warned=bool(answers.get("warned")),
    )
    made = write_protocol(act, subject_id, hearing, minutes)
    found = _hearing(act, hearing)
    return Subject(
        id=made.id,
        sha256=made.sha256,
        described=describe_protocol(made.id),
        units=found.units,
        about=found.about,
    )


def _hearing(act: Act, id: UUID) -> Subject:
    row = hearing_row(id)
    scope = scope_of_appeal(row.appeal_id, act.at)
    persons = {"chair": str(row.chair_id), "secretary": str(row.secretary_id), "convened": "yes"}
    members = (row.chair_id, row.secretary_id, *(UUID(one) for one in row.members))
    return Subject(
        id=row.id,
        sha256=row.sha256,
        described=describe_hearing(row.id),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=tuple(dict.fromkeys((scope.student, scope.teacher, *members))),
        facts={"appeal": str(row.appeal_id), "teacher": str(scope.teacher), **persons},
        moved=persons,
    )


def correction_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """The change a signed protocol makes, prepared for the version that holds now (4.4.3b)."""
    protocol = UUID(answers["protocol"]) if before is None else protocol_of(before)
    made = prepare_correction(act, subject_id, protocol)
    row = protocol_row(protocol)
    scope = scope_of_appeal(row.appeal_id, act.at)
    return Subject(
        id=made.id,
        sha256=made.sha256,
        described=describe_correction(made.id),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(scope.student, scope.teacher),
        facts={"secretary": str(row.secretary_id), "chair": str(row.chair_id)},
    )
