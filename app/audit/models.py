"""Tables of the audit: records, and keys of data subjects. The application never updates or deletes rows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk


class AuditRecord(Base):
    """One record. `id`, `recorded_at` and `db_user` are set by PostgreSQL, not by the application.

    `body` is canonical JSON (RFC 8785) of format `format`, stored as text so that
    its bytes stay those that were hashed.
    """

    __tablename__ = "record"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    db_user: Mapped[str] = mapped_column(server_default=text("session_user"))
    format: Mapped[int] = mapped_column(SmallInteger)
    event_type: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[UUID]
    person: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    body: Mapped[str]

    __table_args__ = (
        Index(None, "object_id", "id"),
        Index(None, "case_id", "id", postgresql_where=text("case_id IS NOT NULL")),
        Index(None, "person", "id", postgresql_where=text("person IS NOT NULL")),
        {"schema": "audit"},
    )


class SubjectKey(Base):
    """The wrapped key of one person's values in the audit; destroying it erases them, hashes stay valid."""

    __tablename__ = "subject_key"

    subject: Mapped[UUIDpk]
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = ({"schema": "audit"},)
