"""Write what a takeover brings to one journal: cells by the one cell writer, rolls, results of modules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.audit.record import AuditEvent, PrivateValue, record_audit_events
from app.journal.grade_sheets.result_commands import post_published_results, result_audit_row
from app.journal.gradebook.cell_state import (
    ABSENT,
    ATTENDANCE,
    EXCUSED,
    MADE_UP,
    NOT_RECORDED,
    SICK,
    attendance_status,
)
from app.journal.gradebook.cell_writer import AbsenceDetails, CellChange, write_cells
from app.journal.gradebook.load import GroupStudent, OfferingState
from app.journal.grading.rating import format_points
from app.journal.grading.scheme_queries import load_scheme_version_of_offering
from app.journal.tables import GradeSheet, Lesson, Result, Semester, Takeover, TakeoverJournal
from app.journal.takeover.journal_queries import (
    JournalKey,
    JournalMarks,
    find_journal_key,
    load_journal_marks,
    module_days,
)
from app.journal.takeover.rules import (
    is_taken_already,
    problem_of_taken_cell,
    problem_of_taken_result,
    taken_value,
)
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Stale
from app.kernel.ids import new_id

ROLL_TAKEN_OVER, RESULT_TAKEN_OVER = "journal.roll.taken_over", "journal.result.taken_over"
SHEET_TAKEN_OVER = "journal.sheet.taken_over"


def write_taken_journal(act: Act, takeover: Takeover, brought: TakeoverJournal) -> None:
    """Write the marks and results of one journal, in the name of who confirmed the act. What is there already is left.

    Raises Stale with the code of the first cell that cannot be taken over any more; the caller rolls back.
    """
    semester = db.session.get_one(Semester, takeover.semester_id)
    if takeover.first_day is None or takeover.last_day is None:
        raise Stale("journal.takeover.not_waiting")
    days = (takeover.first_day, takeover.last_day)
    key = find_journal_key(brought.offering_id)
    if key is None:
        raise Stale("journal.takeover_file.no_journal")
    journal = load_journal_marks(key, lock=True)
    students = {one.id: one for one in journal.students}
    _write_cells(act, takeover, days, journal, students, brought.cells)
    _take_rolls(act, takeover, key, students, {UUID(one[0]) for one in brought.cells if one[2] == ATTENDANCE})
    _write_results(act, takeover, journal, semester, students, brought.results)


def _write_cells(
    act: Act,
    takeover: Takeover,
    days: tuple[date, date],
    journal: JournalMarks,
    students: Mapping[UUID, GroupStudent],
    cells: Iterable[Sequence[str]],
) -> None:
    """Write the cells that are still empty; one that holds the same is left."""
    lessons = {one.id: one for one in journal.lessons}
    changes = []
    for lesson_id, student_id, kind, word in cells:
        lesson, student = lessons.get(UUID(lesson_id)), students.get(UUID(student_id))
        if lesson is None or student is None:
            raise Stale("journal.takeover_file.no_lesson")
        cell = journal.cell(lesson, student, kind)
        if is_taken_already(cell, word):
            continue
        problem = problem_of_taken_cell(cell, *days, act.at, journal.key.ends_on, journal.key.state)
        if problem is not None:
            raise Stale(f"journal.takeover_file.{problem}")
        absence = None
        if kind == ATTENDANCE and taken_value(kind, word) == ABSENT:
            reason = word if word in (EXCUSED, SICK) else None
            absence = AbsenceDetails(reason, made_up=word == MADE_UP)
        changes.append(CellChange(cell, None, taken_value(kind, word), absence=absence, takeover=takeover.id))
    write_cells(act, journal.key.id, changes, "4.2.1")


def _take_rolls(
    act: Act,
    takeover: Takeover,
    key: JournalKey,
    students: Mapping[UUID, GroupStudent],
    wanted: set[UUID],
) -> None:
    """Take the rolls of the lessons in which every student of the day now has an attendance mark."""
    db.session.expire_all()
    journal, events = load_journal_marks(key), []
    for lesson in journal.lessons:
        if lesson.id not in wanted or lesson.roll_taken_at is not None:
            continue
        members = [one for one in students.values() if one.is_member_on(lesson.day)]
        if any(attendance_status(journal.cell(lesson, one, ATTENDANCE)) == NOT_RECORDED for one in members):
            continue
        row = db.session.get_one(Lesson, lesson.id)
        before = row.state
        row.roll_taken_at, row.roll_taken_by, row.state = act.at, act.person, "HELD"
        after = {"state": "HELD", "takeover": takeover.id}
        events.append(
            AuditEvent(
                ROLL_TAKEN_OVER,
                ("journal.lesson", lesson.id),
                {"state": before},
                after,
                "4.2.1",
                offering=journal.key.id,
            )
        )
    db.session.flush()
    if events:
        record_audit_events(act, events)


def _write_results(
    act: Act,
    takeover: Takeover,
    journal: JournalMarks,
    semester: Semester,
    students: Mapping[UUID, GroupStudent],
    results: Iterable[Sequence[str]],
) -> None:
    """Close the sheets of the modules with the results that were taken over."""
    by_module: defaultdict[str, list[tuple[GroupStudent, Decimal]]] = defaultdict(list)
    scheme = load_scheme_version_of_offering(journal.key.id).scheme if results else None
    for module, student_id, points in results:
        student, until = students.get(UUID(student_id)), module_days(semester)[module][1]
        known = journal.results.get((module, UUID(student_id)))
        if known is not None and known.total == Decimal(points):
            continue
        assert scheme is not None
        problem = (
            "no_student"
            if student is None or until is None
            else problem_of_taken_result(
                Decimal(points),
                scheme.most(module),
                belonged=student.is_member_on(until),
                has_result=known is not None,
                sheet_begun=module in journal.begun,
            )
        )
        if problem is not None or student is None:
            raise Stale(f"journal.takeover_file.{problem}")
        by_module[module].append((student, Decimal(points)))
    for module, lines in by_module.items():
        first, until = module_days(semester)[module]
        assert first is not None and until is not None
        sheet = journal.sheets.get(module) or _new_sheet(act, journal.key.id, module, (first, until))
        _close_sheet(act, takeover, sheet, journal.offering, lines)


def _new_sheet(act: Act, offering: UUID, kind: str, days: tuple[date, date]) -> GradeSheet:
    number = db.session.scalar(text("SELECT nextval('journal.sheet_number')"))
    made = GradeSheet(
        id=new_id(),
        offering_id=offering,
        kind=kind,
        number=f"{local_day(act.at).year}-{number:05d}",
        state="DRAFT",
        covers_until=days[1],
        enter_from=days[0],
        enter_until=days[1],
    )
    db.session.add(made)
    return made


def _close_sheet(
    act: Act,
    takeover: Takeover,
    sheet: GradeSheet,
    offering: OfferingState,
    lines: Sequence[tuple[GroupStudent, Decimal]],
) -> None:
    """Write the results of a module and close its sheet: only a protocol changes them then (4.4.3)."""
    sheet.state, sheet.signed_at, sheet.closed_at, sheet.closed_by = "CLOSED", act.at, act.at, act.person
    db.session.flush()
    rows = [_new_result(act, takeover, sheet, student.id, points) for student, points in lines]
    db.session.add_all(rows)
    db.session.flush()
    events: list[Any] = [
        AuditEvent(
            SHEET_TAKEN_OVER,
            ("journal.grade_sheet", sheet.id),
            None,
            {"offering": sheet.offering_id, "kind": sheet.kind, "takeover": takeover.id},
            "1.4.2",
        )
    ]
    events += [
        AuditEvent(
            RESULT_TAKEN_OVER,
            ("journal.result", row.id),
            None,
            {"total": PrivateValue(format_points(row.total)), "sheet": sheet.id, "takeover": takeover.id},
            "2.1",
            row.student_id,
            sheet.offering_id,
            result_audit_row(row),
        )
        for row in rows
    ]
    record_audit_events(act, events)
    # The deadlines of 6.2 and 6.3 run from now, so each student is told.
    post_published_results(act, sheet, offering, [row.student_id for row in rows])


def _new_result(act: Act, takeover: Takeover, sheet: GradeSheet, student: UUID, points: Decimal) -> Result:
    """Return the result of a student as the act gives it: its sum was computed elsewhere."""
    arithmetic = {
        "parts": [],
        "sum": format_points(points),
        "total": format_points(points),
        "takeover": {"number": takeover.document_number, "day": takeover.document_date.isoformat()},
    }
    result = Result(
        id=new_id(),
        sheet_id=sheet.id,
        student_id=student,
        version=1,
        status="GRADED",
        entered=None,
        total=points,
        letter=None,
        arithmetic=arithmetic,
        takeover_id=takeover.id,
        published_at=act.at,
    )
    result.sha256 = canonical_sha256(
        {
            "id": str(result.id),
            "sheet": str(sheet.id),
            "student": str(student),
            "version": 1,
            "status": "GRADED",
            "total": str(points),
            "letter": None,
            "arithmetic": arithmetic,
            "ground": str(takeover.id),
        }
    )
    return result
