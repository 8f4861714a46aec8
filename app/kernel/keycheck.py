"""Check that SECRET_KEY belongs to the database, before anything is read or written.

`kernel.installation` holds one row: an HMAC of a constant under a key derived from the secret. It reveals
nothing about the secret. The first start writes it; `depter_app` may add the row and never change it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, pool, text

from app.kernel.sealing import derive_key
from app.kernel.settings import Settings

_KEY_CHECK_MESSAGE = b"this database and this secret key belong together"
_INSERT_KEY_CHECK_STATEMENT = text(
    "INSERT INTO kernel.installation (key_check) VALUES (:mine) ON CONFLICT (one) DO NOTHING"
)
_SELECT_KEY_CHECK_STATEMENT = text("SELECT key_check FROM kernel.installation")
_TABLE_EXISTS_STATEMENT = text("SELECT to_regclass('kernel.installation') IS NOT NULL")


class NotMigrated(RuntimeError):
    """The database has no tables of this release yet."""

    def __init__(self) -> None:
        super().__init__("The database lacks tables of this release: run `depter migrate` first.")


class WrongKey(RuntimeError):
    """SECRET_KEY is not the key under which this database was begun."""

    def __init__(self) -> None:
        super().__init__(
            "SECRET_KEY is not the key of this database. Its files and audit texts were sealed with another key:"
            " under this one nobody could read them, and what is written from now on could not be read under the"
            " right one. Nothing was changed. Set SECRET_KEY, or DEPTER_DATA with its file `secret`, to what this"
            " database was first started with; the backup of DEPTER_DATA holds it. To begin an empty university"
            " with a new key, use a new database."
        )


def secret_fingerprint(secret: str) -> bytes:
    """Return the HMAC by which the database recognises a secret."""
    return hmac.new(derive_key(secret, "kernel.installation"), _KEY_CHECK_MESSAGE, hashlib.sha256).digest()


def verify_or_store_key_check(settings: Settings) -> None:
    """Compare the secret with the one of the first start, whose check is stored.

    Raises WrongKey, NotMigrated.

    Several processes at their first start: one row is written, the others wait for it and compare.
    """
    expected = secret_fingerprint(settings.secret_key)
    with _begin_connection(settings.database_url) as connection:
        if not connection.scalar(_TABLE_EXISTS_STATEMENT):
            raise NotMigrated
        stored = connection.scalar(_SELECT_KEY_CHECK_STATEMENT)
        if stored is None:
            connection.execute(_INSERT_KEY_CHECK_STATEMENT, {"mine": expected})
            stored = connection.scalar(_SELECT_KEY_CHECK_STATEMENT)
    _require_same_key_check(stored, expected)


def verify_key_before_migration(settings: Settings) -> None:
    """Compare the secret with a database that has tables already, before they are changed.

    Raises WrongKey.
    """
    with _begin_connection(settings.migration_database_url) as connection:
        stored = (
            connection.scalar(_SELECT_KEY_CHECK_STATEMENT)
            if connection.scalar(_TABLE_EXISTS_STATEMENT)
            else None
        )
    if stored is not None:
        _require_same_key_check(stored, secret_fingerprint(settings.secret_key))


@contextmanager
def _begin_connection(url: str) -> Iterator[Connection]:
    with create_engine(url, poolclass=pool.NullPool).begin() as connection:
        yield connection


def _require_same_key_check(stored: bytes | None, expected: bytes) -> None:
    if stored is None or not hmac.compare_digest(bytes(stored), expected):
        raise WrongKey
