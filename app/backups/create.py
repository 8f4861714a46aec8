"""Make a backup: one snapshot of the database, then the files that it names, under a final name when whole.

A file is on the disk before the row that names it commits and is never changed afterwards: every file that the
snapshot names can be copied after it.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from app.audit.erasures import EXPORT_FILE_NAME, export_erasures
from app.backups.key_file import KEY_FILE_SUFFIX, InstallationSecrets, verify_lock_file, write_key_file
from app.backups.manifest import (
    DATABASE_NAME,
    FILES_NAME,
    MANIFEST_NAME,
    Manifest,
    StoredPart,
    copy_and_hash_file,
    manifest_bytes,
    sha256_of_file,
    stored_file_path,
)
from app.backups.postgres_tools import find_postgres_tool, run_postgres_tool
from app.kernel.atomic_files import sync_folder, write_file_atomically
from app.kernel.ids import new_id
from app.kernel.keycheck import load_hash_root
from app.kernel.readiness import database_problem_text, psycopg_url
from app.kernel.servers.parent_watch import FileLocked, hold_file_lock
from app.kernel.settings import Settings

NAME_PREFIX, PARTIAL_SUFFIX = "depter-", ".partial"
LOCK_WAIT = "60s"
_VERSION_STATEMENT = (
    "SELECT current_setting('server_version_num')::int / 10000, current_setting('server_version')"
)


class BackupRefused(RuntimeError):
    """A backup cannot be made; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """Where a backup goes: the folder of backups, the folder of key files, and the key that seals these."""

    folder: Path
    keys: Path
    lock: Path


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """A whole backup: its folder, its file of keys and its manifest."""

    folder: Path
    key_file: Path
    manifest: Manifest
    manifest_sha256: str


def create_backup(settings: Settings, place: BackupPlace) -> MadeBackup:
    """Make one backup of database and files. Raises BackupRefused, ToolMissing, ToolFailed, KeyFileProblem, OSError.

    Until it is whole, its folder ends in `.partial`; the next backup removes what was left.
    """
    _require_apart(settings, place)
    verify_lock_file(place.lock)
    for folder in (place.folder, place.keys):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _only_backup_here(place.folder):
        _remove_left_partial_backups(place.folder)
        partial = place.folder / f"{NAME_PREFIX}{secrets.token_hex(4)}{PARTIAL_SUFFIX}"
        partial.mkdir(mode=0o700)
        try:
            return _fill_and_name_backup(settings, place, partial)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


