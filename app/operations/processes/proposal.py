"""Late points of make-up work before a commission (5.4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.appeals.proposal_commands import propose_points
from app.kernel.act import Act
from app.operations.hearings import close_undecided_appeal, convened_subject
from app.operations.types import CaseSubject, FollowUp, Process, Start


def proposal_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Points of a work-off that wait, and at once the commission that decides about them (5.4.3)."""
    made = propose_points(act, subject_id, UUID(answers["makeup"]))
    return convened_subject(act, made)


PROCESS = Process(
    start=Start(
        name="proposal",
        subject=proposal_subject,
        id_variable="proposal",
        clause="5.4.3",
        scopes=("discipline_department", "student_institute"),
        persons=("teacher", "chair", "secretary"),
        codes=("appeal", "convened"),
        roles=(),
        on_undecided=close_undecided_appeal,
    ),
    started_by_events={
        "journal.makeup.awaiting_commission": FollowUp("proposal", ("makeup",)),
    },
    blocks_closing="appeals",
)
