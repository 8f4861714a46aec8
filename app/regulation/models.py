"""Tables of the regulation: dated policies, calendar days, weeks, pauses, confirmed years, changes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "regulation"


class PolicyRow(Base):
    """One dated value of a period or choice; for a unit, or (None) for the university.

    `source` is text (the regulation says it), default (our reading) or decision (of the university); a decision names
    its `document`, and `change_id` is the approved change that made the row.
    """

    __tablename__ = "policy"

    id: Mapped[UUIDpk]
    key: Mapped[str]
    unit_id: Mapped[UUID | None]
    value: Mapped[str]
    measure: Mapped[str]
    clause: Mapped[str]
    source: Mapped[str]
    document: Mapped[str] = mapped_column(default="", server_default=text("''"))
    effective_from: Mapped[date]
    change_id: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("measure IN ('hours', 'calendar_days', 'working_days', 'code')", name="measure"),
        CheckConstraint("source IN ('text', 'default', 'decision')", name="source"),
        CheckConstraint("(source = 'decision') = (document <> '')", name="document"),
        UniqueConstraint("key", "unit_id", "effective_from", postgresql_nulls_not_distinct=True),
        {"schema": SCHEMA},
    )


class PolicyChange(Base):
    """A proposed value of a policy of the university, and what a second person decided about it.

    `decision` is None while it waits, else approved, rejected or withdrawn. `reason` is sealed for who proposed,
    `decision_words` for who decided. At most one change of a policy waits.
    """

    __tablename__ = "policy_change"

    id: Mapped[UUIDpk]
    key: Mapped[str]
    value: Mapped[str]
    value_before: Mapped[str]
    effective_from: Mapped[date]
    document: Mapped[str]
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    proposed_by: Mapped[UUID]
    proposed_on_behalf_of: Mapped[UUID | None]
    proposed_at: Mapped[datetime]
    decision: Mapped[str | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_words: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        CheckConstraint("decision IN ('approved', 'rejected', 'withdrawn')", name="decision"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
        Index("ix_policy_change_waiting", "key", unique=True, postgresql_where=text("decision IS NULL")),
        Index("ix_policy_change_key", "key", "proposed_at"),
        {"schema": SCHEMA},
    )


class QuestionAnswer(Base):
    """An answer of the university to an open question of the regulation, with its document. Never updated.

    The last answer counts. `words` is the answer, sealed for its author.
    """

    __tablename__ = "question_answer"

    id: Mapped[UUIDpk]
    question: Mapped[str]
    document: Mapped[str]
    words: Mapped[bytes] = mapped_column(LargeBinary)
    person: Mapped[UUID]
    at: Mapped[datetime]

    __table_args__ = (Index("ix_question_answer_question", "question", "at"), {"schema": SCHEMA})


class CalendarDay(Base):
    """A day that differs from its weekday: off, working though it would be off, or short.

    `origin` is who decided it: the government, or the university (for a unit: the unit); `source` is the
    document.
    """

    __tablename__ = "calendar_day"

    id: Mapped[UUIDpk]
    day: Mapped[date]
    unit_id: Mapped[UUID | None]
    kind: Mapped[str]
    names: Mapped[dict[str, Any]] = mapped_column(JSONB)
    source: Mapped[str]
    origin: Mapped[str] = mapped_column(default="government", server_default=text("'government'"))

    __table_args__ = (
        CheckConstraint("kind IN ('off', 'working', 'short')", name="kind"),
        CheckConstraint("origin IN ('government', 'university')", name="origin"),
        UniqueConstraint("day", "unit_id", postgresql_nulls_not_distinct=True),
        {"schema": SCHEMA},
    )


class UnitWeek(Base):
    """Number of working days a week of a unit from a day on: 5 or 6; the row without a unit is the
    university's."""

    __tablename__ = "unit_week"

    id: Mapped[UUIDpk]
    unit_id: Mapped[UUID | None]
    days: Mapped[int] = mapped_column(SmallInteger)
    since: Mapped[date] = mapped_column(default=date(2000, 1, 1), server_default=text("'2000-01-01'"))

    __table_args__ = (
        CheckConstraint("days IN (5, 6)", name="days"),
        UniqueConstraint("unit_id", "since", postgresql_nulls_not_distinct=True),
        {"schema": SCHEMA},
    )


class Pause(Base):
    """A period in which deadlines pause: an outage with its act (8.5), an academic leave, an inquiry."""

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


class CalendarYear(Base):
    """A year whose days the academic office has checked against the government's decree; without a row its
    days are an estimate."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    source: Mapped[str]
    confirmed_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None]

    __table_args__ = ({"schema": SCHEMA},)


class CalendarChange(Base):
    """One change of the calendar with its values before and after. Never updated; `words` is the reason,
    encrypted.

    `since` is the moment from which deadlines may change; None: no deadline changes.
    """

    __tablename__ = "calendar_change"

    id: Mapped[UUIDpk]
    at: Mapped[datetime]
    person: Mapped[UUID | None]
    kind: Mapped[str]
    unit_id: Mapped[UUID | None]
    since: Mapped[datetime | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    words: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (Index("ix_calendar_change_at", "at", "id"), {"schema": SCHEMA})


class RegulationRevision(Base):
    """One row that counts changes of the other tables, so that a process detects when to read them again."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    number: Mapped[int]

    __table_args__ = (CheckConstraint("id = 1", name="one_row"), {"schema": SCHEMA})
