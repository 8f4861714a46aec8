"""THE MENU: everything a diagram may name. Entries stand in `menu`, what a case is about in `subjects`."""

from app.operations.menu import FOLLOWS, OPERATIONS, STARTS, SUBJECTS, Follow, Operation, Start, call
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
    "call",
]
