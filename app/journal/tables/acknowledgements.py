"""Tables of the acquaintance of students with the regulation: who acknowledged it, and the sheets (8.7, annex 4)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "journal"


class Acknowledgement(Base):
    """What is recorded of one student on the sheet of his group in a semester. Append-only; the newest row counts.

    `way`: OWN (under their own account), PAPER (signed on the printed sheet on `day`), DECLINED (he would not sign),
    WITHDRAWN (the row before was entered by mistake). `note` says why, with two witnesses for DECLINED; it is sealed
    under the key of the student.
    """

    __tablename__ = "acknowledgement"
    unchanging = True

    id: Mapped[UUIDpk]
    semester_id: Mapped[UUID] = mapped_column(ForeignKey("journal.semester.id"))
    group_id: Mapped[UUID] = mapped_column(ForeignKey("people.study_group.id"))
    student_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    way: Mapped[str]
    day: Mapped[date]
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("way IN ('OWN', 'PAPER', 'DECLINED', 'WITHDRAWN')", name="way"),
        CheckConstraint("(way IN ('DECLINED', 'WITHDRAWN')) = (note IS NOT NULL)", name="note"),
        Index(None, "group_id", "semester_id", "student_id", "made_at", "id"),
        Index(None, "student_id"),
        Index(None, "semester_id"),
        {"schema": SCHEMA},
    )


class AcknowledgementSheet(Base):
    """A step of the sheet of a group in a semester: SIGNED by who acquainted it, KEPT by the directorate (8.8).

    Append-only; the newest row counts. `acknowledged`, `declined` and `missing` are the numbers of students then.
    """

    __tablename__ = "acknowledgement_sheet"
    unchanging = True

    id: Mapped[UUIDpk]
    semester_id: Mapped[UUID] = mapped_column(ForeignKey("journal.semester.id"))
    group_id: Mapped[UUID] = mapped_column(ForeignKey("people.study_group.id"))
    step: Mapped[str]
    acknowledged: Mapped[int]
    declined: Mapped[int]
    missing: Mapped[int]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("step IN ('SIGNED', 'KEPT')", name="step"),
        CheckConstraint("acknowledged >= 0 AND declined >= 0 AND missing >= 0", name="numbers"),
        Index(None, "group_id", "semester_id", "made_at", "id"),
        Index(None, "semester_id"),
        {"schema": SCHEMA},
    )
