"""Tables of the audit: records, keys of data subjects, erasures, reads; and what its readers keep for themselves.

The application never updates or deletes a record, a key, an erasure or a read.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

_LISTED_COLUMNS = ("recorded_at", "event_type", "clause", "late", "imported", "on_behalf_of")
_PLACE_COLUMNS = ("case_id", "offering_id", "unit_id", "group_id")


def _search_index(name: str | None, rows: str, *columns: str) -> Index:
    """Return an index that answers a search alone: it holds what a list filters by and counts as well."""
    beside = (*_LISTED_COLUMNS, *(("case_id",) if "offering_id" in columns else _PLACE_COLUMNS))
    return Index(
        name,
        *columns,
        postgresql_include=[one for one in beside if one not in columns],
        postgresql_where=text(rows) if rows else None,
    )


class AuditRecord(Base):
    """One record. `id`, `recorded_at` and `db_user` are set by PostgreSQL, not by the application.

    `body` is canonical JSON (RFC 8785) of format `format`, stored as text so that
    its bytes stay those that were hashed. The columns beside it repeat what lists filter by, and nothing personal:
    ids, event type, clause, moment. `offering_id`, `unit_id` and `group_id` are what the deed is about, if one.

    The table is partitioned by the year of `recorded_at`, so its key holds the moment; `id` alone is unique too,
    because it comes from one sequence.
    """

    __tablename__ = "record"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"), primary_key=True)
    db_user: Mapped[str] = mapped_column(server_default=text("session_user"))
    format: Mapped[int] = mapped_column(SmallInteger)
    event_type: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[UUID]
    person: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    body: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    on_behalf_of: Mapped[UUID | None]
    subject: Mapped[UUID | None]
    clause: Mapped[str | None]
    offering_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    group_id: Mapped[UUID | None]
    late: Mapped[bool] = mapped_column(server_default=text("false"))
    imported: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        Index(None, "object_id", "id"),
        _search_index(None, "", "at", "id"),
        _search_index(None, "", "event_type", "at", "id"),
        *(
            _search_index(None, f"{name} IS NOT NULL", name, "at", "id")
            for name in ("person", "clause", "offering_id", "case_id")
        ),
        # A student, a unit or a group has few records: what is listed is read from them.
        *(
            Index(None, name, "at", "id", postgresql_where=text(f"{name} IS NOT NULL"))
            for name in ("on_behalf_of", "subject", "unit_id", "group_id")
        ),
        _search_index("ix_record_deputy", "on_behalf_of IS NOT NULL", "at", "id"),
        _search_index("ix_record_late", "late", "at", "id"),
        _search_index("ix_record_imported", "imported", "at", "id"),
        _search_index("ix_record_of_case", "case_id IS NOT NULL", "at", "id"),
        {"schema": "audit", "postgresql_partition_by": "RANGE (recorded_at)"},
    )


class SubjectKey(Base):
    """The wrapped key of one person's values in the audit; destroying it erases them, hashes stay valid."""

    __tablename__ = "subject_key"

    subject: Mapped[UUIDpk]
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = ({"schema": "audit"},)


class Erasure(Base):
    """One lawful erasure (7.5). Inserting it destroys the key of its person, by a trigger; it is never changed.

    `document` is the number of the decision; `words` are sealed under the key of `erased_by`.
    """

    __tablename__ = "erasure"
    unchanging = True

    id: Mapped[UUIDpk]
    person: Mapped[UUID]
    document: Mapped[str]
    decided_on: Mapped[date]
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    erased_by: Mapped[UUID | None]
    erased_at: Mapped[datetime]

    __table_args__ = (Index(None, "person"), {"schema": "audit"})


class ReadRecord(Base):
    """One read of data about a person (7.1): outside the records of changes, never changed.

    `subject` is whom the data concern; None for a whole journal, whose students the reader of the register finds by
    `object_id`, and for the audit. `roles` are the roles in which `reader` read.
    """

    __tablename__ = "read_log"
    unchanging = True

    id: Mapped[UUIDpk]
    at: Mapped[datetime]
    reader: Mapped[UUID]
    on_behalf_of: Mapped[UUID | None]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    kind: Mapped[str]
    subject: Mapped[UUID | None]
    object_kind: Mapped[str]
    object_id: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("kind IN ('paper', 'marks', 'person', 'audit')", name="kind"),
        Index(None, "reader", "id"),
        Index(None, "subject", "id"),
        Index(None, "object_id", "id"),
        {"schema": "audit"},
    )


