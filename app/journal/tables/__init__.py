"""The tables of the journal."""

from app.journal.tables.appeals import (
    AcademicCorrection,
    Appeal,
    AppealEnd,
    DisputeAnswer,
    Hearing,
    Protocol,
    ProtocolSigned,
)
from app.journal.tables.cells import Cell, ChangeSet, Dispute, EntryRequest, EntryWindow
from app.journal.tables.commissions import Commission, CommissionOrder, CommissionSeat
from app.journal.tables.courses import Course, Lesson, Offering, Semester, Teaching
from app.journal.tables.excuses import Excuse, Excused
from app.journal.tables.grade_sheets import (
    GradeSheet,
    GradingScheme,
    Result,
    SchemeConfirmation,
    SheetEntry,
    SheetPlea,
    SheetSigning,
    Syllabus,
)
from app.journal.tables.makeups import Workoff, WorkoffExtension, WorkoffPlea
from app.journal.tables.reminders import Reminder, Round

__all__ = [
    "AcademicCorrection",
    "Appeal",
    "AppealEnd",
    "Cell",
    "ChangeSet",
    "Commission",
    "CommissionOrder",
    "CommissionSeat",
    "Course",
    "Dispute",
    "DisputeAnswer",
    "EntryRequest",
    "EntryWindow",
    "Excuse",
    "Excused",
    "GradeSheet",
    "GradingScheme",
    "Hearing",
    "Lesson",
    "Offering",
    "Protocol",
    "ProtocolSigned",
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
