"""The tables of the journal."""

from app.journal.tables.acknowledgements import Acknowledgement, AcknowledgementSheet
from app.journal.tables.appeals import (
    AcademicCorrection,
    Appeal,
    AppealEnd,
    Hearing,
    Protocol,
    ProtocolSigned,
    ResultDisputeEnd,
)
from app.journal.tables.cells import (
    Cell,
    CellVersion,
    ChangeSet,
    Dispute,
    LateEntryPermit,
    LateEntryRequest,
)
from app.journal.tables.commissions import Commission, CommissionOrder, CommissionSeat
from app.journal.tables.courses import Course, CurriculumLine, Lesson, Offering, Semester, Teaching
from app.journal.tables.excuses import ConfirmedExcuse, Excuse, ExcuseDoubt, ExcuseIssuer, RefusedExcuse
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
from app.journal.tables.journal_states import JournalCheck, JournalOpening, JournalStateChange
from app.journal.tables.makeups import MakeupExtension, MakeupExtensionRequest, MakeupStage
from app.journal.tables.reminders import Reminder, ReminderRun
from app.journal.tables.requests import Note, Request, RequestDecision
from app.journal.tables.takeover import EarlierResult, Takeover, TakeoverJournal
from app.journal.tables.timetable import (
    BellPeriod,
    JournalTimetable,
    LessonChange,
    LessonPattern,
    PlannedHours,
    PlannedTopic,
    TimetableImport,
    TimetableRun,
    TopicPlan,
)

__all__ = [
    "AcademicCorrection",
    "Acknowledgement",
    "AcknowledgementSheet",
    "Appeal",
    "AppealEnd",
    "BellPeriod",
    "Cell",
    "CellVersion",
    "ChangeSet",
    "Commission",
    "CommissionOrder",
    "CommissionSeat",
    "ConfirmedExcuse",
    "Course",
    "CurriculumLine",
    "Dispute",
    "EarlierResult",
    "Excuse",
    "ExcuseDoubt",
    "ExcuseIssuer",
    "GradeSheet",
    "GradingScheme",
    "Hearing",
    "JournalCheck",
    "JournalOpening",
    "JournalStateChange",
    "JournalTimetable",
    "LateEntryPermit",
    "LateEntryRequest",
    "LateSheetEntryRequest",
    "Lesson",
    "LessonChange",
    "LessonPattern",
    "MakeupExtension",
    "MakeupExtensionRequest",
    "MakeupStage",
    "Note",
    "Offering",
    "PlannedHours",
    "PlannedTopic",
    "Protocol",
    "ProtocolSigned",
    "RefusedExcuse",
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
    "Takeover",
    "TakeoverJournal",
    "Teaching",
    "TimetableImport",
    "TimetableRun",
    "TopicPlan",
]
