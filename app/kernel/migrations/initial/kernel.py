"""Create what every room needs: the function behind append-only tables, and the key check of the
installation.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_tables_append_only
from app.kernel.migrations.initial.columns import MOMENT_TYPE

REFUSE_REWRITE_FUNCTION_SQL = """
CREATE FUNCTION kernel.refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on %.% is refused: it is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$
"""

CURRENT_KEY_CHECK_FUNCTION_SQL = """
CREATE FUNCTION kernel.current_key_check() RETURNS bytea LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  -- A change of the key begins alone; each statement here sees what committed before it, also after waiting.
  PERFORM pg_advisory_xact_lock_shared(20261130);
  RETURN coalesce(
    (SELECT new_check FROM kernel.key_rotation ORDER BY begun_at DESC LIMIT 1),
    (SELECT key_check FROM kernel.installation)
  );
END $$
"""


def create_tables() -> None:
    """Create the function before the first append-only table, then the table."""
    op.execute(REFUSE_REWRITE_FUNCTION_SQL)
    _create_secret_key_check_table()
    # The schema has no default grants: `depter_app` adds the one row and reads it.
    op.execute("GRANT SELECT ON kernel.installation TO depter_app")
    op.execute("GRANT INSERT (key_check) ON kernel.installation TO depter_app")
    make_tables_append_only("kernel.installation")
    _create_key_rotation_table()
    op.execute("GRANT SELECT ON kernel.key_rotation TO depter_app")
    op.execute(CURRENT_KEY_CHECK_FUNCTION_SQL)


def _create_secret_key_check_table() -> None:
    """Create the table of the one row that says to which SECRET_KEY the database belongs."""
    op.create_table(
        "installation",
        sa.Column("one", sa.Boolean, primary_key=True, server_default=sa.text("true")),
        sa.Column("key_check", sa.LargeBinary, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, server_default=sa.text("now()"), nullable=False),
        # A key that can only be true: no second row.
        sa.CheckConstraint("one", name="one"),
        schema="kernel",
    )


def _create_key_rotation_table() -> None:
    """Create the changes of SECRET_KEY: the last one says which secret wraps; written by the owner only."""
    op.create_table(
        "key_rotation",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("old_check", sa.LargeBinary, nullable=False),
        sa.Column("new_check", sa.LargeBinary, nullable=False),
        sa.Column("hash_root", sa.LargeBinary, nullable=False),
        sa.Column("begun_at", MOMENT_TYPE, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("finished_at", MOMENT_TYPE),
        # One at a time: the next one begins after this one ended.
        sa.Index(
            "uq_key_rotation_running",
            sa.text("(true)"),
            unique=True,
            postgresql_where=sa.text("finished_at IS NULL"),
        ),
        schema="kernel",
    )
