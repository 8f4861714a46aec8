"""The menu: everything a diagram may name. One file per process in `processes`, collected by `registry`."""

from app.journal.requests.commands import StepTexts
from app.operations.cell_ranges import CellRange, attendance_and_grade_of_cell, has_common_cell
from app.operations.general.starts import GENERAL_SUBJECT
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
    can_start_serve_process,
    closing_blocker_kind_of_process,
    find_own_start_of_process,
    find_process_start,
    is_never_started_by_person,
    run_operation,
)
from app.operations.types import (
    WITHDRAWN_OUTCOME,
    CaseStartedByEvent,
    CaseSubject,
    Operation,
    PlaySubject,
    Process,
    ProcessStart,
    SubjectFactory,
)

__all__ = [
    "CALENDAR_ANCHOR_LOADERS",
    "FOLLOW_UP_BY_EVENT_TYPE",
    "GENERAL_SUBJECT",
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
    "PlaySubject",
    "Process",
    "ProcessStart",
    "StepTexts",
    "SubjectFactory",
    "affected_cells_of_subject",
    "attendance_and_grade_of_cell",
    "can_start_serve_process",
    "closing_blocker_kind_of_process",
    "find_own_start_of_process",
    "find_process_start",
    "has_common_cell",
    "is_never_started_by_person",
    "run_operation",
]
