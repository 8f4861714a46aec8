"""What `depter setup` asks a PostgreSQL server, and the passwords it sets for `depter_app` and `depter_sealer`."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from app.kernel.readiness import database_problem_text, open_short_connection

APP_ROLE, SEALER_ROLE = "depter_app", "depter_sealer"
MIN_POSTGRESQL_VERSION = 15
_SERVER_STATEMENT = """
SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('server_encoding') AS encoding,
       (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS may_create_roles,
       has_database_privilege(current_database(), 'CREATE') AS may_create_schemas,
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'btree_gist') AS has_btree_gist,
       EXISTS (SELECT FROM pg_roles WHERE rolname = 'depter_app') AS has_app_role,
       current_user AS login
"""


class DatabaseNotFit(RuntimeError):
    """The database cannot be used; the message says what is wrong and what to do."""


def role_url(owner_url: str, role: str, password: str) -> str:
    """Return the address of the same database for another role."""
    return make_url(owner_url).set(username=role, password=password).render_as_string(hide_password=False)


def new_role_password() -> str:
    """Return a password of 48 hexadecimal digits, which needs no escaping in an address or a file."""
    return secrets.token_hex(24)


def require_fit_database(owner_url: str) -> bool:
    """Return whether the server has the role `depter_app` already. Raises DatabaseNotFit."""
    try:
        with open_short_connection(owner_url) as connection:
            cursor = connection.execute(_SERVER_STATEMENT)
            names = [column.name for column in cursor.description or ()]
            found = dict(zip(names, cursor.fetchone() or (), strict=True))
    except psycopg.Error as problem:
        raise DatabaseNotFit(
            f"The database does not answer its owner: {database_problem_text(problem)}. Check host,"
            " port, name, user and password, whether PostgreSQL runs, and its pg_hba.conf."
        ) from None
    reasons = list(_reasons_against_server(found))
    if reasons:
        raise DatabaseNotFit("\n".join(reasons))
    return bool(found["has_app_role"])


def _reasons_against_server(found: dict[str, Any]) -> Iterator[str]:
    login = found["login"]
    if found["version"] < MIN_POSTGRESQL_VERSION:
        yield f"PostgreSQL {found['version']} is too old: Depter needs {MIN_POSTGRESQL_VERSION} or newer."
    if found["encoding"] != "UTF8":
        yield (
            f"The database is encoded in {found['encoding']}, which has no Kyrgyz letters: create it with"
            " `createdb --encoding=UTF8 --template=template0`."
        )
    if not found["may_create_roles"]:
        yield f"{login} may not create roles: as a superuser run `ALTER ROLE {login} CREATEROLE`."
    if not found["may_create_schemas"]:
        yield f"{login} may not create schemas here: make it the owner, `ALTER DATABASE ... OWNER TO {login}`."
    if not found["has_btree_gist"]:
        yield "The extension btree_gist is missing: install the package postgresql-contrib of this server."


def is_role_known(owner_url: str, role: str) -> bool:
    """Return whether the server has the role already. Raises DatabaseNotFit."""
    try:
        with open_short_connection(owner_url) as connection:
            return bool(connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).rowcount)
    except psycopg.Error as problem:
        raise DatabaseNotFit(
            f"The roles could not be read: {database_problem_text(problem)}. Check the address of the owner."
        ) from None


def set_role_password(owner_url: str, role: str, password: str) -> None:
    """Create the role or change its password; the server gets the SCRAM verifier, never the password.

    Raises DatabaseNotFit.
    """
    try:
        with open_short_connection(owner_url) as connection:
            exists = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).rowcount
            verifier = connection.pgconn.encrypt_password(
                password.encode(), role.encode(), b"scram-sha-256"
            ).decode()
            verb = sql.SQL(
                "ALTER ROLE {} LOGIN PASSWORD {}" if exists else "CREATE ROLE {} LOGIN PASSWORD {}"
            )
            connection.execute(verb.format(sql.Identifier(role), sql.Literal(verifier)))
    except psycopg.Error as problem:
        raise DatabaseNotFit(
            f"The password of {role} could not be set: {database_problem_text(problem)}. The owner needs"
            f" CREATEROLE, and ADMIN OPTION on {role} if another login created it."
        ) from None


def require_role_login(url: str, role: str) -> None:
    """Sign in as the role. Raises DatabaseNotFit."""
    try:
        with open_short_connection(url):
            return
    except psycopg.Error as problem:
        raise DatabaseNotFit(
            f"{role} cannot sign in to the database: {database_problem_text(problem)}. Its password was set; allow"
            " the role in pg_hba.conf (method scram-sha-256) and reload PostgreSQL."
        ) from None


def may_role_sign_in(url: str, role: str) -> bool:
    """Return whether the role can sign in with this address."""
    try:
        require_role_login(url, role)
    except DatabaseNotFit:
        return False
    return True
