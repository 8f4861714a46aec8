"""Sheets in scenarios: drawn by the clock, filled by the teacher, signed, vised, approved, closed at the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.record import record_audit_event
from app.cases.models import Case
from app.cases.timers import TimerRunCounts, fire_due_timers
from app.journal.grade_sheets.entry_commands import SheetEntryEdit, create_due_sheets, enter_sheet_points
from app.journal.grade_sheets.line_queries import find_current_result
from app.journal.grade_sheets.queries import compute_sheet_from_journal, sheet_lines_to_sign
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.sheet_closing.commands import SHEET_CLOSED_EVENT
from app.journal.sheet_closing.queries import load_sheet_closing_check
from app.journal.tables import GradeSheet, Result
from app.kernel import door
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.outbox.dispatch import HandlersByEventType, deliver_due_messages

MODULE_WEEK = datetime(2026, 10, 14, 3, 0, tzinfo=UTC)
SECOND_WEEK = datetime(2026, 12, 9, 3, 0, tzinfo=UTC)
EXAM_DAY = datetime(2026, 12, 18, 3, 0, tzinfo=UTC)
OPENS = datetime(2027, 1, 19, 17, 59, 59, tzinfo=UTC)
"""The end of the tenth working day after the semester of the world: no sheet is closed before this has passed."""


def shut_sheet(act: Act, sheet: UUID) -> None:
    """Shut a sheet as a scenario finds it, whatever the day is: what the command asks about is asked elsewhere."""
    row = db.session.get_one(GradeSheet, sheet, with_for_update=True)
    before, after = {"state": row.state}, {"state": "CLOSED"}
    row.state, row.closed_at, row.closed_by = "CLOSED", act.at, act.person
    record_audit_event(act, SHEET_CLOSED_EVENT, ("journal.grade_sheet", row.id), before, after, "7.6")


class Sheets:
    """The sheets of the world's one journal, or of another."""

    def __init__(self, world: Any, handlers: HandlersByEventType, offering: UUID | None = None) -> None:
        self.world, self.handlers = world, handlers
        self.offering = offering or world.school.offering

    def draws(self) -> int:
        """The clock draws what is due, and the worker begins the cases."""
        act = Act.by_system(self.world.clock())
        self.world.session.rollback()
        with door.write(act):
            made = create_due_sheets(act)
        self.delivers()
        return made

    def delivers(self) -> None:
        """The outbox is drained by the product's own handlers."""
        self.world.session.rollback()
        deliver_due_messages(self.handlers, self.world.clock(), 100)

    def row(self, kind: str = "MODULE1") -> GradeSheet:
        self.world.session.rollback()
        return self.world.session.scalars(
            select(GradeSheet).where(GradeSheet.offering_id == self.offering, GradeSheet.kind == kind)
        ).one()

    def case(self, kind: str = "MODULE1") -> UUID:
        """The case of the sheet."""
        sheet = str(self.row(kind).id)
        return self.world.session.scalars(
            select(Case.id).where(Case.diagram == "grade_sheet", Case.subject["sheet"].astext == sheet)
        ).one()

    def grades(self, lesson: UUID, student: UUID, value: str) -> None:
        act = self.world.teacher().act()
        self.world.session.rollback()
        with door.write(act):
            record_mark(act, CellEdit(lesson, student, "GRADE", value, 0))

    def enters(
        self, kind: str = "MODULE1", points: str | None = "8", *students: UUID, version: int = 0
    ) -> int:
        """The teacher enters the same points for these students, or for all."""
        status = "GRADED" if points is not None else "NOT_ATTENDED"
        value = Decimal(points) if points is not None else None
        edits = [
            SheetEntryEdit(student, status, value, version)
            for student in students or self.world.school.students
        ]
        act, sheet = self.world.teacher().act(), self.row(kind).id
        self.world.session.rollback()
        with door.write(act):
            return enter_sheet_points(act, sheet, edits)

    def seen(self, kind: str = "MODULE1") -> str:
        """What the teacher sees before he signs."""
        return canonical_sha256(
            sheet_lines_to_sign(compute_sheet_from_journal(self.row(kind), self.world.clock()))
        )

    def signs(self, kind: str = "MODULE1", seen: str | None = None) -> Any:
        signing = {"seen": seen or self.seen(kind)}
        return self.world.teacher().completes(self.case(kind), signing=signing)

    def approved(self, kind: str = "MODULE1") -> UUID:
        """Filled, signed, vised, approved; answers the case."""
        case = self.case(kind)
        self.signs(kind)
        self.world.head().approves(case)
        self.world.office().approves(case)
        return case

    def day_comes(self, seconds: float = 1) -> TimerRunCounts:
        """The day on which sheets of the semester may be closed comes; timers that are due fire."""
        self.world.clock.set(OPENS + timedelta(seconds=seconds))
        self.world.session.rollback()
        return fire_due_timers(door.write, self.world.clock())

    def blockers(self, kind: str = "MODULE1") -> dict[str, int]:
        """What stands against closing the sheet now, by kind."""
        found = load_sheet_closing_check(self.row(kind), self.world.clock()).blockers
        self.world.session.rollback()
        return {one.kind: one.count for one in found}

    def closes(self, kind: str = "MODULE1", noted: dict[str, int] | None = None, reason: str = "") -> Any:
        """The office completes the task of closing, with these blockers noted."""
        answers: dict[str, Any] = {"blockers": [f"{name}:{count}" for name, count in (noted or {}).items()]}
        return self.world.office().completes(self.case(kind), **answers, reason=reason)

    def result(self, student: UUID | None = None, kind: str = "MODULE1") -> Result | None:
        return find_current_result(self.row(kind).id, student or self.world.student)
