"""Tables of migrations: one row a migration, one row a case in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Sequence,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "cases"
case_number_sequence = Sequence("case_number", schema=SCHEMA, metadata=Base.metadata)


class Migration(Base):
    """One migration of running cases to a version, chosen by a person and done by the worker. Numbered by diagram.

    `filter` holds what was chosen: version, step, late, ticked. `words` is the reason, sealed under the key of
    `chosen_by`. The worker acts for `run_by`, who started or resumed it last. `reverting`: cases are being moved back.
    `problem` is the code that paused it.
    """

    __tablename__ = "migration"

    id: Mapped[UUIDpk]
    diagram: Mapped[str]
    number: Mapped[int]
    target_version_id: Mapped[UUID] = mapped_column(ForeignKey("diagrams.version.id"))
    filter: Mapped[dict[str, Any]] = mapped_column(JSONB)
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    start_hash: Mapped[str]
    chosen_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    chosen_at: Mapped[datetime]
    run_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    run_for: Mapped[UUID | None]
    state: Mapped[str]
    reverting: Mapped[bool] = mapped_column(server_default=text("false"))
    problem: Mapped[str | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("diagram", "number"),
        CheckConstraint("state IN ('running', 'paused', 'done', 'reverted')", name="state"),
        Index(
            "uq_migration_under_way",
            "diagram",
            unique=True,
            postgresql_where=text("state IN ('running', 'paused')"),
        ),
        {"schema": SCHEMA},
    )


class MigrationCase(Base):
    """One case of a migration and its result. `code` and `details` say why it stays."""

    __tablename__ = "migration_case"

    migration_id: Mapped[UUID] = mapped_column(ForeignKey("cases.migration.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.case.id"), primary_key=True)
    position: Mapped[int]
    from_version_id: Mapped[UUID]
    state: Mapped[str]
    code: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("migration_id", "position"),
        CheckConstraint("state IN ('waiting', 'moved', 'stays', 'reverted', 'kept')", name="state"),
        Index("ix_migration_case_state", "migration_id", "state", "position"),
        {"schema": SCHEMA},
    )
