"""The tables of the journal."""

from app.journal.tables.appeals import (
    AcademicCorrection,
    Appeal,
    AppealEnd,
    Hearing,
    Protocol,
    ProtocolSigned,
    ResultDisputeEnd,
)
from app.journal.tables.cells import Cell, ChangeSet, Dispute, LateEntryPermit, LateEntryRequest
from app.journal.tables.commissions import Commission, CommissionOrder, CommissionSeat
from app.journal.tables.courses import Course, Lesson, Offering, Semester, Teaching
from app.journal.tables.excuses import ConfirmedExcuse, Excuse, ExcuseDoubt
from app.journal.tables.grade_sheets import (
    GradeSheet,
    GradingScheme,
    LateSheetEntryRequest,
    Result,
    SchemeConfirmation,
    SheetEntry,
    SheetSigning,
    SyllabusGrading,
)
from app.journal.tables.makeups import MakeupExtension, MakeupExtensionRequest, MakeupStage
from app.journal.tables.reminders import Reminder, ReminderRun
from app.journal.tables.requests import Note, Request, RequestDecision

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
    "Excuse",
    "ExcuseDoubt",
    "GradeSheet",
    "GradingScheme",
    "Hearing",
    "LateEntryPermit",
    "LateEntryRequest",
    "LateSheetEntryRequest",
    "Lesson",
    "MakeupExtension",
    "MakeupExtensionRequest",
    "MakeupStage",
    "Note",
    "Offering",
    "Protocol",
    "ProtocolSigned",
    "Reminder",
    "ReminderRun",
    "Request",
    "RequestDecision",
    "Result",
    "ResultDisputeEnd",
    "SchemeConfirmation",
    "Semester",
    "SheetEntry",
    "SheetSigning",
    "SyllabusGrading",
    "Teaching",
]
