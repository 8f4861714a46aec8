"""The reads of the journal: frozen dataclasses out, a constant number of statements each."""

from app.journal.queries.access import scope_of_offering, see
from app.journal.queries.asking import Asked, AskedCell, cells_to_correct
from app.journal.queries.card import Card, History, cell_card
from app.journal.queries.changes import (
    ChangeSetScope,
    ChangeSetView,
    change_set,
    describe_change_set,
    fingerprint_of_change_set,
    scope_of_change_set,
)
from app.journal.queries.grid import Grid, grid
from app.journal.queries.late import (
    EntryRow,
    EntryRows,
    cells_to_enter,
    describe_entries,
    fingerprint_of_entries,
    scope_of_entries,
)
from app.journal.queries.lesson import LessonView, lesson_view
from app.journal.queries.offerings import OfferingRow, offerings_in, offerings_of
from app.journal.queries.student import CourseMarks, student_marks
from app.journal.queries.title import PlannedLesson, Title, title
from app.journal.queries.today import TodayLesson, today

__all__ = [
    "Asked",
    "AskedCell",
    "Card",
    "ChangeSetScope",
    "ChangeSetView",
    "CourseMarks",
    "EntryRow",
    "EntryRows",
    "Grid",
    "History",
    "LessonView",
    "OfferingRow",
    "PlannedLesson",
    "Title",
    "TodayLesson",
    "cell_card",
    "cells_to_correct",
    "cells_to_enter",
    "change_set",
    "describe_change_set",
    "describe_entries",
    "fingerprint_of_change_set",
    "fingerprint_of_entries",
    "grid",
    "lesson_view",
    "offerings_in",
    "offerings_of",
    "scope_of_change_set",
    "scope_of_entries",
    "scope_of_offering",
    "see",
    "student_marks",
    "title",
    "today",
]
