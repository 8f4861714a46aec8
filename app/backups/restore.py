"""Restore a backup onto an empty machine. The application cannot connect before the register of erasures was applied.

Order: files, secret, database, newer migrations, erasures. Until the last of these, `depter_app` may not connect to the
database, so that no page, no worker and no sign-in sees a person whom the university had to forget (7.5).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from psycopg import sql
from sqlalchemy import create_engine, pool

from app.audit.erasures import ErasuresUnreadable, apply_erasures, read_erasure_export, read_erasures
from app.backups.key_file import InstallationSecrets, open_key_file
from app.backups.manifest import (
    DATABASE_NAME,
    FILES_NAME,
    BackupDamaged,
    Manifest,
    copy_and_hash_file,
    stored_file_path,
    verify_manifest_seal,
    verify_parts,
)
from app.backups.postgres_tools import find_postgres_tool, run_postgres_tool
from app.kernel import door
from app.kernel.act import Act
from app.kernel.atomic_files import create_file_or_read_existing, sync_folder
from app.kernel.clock import system_clock
from app.kernel.keycheck import load_hash_root
from app.kernel.migrations.foundation import create_roles
from app.kernel.readiness import database_problem_text, psycopg_url
from app.kernel.schema import alembic_config
from app.kernel.settings import Settings

_TABLES_STATEMENT = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\\_%'
"""
_MAY_CONNECT_STATEMENT = "SELECT has_database_privilege('depter_app', current_database(), 'CONNECT')"


class RestoreRefused(RuntimeError):
    """A backup cannot be restored here; the message says why and what to do. Nothing was changed."""


def open_backup(folder: Path, key_file: Path, lock: Path) -> tuple[Manifest, InstallationSecrets]:
    """Verify a backup completely and open its keys. Raises BackupDamaged, KeyFileProblem."""
    manifest, seal = verify_parts(folder)
    secrets = open_key_file(key_file, manifest.id, lock)
    verify_manifest_seal(manifest, seal, secrets.secret_key)
    return manifest, secrets


def require_readable_schema(manifest: Manifest) -> None:
    """Raise RestoreRefused for tables of a newer release."""
    try:
        ScriptDirectory.from_config(alembic_config("postgresql://")).get_revision(manifest.schema)
    except CommandError:
        raise RestoreRefused(
            f"The backup has tables of version {manifest.schema}, which this release of Depter does not know: it is of"
            f" a newer one ({manifest.depter}). Install that release, then repeat."
        ) from None


def restore_files_and_database(
    settings: Settings, folder: Path, manifest: Manifest, has_own_secret: bool
) -> None:
    """Restore files, secret and database; `depter_app` may not connect afterwards.

    `settings` hold the secret of the backup; without `has_own_secret` it is written to `DEPTER_DATA/secret`. Raises
    RestoreRefused when the database or the folder is not empty, ToolMissing, ToolFailed, OSError.
    """
    with _owner_connection(settings) as connection:
        version = _require_empty_database(connection)
        tool = find_postgres_tool("pg_restore", version)
        _restore_files(folder / FILES_NAME, settings.data_dir / FILES_NAME, manifest)
        if not has_own_secret:
            _write_secret(settings)
        with create_engine(settings.migration_database_url, poolclass=pool.NullPool).begin() as engine:
            create_roles(engine)
        close_database_to_application(connection)
    # One transaction: a restore that is cut short leaves an empty database.
    run_postgres_tool(
        tool,
        settings.migration_database_url,
        ["--single-transaction", "--exit-on-error", "--no-comments", folder / DATABASE_NAME],
    )


def apply_register_and_open(settings: Settings, register: Path, manifest: Manifest | None = None) -> int:
    """Apply the register of erasures (7.5), then let `depter_app` connect; return how many erasures were new.

    The application has to be created over the login of the owner. Raises ErasuresUnreadable, RestoreRefused for a
    register that is older than the backup or lacks erasures of the database.
    """
    export = read_erasure_export(register, load_hash_root(settings, settings.migration_database_url))
    if manifest is not None and export.exported_at < manifest.taken_at:
        raise RestoreRefused(
            f"{register} was written before the backup: erasures after it would be missing. Take the newest copy, then"
            " run `depter erasures apply FILE`. Nobody can sign in until then."
        )
    with _owner_connection(settings) as connection:
        known = {entry.id for entry in read_erasures(connection)}
        if known - {entry.id for entry in export.entries}:
            raise RestoreRefused(
                f"{register} lacks erasures that the database has: it is not the newest copy. Take the newest one, then"
                " run `depter erasures apply FILE`. Nobody can sign in until then."
            )
        act = Act.by_system(system_clock())
        with door.write(act):
            applied = apply_erasures(act, export.entries)
        # The sealer signs nothing more before it knows whether sealed records were lost with this restore.
        connection.execute(
            "INSERT INTO sealer.restored (backup) VALUES (%s)", (manifest.id if manifest is not None else "",)
        )
        open_database_to_application(connection)
    return applied


