"""Codes why a running case stays on its version. `app.texts.migration_messages` words them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CASE_CLOSED = "cases.migration.case_closed"
CASE_SUSPENDED = "cases.migration.suspended"
CASE_QUARANTINED = "cases.migration.quarantined"
DAMAGED_STATE = "cases.migration.damaged_state"
OPEN_TASK_GONE = "cases.migration.open_task_gone"
OPEN_TASKS_DIFFER = "cases.migration.open_tasks_differ"
TIMERS_DIFFER = "cases.migration.timers_differ"
APPROVAL_MISSING = "cases.migration.approval_missing"
APPROVAL_NOT_VALID = "cases.migration.approval_not_valid"
DEMAND_NOT_MET = "cases.migration.demand_not_met"
STEP_GONE = "cases.migration.step_gone"
STEP_MISSING = "cases.migration.step_missing"
OPERATION_MISSING = "cases.migration.operation_missing"
OPERATION_CHANGED = "cases.migration.operation_changed"
HISTORY_DIFFERS = "cases.migration.history_differs"
NOBODY_FOR_TASK = "cases.migration.nobody_for_task"
MOVED_ELSEWHERE = "cases.migration.moved_elsewhere"
STOPPED = "cases.migration.stopped"
FAILED = "cases.migration.failed"

STAY_CODES = (
    CASE_SUSPENDED,
    CASE_QUARANTINED,
    DAMAGED_STATE,
    OPEN_TASK_GONE,
    OPEN_TASKS_DIFFER,
    TIMERS_DIFFER,
    APPROVAL_MISSING,
    APPROVAL_NOT_VALID,
    DEMAND_NOT_MET,
    STEP_GONE,
    STEP_MISSING,
    OPERATION_MISSING,
    OPERATION_CHANGED,
    HISTORY_DIFFERS,
    NOBODY_FOR_TASK,
    CASE_CLOSED,
    MOVED_ELSEWHERE,
    STOPPED,
    FAILED,
)
"""Every code, in the order in which pages list them."""


@dataclass(frozen=True, slots=True)
class StayReason:
    """Why a case stays. `details` name the place: `step` (an element), `role`, both by their codes."""

    code: str
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def step(self) -> str:
        """Return the element that the reason names; "" when it names none."""
        return self.details.get("step", "")


class CaseStays(Exception):
    """The case stays on its version. Raised inside this package; commands turn it into Refused."""

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code)
        self.reason = StayReason(code, details)
