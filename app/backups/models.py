"""Tables of backups: drafted and approved schedules, runs, drills and their reports. Only a run is ever updated."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "backups"


class BackupSchedule(Base):
    """A schedule as IT drafted it (7.3): immutable, by its SHA-256. It runs from its approval.

    A backup is made every `every_hours` hours of the day, counted from `first_hour` in Bishkek; the newest `copies` are
    kept. `archives_wal`: the server archives its WAL too. `place` says where the copies lie.
    """

    __tablename__ = "schedule"
    unchanging = True

    id: Mapped[UUIDpk]
    every_hours: Mapped[int] = mapped_column(SmallInteger)
    first_hour: Mapped[int] = mapped_column(SmallInteger)
    copies: Mapped[int] = mapped_column(SmallInteger)
    archives_wal: Mapped[bool]
    place: Mapped[str]
    drafted_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    drafted_at: Mapped[datetime]
    sha256: Mapped[str]

    __table_args__ = (
        CheckConstraint("every_hours IN (1, 2, 3, 4, 6, 8, 12, 24)", name="every_hours"),
        CheckConstraint("first_hour BETWEEN 0 AND 23", name="first_hour"),
        CheckConstraint("copies BETWEEN 2 AND 999", name="copies"),
        {"schema": SCHEMA},
    )


class ScheduleApproval(Base):
    """The approval of a schedule; the newest one is in force. Immutable."""

    __tablename__ = "schedule_approval"
    unchanging = True

    schedule_id: Mapped[UUID] = mapped_column(ForeignKey("backups.schedule.id"), primary_key=True)
    case_id: Mapped[UUID | None]
    approved_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    approved_at: Mapped[datetime]

    __table_args__ = (Index(None, "approved_at"), {"schema": SCHEMA})


class BackupRun(Base):
    """One backup by the schedule in force. `finished_at` is None while it is made.

    `result` is OK or FAILED; `problem` is the code of what went wrong and `detail` its words, without names of persons.
    """

    __tablename__ = "run"

    id: Mapped[UUIDpk]
    schedule_id: Mapped[UUID] = mapped_column(ForeignKey("backups.schedule.id"))
    due_at: Mapped[datetime]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    result: Mapped[str | None]
    problem: Mapped[str | None]
    detail: Mapped[str | None]
    name: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("result IN ('OK', 'FAILED')", name="result"),
        CheckConstraint("(finished_at IS NULL) = (result IS NULL)", name="finished"),
        CheckConstraint("result IS DISTINCT FROM 'OK' OR name IS NOT NULL", name="named"),
        Index(None, "due_at", unique=True),
        {"schema": SCHEMA},
    )


class RestoreDrill(Base):
    """A drill that is due in a period (a quarter by the policy `backup.drill_months`). Immutable."""

    __tablename__ = "drill"
    unchanging = True

    id: Mapped[UUIDpk]
    period_start: Mapped[date] = mapped_column(unique=True)
    period_end: Mapped[date]
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("period_start < period_end", name="period"), {"schema": SCHEMA})


class DrillReport(Base):
    """What IT reported about a drill: the backup, whether the restore succeeded, in how many minutes. Immutable."""

    __tablename__ = "drill_report"
    unchanging = True

    drill_id: Mapped[UUID] = mapped_column(ForeignKey("backups.drill.id"), primary_key=True)
    case_id: Mapped[UUID | None]
    restored: Mapped[bool]
    minutes: Mapped[int]
    within_hours: Mapped[int] = mapped_column(SmallInteger)
    reported_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    reported_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("minutes BETWEEN 1 AND 100000", name="minutes"), {"schema": SCHEMA})
