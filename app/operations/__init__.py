"""The menu: everything a diagram may name. One file per process in `processes`, collected by `registry`."""

from app.operations.cell_ranges import CellRange, both_halves_of_cell, has_common_cell
from app.operations.registry import (
    CALENDAR_ANCHOR_LOADERS,
    FOLLOW_UP_BY_EVENT_TYPE,
    NEVER_BLOCKING_DIAGRAMS,
    OPERATIONS,
    PROCESSES,
    REVALIDATING_EVENT_TYPES,
    STARTS,
    SUBJECT_FACTORY_BY_KIND,
    affected_cells_of_subject,
    closing_blocker_kind,
    is_never_started_by_person,
    run_operation,
)
from app.operations.types import (
    WITHDRAWN_OUTCOME,
    CaseStartedByEvent,
    CaseSubject,
    Operation,
    Process,
    ProcessStart,
    SubjectFactory,
)

__all__ = [
    "CALENDAR_ANCHOR_LOADERS",
    "FOLLOW_UP_BY_EVENT_TYPE",
    "NEVER_BLOCKING_DIAGRAMS",
    "OPERATIONS",
    "PROCESSES",
    "REVALIDATING_EVENT_TYPES",
    "STARTS",
    "SUBJECT_FACTORY_BY_KIND",
    "WITHDRAWN_OUTCOME",
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
    "is_never_started_by_person",
    "run_operation",
]
