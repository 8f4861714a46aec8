"""Create the tables of files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.initial.columns import MOMENT_TYPE


def create_tables() -> None:
    """Create the tables."""
    _create_encrypted_blob_table()
    _create_uploaded_file_table()


def _create_encrypted_blob_table() -> None:
    """Create the encrypted contents on the disk; `address` is a keyed hash of the plaintext."""
    op.create_table(
        "blob",
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        schema="files",
    )


def _create_uploaded_file_table() -> None:
    """Create the uploads: person, content and name."""
    op.create_table(
        "file",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("address", sa.Text, sa.ForeignKey("files.blob.address"), nullable=False),
        sa.Column("name", sa.LargeBinary),
        sa.Column("uploaded_by", sa.Uuid),
        sa.Column("uploaded_at", MOMENT_TYPE, nullable=False),
        sa.Index(None, "address"),
        schema="files",
    )