def _fill_and_name_backup(settings: Settings, place: BackupPlace, partial: Path) -> MadeBackup:
    try:
        with _open_snapshot(settings.database_url) as snapshot:
            manifest = _copy_snapshot(settings, snapshot, partial)
    except psycopg.Error as problem:
        raise BackupRefused(
            f"The database does not answer as depter_app (DATABASE_URL): {database_problem_text(problem)}."
        ) from None
    (partial / MANIFEST_NAME).write_bytes(manifest_bytes(manifest, settings.secret_key))
    name = f"{NAME_PREFIX}{manifest.taken_at:%Y%m%dT%H%M%SZ}-{manifest.id[-6:]}"
    key_file = place.keys / f"{name}{KEY_FILE_SUFFIX}"
    # The keys are there before the backup has its name: a backup that cannot be opened is none.
    write_key_file(
        key_file,
        manifest.id,
        InstallationSecrets(settings.secret_key, settings.previous_secret_key),
        place.lock,
    )
    # Read anew: an erasure entered meanwhile may be in the file already.
    root = load_hash_root(settings, settings.database_url)
    write_file_atomically(place.keys / EXPORT_FILE_NAME, export_erasures(settings.database_url, root))
    sync_folder(partial)
    whole = partial.rename(place.folder / name)
    sync_folder(place.folder)
    return MadeBackup(whole, key_file, manifest, sha256_of_file(whole / MANIFEST_NAME))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An open read-only transaction that other sessions can share by its name."""

    connection: psycopg.Connection
    name: str
    server_version: int
    server_version_text: str
    at: datetime


@contextmanager
def _open_snapshot(url: str) -> Iterator[Snapshot]:
    """Open a snapshot that `pg_dump` and our own statements share. Raises psycopg.Error."""
    with psycopg.connect(psycopg_url(url), connect_timeout=10) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        row = connection.execute("SELECT pg_export_snapshot(), transaction_timestamp()").fetchone()
        version = connection.execute(_VERSION_STATEMENT).fetchone()
        assert row and version
        yield Snapshot(connection, row[0], version[0], version[1], row[1].astimezone(UTC))
        connection.rollback()


def _copy_snapshot(settings: Settings, snapshot: Snapshot, partial: Path) -> Manifest:
    """Write database and files of a snapshot; return their manifest."""
    schema = snapshot.connection.execute("SELECT version_num FROM kernel.alembic_version").fetchone()
    if schema is None:
        raise BackupRefused("The database has no tables of Depter: run `depter migrate` first.")
    dump = partial / DATABASE_NAME
    run_postgres_tool(
        find_postgres_tool("pg_dump", snapshot.server_version),
        settings.database_url,
        [
            "--format=custom",
            f"--snapshot={snapshot.name}",
            f"--lock-wait-timeout={LOCK_WAIT}",
            "--no-comments",
            "--file",
            dump,
        ],
    )
    addresses = [
        str(row[0]) for row in snapshot.connection.execute("SELECT address FROM files.blob ORDER BY 1")
    ]
    files, missing = _copy_files(settings.data_dir / "files", partial / FILES_NAME, addresses)
    return Manifest(
        id=str(new_id()),
        taken_at=snapshot.at,
        schema=schema[0],
        postgresql=snapshot.server_version_text.split()[0],
        depter=_version_of_depter(),
        database=StoredPart(dump.stat().st_size, sha256_of_file(dump)),
        files=files,
        missing=tuple(missing),
    )


def _copy_files(source: Path, target: Path, addresses: list[str]) -> tuple[dict[str, StoredPart], list[str]]:
    """Copy the files of these addresses; return their parts, and the addresses that the disk has lost."""
    target.mkdir(mode=0o700)
    copied: dict[str, StoredPart] = {}
    missing = []
    for address in addresses:
        path = stored_file_path(target, address)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            copied[address] = copy_and_hash_file(stored_file_path(source, address), path)
        except FileNotFoundError:
            missing.append(address)
    return copied, missing


def _version_of_depter() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("depter")
    except PackageNotFoundError:
        return "checkout"


def _require_apart(settings: Settings, place: BackupPlace) -> None:
    """Require that backup, keys and data lie in folders apart. Raises BackupRefused."""
    folder, keys, data = (one.resolve() for one in (place.folder, place.keys, settings.data_dir))
    if _lies_within(folder, keys) or _lies_within(keys, folder):
        raise BackupRefused(
            f"The keys may not lie with the data: {keys} and {folder} are one folder or one lies in the other. Name"
            " another disk or machine for the keys."
        )
    for one in (folder, keys):
        if _lies_within(one, data):
            raise BackupRefused(
                f"{one} lies in DEPTER_DATA ({data}) and would be lost with it. Name another disk."
            )
    if _lies_within(place.lock.resolve(), folder):
        raise BackupRefused(f"The key {place.lock} may not lie in the folder of backups {folder}.")


def _lies_within(inner: Path, outer: Path) -> bool:
    return inner == outer or outer in inner.parents


@contextmanager
def _only_backup_here(folder: Path) -> Iterator[None]:
    """Hold the lock of the folder of backups. Raises BackupRefused when another backup is being made."""
    try:
        with hold_file_lock(folder / ".lock"):
            yield
    except FileLocked:
        raise BackupRefused(f"Another backup is being made in {folder}. Wait until it has ended.") from None


def _remove_left_partial_backups(folder: Path) -> None:
    for left in folder.glob(f"{NAME_PREFIX}*{PARTIAL_SUFFIX}"):
        shutil.rmtree(left, ignore_errors=True)


def remove_old_backups(place: BackupPlace, keep: int) -> list[str]:
    """Remove all but the newest whole backups and their keys; return the names of those removed. Raises OSError."""
    whole = sorted(
        (path for path in place.folder.glob(f"{NAME_PREFIX}*") if (path / MANIFEST_NAME).exists()),
        key=lambda path: path.name,
    )
    removed = []
    for path in whole[: max(0, len(whole) - keep)]:
        if path.suffix == PARTIAL_SUFFIX:
            continue
        # First its name: what is half removed is no backup any more.
        shutil.rmtree(path.rename(path.with_name(path.name + PARTIAL_SUFFIX)))
        (place.keys / f"{path.name}{KEY_FILE_SUFFIX}").unlink(missing_ok=True)
        removed.append(path.name)
    return removed
