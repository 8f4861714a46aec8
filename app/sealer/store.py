"""What is stored of the tree, read over a connection of psycopg; the sealer and the export use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from app.sealer.merkle import Frontier, StoredHashes, subtree_root

Connection = psycopg.Connection[Any]
_LEAF_HASHES = (
    "SELECT leaf_hash FROM sealer.leaf WHERE leaf_index >= %s AND leaf_index < %s ORDER BY leaf_index"
)
_NODE_HASHES = (
    "SELECT node_hash FROM sealer.node WHERE level = %s AND node_index >= %s AND node_index < %s"
    " ORDER BY node_index"
)


class TreeDamaged(RuntimeError):
    """A hash of the stored tree is missing."""


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A signed checkpoint as stored."""

    number: int
    epoch: int
    size: int
    root: bytes
    sealed_until: datetime
    note: str


@dataclass(frozen=True, slots=True)
class StoredEpoch:
    """An epoch as stored."""

    number: int
    origin: str
    begun_at: datetime
    kept_size: int
    lost_note: str | None
    reason: str
    statement: str


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A public key of the sealer as stored."""

    number: int
    public_key: bytes
    added_at: datetime
    statement: str


def stored_hashes(connection: Connection) -> StoredHashes:
    """Return the reader of hashes that proofs are built with. It raises TreeDamaged for a missing one."""

    def read(level: int, first: int, end: int) -> Sequence[bytes]:
        if level == 0:
            rows = connection.execute(_LEAF_HASHES, (first, end))
        else:
            rows = connection.execute(_NODE_HASHES, (level, first, end))
        found = [bytes(row[0]) for row in rows]
        if len(found) != end - first:
            raise TreeDamaged(f"hashes of level {level} from {first} to {end} are missing")
        return found

    return read


def load_tree_size(connection: Connection) -> int:
    """Return the number of leaves."""
    row = connection.execute("SELECT coalesce(max(leaf_index) + 1, 0) FROM sealer.leaf").fetchone()
    return int(row[0]) if row else 0


def load_root(connection: Connection, size: int) -> bytes:
    """Return the root of the first `size` leaves. Raises TreeDamaged."""
    return subtree_root(0, size, stored_hashes(connection))


def load_frontier(connection: Connection) -> Frontier:
    """Return the right edge of the whole tree. Raises TreeDamaged."""
    return Frontier.load(load_tree_size(connection), stored_hashes(connection))


def find_last_checkpoint(connection: Connection) -> StoredCheckpoint | None:
    """Return the checkpoint with the highest number."""
    row = connection.execute(
        "SELECT number, epoch, size, root, sealed_until, note FROM sealer.checkpoint ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return StoredCheckpoint(row[0], row[1], row[2], bytes(row[3]), row[4], row[5]) if row else None


def load_epochs(connection: Connection) -> list[StoredEpoch]:
    """Return the epochs, the first one first."""
    rows = connection.execute(
        "SELECT number, origin, begun_at, kept_size, lost_note, reason, statement FROM sealer.epoch ORDER BY number"
    )
    return [StoredEpoch(*row) for row in rows]


def load_keys(connection: Connection) -> list[StoredKey]:
    """Return the public keys, the first one first."""
    rows = connection.execute(
        "SELECT number, public_key, added_at, statement FROM sealer.signing_key ORDER BY number"
    )
    return [StoredKey(row[0], bytes(row[1]), row[2], row[3]) for row in rows]


def load_database_time(connection: Connection) -> datetime:
    """Return the moment by the clock of PostgreSQL."""
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    found: datetime = row[0]
    return found
