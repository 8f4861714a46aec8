"""Plan the import of a timetable workbook: its rows become weekly lessons of journals, or findings by cell.

A row that is in the timetable already is unchanged. A workbook adds weekly lessons and takes none away; with one
finding nothing of it is imported. Conflicts are found among its rows and with every stored weekly lesson of the time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.journal.semesters.queries import SemesterRow
from app.journal.tables import Offering
from app.journal.timetable.lesson_plan import StudyDays
from app.journal.timetable.queries import (
    TimetabledJournal,
    load_bell_periods,
    load_patterns_at_time_of_semester,
    load_timetabled_journals,
    study_days_of_journal,
)
from app.journal.timetable.rules import (
    BellTimes,
    WeeklyLesson,
    find_pattern_conflicts,
    iterate_pattern_days,
    pattern_value_problems,
    refusal_to_arrange_timetable,
    refusal_to_repeat_more,
    room_key,
)
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id
from app.kernel.workbook_reading import MAX_FINDINGS, Workbook, WorkbookFinding, WorkbookRow, word_key
from app.people import queries as people

NO_BELLS = "journal.timetable_file.no_bells"


@dataclass(frozen=True, slots=True)
class PlannedPattern:
    """A weekly lesson that an import adds: with its bell period, or None and times of its own."""

    lesson: WeeklyLesson
    period: int | None

    def as_json(self) -> dict[str, Any]:
        """Return it as the plan stores it: ids, days and times, no names."""
        values = {
            name: value.isoformat() if isinstance(value, (date, time)) else value
            for name, value in asdict(self.lesson).items()
        }
        return {name: str(value) if isinstance(value, UUID) else value for name, value in values.items()} | {
            "period": self.period
        }


def planned_pattern_from_json(stored: Mapping[str, Any]) -> PlannedPattern:
    """Return a stored weekly lesson of a plan."""
    lesson = WeeklyLesson(
        id=UUID(stored["id"]),
        offering=UUID(stored["offering"]),
        group=UUID(stored["group"]),
        weekday=stored["weekday"],
        weeks=stored["weeks"],
        starts_at=time.fromisoformat(stored["starts_at"]),
        ends_at=time.fromisoformat(stored["ends_at"]),
        type=stored["type"],
        teacher=UUID(stored["teacher"]),
        room=stored["room"],
        hours=stored["hours"],
        first=date.fromisoformat(stored["first"]),
        last=date.fromisoformat(stored["last"]),
        week_one=date.fromisoformat(stored["week_one"]),
        stream=UUID(stored["stream"]) if stored["stream"] else None,
    )
    return PlannedPattern(lesson, stored["period"])


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """What a workbook adds, how many of its rows are there already, and what is wrong."""

    new: tuple[PlannedPattern, ...]
    unchanged: int
    findings: tuple[WorkbookFinding, ...]


def plan_timetable_import(act: Act, semester: SemesterRow, read: Workbook) -> SheetPlan:
    """Plan the import of the rows that were read into a semester; writes nothing."""
    if read.findings:
        return SheetPlan((), 0, tuple(read.findings[:MAX_FINDINGS]))
    journals = load_journals_of_semester(semester.id)
    names = people.load_names({part.person for journal in journals for part in journal.teachers})
    builder = _PlanBuilder(act, semester, read, journals, names)
    return builder.plan()


def load_journals_of_semester(semester: UUID) -> list[TimetabledJournal]:
    """Return all journals of a semester, by group and code; four statements."""
    ids = db.session.scalars(select(Offering.id).where(Offering.semester_id == semester)).all()
    return sorted(load_timetabled_journals(ids).values(), key=lambda one: (one.group_name, one.code, one.id))


class _PlanBuilder:
    """Builds the plan of one workbook; findings are noted in `read`."""

    def __init__(
        self,
        act: Act,
        semester: SemesterRow,
        read: Workbook,
        journals: Sequence[TimetabledJournal],
        names: Mapping[UUID, people.PersonName],
    ) -> None:
        self.act, self.semester, self.read, self.names = act, semester, read, names
        (self.sheet,) = read.sheets
        self.bells = {one.number: one for one in load_bell_periods()}
        self.stored = load_patterns_at_time_of_semester(semester.dates.starts_on, semester.dates.ends_on)
        self.known = {_same_key(row.lesson) for row in self.stored}
        self.journals: defaultdict[tuple[str, str], list[TimetabledJournal]] = defaultdict(list)
        for journal in journals:
            self.journals[word_key(journal.group_name), word_key(journal.code)].append(journal)
        self.counts: defaultdict[UUID, int] = defaultdict(int)
        for row in self.stored:
            self.counts[row.lesson.offering] += 1
        self.streams: dict[str, UUID] = {}
        self.days: dict[tuple[UUID, UUID, UUID], StudyDays] = {}

    def plan(self) -> SheetPlan:
        """Return the plan."""
        planned: list[tuple[WorkbookRow, PlannedPattern]] = []
        unchanged = 0
        seen: dict[WeeklyLesson, int] = {}
        if not self.bells and any(row.values.get("period") is not None for row in self.sheet.rows):
            # One sentence instead of one for each row.
            self.read.findings.append(WorkbookFinding(self.sheet.name, "", NO_BELLS))
        for row in self.sheet.rows:
            one = self._plan_row(row)
            if one is None:
                continue
            key = _same_key(one.lesson)
            if key in seen:
                self._note(row, "group", "row_twice", other=seen[key])
                continue
            seen[key] = row.number
            if key in self.known:
                unchanged += 1
                continue
            self.counts[one.lesson.offering] += 1
            if refusal_to_repeat_more(self.counts[one.lesson.offering] - 1) is not None:
                self._note(row, "group", "too_many")
            planned.append((row, one))
        if not self.read.findings:
            self._note_conflicts(planned)
        if not self.sheet.rows and not self.read.findings:
            self.read.findings.append(WorkbookFinding(self.sheet.name, "", "journal.timetable_file.no_rows"))
        findings = tuple(self.read.findings[:MAX_FINDINGS])
        return SheetPlan(() if findings else tuple(one for _row, one in planned), unchanged, findings)

    def _plan_row(self, row: WorkbookRow) -> PlannedPattern | None:
        """Return the weekly lesson of a row; None when something is wrong, which is noted."""
        values = row.values
        found = self.journals.get((word_key(values["group"]), word_key(values["course"])), [])
        if len(found) != 1:
            code = "several_journals" if found else "no_journal"
            self._note(row, "course", code, group=values["group"], course=values["course"])
            return None
        journal = found[0]
        if refusal_to_arrange_timetable(self.act.assignments, journal.institute) is not None:
            self._note(row, "group", "not_yours", group=journal.group_name)
            return None
        times = self._times_of_row(row)
        teacher = self._teacher_of_row(row, journal)
        if times is None or teacher is None:
            return None
        dates = journal.dates
        last = (
            dates.ends_on
            if dates.session_from is None
            else max(dates.starts_on, _day_before(dates.session_from))
        )
        lesson = WeeklyLesson(
            id=new_id(),
            offering=journal.id,
            group=journal.group,
            weekday=values["weekday"],
            weeks=values.get("weeks") or "EVERY",
            starts_at=times.starts_at,
            ends_at=times.ends_at,
            type=values["type"],
            teacher=teacher,
            room=values.get("room") or "",
            hours=values.get("hours") or 2,
            first=values.get("from") or dates.starts_on,
            last=values.get("until") or last,
            week_one=dates.starts_on,
            stream=self._stream_of_row(values.get("stream")),
        )
        problem = pattern_value_problems(lesson, dates, journal.teachers)
        if problem is not None:
            for field, problems in problem.fields.items():
                for one in problems:
                    # The words are those of the form of the page.
                    self.read.add(self.sheet, row.number, field, one.code, **one.params)
            return None
        if all(self._study_days(journal).skip_reason(day) for day in iterate_pattern_days(lesson)):
            self._note(row, "weekday", "no_lesson_day")
            return None
        return PlannedPattern(lesson, values.get("period"))

    def _note(self, row: WorkbookRow, key: str, code: str, **params: Any) -> None:
        """Note what is wrong in the cell of a column."""
        self.read.add(self.sheet, row.number, key, f"journal.timetable_file.{code}", **params)

    def _study_days(self, journal: TimetabledJournal) -> StudyDays:
        """Return which days have lessons; computed once for a department, an institute and a semester."""
        key = (journal.department, journal.institute, journal.semester)
        if key not in self.days:
            self.days[key] = study_days_of_journal(journal, self.act.at)
        return self.days[key]

    def _times_of_row(self, row: WorkbookRow) -> BellTimes | None:
        """Return the times of a row: of its period, or its own."""
        period, starts_at, ends_at = (row.values.get(key) for key in ("period", "starts_at", "ends_at"))
        if period is not None and (starts_at or ends_at):
            self._note(row, "period", "period_and_times")
        elif period is not None and not self.bells:
            return None
        elif period is not None and period not in self.bells:
            self._note(row, "period", "no_period", period=period)
        elif period is not None:
            return self.bells[period]
        elif starts_at is None or ends_at is None:
            self._note(row, "period", "no_period_or_times")
        else:
            return BellTimes(0, starts_at, ends_at)
        return None

    def _teacher_of_row(self, row: WorkbookRow, journal: TimetabledJournal) -> UUID | None:
        """Return the teacher of the journal that a row names, by the full or the short name; the only one if it names
        none."""
        persons = {part.person for part in journal.teachers}
        text = row.values.get("teacher")
        if not text:
            if len(persons) == 1:
                return next(iter(persons))
            self._note(row, "teacher", "which_teacher")
            return None
        wanted = word_key(text)
        found = [
            one
            for one in persons
            if wanted in (word_key(self.names[one].full), word_key(self.names[one].short))
        ]
        if len(found) == 1:
            return found[0]
        code = "same_name" if found else "no_teacher"
        self._note(row, "teacher", code, name=text, group=journal.group_name)
        return None

    def _stream_of_row(self, text: str | None) -> UUID | None:
        """Return the stream that rows with the same text in this column are."""
        return self.streams.setdefault(word_key(text), new_id()) if text else None

    def _note_conflicts(self, planned: Sequence[tuple[WorkbookRow, PlannedPattern]]) -> None:
        """Note every conflict among the rows and with stored weekly lessons."""
        rows = {one.lesson.id: row.number for row, one in planned}
        stored = {row.lesson.id: row for row in self.stored}
        index = index_by_resource([one.lesson for _row, one in planned])
        index_by_resource((row.lesson for row in self.stored), index)
        fields = {"group": "weekday", "teacher": "teacher", "room": "room"}
        for row, one in planned:
            for conflict in find_pattern_conflicts(one.lesson, near_lessons(index, one.lesson)):
                other = conflict.other
                if other.id in rows and rows[other.id] > row.number:
                    continue
                params: dict[str, Any] = {"day": conflict.day, "from": f"{other.starts_at:%H:%M}"}
                if other.id in rows:
                    params["other"] = rows[other.id]
                    self._note(row, fields[conflict.kind], f"{conflict.kind}_in_row", **params)
                else:
                    kept = stored[other.id]
                    params |= {"group": kept.group_name, "course": dict(kept.names)}
                    self._note(row, fields[conflict.kind], f"{conflict.kind}_stored", **params)
                if len(self.read.findings) >= MAX_FINDINGS:
                    return


ResourceIndex = dict[tuple[int, str, object], list[WeeklyLesson]]


def index_by_resource(lessons: Iterable[WeeklyLesson], index: ResourceIndex | None = None) -> ResourceIndex:
    """Return weekly lessons by weekday with their group, teacher and room, so that few are compared with each."""
    made: ResourceIndex = {} if index is None else index
    for one in lessons:
        for key in _resource_keys(one):
            made.setdefault(key, []).append(one)
    return made


def near_lessons(index: ResourceIndex, lesson: WeeklyLesson) -> list[WeeklyLesson]:
    """Return the lessons of an index that share weekday and group, teacher or room with a lesson, each once."""
    found = {one.id: one for key in _resource_keys(lesson) for one in index.get(key, ())}
    return list(found.values())


def _resource_keys(one: WeeklyLesson) -> list[tuple[int, str, object]]:
    keys: list[tuple[int, str, object]] = [
        (one.weekday, "group", one.group),
        (one.weekday, "teacher", one.teacher),
    ]
    room = room_key(one.room)
    return [*keys, (one.weekday, "room", room)] if room else keys


def _same_key(lesson: WeeklyLesson) -> WeeklyLesson:
    """Return a weekly lesson without what two imports of one row may differ in: its id and its stream."""
    return replace(lesson, id=UUID(int=0), stream=None)


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
