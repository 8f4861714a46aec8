"""Tables of the sent reminders, so that none is sent twice, and of the progress of the daily run."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "journal"


class Reminder(Base):
    """One reminder sent to one person about one deadline that ends on a day; `stage` says which (before its
    end, at its end).

    A deadline that is rescheduled ends on another day, so it is another one. `lesson_id` is empty for the
    deadline of a document.
    """

    __tablename__ = "reminder"

    id: Mapped[UUIDpk]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    term: Mapped[str]
    stage: Mapped[str]
    lesson_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.lesson.id"))
    ends_on: Mapped[date]
    told_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint(
            "person_id", "term", "stage", "lesson_id", "ends_on", postgresql_nulls_not_distinct=True
        ),
        Index(None, "lesson_id"),
        Index(None, "told_at"),
        {"schema": SCHEMA},
    )


class ReminderRun(Base):
    """The run of one kind of reminder on one day: `after` is the last id it processed, `done` when it
    processed all."""

    __tablename__ = "reminder_run"

    kind: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date]
    after: Mapped[UUID]
    done: Mapped[bool]

    __table_args__ = ({"schema": SCHEMA},)
