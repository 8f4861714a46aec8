"""`depter backup`, `depter restore` and `depter erasures` (7.3, 7.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click
import psycopg

from app.cli.environment import (
    create_app_checking_secret_key,
    load_settings_of_env_or_running_app,
    read_environment_or_exit,
)
from app.cli.setup import give_data_to_user
from app.kernel.keycheck import load_hash_root
from app.kernel.settings import SettingMissing, Settings

Found = TypeVar("Found")


class CreateByDefault(click.Group):
    """A group whose first word may be a folder: `depter backup DIR` means `depter backup create DIR`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words of the command line; a first word that is no command begins `create`."""
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["create", *args]
        return super().parse_args(ctx, args)


@click.group("backup", cls=CreateByDefault)
def backup_command_group() -> None:
    """Make and verify backups of database and files: depter backup DIR, depter backup verify DIR."""


_keys_option = click.option(
    "--keys",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="BACKUP_KEYS_DIR",
    help="Folder of the files of keys, apart from the backups.",
)
_lock_option = click.option(
    "--keys-lock",
    "lock",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="BACKUP_KEYS_LOCK",
    help="File with a public key (X25519, PEM) or a passphrase, under which the keys are sealed.",
)


@backup_command_group.command("create")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@_keys_option
@_lock_option
def make_backup(folder: Path, keys: Path | None, lock: Path | None) -> None:
    """Copy database and files into a new folder inside DIR; it has its name only when it is whole."""
    from app.backups.create import BackupPlace, create_backup

    environ = read_environment_or_exit()
    keys = keys or _path_of_setting(environ, "BACKUP_KEYS_DIR", "--keys")
    lock = lock or _path_of_setting(environ, "BACKUP_KEYS_LOCK", "--keys-lock")
    made = _run_or_exit(
        lambda: create_backup(load_settings_of_env_or_running_app(), BackupPlace(folder, keys, lock))
    )
    manifest = made.manifest
    click.echo(f"Backup: {made.folder}")
    click.echo(
        f"        {manifest.total_size} bytes, {len(manifest.files)} files, SHA-256 {made.manifest_sha256}"
    )
    click.echo(f"Keys:   {made.key_file} (keep it apart from the backup)")
    if manifest.missing:
        raise click.ClickException(
            f"{len(manifest.missing)} files are named in the database and lost on the disk, the first is"
            f" {manifest.missing[0]}. The backup holds everything else. Put them back from an earlier backup."
        )


@backup_command_group.command("verify")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--keys", "key_file", type=click.Path(dir_okay=False, path_type=Path), help="Its file of keys.")
@click.option(
    "--keys-lock", "lock", type=click.Path(dir_okay=False, path_type=Path), help="Private key or passphrase."
)
def verify_backup(folder: Path, key_file: Path | None, lock: Path | None) -> None:
    """Compare every part of the backup DIR with its manifest; with --keys also who wrote the manifest."""
    from app.backups.manifest import verify_parts
    from app.backups.restore import open_backup

    if (key_file is None) != (lock is None):
        raise click.ClickException("--keys and --keys-lock belong together.")
    if key_file is not None and lock is not None:
        opened = key_file, lock
        manifest = _run_or_exit(lambda: open_backup(folder, *opened)[0])
    else:
        manifest = _run_or_exit(lambda: verify_parts(folder)[0])
    click.echo(
        f"Whole: taken {manifest.taken_at:%d.%m.%Y %H:%M} UTC, schema {manifest.schema}, {len(manifest.files)} files,"
        f" {manifest.total_size} bytes."
    )
    if key_file is None:
        click.echo("Without --keys only damage is found, not a manifest that somebody wrote anew.")


@backup_command_group.command("due")
def run_due_backup_of_schedule() -> None:
    """Make the backup that is due by the approved schedule; the worker calls it every minute when one is."""
    from app.worker.scheduled_backups import run_due_backup

    config = load_settings_of_env_or_running_app()
    environ = read_environment_or_exit()
    app = create_app_checking_secret_key(config)
    said = run_due_backup(app, environ)
    click.echo(said or "Nothing is due.")


@click.command("restore")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--keys",
    "key_file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Its file of keys.",
)
@click.option(
    "--keys-lock",
    "lock",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Private key or passphrase that opens the keys.",
)
@click.option(
    "--erasures",
    "register",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Newest export of the register of erasures; without it the one beside the keys.",
)
@click.option(
    "--service-user", default="", help="Give the data folder to this user of the machine (as root)."
)
def restore_backup(
    folder: Path, key_file: Path, lock: Path, register: Path | None, service_user: str
) -> None:
    """Restore the backup DIR into an empty database and an empty DEPTER_DATA.

    Nobody can sign in before the register of erasures was applied.
    """
    from app.audit.erasures import EXPORT_FILE_NAME
    from app.backups import restore
    from app.kernel import schema

    environ = read_environment_or_exit()
    manifest, secrets = _run_or_exit(lambda: restore.open_backup(folder, key_file, lock))
    _run_or_exit(lambda: restore.require_readable_schema(manifest))
    own = environ.get("SECRET_KEY")
    if own and own != secrets.secret_key:
        raise click.ClickException(
            "SECRET_KEY of this machine is not the one of the backup: its files and texts could not be read. Remove"
            " SECRET_KEY from the settings, then repeat. Nothing was changed."
        )
    previous = {"PREVIOUS_SECRET_KEY": secrets.previous_secret_key} if secrets.previous_secret_key else {}
    config = _settings_or_exit({**environ, "SECRET_KEY": secrets.secret_key, **previous})
    _run_or_exit(lambda: restore.restore_files_and_database(config, folder, manifest, bool(own)))
    click.echo("ok       files, secret, database")
    schema.migrate_database(config.migration_database_url)
    click.echo("ok       tables of this release")
    give_data_to_user(config.data_dir, service_user)
    if manifest.missing:
        click.echo(
            f"look at: {len(manifest.missing)} files were lost already when the backup was made", err=True
        )
    candidates = (config.data_dir / EXPORT_FILE_NAME, key_file.parent / EXPORT_FILE_NAME)
    register = register or restore.find_newest_register(candidates, config)
    if register is None:
        raise click.ClickException(
            "The data is restored and nobody can sign in yet: the register of erasures is missing. Run `depter erasures"
            " apply FILE` with its newest copy (erasures.json beside the keys)."
        )
    _apply_register_and_print(config, register, manifest)
    give_data_to_user(config.data_dir, service_user)


@click.group("erasures")
def erasure_command_group() -> None:
    """Look after the register of lawful erasures (7.5)."""


@erasure_command_group.command("add")
@click.argument("person", type=click.UUID)
@click.option("--document", required=True, help="Number and day of the decision.")
@click.option(
    "--decided-on", required=True, type=click.DateTime(["%d.%m.%Y"]), help="Day of the decision, 31.12.2026."
)
@click.option("--decision", "words", required=True, help="The decision in words.")
@click.option("--by", "login", required=True, help="User name of the person who enters it.")
@click.option("--yes", is_flag=True, help="Erase without asking.")
def add_erasure(person: UUID, document: str, decided_on: datetime, words: str, login: str, yes: bool) -> None:
    """Destroy the key of PERSON (the id in the address of the page): sealed texts can never be read again."""
    from app.audit.erasures import keep_erasures_beside_database
    from app.kernel import door
    from app.kernel.act import Act
    from app.kernel.clock import system_clock
    from app.kernel.errors import Invalid, Refused
    from app.people import queries
    from app.people.commands.erasures import erase_person_by_decision

    config = load_settings_of_env_or_running_app()
    with create_app_checking_secret_key(config).app_context():
        with door.read():
            name = queries.load_names([person]).get(person)
            by = queries.find_person_of_login(login)
        if name is None:
            raise click.ClickException(f"There is no person {person}.")
        if by is None:
            raise click.ClickException(f"--by: nobody has the user name {login}.")
        if not (yes or click.confirm(f"Erase the sealed texts of {name.full} for ever?")):
            return
        act = Act(person=by, on_behalf_of=None, at=system_clock())
        try:
            with door.write(act):
                erase_person_by_decision(act, person, document, decided_on.date(), words)
        except Invalid as refusal:
            raise click.ClickException(_erasure_problem_text(refusal)) from None
        except Refused as refusal:
            raise click.ClickException(_erasure_refusal_text(refusal)) from None
    _keep_register(keep_erasures_beside_database, config)
    click.echo("Erased. Web and worker forget the key within five minutes.")
    click.echo("Copy the register to where the keys of backups are: depter erasures export FILE")


@erasure_command_group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def write_erasure_export(file: Path) -> None:
    """Write the register of erasures to FILE, for a restore."""
    from app.audit.erasures import export_erasures
    from app.kernel.atomic_files import write_file_atomically

    config = load_settings_of_env_or_running_app()
    try:
        write_file_atomically(
            file,
            export_erasures(
                config.migration_database_url, load_hash_root(config, config.migration_database_url)
            ),
        )
    except psycopg.Error as problem:
        raise click.ClickException(f"The database does not answer: {problem}") from None
    except OSError as problem:
        raise click.ClickException(f"{file} could not be written: {problem.strerror}.") from None
    click.echo(f"Written: {file}")


@erasure_command_group.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def apply_erasure_export(file: Path) -> None:
    """Apply the register in FILE after a restore, then open the database for sign-in."""
    _apply_register_and_print(load_settings_of_env_or_running_app(), file, None)


def _apply_register_and_print(config: Settings, register: Path, manifest: Any) -> None:
    from app.audit.erasures import keep_erasures_beside_database
    from app.backups import restore

    owner = restore.settings_of_owner(config)
    with create_app_checking_secret_key(owner).app_context():
        applied = _run_or_exit(lambda: restore.apply_register_and_open(owner, register, manifest))
    _keep_register(keep_erasures_beside_database, owner)
    click.echo(f"ok       register of erasures: {applied} applied; web and worker may be started")


def _keep_register(keep: Callable[[str, Path, bytes], None], config: Settings) -> None:
    try:
        url = config.migration_database_url
        keep(url, config.data_dir, load_hash_root(config, url))
    except (psycopg.Error, OSError) as problem:
        raise click.ClickException(
            f"The copy of the register in {config.data_dir} could not be written ({type(problem).__name__}):"
            " run `depter erasures export FILE`."
        ) from None


def _erasure_refusal_text(refusal: Any) -> str:
    texts = {
        "people.erasure.still_here": "This person belongs to a group or holds a role today: end these first.",
        "people.erasure.too_early": "The years of clause 7.5 have not passed: wait until {at}.",
        "people.erasure.done": "The texts of this person were erased on {at} already.",
    }
    return texts[refusal.code].format(**refusal.params)


def _erasure_problem_text(refusal: Any) -> str:
    texts = {
        "document": "--document: name the decision, in 200 characters at most.",
        "words": "--decision: write the decision, in 2000 characters at most.",
        "decided_on": "--decided-on: the day has not come yet.",
        "person": "--by: nobody enters the erasure of himself.",
    }
    return "\n".join(texts[key] for key in refusal.fields)


def _path_of_setting(environ: Mapping[str, str], name: str, option: str) -> Path:
    if not environ.get(name):
        raise click.ClickException(
            f"{option} is missing, and {name} is not set. The keys of a backup lie apart from it and are sealed under"
            " another key: see docs/running.md, Backup."
        )
    return Path(environ[name])


def _settings_or_exit(environ: Mapping[str, str]) -> Settings:
    try:
        return Settings.from_env(environ)
    except SettingMissing as missing:
        raise click.ClickException(str(missing)) from None


def _run_or_exit(work: Callable[[], Found]) -> Found:
    """Return what the work returns. Raises ClickException with the words of its refusal."""
    from app.audit.erasures import ErasuresUnreadable
    from app.backups.create import BackupRefused
    from app.backups.key_file import KeyFileProblem
    from app.backups.manifest import BackupDamaged
    from app.backups.postgres_tools import ToolFailed, ToolMissing
    from app.backups.restore import RestoreRefused

    try:
        return work()
    except (
        BackupDamaged,
        BackupRefused,
        ErasuresUnreadable,
        KeyFileProblem,
        RestoreRefused,
        ToolFailed,
        ToolMissing,
    ) as problem:
        raise click.ClickException(str(problem)) from None
    except OSError as problem:
        raise click.ClickException(
            f"{problem.filename or 'A file'} could not be read or written: {problem.strerror}. Nothing half done has"
            " the name of a backup."
        ) from None
