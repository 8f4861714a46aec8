"""Late points of make-up work before a commission (5.4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.appeals.proposal_commands import propose_points
from app.kernel.act import Act
from app.operations.hearings import close_undecided_appeal, convened_subject
from app.operations.types import CaseSubject, Follow, Process, Start


def proposal_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Points of a work-off that wait, and at once the commission that decides about them (5.4.3)."""
    made = propose_points(act, subject_id, UUID(answers["workoff"]))
    return convened_subject(act, made)


PROCESS = Process(
    start=Start(
        name="proposal",
        subject=proposal_subject,
        fact="proposal",
        clause="5.4.3",
        scopes=("discipline_department", "student_institute"),
        persons=("teacher", "chair", "secretary"),
        codes=("appeal", "convened"),
        roles=(),
        undecided=close_undecided_appeal,
    ),
    begun_by={
        "journal.workoff.parked": Follow("proposal", ("workoff",)),
    },
    blocks_closing="appeals",
)