class UnsealedRecord(Base):
    """A committed record that no tree has yet; a trigger of `audit.record` adds it, the sealer deletes it."""

    __tablename__ = "unsealed"

    record_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)

    __table_args__ = ({"schema": "audit"},)


class CrossCheck(Base):
    """One night's comparison of business rows, audit records and sealed leaves; one a day, never changed.

    `counts` are the numbers compared and found by kind; `next_leaf` is where the next night goes on with the leaves.
    """

    __tablename__ = "cross_check"
    unchanging = True

    id: Mapped[UUIDpk]
    day: Mapped[date]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    next_leaf: Mapped[int] = mapped_column(BigInteger)
    counts: Mapped[dict[str, Any]]

    __table_args__ = (UniqueConstraint("day"), {"schema": "audit"})


class CrossCheckFinding(Base):
    """One disagreement that a cross-check found; `object_id` is the key of the business row, or of the leaf."""

    __tablename__ = "cross_check_finding"
    unchanging = True

    id: Mapped[UUIDpk]
    cross_check_id: Mapped[UUID] = mapped_column(ForeignKey("audit.cross_check.id"))
    kind: Mapped[str]
    code: Mapped[str]
    object_id: Mapped[str]
    record_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (Index(None, "cross_check_id", "id"), {"schema": "audit"})


class WitnessedLog(Base):
    """The last checkpoint of the log of another installation that this one has cosigned as its witness."""

    __tablename__ = "witnessed_log"

    origin: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[str]
    cosigned_at: Mapped[datetime]

    __table_args__ = ({"schema": "audit"},)


class SavedSearch(Base):
    """A search of a list that a person keeps. `body` is JSON, its name and its filters, sealed under the key of the
    person; a `shared` one is offered to every reader of the audit."""

    __tablename__ = "saved_search"

    id: Mapped[UUIDpk]
    person: Mapped[UUID]
    page: Mapped[str]
    shared: Mapped[bool]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("page IN ('deeds', 'cases')", name="page"),
        Index(None, "person"),
        {"schema": "audit"},
    )


class RecentSearch(Base):
    """What a reader of the audit searched for lately: words or filters, as JSON sealed under his key."""

    __tablename__ = "recent_search"

    id: Mapped[UUIDpk]
    person: Mapped[UUID]
    page: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("page IN ('deeds', 'cases', 'words')", name="page"),
        Index(None, "person", "at"),
        {"schema": "audit"},
    )


class ListColumns(Base):
    """The columns that a person chose for a list, in their order."""

    __tablename__ = "list_columns"

    person: Mapped[UUIDpk]
    page: Mapped[str] = mapped_column(primary_key=True)
    columns: Mapped[list[str]] = mapped_column(ARRAY(Text))

    __table_args__ = (CheckConstraint("page IN ('deeds', 'cases')", name="page"), {"schema": "audit"})


class AuditExport(Base):
    """A file made from a list for the one person who asked for it.

    `request` is JSON of the filters and columns, `content` the file, both sealed under the key of the person. `done` of
    `rows` are written, `next_key` is where the list goes on. `content` is gone after `kept_until`.
    """

    __tablename__ = "export"

    id: Mapped[UUIDpk]
    person: Mapped[UUID]
    page: Mapped[str]
    format: Mapped[str]
    request: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(server_default="WAITING")
    rows: Mapped[int]
    done: Mapped[int] = mapped_column(server_default=text("0"))
    next_key: Mapped[str | None]
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    kept_until: Mapped[datetime | None]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        CheckConstraint("page IN ('deeds', 'cases')", name="page"),
        CheckConstraint("format IN ('csv', 'xlsx', 'json')", name="format"),
        CheckConstraint("state IN ('WAITING', 'READY', 'ENDED')", name="state"),
        Index(None, "person", "asked_at"),
        {"schema": "audit"},
    )


class AuditExportPart(Base):
    """The rows of one batch of an export that is being made: JSON, sealed under the key of its person."""

    __tablename__ = "export_part"

    export_id: Mapped[UUIDpk]
    number: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = ({"schema": "audit"},)
