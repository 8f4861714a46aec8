"""The tables of the journal. Know what is stored and what may repeat, not who may change it."""

from app.journal.models.appeals import (
    AcademicCorrection,
    Appeal,
    AppealEnd,
    DisputeAnswer,
    Hearing,
    Protocol,
    ProtocolSigned,
)
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
