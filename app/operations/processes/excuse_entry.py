"""Entering the status of a confirmed excuse (4.2.2): the teacher of each journal writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.case_checks.still_valid import check_excuse_entry_validity
from app.journal.excuses.case_subjects import (
    describe_excuse_entry,
    load_excuse_fingerprint,
    load_journal_scope,
)
from app.journal.excuses.commands import write_excuse_to_journal
from app.journal.excuses.queries import load_excuse_row
from app.kernel.act import Act
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


def load_excuse_entry_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """A confirmed excuse whose status the teacher of one journal is to write (4.2.2)."""
    row = load_excuse_row(UUID(answers["excuse"]))
    scope = load_journal_scope(UUID(answers["offering"]))
    return CaseSubject(
        id=row.id,
        sha256=row.sha256,
        description=describe_excuse_entry(row.id, scope.offering),
        units={
            "discipline_department": scope.department,
            "student_institute": scope.institute,
        },
        about=tuple(row.students),
        variables={"offering": str(scope.offering), "teacher": str(scope.main_teacher)},
    )


PROCESS = Process(
    start=ProcessStart(
        name="excuse_entry",
        subject_factory=load_excuse_entry_subject,
        id_variable="excuse",
        clause="4.2.2",
        unit_variables=("discipline_department", "student_institute"),
        person_variables=("teacher",),
        code_variables=("offering",),
        roles=(),
        check_validity=check_excuse_entry_validity,
        play=PlaySubject(
            "excuse", answers={"excuse": "{excuse}", "offering": "{offering}"}, requester="directorate"
        ),
    ),
    operations=(
        Operation(
            name="journal.enter_excuse",
            command=write_excuse_to_journal,
            params={"excuse": UUID, "offering": UUID},
            outcomes={"entered": N_("the status was written")},
            success_outcomes=("entered",),
            clause="4.2.2",
            required_approvals=RequiredApprovals(("teacher",), "4.2.2"),
            approved_parameter="excuse",
            load_approved_fingerprint=load_excuse_fingerprint,
        ),
    ),
    started_by_events={
        "journal.excuse.to_enter": CaseStartedByEvent("excuse_entry", ("excuse", "offering")),
    },
    blocker_kind="excuses",
)
