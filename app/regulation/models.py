"""Dated policies and days. Knows what is stored, not how a term is counted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "regulation"


class Policy(Base):
    """One value of one term or choice from a day on; for a unit, or (None) for the university."""

    __tablename__ = "policy"

    id: Mapped[UUIDpk]
    key: Mapped[str]
    unit_id: Mapped[UUID | None]
    value: Mapped[str]
    measure: Mapped[str]
    clause: Mapped[str]
    source: Mapped[str]
    effective_from: Mapped[date]

    __table_args__ = (
        CheckConstraint("measure IN ('hours', 'calendar_days', 'working_days', 'code')", name="measure"),
        CheckConstraint("source IN ('text', 'default')", name="source"),
        UniqueConstraint("key", "unit_id", "effective_from", postgresql_nulls_not_distinct=True),
        {"schema": SCHEMA},
    )


class CalendarDay(Base):
    """A day that differs from its weekday: off, working though it would be off, or short."""

    __tablename__ = "calendar_day"

    id: Mapped[UUIDpk]
    day: Mapped[date]
    unit_id: Mapped[UUID | None]
    kind: Mapped[str]
    names: Mapped[dict[str, Any]] = mapped_column(JSONB)
    source: Mapped[str]

    __table_args__ = (
        CheckConstraint("kind IN ('off', 'working', 'short')", name="kind"),
        UniqueConstraint("day", "unit_id", postgresql_nulls_not_distinct=True),
        {"schema": SCHEMA},
    )


class UnitWeek(Base):
    """How many days a week a unit works: 5 or 6; the row without a unit is the university's."""

    __tablename__ = "unit_week"

    id: Mapped[UUIDpk]
    unit_id: Mapped[UUID | None]
    days: Mapped[int] = mapped_column(SmallInteger)

    __table_args__ = (
        CheckConstraint("days IN (5, 6)", name="days"),
        UniqueConstraint("unit_id", postgresql_nulls_not_distinct=True),
        {"schema": SCHEMA},
    )


class Pause(Base):
    """A stretch in which terms stand still: an outage with its act (8.5), an academic leave, an inquiry."""

    __tablename__ = "pause"

    id: Mapped[UUIDpk]
    unit_id: Mapped[UUID | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    kind: Mapped[str]
    reference: Mapped[str]

    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="period"),
        Index(None, "starts_at"),
        {"schema": SCHEMA},
    )


class Revision(Base):
    """One row that counts changes of the other tables, so that a process knows when to read them again."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    number: Mapped[int]

    __table_args__ = (CheckConstraint("id = 1", name="one_row"), {"schema": SCHEMA})
