"""Approval of the backup schedule (7.3): IT drafts it, the rector or a vice-rector approves it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.backups.commands import bring_schedule_into_force, store_schedule_draft
from app.backups.queries import describe_schedule, recompute_schedule_fingerprint
from app.backups.rules import ScheduleDraft
from app.kernel.act import Act
from app.operations.types import CaseSubject, Operation, Process, ProcessStart
from app.people.approvals import RequiredApprovals
from app.texts.translate import N_


def store_schedule_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Store a schedule as IT proposes it (7.3)."""
    draft = ScheduleDraft(
        every_hours=int(answers["every_hours"]),
        first_hour=int(Decimal(answers["first_hour"])),
        copies=int(Decimal(answers["copies"])),
        archives_wal=answers["archives_wal"] == "yes",
        place=answers["place"],
    )
    made = store_schedule_draft(act, subject_id, draft)
    return CaseSubject(
        id=made.id, sha256=made.sha256, description=describe_schedule(draft), units={}, about=()
    )


PROCESS = Process(
    start=ProcessStart(
        name="backup_schedule",
        subject_factory=store_schedule_subject,
        id_variable="schedule",
        clause="7.3",
        roles=("it_admin",),
    ),
    operations=(
        Operation(
            name="backups.bring_into_force",
            command=bring_schedule_into_force,
            params={"schedule": UUID},
            outcomes={"in_force": N_("the schedule is in force")},
            success_outcomes=("in_force",),
            clause="7.3",
            required_approvals=RequiredApprovals(("rector",), "7.3"),
            approved_parameter="schedule",
            load_approved_fingerprint=recompute_schedule_fingerprint,
        ),
    ),
    subject_factories={"schedule": store_schedule_subject},
    blocker_kind="",
)
