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
from app.journal.queries.disputes import Disputed, describe_dispute, dispute_row, disputed, scope_of_dispute
from app.journal.queries.excuse_checks import Checks, ExcusedRow, checks_of, register
from app.journal.queries.excuse_subjects import (
    describe_entering,
    describe_excuse,
    fingerprint_of_excuse,
    fingerprint_of_excused,
    may_question,
    scope_of_journal,
)
from app.journal.queries.excuses import Met, excuse_row, excused_row, expected_until, institute_of, met_by
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
from app.journal.queries.workoffs import (
    Debt,
    debts_at,
    debts_of_offerings,
    debts_of_student,
    describe_plea,
    describe_workoff,
    done_workoffs,
    fingerprint_of_plea,
    fingerprint_of_workoff,
    scope_of_plea,
    scope_of_workoff,
)

__all__ = [
    "Asked",
    "AskedCell",
    "Card",
    "ChangeSetScope",
    "ChangeSetView",
    "Checks",
    "CourseMarks",
    "Debt",
    "Disputed",
    "EntryRow",
    "EntryRows",
    "ExcusedRow",
    "Grid",
    "History",
    "LessonView",
    "Met",
    "OfferingRow",
    "PlannedLesson",
    "Title",
    "TodayLesson",
    "cell_card",
    "cells_to_correct",
    "cells_to_enter",
    "change_set",
    "checks_of",
    "debts_at",
    "debts_of_offerings",
    "debts_of_student",
    "describe_change_set",
    "describe_dispute",
    "describe_entering",
    "describe_entries",
    "describe_excuse",
    "describe_plea",
    "describe_workoff",
    "dispute_row",
    "disputed",
    "done_workoffs",
    "excuse_row",
    "excused_row",
    "expected_until",
    "fingerprint_of_change_set",
    "fingerprint_of_entries",
    "fingerprint_of_excuse",
    "fingerprint_of_excused",
    "fingerprint_of_plea",
    "fingerprint_of_workoff",
    "grid",
    "institute_of",
    "lesson_view",
    "may_question",
    "met_by",
    "offerings_in",
    "offerings_of",
    "register",
    "scope_of_change_set",
    "scope_of_dispute",
    "scope_of_entries",
    "scope_of_journal",
    "scope_of_offering",
    "scope_of_plea",
    "scope_of_workoff",
    "see",
    "student_marks",
    "title",
    "today",
]
