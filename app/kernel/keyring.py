"""Keys in the database, wrapped by SECRET_KEY: which secret wraps new ones, and keyed hashes that outlive a change.

While the key of an installation is changed, processes know two secrets. The database says which of them wraps
(`kernel.key_rotation`), so that processes of different age agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from app.kernel import sealing
from app.kernel.db import db

HASH_ROOT_PURPOSE = "kernel.hash_root"
_LOCK_NUMBER = 20_261_130
"""As in `kernel.current_key_check`."""
_CURRENT_CHECK_STATEMENT = text("SELECT kernel.current_key_check()")
"""Locks the state until the act ends, then reads it."""
_EXCLUSIVE_LOCK_STATEMENT = text("SELECT pg_advisory_xact_lock(:number)")
_STATE_STATEMENT = text(
    "SELECT one.key_check, last.id, last.old_check, last.new_check, last.hash_root, last.finished_at"
    " FROM (SELECT (SELECT key_check FROM kernel.installation) AS key_check) AS one LEFT JOIN"
    " (SELECT * FROM kernel.key_rotation ORDER BY begun_at DESC LIMIT 1) AS last ON true"
)


@dataclass(frozen=True, slots=True)
class KeyState:
    """What the database says about its secret: checks as `secret_fingerprint` makes them.

    `current` wraps new keys; None before the first start. `previous` is set while keys wrapped by it may remain.
    """

    current: bytes | None
    previous: bytes | None
    rotation_id: str | None
    hash_root: bytes | None


class UnknownSecret(RuntimeError):
    """The database uses a secret that this process was not started with."""

    def __init__(self) -> None:
        super().__init__(
            "The key of this database was changed while this process was running: start it again with the new"
            " SECRET_KEY, and with PREVIOUS_SECRET_KEY while `depter key rotate` is not finished."
        )


def read_key_state(connection: Connection) -> KeyState:
    """Return the state of the key; one statement."""
    row = connection.execute(_STATE_STATEMENT).one()
    if row.id is None:
        return KeyState(bytes(row.key_check) if row.key_check else None, None, None, None)
    previous = None if row.finished_at else bytes(row.old_check)
    return KeyState(bytes(row.new_check), previous, str(row.id), bytes(row.hash_root))


def wrap_keys(purpose: str, keys: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """Return pairs of a key and what it is bound to as they are stored, inside a running act.

    One statement. Raises UnknownSecret.
    """
    secret = _load_secret_that_wraps_new_keys()
    return [sealing.seal_under_secret(secret, purpose, key, about) for key, about in keys]


def unwrap_key(purpose: str, wrapped: bytes, about: bytes) -> bytes:
    """Return a stored key. Raises UnreadableSeal."""
    return sealing.unseal_under_known_secrets(purpose, wrapped, about)


def keyed_hash(purpose: str, content: bytes) -> str:
    """Return an HMAC-SHA-256 in hex under a key of the installation, to recognise content that nobody else can guess.

    It stays the same when SECRET_KEY is changed. The first call of a process may run one statement.
    """
    root = sealing.known_hash_root_or_none()
    if root is None:
        root = keyed_hash_root_of_key_state(read_key_state(db.session.connection()))
        sealing.remember_hash_root(sealing.installation_secrets()[0], root)
    return sealing.keyed_hash_under_root(root, purpose, content)


def keyed_hash_root_of_key_state(state: KeyState) -> bytes:
    """Return the root of keyed hashes. Raises UnknownSecret."""
    if state.hash_root is not None:
        return sealing.unseal_under_known_secrets(HASH_ROOT_PURPOSE, state.hash_root, b"")
    return sealing.hash_root_of_first_secret(_find_known_secret_by_key_check(state.current))


def lock_key_state(connection: Connection) -> None:
    """Lock the state against `wrap_keys` until the transaction ends: a change of the key begins alone."""
    connection.execute(_EXCLUSIVE_LOCK_STATEMENT, {"number": _LOCK_NUMBER})


def _load_secret_that_wraps_new_keys() -> str:
    check = db.session.connection().scalar(_CURRENT_CHECK_STATEMENT)
    return _find_known_secret_by_key_check(bytes(check) if check else None)


def _find_known_secret_by_key_check(check: bytes | None) -> str:
    """Return the known secret that has this check; the present one for a database that has none yet."""
    known = sealing.installation_secrets()
    if check is None:
        return known[0]
    for secret in known:
        if sealing.secret_fingerprint(secret) == check:
            return secret
    raise UnknownSecret
