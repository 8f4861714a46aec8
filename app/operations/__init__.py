"""The menu: everything a diagram may name. One file per process in `processes`, collected by `registry`."""

from app.operations.cell_ranges import CellRange, both_halves_of_cell, has_common_cell
from app.operations.registry import (
    CALENDAR_ANCHORS,
    FOLLOW_UPS,
    NEVER_BLOCKING_DIAGRAMS,
    OPERATIONS,
    PROCESSES,
    REVALIDATING_EVENTS,
    STARTS,
    SUBJECT_FACTORY_BY_KIND,
    affected_cells_of_subject,
    closing_blocker_kind,
    is_started_by_event,
    run_operation,
)
from app.operations.types import (
    WITHDRAWN,
    CaseStartedByEvent,
    CaseSubject,
    Operation,
    Process,
    ProcessStart,
    SubjectFactory,
)

__all__ = [
    "CALENDAR_ANCHORS",
    "FOLLOW_UPS",
    "NEVER_BLOCKING_DIAGRAMS",
    "OPERATIONS",
    "PROCESSES",
    "REVALIDATING_EVENTS",
    "STARTS",
    "SUBJECT_FACTORY_BY_KIND",
    "WITHDRAWN",
    "CaseStartedByEvent",
    "CaseSubject",
    "CellRange",
    "Operation",
    "Process",
    "ProcessStart",
    "SubjectFactory",
    "affected_cells_of_subject",
    "both_halves_of_cell",
    "closing_blocker_kind",
    "has_common_cell",
    "is_started_by_event",
    "run_operation",
]
