"""Tables of the timetable: bells, weekly patterns, planned hours, generation runs, changes of lessons, topic plans."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "journal"
_TYPES = "('LECTURE', 'PRACTICE', 'LAB', 'INDEPENDENT_WORK', 'CONSULTATION')"


class BellPeriod(Base):
    """A period of the bell schedule: its number and its times of day, the same in the whole university."""

    __tablename__ = "bell_period"

    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    starts_at: Mapped[time]
    ends_at: Mapped[time]

    __table_args__ = (
        CheckConstraint("number BETWEEN 1 AND 20", name="number"),
        CheckConstraint("starts_at < ends_at", name="times"),
        {"schema": SCHEMA},
    )


class JournalTimetable(Base):
    """The state of the timetable of one journal: `version` counts its changes, so that two offices do not overwrite
    each other; when its lessons were generated last, and from which version."""

    __tablename__ = "timetable"

    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"), primary_key=True)
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    generated_version: Mapped[int | None]
    generated_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("version > 0", name="version"), {"schema": SCHEMA})


class PlannedHours(Base):
    """Planned academic hours of one type of lesson in a journal. A journal without such rows has only its total,
    `Offering.planned_hours`."""

    __tablename__ = "planned_hours"

    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"), primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    hours: Mapped[int]

    __table_args__ = (
        CheckConstraint(f"type IN {_TYPES}", name="type"),
        CheckConstraint("hours BETWEEN 1 AND 1000", name="hours"),
        {"schema": SCHEMA},
    )


class LessonPattern(Base):
    """A lesson that is repeated weekly in a journal, on days `starts_on` to `ends_on`, both included.

    `weekday` is 1 (Monday) to 7; `weeks` EVERY, ODD or EVEN, counted from the first week of the semester. Its times
    are those of a bell period, or its own. `hours` are academic hours. Patterns with the same `stream_id` are one
    lesson given to several groups together.
    """

    __tablename__ = "lesson_pattern"

    id: Mapped[UUIDpk]
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    weekday: Mapped[int] = mapped_column(SmallInteger)
    weeks: Mapped[str]
    period: Mapped[int | None] = mapped_column(SmallInteger, ForeignKey("journal.bell_period.number"))
    starts_at: Mapped[time | None]
    ends_at: Mapped[time | None]
    type: Mapped[str]
    teacher_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    room: Mapped[str]
    hours: Mapped[int] = mapped_column(SmallInteger)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    stream_id: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint("weeks IN ('EVERY', 'ODD', 'EVEN')", name="weeks"),
        CheckConstraint(
            "(period IS NULL) = (starts_at IS NOT NULL) AND (starts_at IS NULL) = (ends_at IS NULL)",
            name="period",
        ),
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint(f"type IN {_TYPES}", name="type"),
        CheckConstraint("hours BETWEEN 1 AND 8", name="hours"),
        CheckConstraint("starts_on <= ends_on", name="days"),
        Index(None, "offering_id"),
        Index(None, "weekday", "teacher_id"),
        Index(None, "weekday", "room"),
        Index(None, "stream_id", postgresql_where=text("stream_id IS NOT NULL")),
        {"schema": SCHEMA},
    )


class TimetableRun(Base):
    """The generation of the lessons of many journals by the worker: of a semester, for a unit or (None) all.

    `after` is the last journal done, `journals` their whole number; `left` counts journals with planned hours that
    found no day.
    """

    __tablename__ = "timetable_run"

    id: Mapped[UUIDpk]
    semester_id: Mapped[UUID] = mapped_column(ForeignKey("journal.semester.id"))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.unit.id"))
    since: Mapped[date]
    state: Mapped[str] = mapped_column(default="RUNNING", server_default="RUNNING")
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    asked_for: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    asked_at: Mapped[datetime]
    after: Mapped[UUID | None]
    journals: Mapped[int]
    done: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    inserted: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    moved: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    removed: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    left: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('RUNNING', 'FINISHED', 'CANCELLED')", name="state"),
        CheckConstraint("(state = 'RUNNING') = (ended_at IS NULL)", name="ended"),
        Index(
            "uq_timetable_run_one_running",
            "semester_id",
            unique=True,
            postgresql_where=text("state = 'RUNNING'"),
        ),
        Index(None, "asked_at"),
        {"schema": SCHEMA},
    )


class TimetableImport(Base):
    """The plan of an imported workbook: the weekly lessons it adds to a semester, as JSON with ids alone. It is
    executed once, all of it or nothing."""

    __tablename__ = "timetable_import"

    id: Mapped[UUIDpk]
    semester_id: Mapped[UUID] = mapped_column(ForeignKey("journal.semester.id"))
    lessons: Mapped[list[Any]] = mapped_column(JSONB)
    unchanged: Mapped[int]
    sent_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    sent_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "sent_at"), {"schema": SCHEMA})


class LessonChange(Base):
    """A change of one lesson after it was in the timetable: added, cancelled, moved, given to another teacher.
    Append-only; `reason` is sealed under the key of `made_by`."""

    __tablename__ = "lesson_change"
    unchanging = True

    id: Mapped[UUIDpk]
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("journal.lesson.id"))
    kind: Mapped[str]
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('ADDED', 'CANCELLED', 'MOVED', 'SUBSTITUTED')", name="kind"),
        Index(None, "lesson_id", "made_at"),
        {"schema": SCHEMA},
    )


class TopicPlan(Base):
    """The topic plan of a journal, the work programme of annex 1; `version` counts its changes. `copied_from` is the
    journal whose plan it was taken from."""

    __tablename__ = "topic_plan"

    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"), primary_key=True)
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    copied_from: Mapped[UUID | None] = mapped_column(ForeignKey("journal.offering.id"))

    __table_args__ = (CheckConstraint("version > 0", name="version"), {"schema": SCHEMA})


class PlannedTopic(Base):
    """One topic of a topic plan: its place, type of lesson, academic hours and text."""

    __tablename__ = "planned_topic"

    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.topic_plan.offering_id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    type: Mapped[str]
    hours: Mapped[int] = mapped_column(SmallInteger)
    topic: Mapped[str]

    __table_args__ = (
        CheckConstraint("position > 0", name="position"),
        CheckConstraint(f"type IN {_TYPES}", name="type"),
        CheckConstraint("hours BETWEEN 1 AND 200", name="hours"),
        CheckConstraint("topic <> '' AND length(topic) <= 200", name="topic"),
        {"schema": SCHEMA},
    )
