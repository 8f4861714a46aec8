"""Lessons beside OneRoster, which has none: `lessons.csv` in the ZIP of a roster, out and in.

An import adds lessons that are not there. Lessons that are there stay as they are: they are changed in the timetable.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.exchange.changes import ImportChange
from app.exchange.csv_records import RosterFinding
from app.exchange.read import Roster, RosterRow
from app.journal.tables import Lesson
from app.kernel.clock import UNIVERSITY_ZONE, local_time
from app.kernel.db import db, model_table

LESSON_FILE = "lessons.csv"
MAX_HOURS, MAX_TOPIC_LENGTH = 8, 500
_KIND = "lessons.lesson"


@dataclass(frozen=True, slots=True)
class PlannedLessons:
    """New lessons, how many rows are there already, and what is wrong."""

    changes: tuple[ImportChange, ...]
    same: int
    findings: tuple[RosterFinding, ...]


def iterate_lesson_rows(ids: Mapping[UUID, str]) -> Iterator[Mapping[str, Any]]:
    """Yield all lessons as rows of the file; `ids` are those under which journals and persons go out."""
    for row in db.session.execute(select(model_table(Lesson))):
        starts_at, ends_at = local_time(row.starts_at), local_time(row.ends_at)
        yield {
            "sourcedId": row.external_id or str(row.id),
            "classSourcedId": ids[row.offering_id],
            "teacherSourcedId": ids[row.teacher_id] if row.teacher_id else "",
            "date": f"{starts_at:%Y-%m-%d}",
            "beginTime": f"{starts_at:%H:%M}",
            "endTime": f"{ends_at:%H:%M}",
            "type": row.type,
            "hours": row.hours,
            "room": row.room,
            "topic": row.topic,
            "state": row.state,
        }


def plan_new_lessons(
    roster: Roster,
    find_id: Callable[[str, str], UUID],
    journals: Collection[UUID],
    persons: Collection[UUID],
    names: Mapping[UUID, str],
) -> PlannedLessons:
    """Return the lessons of a roster that are not there; one statement, none without lessons in the file.

    `journals` and `persons` are those that there will be when the other tables are written.
    """
    rows = [row for row in roster.rows("lessons") if not row.is_withdrawn("lessons")]
    if not rows:
        return PlannedLessons((), 0, ())
    known = {
        text
        for id, external in db.session.execute(select(Lesson.id, Lesson.external_id))
        for text in (str(id), external)
        if text
    }
    changes: list[ImportChange] = []
    findings: list[RosterFinding] = []
    same = 0
    for row in rows:
        if row.get("sourcedId") in known:
            same += 1
            continue
        values = _read_lesson(row, find_id, journals, persons, findings)
        if values is not None:
            about = f"{names.get(values['offering_id'], '')}, {row.get('date')} {row.get('beginTime')}"
            made = find_id(_KIND, row.get("sourcedId"))
            changes.append(ImportChange("lesson", "insert", made, values, {}, about, LESSON_FILE, row.line))
    return PlannedLessons(tuple(changes), same, tuple(findings))


def _read_lesson(
    row: RosterRow,
    find_id: Callable[[str, str], UUID],
    journals: Collection[UUID],
    persons: Collection[UUID],
    findings: list[RosterFinding],
) -> dict[str, Any] | None:
    """Return the columns of a lesson; None when something is wrong, which is added to `findings`."""
    before = len(findings)

    def note(column: str, code: str, **params: Any) -> None:
        findings.append(RosterFinding(LESSON_FILE, row.line, column, f"exchange.row.{code}", params))

    offering = find_id("classes.offering", row.get("classSourcedId"))
    if offering not in journals:
        note("classSourcedId", "unknown_reference", id=row.get("classSourcedId"), table="classes")
    teacher = find_id("users.person", row.get("teacherSourcedId")) if row.get("teacherSourcedId") else None
    if teacher is not None and teacher not in persons:
        note("teacherSourcedId", "unknown_reference", id=row.get("teacherSourcedId"), table="users")
    times = {}
    for column in ("beginTime", "endTime"):
        times[column] = _read_time(row.get(column))
        if times[column] is None:
            note(column, "unknown_value", value=row.get(column))
    hours = row.get("hours") or "2"
    if not (hours.isdecimal() and len(hours) < 3 and 1 <= int(hours) <= MAX_HOURS):
        note("hours", "unknown_value", value=hours)
    if len(row.get("topic")) > MAX_TOPIC_LENGTH:
        note("topic", "too_long", most=MAX_TOPIC_LENGTH)
    begin, end = times["beginTime"], times["endTime"]
    if begin is not None and end is not None and end <= begin:
        note("endTime", "backwards", first=row.get("beginTime"), last=row.get("endTime"))
    if len(findings) > before or begin is None or end is None:
        return None
    day = date.fromisoformat(row.get("date"))
    return {
        "offering_id": offering,
        "starts_at": datetime.combine(day, begin, UNIVERSITY_ZONE).astimezone(UTC),
        "ends_at": datetime.combine(day, end, UNIVERSITY_ZONE).astimezone(UTC),
        "type": row.get("type"),
        "hours": int(hours),
        "room": row.get("room"),
        "topic": row.get("topic"),
        "state": row.get("state") or "PLANNED",
        "teacher_id": teacher,
        "external_id": row.get("sourcedId"),
    }


def _read_time(text: str) -> time | None:
    try:
        return time.fromisoformat(text).replace(tzinfo=None) if len(text) in (5, 8) else None
    except ValueError:
        return None