def settings_of_owner(settings: Settings) -> Settings:
    """Return the settings of an application that connects as the owner while `depter_app` may not."""
    return replace(settings, database_url=settings.migration_database_url)


def is_closed_to_application(settings: Settings) -> bool:
    """Return whether a restore has not been finished: `depter_app` may not connect. Raises RestoreRefused."""
    with _owner_connection(settings) as connection:
        row = connection.execute(_MAY_CONNECT_STATEMENT).fetchone()
        return not (row and row[0])


def close_database_to_application(connection: psycopg.Connection) -> None:
    """Forbid `depter_app` to connect to this database."""
    connection.execute(_database_grant(connection, "REVOKE CONNECT ON DATABASE {} FROM PUBLIC, depter_app"))


def open_database_to_application(connection: psycopg.Connection) -> None:
    """Let `depter_app` and `depter_sealer` connect again."""
    connection.execute(
        _database_grant(connection, "GRANT CONNECT ON DATABASE {} TO depter_app, depter_sealer")
    )


def _database_grant(connection: psycopg.Connection, statement: str) -> sql.Composed:
    return sql.SQL(statement).format(sql.Identifier(connection.info.dbname))


@contextmanager
def _owner_connection(settings: Settings) -> Iterator[psycopg.Connection]:
    try:
        connection = psycopg.connect(
            psycopg_url(settings.migration_database_url), autocommit=True, connect_timeout=10
        )
    except psycopg.Error as problem:
        raise RestoreRefused(
            f"The database does not answer its owner (MIGRATION_DATABASE_URL): {database_problem_text(problem)}."
        ) from None
    with connection:
        yield connection


def _require_empty_database(connection: psycopg.Connection) -> int:
    """Return the major version of the server. Raises RestoreRefused for a database with tables."""
    row = connection.execute(_TABLES_STATEMENT).fetchone()
    if row and row[0]:
        raise RestoreRefused(
            f"The database {connection.info.dbname} is not empty: a restore never overwrites anything. Create an empty"
            " one, name it in MIGRATION_DATABASE_URL and DATABASE_URL, then repeat."
        )
    return int(connection.info.server_version // 10_000)


def _restore_files(source: Path, target: Path, manifest: Manifest) -> None:
    """Copy the files to `files`, under a temporary name until all are there. Raises RestoreRefused, BackupDamaged."""
    if target.exists() and any(target.iterdir()):
        _require_same_files(target, manifest.files)
        return
    partial = target.with_name("files.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700, parents=True)
    for address, part in manifest.files.items():
        path = stored_file_path(partial, address)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        if copy_and_hash_file(stored_file_path(source, address), path) != part:
            raise BackupDamaged([f"file {address[:16]} changed while it was copied."])
    if target.exists():
        target.rmdir()
    partial.rename(target)
    sync_folder(target.parent)


def _require_same_files(target: Path, files: Mapping[str, object]) -> None:
    """Accept the files of an interrupted restore of this backup. Raises RestoreRefused for others."""
    found = {path.name for path in target.glob("??/*")}
    if found != set(files):
        raise RestoreRefused(
            f"{target} holds files already: a restore never overwrites anything. Name an empty folder in DEPTER_DATA,"
            " then repeat."
        )


def _write_secret(settings: Settings) -> None:
    """Write the secrets to the data folder. Raises RestoreRefused when it holds others."""
    written = create_file_or_read_existing(settings.data_dir / "secret", settings.secret_key.encode())
    if written.decode(errors="replace").strip() != settings.secret_key:
        raise RestoreRefused(
            f"{settings.data_dir / 'secret'} holds the secret of another installation. Remove it if this machine has no"
            " data yet, then repeat."
        )
    if settings.previous_secret_key:
        create_file_or_read_existing(
            settings.data_dir / "secret.previous", settings.previous_secret_key.encode()
        )


def find_newest_register(candidates: tuple[Path, ...], settings: Settings) -> Path | None:
    """Return the newest readable export of the register among these files, or None."""
    root = load_hash_root(settings, settings.migration_database_url)
    readable: list[tuple[datetime, Path]] = []
    for path in candidates:
        with suppress(ErasuresUnreadable):
            readable.append((read_erasure_export(path, root).exported_at, path))
    return max(readable)[1] if readable else None
