"""THE MENU: everything a diagram may name. Commands in `commands`, starts in `starts`, their subjects in `subjects`."""

from app.operations.menu import (
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
from app.operations.subjects import Maker, Subject

__all__ = [
    "FOLLOWS",
    "OPERATIONS",
    "STARTS",
    "SUBJECTS",
    "Follow",
    "Maker",
    "Operation",
    "Start",
    "Subject",
    "begun_by_news",
    "call",
]
