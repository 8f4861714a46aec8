"""The tables of the journal."""

from app.journal.tables.appeals import (
    AcademicCorrection,
    Appeal,
    AppealEnd,
    DisputeEnd,
    Hearing,
    Protocol,
    ProtocolSigned,
)
from app.journal.tables.cells import Cell, ChangeSet, Dispute, EntryRequest, LateEntryPermit
from app.journal.tables.commissions import Commission, CommissionOrder, CommissionSeat
from app.journal.tables.courses import Course, Lesson, Offering, Semester, Teaching
from app.journal.tables.excuses import ConfirmedExcuse, Excuse
from app.journal.tables.grade_sheets import (
    GradeSheet,
    GradingScheme,
    Result,
    SchemeConfirmation,
    SheetEntry,
    SheetReopenRequest,
    SheetSigning,
    Syllabus,
)
from app.journal.tables.makeups import MakeupEntry, MakeupExtension, MakeupExtensionRequest
from app.journal.tables.reminders import Reminder, ReminderRun

__all__ = [
    "AcademicCorrection",
    "Appeal",
    "AppealEnd",
    "Cell",
    "ChangeSet",
    "Commission",
    "CommissionOrder",
    "CommissionSeat",
    "ConfirmedExcuse",
    "Course",
    "Dispute",
    "DisputeEnd",
    "EntryRequest",
    "Excuse",
    "GradeSheet",
    "GradingScheme",
    "Hearing",
    "LateEntryPermit",
    "Lesson",
    "MakeupEntry",
    "MakeupExtension",
    "MakeupExtensionRequest",
    "Offering",
    "Protocol",
    "ProtocolSigned",
    "Reminder",
    "ReminderRun",
    "Result",
    "SchemeConfirmation",
    "Semester",
    "SheetEntry",
    "SheetReopenRequest",
    "SheetSigning",
    "Syllabus",
    "Teaching",
]
