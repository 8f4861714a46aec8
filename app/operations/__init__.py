"""THE MENU: everything a diagram may name. Commands in `commands`, starts in `starts`, their subjects in `subjects`."""

from app.operations.cell_ranges import Touch, affected_cells, at_cell, meet
from app.operations.registry import (
    FOLLOWS,
    OPERATIONS,
    STARTS,
    SUBJECTS,
    Follow,
    Operation,
    Start,
    begun_by_news,
    call,
)
from app.operations.registry_types import WITHDRAWN
from app.operations.starts import LOOK_AGAIN
from app.operations.subjects import Maker, Subject

__all__ = [
    "FOLLOWS",
    "LOOK_AGAIN",
    "OPERATIONS",
    "STARTS",
    "SUBJECTS",
    "WITHDRAWN",
    "Follow",
    "Maker",
    "Operation",
    "Start",
    "Subject",
    "Touch",
    "affected_cells",
    "at_cell",
    "begun_by_news",
    "call",
    "meet",
]
