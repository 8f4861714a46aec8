"""Seal committed records: leaves, stored nodes and a signed checkpoint, in one transaction a batch.

A statement cut short leaves nothing behind, and a repeat seals the same queue. Before it signs anything, a sealer
compares the stored tree with its last checkpoint, and both with the checkpoint on its own disk, which no restore of the
database reaches: a database that went back makes it stop and say so instead of signing a second history.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from app.sealer import store
from app.sealer.key_files import (
    KeyUnusable,
    epoch_statement,
    key_statement,
    load_key_of_log,
    load_or_create_key,
    public_part,
    write_next_key,
)
from app.sealer.leaves import RECORD_COLUMNS, leaf_content
from app.sealer.merkle import hash_leaf
from app.sealer.notes import NoteUnreadable, is_signed_by, read_checkpoint, sign_note, write_checkpoint_text
from app.sealer.publication import read_last_signed_note, write_last_signed_note
from app.sealer.reports import report_finding
from app.sealer.settings import SealerSettings

SEAL_LOCK_KEY = 0x7365616C
"""The key of the advisory lock of a batch and of a change of the key: "seal" in ASCII."""
BATCH_SIZE = 5000
MAX_AHEAD = timedelta(minutes=5)
"""How far the clock of PostgreSQL may have been ahead when a record or checkpoint was made."""
MAX_TRANSACTION = timedelta(hours=1)
"""A record whose moment is older than this before the last checkpoint was not written when it says."""
FIRST_REASON = "first start of the sealer"

TREE_CHANGED, REWOUND, RESTORED, FUTURE_CHECKPOINT, KEY_UNUSABLE, UNSIGNED = (
    "sealer.tree_changed",
    "sealer.rewound",
    "sealer.restored",
    "sealer.future_checkpoint",
    "sealer.key_unusable",
    "sealer.unsigned",
)
VANISHED, SEALED_BEFORE, BACK_DATED, AHEAD = (
    "sealer.record_vanished",
    "sealer.record_sealed_before",
    "sealer.record_back_dated",
    "sealer.record_ahead",
)
_BATCH_STATEMENT = f"""
SELECT queued.record_id, l.leaf_index, {RECORD_COLUMNS}, r.recorded_at
FROM (SELECT record_id FROM audit.unsealed ORDER BY record_id LIMIT %s) AS queued
LEFT JOIN audit.record AS r ON r.id = queued.record_id
LEFT JOIN sealer.leaf AS l ON l.record_id = queued.record_id
ORDER BY queued.record_id
"""
_INSERT_CHECKPOINT = (
    "INSERT INTO sealer.checkpoint (number, epoch, size, root, sealed_until, note)"
    " VALUES (%s, %s, %s, %s, %s, %s)"
)


class SealingStopped(RuntimeError):
    """The sealer does not sign; `code` says why, `detail` are figures for the incident."""

    def __init__(self, code: str, message: str, detail: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.detail = detail or {}


class Sealer:
    """One sealer over an open connection as `depter_sealer`, in autocommit."""

    def __init__(self, connection: store.Connection, settings: SealerSettings) -> None:
        self._connection = connection
        self._settings = settings
        self._key: Any = None
        self._key_number = 0

    def begin(self) -> None:
        """Verify what is stored, and begin the log at the very first start. Raises SealingStopped, psycopg.Error."""
        with self._connection.transaction():
            self._lock()
            self._epochs = store.load_epochs(self._connection)
            if not self._epochs:
                self._begin_first_log()
            try:
                self._load_key()
                self._frontier = store.load_frontier(self._connection)
                self._last = store.find_last_checkpoint(self._connection)
                self._require_continuing_log()
            except store.TreeDamaged as problem:
                raise SealingStopped(TREE_CHANGED, f"The stored tree is damaged: {problem}.") from None

    @property
    def last_checkpoint(self) -> store.StoredCheckpoint | None:
        """Return the last checkpoint that is committed."""
        return self._last

    def seal_round(self) -> int:
        """Seal everything that was committed before this moment, then sign; return the number of records.

        Raises SealingStopped, psycopg.Error.
        """
        sealed = 0
        while True:
            count, is_drained = self._seal_batch()
            sealed += count
            if is_drained:
                return sealed

    def _seal_batch(self) -> tuple[int, bool]:
        """Seal one batch; return its size and whether the queue was drained, in which case a checkpoint is signed."""
        frontier = self._frontier.copy()
        signed = None
        with self._connection.transaction():
            self._lock()
            self._reload_changed_key()
            # Before the snapshot of the next statement: whatever was committed by now is in it.
            began_at = store.load_database_time(self._connection)
            rows = self._connection.execute(_BATCH_STATEMENT, (BATCH_SIZE,)).fetchall()
            leaves, nodes = [], []
            for row in rows:
                if (
                    row[1] is not None
                    or row[2] is None
                    or not self._is_placed_in_time(row[0], row[-1], began_at)
                ):
                    self._report_unsealable(row)
                if row[1] is None and row[2] is not None:
                    leaf = hash_leaf(leaf_content(row[2:-1]))
                    leaves.append((frontier.size, row[0], leaf))
                    nodes += frontier.append(leaf)
            self._store_tree_rows(leaves, nodes)
            if rows:
                self._connection.execute(
                    "DELETE FROM audit.unsealed WHERE record_id = ANY(%s)", ([row[0] for row in rows],)
                )
            is_drained = len(rows) < BATCH_SIZE
            signed_size = self._last.size if self._last and self._last.epoch == self._epochs[-1].number else 0
            if is_drained and frontier.size > signed_size:
                signed = self._sign_checkpoint(frontier.size, frontier.root(), began_at)
        self._frontier = frontier
        if signed is not None:
            self._last = signed
            write_last_signed_note(self._settings.folder, signed.note)
        return len(leaves), is_drained

    def rotate_key(self) -> int:
        """Change the key: the new one is signed by the present one; return its number.

        Raises SealingStopped, psycopg.Error, OSError.
        """
        self.begin()
        made = write_next_key(self._settings.folder)
        with self._connection.transaction():
            self._lock()
            self._reload_changed_key()
            number = self._add_key_row(made, self._key_number + 1, self._key)
        self._key, self._key_number = load_key_of_log(self._settings.folder, public_part(made)), number
        return number

    def begin_next_log(self, reason: str, with_new_key: bool = False) -> int:
        """Begin a new log after a restore or a lost key, under another origin; return its number.

        Raises SealingStopped when the key is unusable and no new one is asked for, or no log was begun.
        """
        with self._connection.transaction():
            self._lock()
            self._epochs = store.load_epochs(self._connection)
            keys = store.load_keys(self._connection)
            number = self._epochs[-1].number + 1 if self._epochs else 1
            lost_note = read_last_signed_note(self._settings.folder)
            base = self._epochs[0].origin if self._epochs else self._settings.origin
            if lost_note is not None and not self._epochs:
                # Nothing of the earlier log is left in this database; its name may not be used for another history.
                number, base = _number_after(lost_note), _base_origin(lost_note)
            origin = base if number == 1 else f"{base}/{number}"
            self._key_number = keys[-1].number if keys else 0
            if with_new_key or not keys:
                self._key = write_next_key(self._settings.folder) if with_new_key else self._first_key()
            else:
                self._key = self._key_or_stop(keys[-1].public_key)
            size = store.load_tree_size(self._connection)
            self._add_epoch_row(
                number, origin, size, store.load_root(self._connection, size), lost_note, reason
            )
            self._epochs = store.load_epochs(self._connection)
            if with_new_key or not keys:
                self._add_key_row(self._key, self._key_number + 1, None)
        load_key_of_log(self._settings.folder, public_part(self._key))
        # The earlier checkpoint stands in the statement of this log; from now on another one is compared.
        write_last_signed_note(self._settings.folder, None)
        return number

    def _begin_first_log(self) -> None:
        """Store the first epoch and key, unless the disk says that there was a log before. Raises SealingStopped."""
        if read_last_signed_note(self._settings.folder) is not None:
            raise SealingStopped(
                REWOUND,
                "The database has no log, and this sealer has signed one before: the database is another one, or its"
                " seals were removed.",
            )
        self._key = self._first_key()
        size = store.load_tree_size(self._connection)
        root = store.load_root(self._connection, size)
        self._add_epoch_row(1, self._settings.origin, size, root, None, FIRST_REASON)
        self._epochs = store.load_epochs(self._connection)
        self._add_key_row(self._key, 1, None)

    def _first_key(self) -> Any:
        try:
            return load_or_create_key(self._settings.folder)
        except (KeyUnusable, OSError) as problem:
            raise SealingStopped(KEY_UNUSABLE, str(problem)) from None

    def _load_key(self) -> None:
        keys = store.load_keys(self._connection)
        if not keys:
            raise SealingStopped(TREE_CHANGED, "The log has no key: rows of the sealer were removed.")
        self._key = self._key_or_stop(keys[-1].public_key)
        self._key_number = keys[-1].number
        self._keys = keys

    def _key_or_stop(self, public_key: bytes) -> Any:
        try:
            return load_key_of_log(self._settings.folder, public_key)
        except (KeyUnusable, OSError) as problem:
            raise SealingStopped(KEY_UNUSABLE, str(problem)) from None

    def _reload_changed_key(self) -> None:
        """Take the new key after `depter sealer rotate-key` in another process. Raises SealingStopped."""
        row = self._connection.execute("SELECT max(number) FROM sealer.signing_key").fetchone()
        if row is not None and row[0] != self._key_number:
            self._load_key()

    def _lock(self) -> None:
        self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (SEAL_LOCK_KEY,))

    def _require_continuing_log(self) -> None:
        """Raise SealingStopped unless tree, last checkpoint and the checkpoint on the disk are one history."""
        epoch = self._epochs[-1]
        on_disk = read_last_signed_note(self._settings.folder)
        if on_disk is not None and on_disk == epoch.lost_note:
            # `begin_next_log` was cut short before it forgot the checkpoint that its statement names.
            on_disk = None
        self._require_known_restore(epoch, on_disk)
        last = self._last
        if last is not None:
            self._require_sound_checkpoint(last)
        if on_disk is None:
            return
        try:
            seen = read_checkpoint(on_disk)
        except NoteUnreadable:
            raise SealingStopped(
                REWOUND, "The checkpoint on the disk of the sealer cannot be read: it was damaged or changed."
            ) from None
        detail = {"signed": seen.size, "stored": self._frontier.size}
        if seen.origin != epoch.origin or seen.size > self._frontier.size:
            raise SealingStopped(
                REWOUND,
                f"This sealer has signed a checkpoint over {seen.size} records of {seen.origin}; the database has"
                f" {self._frontier.size} of {epoch.origin}. It went back, by a restore or by a hand.",
                detail,
            )
        if store.load_root(self._connection, seen.size) != seen.root:
            raise SealingStopped(
                REWOUND,
                f"The first {seen.size} sealed records are not those that this sealer signed.",
                detail,
            )

    def _require_known_restore(self, epoch: store.StoredEpoch, on_disk: str | None) -> None:
        """Raise SealingStopped after a restore when nothing on this disk tells whether sealed records were lost."""
        row = self._connection.execute(
            "SELECT restored_at FROM sealer.restored ORDER BY id DESC LIMIT 1"
        ).fetchone()
        if row is not None and row[0] > epoch.begun_at and on_disk is None:
            raise SealingStopped(
                RESTORED,
                "The database was restored, and this sealer does not know what it had signed before. Put the file"
                " `last-checkpoint` of the sealer back, or run `depter sealer continue`.",
            )

    def _require_sound_checkpoint(self, last: store.StoredCheckpoint) -> None:
        """Raise SealingStopped for a last checkpoint that the tree, our keys or the clock contradict."""
        if last.size > self._frontier.size or store.load_root(self._connection, last.size) != last.root:
            raise SealingStopped(
                TREE_CHANGED,
                f"The tree is not the one that checkpoint {last.number} was signed over.",
                {"number": last.number},
            )
        if last.sealed_until > store.load_database_time(self._connection) + MAX_AHEAD:
            raise SealingStopped(
                FUTURE_CHECKPOINT,
                f"Checkpoint {last.number} is of {last.sealed_until.isoformat()}, which has not come yet. Set the clock"
                " of PostgreSQL (NTP).",
                {"number": last.number},
            )
        origins = {epoch.number: epoch.origin for epoch in self._epochs}
        origin = origins.get(last.epoch, "")
        try:
            read = read_checkpoint(last.note)
        except NoteUnreadable:
            read = None
        if (
            read is None
            or (read.size, read.root, read.origin) != (last.size, last.root, origin)
            or read.sealed_until != last.sealed_until
            or not any(is_signed_by(read, origin, key.public_key) for key in self._keys)
        ):
            raise SealingStopped(
                UNSIGNED,
                f"Checkpoint {last.number} is not signed by a key of this log.",
                {"number": last.number},
            )

    def _is_placed_in_time(self, record_id: int, recorded_at: datetime | None, now: datetime) -> bool:
        """Return whether the moment of a record fits between the last checkpoint and now."""
        if recorded_at is None or recorded_at > now + MAX_AHEAD:
            return False
        return self._last is None or recorded_at >= self._last.sealed_until - MAX_TRANSACTION

    def _report_unsealable(self, row: Any) -> None:
        """Store what is wrong with a record of the queue. Those with a wrong moment are sealed all the same."""
        if row[1] is not None:
            code = SEALED_BEFORE
        elif row[2] is None:
            code = VANISHED
        else:
            code = AHEAD if self._last is None or row[-1] > self._last.sealed_until else BACK_DATED
        report_finding(self._connection, code, str(row[0]), {"record": row[0]})

    def _store_tree_rows(self, leaves: Iterable[Any], nodes: Iterable[Any]) -> None:
        for table, columns, rows in (
            ("leaf", "leaf_index, record_id, leaf_hash", leaves),
            ("node", "level, node_index, node_hash", nodes),
        ):
            found = list(rows)
            if found:
                statement = f"COPY sealer.{table} ({columns}) FROM STDIN"
                with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
                    for row in found:
                        copy.write_row(row)

    def _sign_checkpoint(self, size: int, root: bytes, until: datetime) -> store.StoredCheckpoint:
        epoch = self._epochs[-1]
        note = sign_note(epoch.origin, self._key, write_checkpoint_text(epoch.origin, size, root, until))
        number = self._last.number + 1 if self._last is not None else 1
        made = store.StoredCheckpoint(number, epoch.number, size, root, until, note)
        self._connection.execute(
            _INSERT_CHECKPOINT, (made.number, made.epoch, made.size, made.root, made.sealed_until, made.note)
        )
        return made

    def _add_epoch_row(
        self, number: int, origin: str, size: int, root: bytes, lost_note: str | None, reason: str
    ) -> None:
        now = store.load_database_time(self._connection)
        lost = read_checkpoint(lost_note) if lost_note is not None else None
        earlier = (lost.size, lost.root) if lost is not None else None
        statement = epoch_statement(origin, number, self._key, now, (size, root), earlier, reason)
        self._connection.execute(
            "INSERT INTO sealer.epoch (number, origin, begun_at, kept_size, lost_note, reason, statement)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (number, origin, now, size, lost_note, reason, statement),
        )

    def _add_key_row(self, key: Any, number: int, earlier: Any) -> int:
        now = store.load_database_time(self._connection)
        size = store.load_tree_size(self._connection)
        statement = key_statement(self._epochs[-1].origin, number, key, now, size, earlier)
        self._connection.execute(
            "INSERT INTO sealer.signing_key (number, public_key, added_at, statement) VALUES (%s, %s, %s, %s)",
            (number, public_part(key), now, statement),
        )
        self._key_number = number
        return number


def _number_after(note: str) -> int:
    last = read_checkpoint(note).origin.rpartition("/")[2]
    return int(last) + 1 if last.isdigit() else 2


def _base_origin(note: str) -> str:
    origin = read_checkpoint(note).origin
    base, _, last = origin.rpartition("/")
    return base if last.isdigit() else origin
