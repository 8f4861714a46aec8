"""Change SECRET_KEY: wrap every stored key again, in batches, while Depter is running.

A batch is one transaction. What was wrapped by the new secret already is left as it is, so a rotation that stopped in
the middle goes on when it is started again. The text is not touched: its keys stay, and its rows are append-only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, pool, text

from app.kernel import sealing
from app.kernel.ids import new_id
from app.kernel.keyring import (
    HASH_ROOT_PURPOSE,
    KeyState,
    keyed_hash_root_of_key_state,
    lock_key_state,
    read_key_state,
)

BATCH_SIZE = 1000


@dataclass(frozen=True, slots=True)
class WrappedKeyTable:
    """One table of wrapped keys: its name, the columns of id and key, the purpose, and what each key is bound to."""

    table: str
    id_column: str
    key_column: str
    purpose: str
    about: Callable[[Any], bytes]


@dataclass(frozen=True, slots=True)
class RotationBatch:
    """How far a table is: keys read, keys wrapped anew, ids of keys that neither secret opens."""

    table: str
    read: int
    wrapped: int
    unreadable: Sequence[Any]


class NothingToRotate(RuntimeError):
    """No earlier secret was set, or it is not the one of the database."""


class UnreadableKeys(RuntimeError):
    """Some stored keys open under neither secret: they were damaged, or belong to a third one."""

    def __init__(self, ids: Sequence[str]) -> None:
        self.ids = tuple(ids)
        super().__init__(f"{len(ids)} stored keys open under neither secret")


def rotate_keys(
    url: str, tables: Sequence[WrappedKeyTable], batch_size: int = BATCH_SIZE
) -> Iterator[RotationBatch]:
    """Wrap every key by the present secret; yield after each batch, when it is committed.

    `url` belongs to a login that may become `depter_owner`; both secrets were set. Raises NothingToRotate before
    the first batch, UnreadableKeys after the last one; then the rotation is not finished and can be run again.
    """
    engine = create_engine(url, poolclass=pool.NullPool)
    secrets = sealing.installation_secrets()
    _begin_or_resume_key_rotation(engine, secrets)
    unreadable: list[str] = []
    for table in tables:
        last: Any = None
        while True:
            with engine.begin() as connection:
                batch, last = _rewrap_next_batch_of_keys(connection, table, secrets[0], last, batch_size)
            unreadable += [f"{table.table} {one}" for one in batch.unreadable]
            if not batch.read:
                break
            yield batch
    if unreadable:
        raise UnreadableKeys(unreadable)
    with engine.begin() as connection:
        _become_database_owner(connection)
        connection.execute(
            text("UPDATE kernel.key_rotation SET finished_at = clock_timestamp() WHERE finished_at IS NULL")
        )


def _begin_or_resume_key_rotation(engine: Engine, secrets: Sequence[str]) -> None:
    """Store that new keys are wrapped by the present secret from now on. Raises NothingToRotate."""
    new, old = (
        sealing.secret_fingerprint(secrets[0]),
        {sealing.secret_fingerprint(one) for one in secrets[1:]},
    )
    with engine.begin() as connection:
        _become_database_owner(connection)
        lock_key_state(connection)
        state: KeyState = read_key_state(connection)
        # Also after the end: a second run finds nothing to do.
        if state.current == new and old and (state.previous is None or state.previous in old):
            return
        if state.current not in old:
            raise NothingToRotate
        root = sealing.seal_under_secret(
            secrets[0], HASH_ROOT_PURPOSE, keyed_hash_root_of_key_state(state), b""
        )
        connection.execute(
            text(
                "INSERT INTO kernel.key_rotation (id, old_check, new_check, hash_root)"
                " VALUES (:id, :old, :new, :root)"
            ),
            {"id": new_id(), "old": state.current, "new": new, "root": root},
        )


def _rewrap_next_batch_of_keys(
    connection: Connection, table: WrappedKeyTable, secret: str, after: Any, size: int
) -> tuple[RotationBatch, Any]:
    """Wrap the next keys of a table; return what was done and the last id."""
    _become_database_owner(connection)
    # Locked: an erased key must not come back.
    rows = connection.execute(
        text(
            f"SELECT {table.id_column} AS id, {table.key_column} AS key FROM {table.table}"
            f" {'' if after is None else f'WHERE {table.id_column} > :after'}"
            f" ORDER BY {table.id_column} LIMIT :size FOR UPDATE"
        ),
        {"size": size} | ({} if after is None else {"after": after}),
    ).all()
    changed, unreadable = [], []
    for row in rows:
        try:
            wrapped = _rewrap_key_or_none_if_current(table, secret, row.id, bytes(row.key))
        except sealing.UnreadableSeal:
            unreadable.append(row.id)
            continue
        if wrapped is not None:
            changed.append({"id": row.id, "key": wrapped})
    if changed:
        connection.execute(
            text(f"UPDATE {table.table} SET {table.key_column} = :key WHERE {table.id_column} = :id"), changed
        )
    return RotationBatch(table.table, len(rows), len(changed), unreadable), rows[-1].id if rows else None


def _rewrap_key_or_none_if_current(
    table: WrappedKeyTable, secret: str, id: Any, wrapped: bytes
) -> bytes | None:
    """Return the key wrapped by the secret; None when it is already. Raises UnreadableSeal."""
    about = table.about(id)
    try:
        sealing.unseal_bytes(sealing.key_of_secret_for_purpose(secret, table.purpose), wrapped, about)
    except sealing.UnreadableSeal:
        key = sealing.unseal_under_known_secrets(table.purpose, wrapped, about)
        return sealing.seal_under_secret(secret, table.purpose, key, about)
    return None


def _become_database_owner(connection: Connection) -> None:
    connection.execute(text("SET LOCAL ROLE depter_owner"))
