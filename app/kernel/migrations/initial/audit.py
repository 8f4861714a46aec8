"""Create the tables of the audit, which only grows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_tables_append_only
from app.kernel.migrations.initial.columns import MOMENT_TYPE


def create_tables() -> None:
    """Create the tables, and what the roles may do with them."""
    _create_audit_record_table()
    _create_subject_key_table()
    make_tables_append_only("audit.record")
    # PostgreSQL alone sets the number, the moment and the user of a record: the application cannot name them.
    op.execute("REVOKE INSERT ON audit.record FROM depter_app")
    op.execute(
        "GRANT INSERT (format, event_type, object_kind, object_id, person, case_id, body)"
        " ON audit.record TO depter_app"
    )
    op.execute("GRANT SELECT ON audit.record TO depter_sealer")
    # No trigger here: to erase a person's values, `depter_owner` deletes the key.
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON audit.subject_key FROM depter_app")


def _create_audit_record_table() -> None:
    """Create the audit records; `body` is canonical JSON (RFC 8785) as text, because its bytes are hashed."""
    op.create_table(
        "record",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("recorded_at", MOMENT_TYPE, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("db_user", sa.Text, server_default=sa.text("session_user"), nullable=False),
        sa.Column("format", sa.SmallInteger, nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("object_kind", sa.Text, nullable=False),
        sa.Column("object_id", sa.Uuid, nullable=False),
        sa.Column("person", sa.Uuid),
        sa.Column("case_id", sa.Uuid),
        sa.Column("body", sa.Text, nullable=False),
        sa.Index(None, "case_id", "id", postgresql_where=sa.text("case_id IS NOT NULL")),
        sa.Index(None, "object_id", "id"),
        sa.Index(None, "person", "id", postgresql_where=sa.text("person IS NOT NULL")),
        schema="audit",
    )


def _create_subject_key_table() -> None:
    """Create the wrapped keys that encrypt the values of one person each; destroying a key erases them."""
    op.create_table(
        "subject_key",
        sa.Column("subject", sa.Uuid, primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        schema="audit",
    )
