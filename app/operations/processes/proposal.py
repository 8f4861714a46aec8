"""Late points of make-up work (5.4.3) and academic changes of cells (4.4.3) before a commission."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.appeals.proposal_commands import store_change_proposal, store_makeup_points_proposal
from app.kernel.act import Act
from app.operations.hearings import close_undecided_appeal, convene_hearing_of_appeal
from app.operations.types import CaseStartedByEvent, CaseSubject, PlaySubject, Process, ProcessStart


def store_points_proposal_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Points of a work-off that wait (5.4.3), or a change of cells that is academic (4.4.3), and its commission."""
    if answers.get("change_set"):
        return convene_hearing_of_appeal(
            act, store_change_proposal(act, subject_id, UUID(answers["change_set"]))
        )
    made = store_makeup_points_proposal(act, subject_id, UUID(answers["makeup"]))
    return convene_hearing_of_appeal(act, made)


PROCESS = Process(
    start=ProcessStart(
        name="proposal",
        subject_factory=store_points_proposal_subject,
        id_variable="proposal",
        clause="5.4.3",
        unit_variables=("discipline_department", "student_institute"),
        person_variables=("teacher", "chair", "secretary"),
        code_variables=("appeal", "convened"),
        roles=(),
        on_undecided=close_undecided_appeal,
        play=PlaySubject("waiting_points", answers={"makeup": "{makeup}"}, requester="teacher"),
    ),
    started_by_events={
        "journal.makeup.awaiting_commission": CaseStartedByEvent("proposal", ("makeup",)),
        "journal.correction.reclassified": CaseStartedByEvent("proposal", ("change_set",)),
    },
    blocker_kind="appeals",
)
