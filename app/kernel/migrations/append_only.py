"""Append-only tables, for every role: also the owner and replication."""

from __future__ import annotations

from alembic import op


def make_tables_append_only(*tables: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE on each `schema.table`, inside a migration."""
    for table in tables:
        name = table.replace(".", "_")
        # The grant refuses the application early, with PostgreSQL's own words; the triggers refuse everybody.
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM depter_app")
        op.execute(
            f"CREATE TRIGGER {name}_rows BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION kernel.refuse_rewrite()"
        )
        op.execute(
            f"CREATE TRIGGER {name}_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_rewrite()"
        )
        # ALWAYS: a session with `session_replication_role = replica` skips other triggers.
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}_rows")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}_truncate")
