"""The tables of the journal. Know what is stored and what may repeat, not who may change it."""

from app.journal.models.commissions import Commission, CommissionOrder, CommissionSeat
from app.journal.models.excuses import Excuse, Excused
from app.journal.models.marks import Cell, ChangeSet, Dispute, EntryRequest, EntryWindow
from app.journal.models.plan import Course, Lesson, Offering, Semester, Teaching
from app.journal.models.reminders import Reminder, Round
from app.journal.models.results import (
    GradeSheet,
    GradingScheme,
    Result,
    SchemeConfirmation,
    SheetEntry,
    SheetPlea,
    SheetSigning,
    Syllabus,
)
from app.journal.models.workoffs import Workoff, WorkoffExtension, WorkoffPlea

__all__ = [
    "Cell",
    "ChangeSet",
    "Commission",
    "CommissionOrder",
    "CommissionSeat",
    "Course",
    "Dispute",
    "EntryRequest",
    "EntryWindow",
    "Excuse",
    "Excused",
    "GradeSheet",
    "GradingScheme",
    "Lesson",
    "Offering",
    "Reminder",
    "Result",
    "Round",
    "SchemeConfirmation",
    "Semester",
    "SheetEntry",
    "SheetPlea",
    "SheetSigning",
    "Syllabus",
    "Teaching",
    "Workoff",
    "WorkoffExtension",
    "WorkoffPlea",
]
