"""Journals with lessons or sheets, which a change of their title data would affect (2.1a)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import exists, func, or_, select, true

from app.journal.tables import Cell, GradeSheet, Lesson, Offering
from app.kernel.clock import local_day
from app.kernel.db import db

OFFERINGS_PER_STATEMENT = 5000


@dataclass(frozen=True, slots=True)
class RecordedJournal:
    """A journal with lessons or sheets. `first` and `last`: days of the first and
    last lesson with a roll or a cell.

    Both are None when all lessons are only planned.
    """

    offering: UUID
    group: UUID
    course: UUID
    first: date | None
    last: date | None


def load_journals_with_lesson_or_sheet(offerings: Iterable[UUID]) -> dict[UUID, RecordedJournal]:
    """Return those of these journals that have a lesson or a sheet, by id; one statement for each 5,000."""
    wanted = list(offerings)
    found: dict[UUID, RecordedJournal] = {}
    for start in range(0, len(wanted), OFFERINGS_PER_STATEMENT):
        found |= {
            one.offering: one
            for one in _load_recorded_journals_batch(wanted[start : start + OFFERINGS_PER_STATEMENT])
        }
    return found


def _load_recorded_journals_batch(offerings: Sequence[UUID]) -> list[RecordedJournal]:
    """Return the recorded journals of one batch; one statement."""
    days = (
        select(func.min(Lesson.starts_at).label("first"), func.max(Lesson.starts_at).label("last"))
        .where(
            Lesson.offering_id == Offering.id,
            or_(Lesson.roll_taken_at.is_not(None), exists().where(Cell.lesson_id == Lesson.id)),
        )
        .lateral("days")
    )
    rows = db.session.execute(
        select(Offering.id, Offering.group_id, Offering.course_id, days.c.first, days.c.last)
        .join(days, true())
        .where(
            Offering.id.in_(offerings),
            or_(
                exists().where(Lesson.offering_id == Offering.id),
                exists().where(GradeSheet.offering_id == Offering.id),
            ),
        )
    )
    return [
        RecordedJournal(
            offering, group, course, local_day(first) if first else None, local_day(last) if last else None
        )
        for offering, group, course, first, last in rows
    ]
