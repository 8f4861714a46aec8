"""Roles, schemas and grants that must exist before the first migration. Harmless to repeat."""

from __future__ import annotations

from sqlalchemy import Connection, text

from app.kernel.db import ROOM_SCHEMAS

_LOGIN_OPTION_BY_ROLE = {"depter_owner": "NOLOGIN", "depter_app": "LOGIN", "depter_sealer": "LOGIN"}


def create_roles(connection: Connection) -> None:
    """Create the three roles that a server lacks, and make the login a member of the owner.

    `depter_owner` owns every table and cannot log in; `depter_app` reads and writes; `depter_sealer` reads
    the audit and writes seals.
    """
    for role, login in _LOGIN_OPTION_BY_ROLE.items():
        if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}):
            connection.execute(text(f"CREATE ROLE {role} {login}"))
    if not connection.scalar(text(_may_become_owner_statement(connection))):
        connection.execute(text("GRANT depter_owner TO CURRENT_USER"))


def create_roles_and_schemas(connection: Connection) -> None:
    """Create the three roles, the one extension, one schema a room, and the default grants."""
    create_roles(connection)
    connection.execute(text("CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public"))
    for schema in ("kernel", *ROOM_SCHEMAS):
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION depter_owner"))
        connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO depter_app"))
    connection.execute(text("GRANT USAGE ON SCHEMA audit TO depter_sealer"))
    connection.execute(text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    for schema in ROOM_SCHEMAS:
        grant = f"ALTER DEFAULT PRIVILEGES FOR ROLE depter_owner IN SCHEMA {schema} GRANT"
        connection.execute(text(f"{grant} SELECT, INSERT, UPDATE, DELETE ON TABLES TO depter_app"))
        connection.execute(text(f"{grant} USAGE, SELECT ON SEQUENCES TO depter_app"))


def _may_become_owner_statement(connection: Connection) -> str:
    """Return the query whether the login has the rights of `depter_owner` and may become it."""
    usage = "pg_has_role(current_user, 'depter_owner', 'USAGE')"
    # Since PostgreSQL 16 the creator of a role is its member without these rights, until he grants them to himself.
    version = connection.scalar(text("SELECT current_setting('server_version_num')::int"))
    return f"SELECT {usage}" + (
        " AND pg_has_role(current_user, 'depter_owner', 'SET')" if version >= 160_000 else ""
    )
