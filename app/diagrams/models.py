"""Table of the versions of every diagram: XML, forms and fingerprint as they were published."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk


class DiagramVersion(Base):
    """One version. `state` is published, proposed or retired; XML, forms and hash never change (trigger).

    `sha256` covers the XML and every form, so a case can prove which drawing it runs on.
    """

    __tablename__ = "version"

    id: Mapped[UUIDpk]
    key: Mapped[str]
    number: Mapped[int]
    sha256: Mapped[str]
    xml: Mapped[str]
    forms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    titles: Mapped[dict[str, Any]] = mapped_column(JSONB)
    clause: Mapped[str]
    origin: Mapped[str]
    state: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    published_at: Mapped[datetime | None]
    published_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("key", "number"),
        UniqueConstraint("key", "sha256"),
        CheckConstraint("origin IN ('shipped', 'edited')", name="origin"),
        CheckConstraint("state IN ('published', 'proposed', 'retired')", name="state"),
        Index("uq_version_in_force", "key", unique=True, postgresql_where=text("state = 'published'")),
        {"schema": "diagrams"},
    )
