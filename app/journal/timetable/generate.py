"""Write the lessons that a plan gives: new ones in one statement, changed ones and removed ones in one each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, text, update

from app.audit.record import AuditEvent
from app.audit.stored_rows import CHANGED, NEW, execute_watched
from app.journal.tables import Cell, JournalTimetable, Lesson, LessonChange
from app.journal.timetable.lesson_plan import GeneratedLesson, LessonPlan, plan_lessons
from app.journal.timetable.queries import (
    TimetabledJournal,
    load_patterns_for_planning,
    load_stored_lessons,
    study_days_of_journal,
)
from app.kernel.db import db
from app.kernel.ids import new_id

LESSONS_GENERATED = "journal.timetable.generated"
_COLUMNS = (
    ("id", "uuid"),
    ("offering_id", "uuid"),
    ("pattern_id", "uuid"),
    ("pattern_day", "date"),
    ("starts_at", "timestamptz"),
    ("ends_at", "timestamptz"),
    ("type", "text"),
    ("teacher_id", "uuid"),
    ("room", "text"),
    ("hours", "integer"),
)
_ARRAYS = ", ".join(f"CAST(:{name} AS {type}[])" for name, type in _COLUMNS)
_NAMES = ", ".join(name for name, _type in _COLUMNS)
# One array a column: a thousand lessons are one statement with ten values.
_INSERT = text(
    f"INSERT INTO journal.lesson ({_NAMES}) SELECT * FROM unnest({_ARRAYS})"
    " ON CONFLICT (pattern_id, pattern_day) WHERE pattern_id IS NOT NULL DO NOTHING"
    " RETURNING *"
)
_CHANGED = ("starts_at", "ends_at", "type", "teacher_id", "room", "hours")
_UPDATE = text(
    f"UPDATE journal.lesson AS old SET {', '.join(f'{name} = new.{name}' for name in _CHANGED)},"
    f" version = old.version + 1 FROM unnest({_ARRAYS}) AS new ({_NAMES}) WHERE old.id = new.id"
    f" RETURNING {', '.join(f'old.{name}' for name in ('id', *_CHANGED, 'version'))}"
)


def plan_journals(
    journals: Sequence[TimetabledJournal], now: datetime, since: date
) -> dict[UUID, LessonPlan]:
    """Return the plan of lessons of each of these journals; two statements, and those for calendars not read yet."""
    ids = [journal.id for journal in journals]
    patterns, stored = load_patterns_for_planning(ids), load_stored_lessons(ids)
    plans = {}
    known: dict[tuple[UUID, UUID, UUID], Any] = {}
    for journal in journals:
        # The days of study are computed once for all journals of a department, an institute and a semester.
        key = (journal.department, journal.institute, journal.semester)
        days = known.get(key) or known.setdefault(key, study_days_of_journal(journal, now))
        plans[journal.id] = plan_lessons(
            patterns.get(journal.id, []),
            days,
            journal.planned,
            journal.planned_total,
            stored.get(journal.id, []),
            now,
            since,
        )
    return plans


def write_lesson_plans(
    now: datetime, journals: Iterable[TimetabledJournal], plans: dict[UUID, LessonPlan]
) -> list[AuditEvent]:
    """Write the plans of these journals, and that their lessons were generated; return the audit records of those
    that change something. The caller holds the lock of the timetables."""
    written = list(journals)
    new = [lesson for journal in written for lesson in plans[journal.id].new]
    changed = [lesson for journal in written for lesson in plans[journal.id].changed]
    if new:
        execute_watched(_INSERT, _columns_of_lessons(new), "journal.lesson", NEW)
    if changed:
        execute_watched(_UPDATE, _columns_of_lessons(changed), "journal.lesson", CHANGED)
    remove_lessons([one.id for journal in written for one in plans[journal.id].removed])
    kept = update(JournalTimetable).where(
        JournalTimetable.offering_id.in_([journal.id for journal in written])
    )
    db.session.execute(
        kept.values(generated_version=JournalTimetable.version, generated_at=now),
        execution_options={"synchronize_session": False},
    )
    return [_audit_event(journal, plans[journal.id]) for journal in written if not plans[journal.id].is_empty]


def remove_lessons(ids: Sequence[UUID]) -> None:
    """Delete lessons that have not begun and that nobody worked on; others among them stay."""
    if not ids:
        return
    db.session.execute(
        delete(Lesson).where(
            Lesson.id.in_(ids),
            Lesson.roll_taken_at.is_(None),
            ~exists().where(Cell.lesson_id == Lesson.id),
            ~exists().where(LessonChange.lesson_id == Lesson.id),
        ),
        execution_options={"synchronize_session": False},
    )


def _columns_of_lessons(lessons: Sequence[GeneratedLesson]) -> dict[str, list[Any]]:
    """Return the lessons as one list a column."""
    rows = [
        (
            one.id or new_id(),
            one.offering,
            one.key[0],
            one.key[1],
            one.starts_at,
            one.ends_at,
            one.type,
            one.teacher,
            one.room,
            one.hours,
        )
        for one in lessons
    ]
    columns: list[list[Any]] = [list(values) for values in zip(*rows, strict=True)]
    return {name: values for (name, _type), values in zip(_COLUMNS, columns, strict=True)}


def _audit_event(journal: TimetabledJournal, plan: LessonPlan) -> AuditEvent:
    """Return the record of a generation: what went and what moved by id, what is new by number and days."""
    after = {
        "new": len(plan.new),
        "first": min((one.starts_at for one in plan.new), default=None),
        "last": max((one.starts_at for one in plan.new), default=None),
        "changed": [one.id for one in plan.changed],
        "removed": [one.id for one in plan.removed],
        "left_hours": plan.left,
        "timetable_version": journal.version,
    }
    return AuditEvent(LESSONS_GENERATED, ("journal.offering", journal.id), None, after, "2.1")
