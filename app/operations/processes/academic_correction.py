"""Academic correction of a result by a signed protocol (4.4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.appeals.hearing_queries import (
    describe_correction,
    load_protocol_id_of_correction,
    load_protocol_row,
    recompute_correction_fingerprint,
)
from app.journal.appeals.protocol_commands import (
    apply_academic_correction,
    apply_correction_of_closed_sheet,
    load_visas_of_change_on_sheet,
    prepare_correction,
    tell_units_of_closed_sheet_change,
)
from app.journal.appeals.queries import load_appeal_scope
from app.kernel.act import Act
from app.operations.cell_ranges import result_cell_range_of_subject
from app.operations.types import (
    CaseStartedByEvent,
    CaseSubject,
    Operation,
    PlaySubject,
    Process,
    ProcessStart,
)
from app.people.approvals import RequiredApprovals
from app.texts.translate import N_


def store_correction_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """The change a signed protocol makes, prepared for the version that holds now (4.4.3b)."""
    protocol = UUID(answers["protocol"]) if before is None else load_protocol_id_of_correction(before)
    made = prepare_correction(act, subject_id, protocol)
    row = load_protocol_row(protocol)
    scope = load_appeal_scope(row.appeal_id, act.at)
    described = describe_correction(made.id)
    sheet_id = UUID(described["sheet"]) if described["sheet"] else None
    visas = {"visas": load_visas_of_change_on_sheet(sheet_id, act.at)}
    return CaseSubject(
        id=made.id,
        sha256=made.sha256,
        description=described,
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(*scope.students, scope.teacher),
        variables={"secretary": str(row.secretary_id), "chair": str(row.chair_id), **visas},
        # The sheet may have been closed since the case began (7.6).
        updated_variables=visas,
    )


PROCESS = Process(
    start=ProcessStart(
        name="academic_correction",
        subject_factory=store_correction_subject,
        id_variable="correction",
        clause="4.4.3",
        unit_variables=("discipline_department", "student_institute"),
        person_variables=("secretary", "chair"),
        code_variables=("visas",),
        roles=(),
        play=PlaySubject("protocol", answers={"protocol": "{protocol}"}, requester="colleague_1"),
    ),
    operations=(
        Operation(
            name="journal.release_correction",
            command=apply_academic_correction,
            params={"correction": UUID},
            outcomes={
                "amended": N_("a new version of the result was written"),
                "result_changed": N_("the result had changed meanwhile, nothing was written"),
                "visas_needed": N_("the sheet had been closed meanwhile, nothing was written"),
                "cells_changed": N_("the cell had changed meanwhile, nothing was written"),
            },
            success_outcomes=("amended",),
            clause="4.4.3",
            required_approvals=RequiredApprovals(("academic_office", "it_admin"), "4.4.3"),
            approved_parameter="correction",
            load_approved_fingerprint=recompute_correction_fingerprint,
        ),
        Operation(
            name="journal.release_closed_correction",
            command=apply_correction_of_closed_sheet,
            params={"correction": UUID},
            outcomes={
                "amended": N_("a new version of the result was written"),
                "result_changed": N_("the result had changed meanwhile, nothing was written"),
            },
            success_outcomes=("amended",),
            clause="7.6",
            required_approvals=RequiredApprovals(
                ("academic_office", "department_head", "directorate", "it_admin"), "7.6"
            ),
            approved_parameter="correction",
            load_approved_fingerprint=recompute_correction_fingerprint,
        ),
        Operation(
            name="journal.tell_of_closed_change",
            command=tell_units_of_closed_sheet_change,
            params={"correction": UUID},
            outcomes={"told": N_("head and directorate were told")},
            success_outcomes=("told",),
            clause="7.6",
            repeatable=True,
        ),
    ),
    subject_factories={
        "correction": store_correction_subject,
    },
    started_by_events={
        "journal.protocol.changes": CaseStartedByEvent("academic_correction", ("protocol",)),
    },
    cell_readers={"correction": result_cell_range_of_subject},
    blocker_kind="appeals",
)
