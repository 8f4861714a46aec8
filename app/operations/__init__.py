"""The menu: everything a diagram may name. One file per process in `processes`, collected by `registry`."""

from app.operations.cell_ranges import CellRange, cell_range, overlap
from app.operations.registry import (
    CALENDAR_ANCHORS,
    FOLLOW_UPS,
    NEVER_BLOCKING,
    OPERATIONS,
    PROCESSES,
    REVALIDATING_EVENTS,
    STARTS,
    SUBJECTS,
    affected_cells,
    is_started_by_event,
    kind_of_blocker,
    run_operation,
)
from app.operations.types import WITHDRAWN, CaseSubject, FollowUp, Operation, Process, Start, SubjectFactory

__all__ = [
    "CALENDAR_ANCHORS",
    "FOLLOW_UPS",
    "NEVER_BLOCKING",
    "OPERATIONS",
    "PROCESSES",
    "REVALIDATING_EVENTS",
    "STARTS",
    "SUBJECTS",
    "WITHDRAWN",
    "CaseSubject",
    "CellRange",
    "FollowUp",
    "Operation",
    "Process",
    "Start",
    "SubjectFactory",
    "affected_cells",
    "cell_range",
    "is_started_by_event",
    "kind_of_blocker",
    "overlap",
    "run_operation",
]
