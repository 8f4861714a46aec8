"""Restore drills (7.3): once in each period IT restores a backup and reports; the auditor reads the report."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.backups.commands import DRILL_DUE, store_drill_report
from app.backups.queries import describe_drill, load_drill
from app.kernel.act import Act
from app.operations.types import (
    CaseStartedByEvent,
    CaseSubject,
    Operation,
    PlaySubject,
    Process,
    ProcessStart,
)
from app.texts.translate import N_


def load_drill_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Return the drill of a period as the subject of its case (7.3)."""
    drill = load_drill(UUID(answers["drill"]))
    return CaseSubject(
        id=drill.id, sha256=drill.sha256, description=describe_drill(drill), units={}, about=()
    )


def parse_drill_result(value: Any) -> str:
    """Return `restored` or `not_restored`. Raises ValueError."""
    if value not in ("restored", "not_restored"):
        raise ValueError("a drill was restored or not")
    return str(value)


def parse_minutes(value: Any) -> int:
    """Return a whole number of minutes. Raises ValueError."""
    try:
        return int(Decimal(str(value)))
    except ArithmeticError:
        raise ValueError("minutes are a number") from None


PROCESS = Process(
    start=ProcessStart(
        name="restore_drill",
        subject_factory=load_drill_subject,
        id_variable="drill",
        clause="7.3",
        roles=(),
        play=PlaySubject("drill", answers={"drill": "{drill}"}, requester="rector"),
    ),
    operations=(
        Operation(
            name="backups.record_drill",
            command=store_drill_report,
            params={"drill": UUID, "result": parse_drill_result, "minutes": parse_minutes},
            outcomes={
                "restored": N_("the restore was done in time"),
                "too_slow": N_("the restore took longer than allowed"),
                "not_restored": N_("the restore failed"),
            },
            success_outcomes=("restored", "too_slow", "not_restored"),
            clause="7.3",
            repeatable=True,
        ),
    ),
    started_by_events={DRILL_DUE: CaseStartedByEvent("restore_drill", ("drill",))},
    blocker_kind="",
)
