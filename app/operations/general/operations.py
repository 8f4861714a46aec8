"""General operations: record a decision, notify somebody, leave a note. None changes a mark, a role or a sheet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.journal.requests import commands
from app.operations.types import KeptRecord, Operation
from app.texts.translate import N_

MAX_DECISION_LENGTH = 100


def parse_decision_code(value: Any) -> str:
    """Return a decision: the code of an answer. Raises ValueError for none."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_DECISION_LENGTH:
        raise ValueError("a decision is a code")
    return value


GENERAL_OPERATIONS = (
    Operation(
        name="general.record_decision",
        command=commands.record_request_decision,
        params={"request": UUID, "decision": parse_decision_code},
        outcomes={"recorded": N_("the decision was recorded")},
        success_outcomes=("recorded",),
        clause="",
        repeatable=True,
        general=True,
        record=KeptRecord(N_("everybody who may open the case, and auditors")),
    ),
    Operation(
        name="general.notify_requester",
        command=commands.notify_requester,
        params={"request": UUID},
        outcomes={"notified": N_("who asked was notified")},
        success_outcomes=("notified",),
        clause="",
        repeatable=True,
        general=True,
        record=KeptRecord(N_("who asked")),
    ),
    Operation(
        name="general.notify_role",
        command=commands.notify_lane_role_holders,
        params={"request": UUID},
        outcomes={
            "notified": N_("the holders of the role were notified"),
            "nobody": N_("no one holds the role, so no one was notified"),
        },
        success_outcomes=("notified", "nobody"),
        clause="",
        repeatable=True,
        general=True,
        record=KeptRecord(N_("the holders of the role of the lane")),
    ),
    Operation(
        name="general.add_note",
        command=commands.add_note_to_subject_page,
        params={"request": UUID},
        outcomes={
            "added": N_("a note was left on the page"),
            "no_page": N_("the request concerns nothing that has a page for notes"),
        },
        success_outcomes=("added", "no_page"),
        clause="",
        repeatable=True,
        general=True,
        record=KeptRecord(
            N_("everybody who may open the page of the student or the journal"), commands.NOTE_RETENTION
        ),
    ),
)
