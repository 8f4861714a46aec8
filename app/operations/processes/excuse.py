"""Excuses (4.2.3, 4.2.4): a document for a period of absences, confirmed wholly or in part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.journal.excuses.case_subjects import (
    describe_excuse,
    load_excuse_fingerprint,
)
from app.journal.excuses.commands import confirm_excuse
from app.journal.excuses.queries import load_deciding_institute_id, load_excuse_row
from app.journal.excuses.submission_commands import (
    ExcuseSubmission,
    store_narrowed_excuse,
    store_refused_excuse,
    submit_excuse,
)
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Refused
from app.operations.cell_ranges import attendance_cells_in_subject_period
from app.operations.types import CaseSubject, Operation, PlaySubject, Process, ProcessStart
from app.people.approvals import RequiredApprovals
from app.texts.translate import N_


def store_excuse_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """A document for a period of absences, of whoever asks or of the students an order names (4.2.3)."""
    period = answers["period"]
    if before is not None:
        students = tuple(load_excuse_row(before).students)
    elif period.get("students"):
        students = tuple(UUID(student) for student in period["students"])
    else:
        students = tuple(person for person in (act.on_behalf_of or act.person,) if person)
    files = tuple(answers.get("files") or ()) or _load_earlier_excuse_file_ids(before)
    returned = answers.get("returned_on")
    paper = ExcuseSubmission(
        students=students,
        starts_on=date.fromisoformat(period["from"]),
        ends_on=date.fromisoformat(period["to"]),
        ground=answers["ground"],
        number=answers["document_number"],
        issuer=answers["issuer"],
        document_date=date.fromisoformat(answers["document_date"]),
        returned_on=date.fromisoformat(returned) if returned else None,
        note=answers.get("note") or "",
        files=files,
    )
    return _load_excuse_case_subject(submit_excuse(act, subject_id, paper))


def _load_earlier_excuse_file_ids(before: UUID | None) -> tuple[UUID, ...]:
    """A request that is sent again keeps its document when no other one is attached."""
    return tuple(load_excuse_row(before).files) if before else ()


def store_narrowed_excuse_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """The excuse without the absences that a decision refuses, each with its reason (4.2.4)."""
    if before is None:
        raise Refused("operations.input.missing", name="absences")
    absences = answers["absences"]
    refused = {place: absences["reasons"].get(place, "") for place in absences["left_out"]}
    if not refused:
        return _load_excuse_case_subject(load_excuse_row(before))
    return _load_excuse_case_subject(store_narrowed_excuse(act, subject_id, before, refused))


def store_refused_excuse_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """The excuse of which every lesson was refused, each with its own reason or with the one for all (4.2.4)."""
    if before is None:
        raise Refused("operations.input.missing", name="absences")
    own = (answers.get("absences") or {}).get("reasons", {})
    reason = answers.get("reason") or ""
    return _load_excuse_case_subject(store_refused_excuse(act, subject_id, before, own, reason))


def _load_excuse_case_subject(made: Any) -> CaseSubject:
    row = load_excuse_row(made.id)
    students = tuple(row.students)
    variables = {"student": str(students[0])} if len(students) == 1 else {}
    institute = load_deciding_institute_id(students, local_day(row.made_at))
    return CaseSubject(
        id=row.id,
        sha256=row.sha256,
        description=describe_excuse(row.id),
        units={"student_institute": institute},
        about=students,
        variables=variables,
    )


PROCESS = Process(
    start=ProcessStart(
        name="excuse",
        subject_factory=store_excuse_subject,
        id_variable="excuse",
        clause="4.2.3",
        unit_variables=("student_institute",),
        person_variables=("student",),
        roles=("student", "directorate"),
        on_behalf_roles=("curator", "directorate"),
        file_reader_roles=("directorate",),
        restricted_parts=("ground",),
        needs_action_of_student=True,
        play=PlaySubject(address={"from": "{missed_day}", "to": "{missed_day}"}),
    ),
    operations=(
        Operation(
            name="journal.confirm_excuse",
            command=confirm_excuse,
            params={"excuse": UUID},
            outcomes={
                "confirmed_all": N_("the reason was written for the whole period"),
                "confirmed_part": N_("the reason was written for the confirmed lessons"),
            },
            success_outcomes=("confirmed_all", "confirmed_part"),
            clause="4.2.4",
            required_approvals=RequiredApprovals(("directorate",), "4.2.4"),
            approved_parameter="excuse",
            load_approved_fingerprint=load_excuse_fingerprint,
        ),
    ),
    subject_factories={
        "period": store_excuse_subject,
        "absences": store_narrowed_excuse_subject,
        "refused_absences": store_refused_excuse_subject,
    },
    cell_readers={
        "excuse": attendance_cells_in_subject_period,
    },
    blocker_kind="excuses",
)
