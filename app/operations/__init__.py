"""THE MENU: everything a diagram may name. Commands in `commands`, starts in `starts`, their subjects in `subjects`."""

from app.operations.entries import WITHDRAWN
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
from app.operations.starts import LOOK_AGAIN
from app.operations.subjects import Maker, Subject
from app.operations.touches import Touch, at_cell, meet, touches

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
    "at_cell",
    "begun_by_news",
    "call",
    "meet",
    "touches",
]
