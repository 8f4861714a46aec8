"""Tables of files: a blob is content stored once; a file is one upload of it under a name."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "files"


class Blob(Base):
    """Encrypted content on the disk. `address` is a keyed hash of the plaintext, `key` its own key,
    wrapped."""

    __tablename__ = "blob"

    address: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary)
    media_type: Mapped[str]
    size: Mapped[int]

    __table_args__ = ({"schema": SCHEMA},)


class File(Base):
    """One upload. The id was chosen when the form was rendered, so that a repeat is detected.

    `name` is sealed under the key of `uploaded_by`."""

    __tablename__ = "file"

    id: Mapped[UUIDpk]
    address: Mapped[str] = mapped_column(ForeignKey("files.blob.address"))
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    uploaded_by: Mapped[UUID | None]
    uploaded_at: Mapped[datetime]

    __table_args__ = (Index("ix_file_address", "address"), {"schema": SCHEMA})
