"""Tables of the states of journals: their changes, the checks of teachers, the openings of a department."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "journal"
JOURNAL_STATES_SQL_LIST = "'DRAFT', 'OPEN', 'SUBMITTED', 'CONFIRMED', 'CLOSED', 'ARCHIVED'"


class JournalStateChange(Base):
    """One change of the state of a journal: who, when, in which case. Append-only; `reason` is sealed under the key of
    `made_by`. The present state is `Offering.state`."""

    __tablename__ = "journal_state_change"
    unchanging = True

    id: Mapped[UUIDpk]
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    before: Mapped[str]
    state: Mapped[str]
    case_id: Mapped[UUID | None]
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(
            f"before IN ({JOURNAL_STATES_SQL_LIST}) AND state IN ({JOURNAL_STATES_SQL_LIST})", name="state"
        ),
        CheckConstraint("before <> state", name="change"),
        Index(None, "offering_id", "made_at"),
        {"schema": SCHEMA},
    )


class JournalCheck(Base):
    """What a teacher said about a journal before it was opened: its list, topics and hours are right, or what is
    wrong (`problem`, sealed under the key of `made_by`). Append-only; the newest row of a teacher counts. `seen` is
    the digest of what the page showed."""

    __tablename__ = "journal_check"
    unchanging = True

    id: Mapped[UUIDpk]
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    seen: Mapped[str]
    problem: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_right: Mapped[bool]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("is_right = (problem IS NULL)", name="problem"),
        Index(None, "offering_id", "made_at"),
        {"schema": SCHEMA},
    )


class JournalOpening(Base):
    """The opening of the journals of a department in a semester, the subject of its case. Append-only."""

    __tablename__ = "journal_opening"
    unchanging = True

    id: Mapped[UUIDpk]
    department_id: Mapped[UUID] = mapped_column(ForeignKey("people.unit.id"))
    semester_id: Mapped[UUID] = mapped_column(ForeignKey("journal.semester.id"))
    case_id: Mapped[UUID | None]
    sha256: Mapped[str]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    made_at: Mapped[datetime]

    __table_args__ = (Index(None, "semester_id", "department_id"), {"schema": SCHEMA})
