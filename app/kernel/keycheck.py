"""Check that SECRET_KEY belongs to the database, before anything is read or written.

`kernel.installation` holds one row: an HMAC of a constant under a key derived from the secret. It reveals
nothing about the secret. The first start writes it; `depter_app` may add the row and never change it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, pool, text

from app.kernel import sealing
from app.kernel.keyring import KeyState, keyed_hash_root_of_key_state, read_key_state
from app.kernel.settings import Settings

_INSERT_KEY_CHECK_STATEMENT = text(
    "INSERT INTO kernel.installation (key_check) VALUES (:mine) ON CONFLICT (one) DO NOTHING"
)
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


def verify_or_store_key_check(settings: Settings) -> None:
    """Compare the secret with the one of the first start, whose check is stored.

    Raises WrongKey, NotMigrated.

    Several processes at their first start: one row is written, the others wait for it and compare.
    """
    sealing.set_installation_secret(settings.secret_key, settings.previous_secret_key)
    with _begin_database_connection(settings.database_url) as connection:
        if not connection.scalar(_TABLE_EXISTS_STATEMENT):
            raise NotMigrated
        state = read_key_state(connection)
        if state.current is None:
            mine = sealing.secret_fingerprint(settings.secret_key)
            connection.execute(_INSERT_KEY_CHECK_STATEMENT, {"mine": mine})
            state = read_key_state(connection)
    _require_known_secrets(state, settings)
    sealing.remember_hash_root(settings.secret_key, keyed_hash_root_of_key_state(state))


def load_hash_root(settings: Settings, url: str) -> bytes:
    """Return the root of keyed hashes of a database, which outlives a change of the secret.

    Raises WrongKey, RotationNotFinished.
    """
    sealing.set_installation_secret(settings.secret_key, settings.previous_secret_key)
    with _begin_database_connection(url) as connection:
        state = read_key_state(connection)
    if state.current is not None:
        _require_known_secrets(state, settings)
    return keyed_hash_root_of_key_state(state)


def verify_secret_key_before_migration(settings: Settings) -> None:
    """Compare the secret with a database that has tables already, before they are changed.

    Raises WrongKey.
    """
    with _begin_database_connection(settings.migration_database_url) as connection:
        state = read_key_state(connection) if connection.scalar(_TABLE_EXISTS_STATEMENT) else None
    if state is not None and state.current is not None:
        _require_known_secrets(state, settings)


class RotationNotFinished(RuntimeError):
    """The key of this database is being changed, and the earlier secret is still needed."""

    def __init__(self) -> None:
        super().__init__(
            "The key of this database is being changed, so both secrets are needed. Set SECRET_KEY to the new one and"
            " PREVIOUS_SECRET_KEY to the earlier one (or put them into the files `secret` and `secret.previous`), run"
            " `depter key rotate` to its end, then remove the earlier one. Nothing was changed."
        )


@contextmanager
def _begin_database_connection(url: str) -> Iterator[Connection]:
    with create_engine(url, poolclass=pool.NullPool).begin() as connection:
        yield connection


def _require_known_secrets(state: KeyState, settings: Settings) -> None:
    secrets = [settings.secret_key, *([settings.previous_secret_key] if settings.previous_secret_key else [])]
    known = {sealing.secret_fingerprint(secret) for secret in secrets}
    needed = {check for check in (state.current, state.previous) if check is not None}
    if needed <= known:
        return
    raise RotationNotFinished if needed & known else WrongKey
