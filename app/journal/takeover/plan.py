"""Plan a takeover: the sheets of a workbook become marks and results of journals, or findings by cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.journal.gradebook.cell_state import LessonState
from app.journal.gradebook.load import GroupStudent
from app.journal.grading.scheme_queries import load_scheme_version_of_offering
from app.journal.tables import Semester
from app.journal.takeover.journal_queries import (
    JournalKey,
    JournalMarks,
    load_journal_keys,
    load_journal_marks,
    module_days,
)
from app.journal.takeover.rules import (
    is_taken_already,
    problem_of_taken_cell,
    problem_of_taken_result,
)
from app.journal.takeover.sheet_reading import (
    JournalSheet,
    MarkColumn,
    MarksWorkbook,
    StudentRow,
    read_marks_workbook,
)
from app.journal.takeover.words import HEADING_ROW, RESULT_COLUMN
from app.kernel.errors import Missing
from app.kernel.workbook_reading import MAX_FINDINGS, WorkbookFinding, word_key

COLUMN_PROBLEMS = frozenset(
    {
        "outside_days",
        "not_begun",
        "not_held",
        "journal_ended",
        "journal_submitted",
        "no_roll",
        "module_not_over",
        "no_scheme",
    }
)
"""Problems of a lesson or a module, which all marks of its column have: noted once, at its heading."""


@dataclass(slots=True)
class PlannedJournal:
    """What a takeover brings to one journal, as JSON: cells as [lesson, student, kind, word], results as [kind,
    student, points]; `same` values that it holds already."""

    offering: UUID
    cells: list[list[str]] = field(default_factory=list)
    results: list[list[str]] = field(default_factory=list)
    same: int = 0


@dataclass(frozen=True, slots=True)
class TakeoverPlan:
    """What a workbook brings, and everything that is wrong in it."""

    journals: tuple[PlannedJournal, ...]
    findings: tuple[WorkbookFinding, ...]


def plan_takeover(
    content: bytes,
    semester: Semester,
    first: date,
    last: date,
    now: datetime,
    report: Callable[[int, int], None] | None = None,
) -> TakeoverPlan:
    """Plan a workbook for the lessons from `first` to `last`; `report` is told of the sheets done."""
    book = read_marks_workbook(content)
    keys: defaultdict[tuple[str, str], list[JournalKey]] = defaultdict(list)
    for key in load_journal_keys(semester.id):
        keys[word_key(key.group), word_key(key.course)].append(key)
    planned: dict[UUID, PlannedJournal] = {}
    for done, sheet in enumerate(book.sheets, 1):
        found = keys.get((word_key(sheet.group), word_key(sheet.course)), [])
        if len(found) != 1:
            code = "several_journals" if found else "no_journal"
            book.add(sheet.name, 1, 3, code, group=sheet.group, course=sheet.course)
        elif found[0].id in planned:
            book.add(sheet.name, 1, 1, "journal_twice")
        else:
            builder = _JournalBuilder(book, sheet, load_journal_marks(found[0]), semester, first, last, now)
            planned[found[0].id] = builder.plan()
        if report is not None:
            report(done, len(book.sheets))
        if len(book.findings) >= MAX_FINDINGS:
            break
    findings = tuple(book.findings[:MAX_FINDINGS])
    brought = () if findings else tuple(one for one in planned.values() if one.cells or one.results)
    return TakeoverPlan(brought, findings)


class _JournalBuilder:
    """Builds what a sheet brings to its journal; findings are noted in the workbook."""

    def __init__(
        self,
        book: MarksWorkbook,
        sheet: JournalSheet,
        journal: JournalMarks,
        semester: Semester,
        first: date,
        last: date,
        now: datetime,
    ) -> None:
        self.book, self.sheet, self.journal = book, sheet, journal
        self.first, self.last, self.now = first, last, now
        self.modules = module_days(semester)
        self.built = PlannedJournal(journal.key.id)
        self.noted: set[tuple[int, str]] = set()
        self.lessons: defaultdict[datetime, list[LessonState]] = defaultdict(list)
        for lesson in journal.lessons:
            self.lessons[lesson.starts_at].append(lesson)

    def _note(self, row: int, place: int | None, code: str, /, **params: Any) -> None:
        self.book.add(self.sheet.name, row, place, code, **params)

    def _note_mark(self, row: StudentRow, column: MarkColumn, code: str, /, **params: Any) -> None:
        """Note a problem at the cell of a mark, or once at the heading of its column."""
        if code not in COLUMN_PROBLEMS:
            self._note(row.number, column.place, code, **params)
        elif (column.place, code) not in self.noted:
            self.noted.add((column.place, code))
            self._note(HEADING_ROW, column.place, code, **params)

    def plan(self) -> PlannedJournal:
        """Return what the sheet brings."""
        lessons = {one.place: self._lesson_of_column(one) for one in self.sheet.columns if one.starts_at}
        seen: set[UUID] = set()
        for row in self.sheet.rows:
            student = self._student_of_row(row)
            if student is None:
                continue
            if student.id in seen:
                self._note(row.number, 1, "student_twice", name=student.name)
                continue
            seen.add(student.id)
            for column in self.sheet.columns:
                word = row.values.get(column.place)
                if word is None:
                    continue
                lesson = lessons.get(column.place)
                if column.kind == RESULT_COLUMN:
                    self._plan_result(row, column, student, word)
                elif lesson is not None:
                    self._plan_cell(row, column, student, lesson, word)
        self._require_whole_modules()
        return self.built

    def _lesson_of_column(self, column: MarkColumn) -> LessonState | None:
        """Return the lesson of a column; None when there is none, which is noted once if marks stand in it."""
        assert column.starts_at is not None
        found = self.lessons.get(column.starts_at, [])
        if len(found) == 1:
            return found[0]
        if any(column.place in row.values for row in self.sheet.rows):
            code = "several_lessons" if found else "no_lesson"
            self._note(HEADING_ROW, column.place, code, at=column.starts_at)
        return None

    def _student_of_row(self, row: StudentRow) -> GroupStudent | None:
        """Return the student of a row: by number when it has one, else by full name; None is noted."""
        if row.student_number:
            wanted = word_key(row.student_number)
            found = [
                one
                for one in self.journal.students
                if wanted in (word_key(self.journal.numbers[one.id]), str(one.id))
            ]
            place, text = 0, row.student_number
        else:
            found = [one for one in self.journal.students if word_key(one.name) == word_key(row.student_name)]
            place, text = 1, row.student_name
        if len(found) == 1:
            return found[0]
        self._note(row.number, place, "several_students" if found else "no_student", text=text)
        return None

    def _plan_cell(
        self, row: StudentRow, column: MarkColumn, student: GroupStudent, lesson: LessonState, word: str
    ) -> None:
        cell = self.journal.cell(lesson, student, column.kind)
        if is_taken_already(cell, word):
            self.built.same += 1
            return
        problem = problem_of_taken_cell(
            cell, self.first, self.last, self.now, self.journal.key.ends_on, self.journal.key.state
        )
        if problem is not None:
            self._note_mark(row, column, problem)
            return
        self.built.cells.append([str(lesson.id), str(student.id), column.kind, word])

    def _plan_result(
        self, row: StudentRow, column: MarkColumn, student: GroupStudent, points: Decimal
    ) -> None:
        known = self.journal.results.get((column.module, student.id))
        if known is not None and known.total == points:
            self.built.same += 1
            return
        until = self.modules[column.module][1]
        if until is None or until > self.last:
            self._note_mark(row, column, "module_not_over")
            return
        try:
            scheme = load_scheme_version_of_offering(self.journal.key.id).scheme
        except Missing:
            self._note_mark(row, column, "no_scheme")
            return
        most = scheme.most(column.module)
        problem = problem_of_taken_result(
            points,
            most,
            belonged=student.is_member_on(until),
            has_result=known is not None,
            sheet_begun=column.module in self.journal.begun,
        )
        if problem is not None:
            self._note(row.number, column.place, problem, most=most)
            return
        self.built.results.append([column.module, str(student.id), str(points)])

    def _require_whole_modules(self) -> None:
        """Note the students of a module who get no result while others do: the sheet is closed with it."""
        for column in self.sheet.columns:
            given = {UUID(one[1]) for one in self.built.results if one[0] == column.module}
            until = self.modules[column.module][1] if column.module else None
            if not given or until is None:
                continue
            missing = [
                one.name for one in self.journal.students if one.is_member_on(until) and one.id not in given
            ]
            if missing:
                self._note(HEADING_ROW, column.place, "result_missing", name=missing[0], count=len(missing))


def count_planned(journals: Sequence[PlannedJournal]) -> tuple[int, int]:
    """Return the numbers of cells and of results of a plan."""
    return sum(len(one.cells) for one in journals), sum(len(one.results) for one in journals)
