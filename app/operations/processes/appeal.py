"""Appeal of a result (6.3): heard and decided by a commission."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.journal.appeals.commands import AppealRequest, close_inadmissible_appeal, file_appeal
from app.journal.appeals.hearing_commands import (
    convene_hearing,
    postpone_hearing,
    record_admission_decision,
    replace_recused_hearing_members,
    schedule_hearing,
)
from app.journal.appeals.hearing_queries import (
    describe_protocol,
    find_hearing_id_by_hearing_or_protocol,
    recompute_protocol_fingerprint,
)
from app.journal.appeals.hearing_rules import HearingMinutes, Vote
from app.journal.appeals.protocol_commands import (
    report_unsigned_protocol,
    sign_protocol,
    write_protocol,
)
from app.kernel.act import Act
from app.kernel.clock import UNIVERSITY_ZONE
from app.kernel.errors import Invalid, Refused
from app.kernel.ids import new_id
from app.operations.cell_ranges import result_cell_range_of_subject
from app.operations.hearings import (
    close_undecided_appeal,
    convene_hearing_of_appeal,
    load_hearing_case_subject,
)
from app.operations.types import CaseSubject, Operation, PlaySubject, Process, ProcessStart
from app.people.approvals import RequiredApprovals
from app.texts.translate import N_


def store_appeal_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """An appeal against a result, and at once the commission that hears it, if there is one (6.3)."""
    asked = answers["appeal"]
    said = AppealRequest(result=UUID(asked["result"]), late=answers.get("late") or "")
    made = file_appeal(act, subject_id, said)
    return convene_hearing_of_appeal(act, made)


def store_hearing_step_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """A step of the hearing: convened, admitted, scheduled, postponed, or somebody replaced (6.3)."""
    if before is None:
        raise Refused("operations.input.missing", name="hearing")
    decision = answers["decision"]
    if decision == "complete":
        convened = convene_hearing(act, subject_id, before)
        if convened is None:
            raise Refused("journal.appeal.no_commission", clause="6.3", remedy="commission")
        return load_hearing_case_subject(act, convened.id)
    if decision == "step_aside" and act.person is not None:
        return load_hearing_case_subject(
            act, replace_recused_hearing_members(act, subject_id, before, (act.person,)).id
        )
    if decision == "postpone":
        return load_hearing_case_subject(act, postpone_hearing(act, subject_id, before).id)
    if decision == "schedule":
        return load_hearing_case_subject(
            act, _schedule_hearing_from_answers(act, subject_id, before, answers)
        )
    return load_hearing_case_subject(act, record_admission_decision(act, subject_id, before, decision).id)


def _schedule_hearing_from_answers(
    act: Act, subject_id: UUID, before: UUID, answers: Mapping[str, Any]
) -> UUID:
    asked = answers.get("hearing")
    if not asked:
        raise Invalid.field("hearing", "forms.field.required")
    declared = tuple(UUID(person) for person in asked["conflicts"])
    if declared:
        before = replace_recused_hearing_members(act, new_id(), before, declared).id
    held_at = datetime.fromisoformat(asked["at"]).replace(tzinfo=UNIVERSITY_ZONE)
    return schedule_hearing(act, subject_id, before, held_at, asked["place"]).id


def store_protocol_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """The protocol of a hearing, with its votes (6.3); or, when it could not be held, the hearing postponed."""
    if before is None:
        raise Refused("operations.input.missing", name="protocol")
    hearing = find_hearing_id_by_hearing_or_protocol(before)
    if answers["decision"] == "postpone":
        return load_hearing_case_subject(act, postpone_hearing(act, subject_id, hearing).id)
    if not answers.get("protocol"):
        raise Invalid.field("protocol", "forms.field.required")
    points = answers.get("points")
    minutes = HearingMinutes(
        votes=tuple(Vote(UUID(one["person"]), one["vote"]) for one in answers["protocol"]["votes"]),
        points=Decimal(points) if points is not None else None,
        motive=answers["motive"],
        warned=bool(answers.get("warned")),
    )
    made = write_protocol(act, subject_id, hearing, minutes)
    found = load_hearing_case_subject(act, hearing)
    return CaseSubject(
        id=made.id,
        sha256=made.sha256,
        description=describe_protocol(made.id),
        units=found.units,
        about=found.about,
    )


PROCESS = Process(
    start=ProcessStart(
        name="appeal",
        subject_factory=store_appeal_subject,
        id_variable="appeal",
        clause="6.3",
        unit_variables=("discipline_department", "student_institute"),
        person_variables=("teacher", "chair", "secretary"),
        code_variables=("convened",),
        roles=("student",),
        on_behalf_roles=("curator", "directorate"),
        on_undecided=close_undecided_appeal,
        play=PlaySubject("result", address={"result": "{result}"}),
    ),
    operations=(
        Operation(
            name="journal.close_appeal",
            command=close_inadmissible_appeal,
            params={"appeal": UUID},
            outcomes={"inadmissible": N_("the appeal is not heard")},
            success_outcomes=("inadmissible",),
            clause="6.3",
        ),
        Operation(
            name="journal.sign_protocol",
            command=sign_protocol,
            params={"protocol": UUID},
            outcomes={
                "upheld": N_("the minutes have a number, the result is kept"),
                "to_change": N_("the minutes have a number, the result is to be changed"),
                "reexam": N_("the minutes have a number, the exam is to be retaken"),
            },
            success_outcomes=("upheld", "to_change", "reexam"),
            clause="6.3",
            required_approvals=RequiredApprovals(("commission_chair",), "6.3"),
            approved_parameter="protocol",
            load_approved_fingerprint=recompute_protocol_fingerprint,
        ),
        Operation(
            name="journal.report_unsigned_protocol",
            command=report_unsigned_protocol,
            params={"protocol": UUID},
            outcomes={"reported": N_("the academic office was told")},
            success_outcomes=("reported",),
            clause="6.3",
            repeatable=True,
        ),
    ),
    cell_readers={"appeal": result_cell_range_of_subject},
    subject_factories={
        "hearing_step": store_hearing_step_subject,
        "protocol_written": store_protocol_subject,
    },
    blocker_kind="appeals",
)
