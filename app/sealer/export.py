"""Write the whole audit, tree, checkpoints and keys into a folder, for a verifier that trusts none of us.

Everything is read in one snapshot by server-side cursors: memory does not grow with the audit. Line i of
`records.jsonl` is exactly what leaf i is the hash of, or empty when the record is missing.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from app.sealer import store
from app.sealer.leaves import RECORD_COLUMNS, leaf_content

FORMAT = 1
VERIFIER_NAME = "depter_verify.py"
VERIFIER_PATH = Path(__file__).with_name("standalone") / VERIFIER_NAME
MAX_GAP = 1_000_000
_ROWS_A_TRIP = 5000
_RECORDS = f"""
SELECT l.leaf_index, l.leaf_hash, r.id IS NOT NULL, {RECORD_COLUMNS}
FROM sealer.leaf AS l LEFT JOIN audit.record AS r ON r.id = l.record_id ORDER BY l.leaf_index
"""
_CHECKPOINTS = """
SELECT c.number, c.epoch, c.note,
       ARRAY(SELECT w.line FROM sealer.cosignature AS w WHERE w.checkpoint_number = c.number ORDER BY w.witness)
FROM sealer.checkpoint AS c ORDER BY c.number
"""
_UNSEALED = """
SELECT r.id, r.recorded_at, u.record_id IS NOT NULL FROM audit.record AS r
LEFT JOIN sealer.leaf AS l ON l.record_id = r.id LEFT JOIN audit.unsealed AS u ON u.record_id = r.id
WHERE l.record_id IS NULL ORDER BY r.id
"""
_README = """\
Depter: аудит журналы / журнал аудита / audit log

KY  Текшерүү:   python3 depter_verify.py . --kept ФАЙЛ --lang ky
    ФАЙЛ - сиз катта алган же башка машинада сакталган көзөмөл чекиттери. Python 3.9 жана cryptography керек.
RU  Проверка:   python3 depter_verify.py . --kept ФАЙЛ --lang ru
    ФАЙЛ - контрольные точки из писем или с другого компьютера. Нужны Python 3.9 и cryptography.
EN  To verify:  python3 depter_verify.py . --kept FILE --lang en
    FILE holds checkpoints from letters or from another host. It needs Python 3.9 and cryptography.

records.jsonl      one sealed record a line; SHA-256(0x00 + line) is its leaf (RFC 6962)
leaves.bin         the stored hashes of the leaves, 32 bytes each
checkpoints.jsonl  signed checkpoints (C2SP tlog-checkpoint) with the cosignatures of witnesses
log.json           logs and public keys with their signed statements
unsealed.jsonl     records that no leaf holds yet
"""


class ExportRefused(RuntimeError):
    """The folder cannot be written to, or the tree cannot be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class ExportCounts:
    """What an export holds."""

    records: int
    missing: int
    checkpoints: int
    unsealed: int


def export_audit(database_url: str, folder: Path) -> ExportCounts:
    """Write an export into a new or empty folder. Raises ExportRefused, OSError, psycopg.Error."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ExportRefused(f"{folder} is not empty: name a new folder.")
    with _open_snapshot(database_url) as connection:
        records, missing = _write_records(connection, folder)
        checkpoints = _write_json_lines(
            connection, folder / "checkpoints.jsonl", _CHECKPOINTS, _checkpoint_entry
        )
        unsealed = _write_json_lines(connection, folder / "unsealed.jsonl", _UNSEALED, _unsealed_entry)
        counts = ExportCounts(records, missing, checkpoints, unsealed)
        _write_log(connection, folder, counts)
    (folder / VERIFIER_NAME).write_bytes(VERIFIER_PATH.read_bytes())
    (folder / "README.txt").write_text(_README, encoding="utf-8")
    return counts


@contextmanager
def _open_snapshot(database_url: str) -> Iterator[store.Connection]:
    with psycopg.connect(database_url.replace("+psycopg", "", 1)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


def _stream_rows(connection: store.Connection, name: str, statement: str) -> Iterator[tuple[Any, ...]]:
    with connection.cursor(name) as cursor:
        cursor.itersize = _ROWS_A_TRIP
        cursor.execute(statement.encode())
        yield from cursor


def _write_records(connection: store.Connection, folder: Path) -> tuple[int, int]:
    """Write leaves and records; return how many there are and how many are missing."""
    count = missing = 0
    with (folder / "records.jsonl").open("wb") as records, (folder / "leaves.bin").open("wb") as leaves:
        for index, stored, is_there, *values in _stream_rows(connection, "records", _RECORDS):
            if index - count > MAX_GAP:
                raise ExportRefused(
                    f"{index - count} leaves before leaf {index} are missing: restore a backup."
                )
            for _ in range(index - count):
                records.write(b"\n")
                leaves.write(bytes(32))
                count, missing = count + 1, missing + 1
            records.write((leaf_content(values) if is_there else b"") + b"\n")
            leaves.write(bytes(stored))
            count, missing = count + 1, missing + (not is_there)
    return count, missing


def _write_json_lines(connection: store.Connection, path: Path, statement: str, entry: Any) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in _stream_rows(connection, path.stem, statement):
            file.write(json.dumps(entry(*row), ensure_ascii=False) + "\n")
            count += 1
    return count


def _checkpoint_entry(number: int, epoch: int, note: str, cosignatures: list[str]) -> dict[str, Any]:
    return {"number": number, "epoch": epoch, "note": note, "cosignatures": cosignatures}


def _unsealed_entry(record: int, recorded_at: Any, queued: bool) -> dict[str, Any]:
    return {"id": record, "recorded_at": recorded_at.isoformat(), "queued": queued}


def key_entries(keys: list[store.StoredKey]) -> list[dict[str, Any]]:
    """Return the public history of the keys as JSON."""
    return [
        {
            "number": one.number,
            "public_key": base64.b64encode(one.public_key).decode(),
            "added_at": one.added_at.isoformat(),
            "statement": one.statement,
        }
        for one in keys
    ]


def _write_log(connection: store.Connection, folder: Path, counts: ExportCounts) -> None:
    epochs = [
        {
            "number": one.number,
            "origin": one.origin,
            "begun_at": one.begun_at.isoformat(),
            "kept_size": one.kept_size,
            "lost_note": one.lost_note,
            "reason": one.reason,
            "statement": one.statement,
        }
        for one in store.load_epochs(connection)
    ]
    content = {
        "format": FORMAT,
        "exported_at": store.load_database_time(connection).isoformat(),
        "records": counts.records,
        "epochs": epochs,
        "keys": key_entries(store.load_keys(connection)),
    }
    (folder / "log.json").write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
