"""The menu: everything a diagram may name. One file per process in `processes`, collected by `registry`."""

from app.operations.cell_ranges import CellRange, cell_range, overlap
from app.operations.registry import (
    ASIDE,
    DATED,
    FOLLOWS,
    LOOK_AGAIN,
    OPERATIONS,
    PROCESSES,
    STARTS,
    SUBJECTS,
    affected_cells,
    begun_by_news,
    call,
    kind_of_blocker,
)
from app.operations.types import WITHDRAWN, CaseSubject, Follow, Operation, Process, Start, SubjectFactory

__all__ = [
    "ASIDE",
    "DATED",
    "FOLLOWS",
    "LOOK_AGAIN",
    "OPERATIONS",
    "PROCESSES",
    "STARTS",
    "SUBJECTS",
    "WITHDRAWN",
    "CaseSubject",
    "CellRange",
    "Follow",
    "Operation",
    "Process",
    "Start",
    "SubjectFactory",
    "affected_cells",
    "begun_by_news",
    "call",
    "cell_range",
    "kind_of_blocker",
    "overlap",
]
