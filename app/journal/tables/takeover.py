"""Tables of takeovers: the act, what it brings to each journal, and the results of earlier semesters."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "journal"
TAKEOVER_STATES = ("PLANNING", "CHECKED", "QUEUED", "FINISHED", "CANCELLED", "FAILED")


class Takeover(Base):
    """The act by which marks kept elsewhere are taken over for the lessons from `first_day` to `last_day`.

    State PLANNING waits for the worker to read the file, CHECKED for a second person, QUEUED for the worker to write
    the marks journal by journal. `signed_by`: who signed the document on paper, and `findings` as JSON, are sealed
    under the key of `sent_by`. An act of the kind EARLIER brings results of earlier semesters and has no days: it is
    FINISHED when it is confirmed. `done` of `journals` are written, `refused` of them were overtaken. The file has the
    id of the act.
    """

    __tablename__ = "takeover"

    id: Mapped[UUIDpk]
    kind: Mapped[str] = mapped_column(default="SEMESTER", server_default="SEMESTER")
    state: Mapped[str]
    semester_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.semester.id"))
    document_number: Mapped[str]
    document_date: Mapped[date]
    signed_by: Mapped[bytes] = mapped_column(LargeBinary)
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]
    sent_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    sent_for: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    sent_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    confirmed_for: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    findings: Mapped[bytes | None] = mapped_column(LargeBinary)
    problem: Mapped[str | None]
    journals: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    done: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    refused: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    cells: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    results: Mapped[int] = mapped_column(default=0, server_default=text("0"))

    __table_args__ = (
        CheckConstraint(f"state IN {TAKEOVER_STATES}", name="state"),
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint("kind IN ('SEMESTER', 'EARLIER')", name="kind"),
        CheckConstraint(
            "(kind = 'SEMESTER') = (semester_id IS NOT NULL AND first_day IS NOT NULL AND last_day IS NOT NULL)",
            name="of_semester",
        ),
        CheckConstraint(
            "(state IN ('QUEUED', 'FINISHED')) <= (confirmed_by IS NOT NULL AND confirmed_at IS NOT NULL)",
            name="confirmed",
        ),
        CheckConstraint("confirmed_by <> sent_by", name="second_person"),
        Index(None, "sent_at", "id"),
        {"schema": SCHEMA},
    )


class TakeoverJournal(Base):
    """What an act brings to one journal: `cells` as [lesson, student, kind, status or points], `results` as [kind,
    student, points]. State PENDING, then DONE, or REFUSED with the code of the `problem`: nothing of it was written.
    """

    __tablename__ = "takeover_journal"

    takeover_id: Mapped[UUID] = mapped_column(ForeignKey("journal.takeover.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    cells: Mapped[list[Any]]
    results: Mapped[list[Any]]
    state: Mapped[str] = mapped_column(default="PENDING", server_default="PENDING")
    problem: Mapped[str | None]
    done_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('PENDING', 'DONE', 'REFUSED')", name="state"),
        Index(None, "offering_id"),
        {"schema": SCHEMA},
    )


class EarlierResult(Base):
    """A result of a semester before the university kept its journals here: append-only, shown once its act is FINISHED.

    `academic_year` is written 2024/25, `semester` is the number of the semester of study, `course_key` the discipline
    as it is compared; `points` of 100, `grade` in letters or words.
    """

    __tablename__ = "earlier_result"
    unchanging = True

    id: Mapped[UUIDpk]
    takeover_id: Mapped[UUID] = mapped_column(ForeignKey("journal.takeover.id"))
    student_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    academic_year: Mapped[str]
    semester: Mapped[int]
    code: Mapped[str]
    course: Mapped[str]
    course_key: Mapped[str]
    credits: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    points: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    grade: Mapped[str]

    __table_args__ = (
        CheckConstraint("points BETWEEN 0 AND 100", name="points"),
        CheckConstraint("credits > 0", name="credits"),
        CheckConstraint("semester > 0", name="semester"),
        CheckConstraint("points IS NOT NULL OR grade <> ''", name="value"),
        Index(
            "uq_earlier_result_once",
            "takeover_id",
            "student_id",
            "academic_year",
            "semester",
            "course_key",
            unique=True,
        ),
        Index(None, "student_id"),
        {"schema": SCHEMA},
    )
