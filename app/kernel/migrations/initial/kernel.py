"""Create what every room needs: the function behind append-only tables, and the key check of the
installation.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_append_only
from app.kernel.migrations.initial.columns import MOMENT_TYPE

REFUSE_REWRITE_FUNCTION_SQL = """
CREATE FUNCTION kernel.refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on %.% is refused: it is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$
"""


def create_tables() -> None:
    """Create the function before the first append-only table, then the table."""
    op.execute(REFUSE_REWRITE_FUNCTION_SQL)
    _create_installation()
    # The schema has no default grants: `depter_app` adds the one row and reads it.
    op.execute("GRANT SELECT ON kernel.installation TO depter_app")
    op.execute("GRANT INSERT (key_check) ON kernel.installation TO depter_app")
    make_append_only("kernel.installation")


def _create_installation() -> None:
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
