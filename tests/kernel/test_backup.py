"""`depter backup` and `depter restore` on real servers (7.3): whole, cut short, changed, wrong key, erased."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from app import cli
from app.audit.words import seal_text, unseal_text
from app.backups import commands, queries
from app.backups.manifest import read_manifest
from app.backups.models import BackupRun
from app.backups.rules import ScheduleDraft
from app.cases.models import Incident
from app.files.store import FileStore
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import system_clock
from app.kernel.dev_servers import DevServers
from app.kernel.ids import new_id
from app.kernel.servers import paths
from app.kernel.settings import PROJECT_DIR, Settings
from app.people.models import Account, Person

pytestmark = pytest.mark.starts
OWNERS = {"journal": "depter", "restored": "university"}
"""Who migrates: a superuser, and on the empty machine a login that may create roles."""
PASSPHRASE = "a passphrase of the vault"


@dataclass(frozen=True, slots=True)
class Machines:
    """A server with the university, a second empty database on it, and folders."""

    keeper: DevServers
    folder: Path

    def environ(self, name: str) -> dict[str, str | None]:
        """The settings of an installation of this name; its secret is in its data folder."""
        addresses = self.keeper.addresses
        return {
            "DATABASE_URL": addresses.database_url("depter_app", name),
            "MIGRATION_DATABASE_URL": addresses.database_url(OWNERS[name], name),
            "REDIS_URL": "redis://127.0.0.1:9/0",
            "DEPTER_DATA": str(self.folder / name),
            "DEPTER_ENV": "test",
            "SECRET_KEY": None,
            "DEPTER_SETTINGS": None,
        }

    def depter(self, name: str, *words: str | Path) -> Result:
        return CliRunner(env=self.environ(name)).invoke(cli.depter, [str(word) for word in words])

    def connect(self, name: str, role: str = "depter") -> psycopg.Connection:
        url = self.keeper.addresses.database_url(role, name).replace("+psycopg", "")
        return psycopg.connect(url, autocommit=True)


@pytest.fixture(scope="module")
def machines(tmp_path_factory) -> Iterator[Machines]:
    data = paths.ensure_project_data_dir(PROJECT_DIR) / f"backup-{os.getpid()}"
    keeper = DevServers.start(data, ("postgres",), forgetful=True, disposable=True)
    try:
        made = Machines(keeper, tmp_path_factory.mktemp("machines"))
        with made.connect("postgres") as server:
            server.execute("CREATE ROLE university LOGIN CREATEROLE")
            for name, owner in OWNERS.items():
                server.execute(f"CREATE DATABASE {name} OWNER {owner}")
            assert made.depter("journal", "migrate").exit_code == 0
            # A server of its own would have no roles yet; here those of the first database are there already.
            server.execute("GRANT depter_owner, depter_app, depter_sealer TO university")
        yield made
    finally:
        keeper.stop()
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="module")
def vault(machines) -> Path:
    """The folder of keys, apart from the backups, with a passphrase beside neither."""
    (machines.folder / "passphrase").write_text(PASSPHRASE)
    return machines.folder / "vault"


def options(machines: Machines, vault: Path) -> list[str | Path]:
    return ["--keys", vault, "--keys-lock", machines.folder / "passphrase"]


def run_in(machines: Machines, name: str, work):
    """What the work returns, in the application of an installation, inside one act."""
    from app import create_app

    environ = {key: value for key, value in machines.environ(name).items() if value is not None}
    config = Settings.from_env(environ)
    with create_app(config).app_context(), door.write(Act.by_system(system_clock())) as session:
        return work(session, FileStore(config.data_dir))


def words_of(person, stored: bytes) -> str:
    from app.audit.keys import clear_person_key_cache

    clear_person_key_cache()
    return unseal_text(person, stored)


def test_a_backup_comes_back_on_an_empty_machine_without_the_erased(machines, vault):
    people = {}

    def fill(session, files):
        for name in ("Асан", "Үсөн"):
            person = Person(id=new_id(), family_name=name, given_name="А", patronymic="", sort_key=name)
            session.add(person)
            session.flush()
            people[name] = (person.id, seal_text(person.id, f"Сөзү: {name}"))
        session.add(Account(person_id=people["Асан"][0], login="asan", password="x"))
        act = Act(people["Асан"][0], None, system_clock())
        session.info["act"] = act
        files.store_upload(act, new_id(), "Справка.png", io.BytesIO(b"scan"), lambda _: "image/png")

    run_in(machines, "journal", fill)
    made = machines.depter("journal", "backup", machines.folder / "backups", *options(machines, vault))
    assert made.exit_code == 0, made.output
    (backup,) = (machines.folder / "backups").glob("depter-*")
    key_file = vault / f"{backup.name}.keys"
    secret = (machines.folder / "journal" / "secret").read_text()
    everything = [path.read_bytes() for path in backup.rglob("*") if path.is_file()]
    assert not any(
        secret.encode() in one or PASSPHRASE.encode() in one for one in [*everything, key_file.read_bytes()]
    )
    manifest, _ = read_manifest(backup)
    assert len(manifest.files) == 1 and manifest.missing == ()

    # After the backup the university has to forget a person; the register lies beside the keys too.
    erased, kept = people["Үсөн"], people["Асан"]
    said = machines.depter(
        "journal",
        "erasures",
        "add",
        str(erased[0]),
        "--document",
        "№ 12, 01.12.2026",
        "--decided-on",
        "01.12.2020",
        "--decision",
        "Чечим",
        "--by",
        "asan",
        "--yes",
    )
    assert said.exit_code == 0, said.output
    assert run_in(machines, "journal", lambda session, files: words_of(*erased)) == ""
    with (
        machines.connect("journal", "depter_app") as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute("DELETE FROM audit.subject_key")

    def restore(*words: str | Path) -> Result:
        return machines.depter("restored", "restore", backup, "--keys", key_file, *words)

    lock = ("--keys-lock", machines.folder / "passphrase")
    (machines.folder / "other").write_text("another passphrase of 20")
    for words, problem in (
        (("--keys-lock", machines.folder / "other"), "does not open"),
        (("--keys-lock", machines.folder / "absent"), "cannot be read"),
    ):
        assert problem in restore(*words).output
    # The register beside the keys is as old as the backup: it is applied only when it is not older.
    old = (vault / "erasures.json").read_bytes()
    stale = json.loads(old) | {"exported_at": "2020-01-01T00:00:00+00:00"}
    (vault / "erasures.json").write_text(json.dumps(stale))
    closed = restore(*lock)
    assert closed.exit_code == 1 and "nobody can sign in yet" in closed.output, closed.output
    assert (machines.folder / "restored" / "secret").read_text() == secret
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        machines.connect("restored", "depter_app")
    assert "is not empty" in restore(*lock).output

    the_key_is_changed(machines)
    newest = machines.folder / "erasures.json"
    assert machines.depter("journal", "erasures", "export", newest).exit_code == 0
    changed = newest.with_name("changed.json")
    changed.write_text(newest.read_text().replace("№ 12", "№ 13").replace("\\u2116 12", "\\u2116 13"))
    assert "was changed" in machines.depter("restored", "erasures", "apply", changed).output
    opened = machines.depter("restored", "erasures", "apply", newest)
    assert opened.exit_code == 0 and "1 applied" in opened.output, opened.output
    machines.connect("restored", "depter_app").close()

    def compare(session, files):
        assert words_of(*kept) == "Сөзү: Асан" and words_of(*erased) == ""
        assert session.get(Person, erased[0]).family_name == "Үсөн"

    run_in(machines, "restored", compare)
    (stored,) = (machines.folder / "restored" / "files").glob("??/*")
    assert (
        stored.read_bytes()
        == (machines.folder / "journal" / "files" / stored.parent.name / stored.name).read_bytes()
    )
    with machines.connect("restored", "depter") as restored:
        counted = restored.execute(
            "SELECT count(*) FROM audit.record WHERE event_type = 'audit.person.erased'"
        )
        assert counted.fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            restored.execute("UPDATE audit.record SET body = ''")
    assert machines.depter("restored", "check").exit_code == 1  # Redis is not there; the database is.
    the_schedule_makes_backups_and_tells_what_fails(machines, vault, people["Асан"][0])
    # An older copy of the database beside the newest register: nothing is served before it was applied.
    a_database_behind_its_register_serves_nothing(machines)
    a_changed_backup_is_refused(machines, backup, key_file, lock)


def the_key_is_changed(machines: Machines) -> None:
    """A register of after a change of SECRET_KEY opens a backup of before."""
    data = machines.folder / "journal"
    (data / "secret").rename(data / "secret.previous")
    changed = machines.depter("journal", "key", "rotate")
    assert changed.exit_code == 0, changed.output
    (data / "secret.previous").unlink()


def the_schedule_makes_backups_and_tells_what_fails(machines: Machines, vault: Path, person) -> None:
    """`depter backup due`, which the worker starts: each due moment once, an incident until one is whole."""
    draft = ScheduleDraft(1, 0, 2, False, "NAS")

    def approve(session, files):
        act = Act(person, None, system_clock() - timedelta(hours=3))
        schedule = commands.store_schedule_draft(act, new_id(), draft)
        commands.bring_schedule_into_force(act, schedule.id)

    def rows(session, files):
        found = session.execute(select(BackupRun.result, BackupRun.problem).order_by(BackupRun.due_at)).all()
        return [tuple(row) for row in found], list(session.scalars(select(Incident.resolved_how)))

    def leave_one_unfinished(session, files):
        session.execute(update(BackupRun).values(due_at=BackupRun.due_at - timedelta(hours=2)))
        act = Act.by_system(system_clock())
        schedule = queries.find_schedule_in_force()
        commands.begin_run(act, schedule.id, system_clock() - timedelta(minutes=90))

    def due(**settings: str) -> Result:
        return CliRunner(env=machines.environ("journal") | settings).invoke(cli.depter, ["backup", "due"])

    run_in(machines, "journal", approve)
    assert "BACKUP_DIR" in due().output and "Nothing is due" in due().output
    assert run_in(machines, "journal", rows) == ([("FAILED", "backups.run.no_place")], [None])
    run_in(machines, "journal", leave_one_unfinished)
    place = {
        "BACKUP_DIR": str(machines.folder / "scheduled"),
        "BACKUP_KEYS_DIR": str(vault / "scheduled"),
        "BACKUP_KEYS_LOCK": str(machines.folder / "passphrase"),
    }
    left = machines.folder / "scheduled" / "depter-cut.partial"
    left.mkdir(parents=True)
    made = due(**place)
    assert made.exit_code == 0 and "Backup depter-" in made.output, made.output
    results, incidents = run_in(machines, "journal", rows)
    assert results == [
        ("FAILED", "backups.run.no_place"),
        ("FAILED", "backups.run.interrupted"),
        ("OK", None),
    ]
    assert incidents == ["settled"] and not left.exists()
    (name,) = [path.name for path in (machines.folder / "scheduled").glob("depter-*")]
    assert (vault / "scheduled" / f"{name}.keys").exists()


def a_database_behind_its_register_serves_nothing(machines: Machines) -> None:
    """As after a restore to a moment by PostgreSQL itself: the register on the disk knows more."""
    with machines.connect("restored") as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("ALTER TABLE audit.erasure DISABLE TRIGGER USER")
        owner.execute("DELETE FROM audit.erasure")
        owner.execute("ALTER TABLE audit.erasure ENABLE ALWAYS TRIGGER audit_erasure_rows")
        owner.execute("ALTER TABLE audit.erasure ENABLE ALWAYS TRIGGER audit_erasure_truncate")
        owner.execute("ALTER TABLE audit.erasure ENABLE ALWAYS TRIGGER audit_erasure_key")
    refused = machines.depter("restored", "worker")
    assert refused.exit_code == 1 and "erasures apply" in refused.output, refused.output
    applied = machines.depter("restored", "erasures", "apply", machines.folder / "restored" / "erasures.json")
    assert applied.exit_code == 0 and "1 applied" in applied.output, applied.output


def a_changed_backup_is_refused(machines: Machines, backup: Path, key_file: Path, lock: tuple) -> None:
    """Every kind of damage is named by `verify`; a manifest that was written anew only with the keys."""

    def verify(*words: str | Path) -> Result:
        return machines.depter("journal", "backup", "verify", backup, *words)

    with_keys = ("--keys", key_file, *lock)
    assert verify().exit_code == 0 and verify(*with_keys).exit_code == 0
    (file,) = (backup / "files").glob("??/*")
    for path, change, said in (
        (file, lambda old: old[:-1], "bytes instead of"),
        (file, lambda old: bytes([old[0] ^ 1]) + old[1:], "SHA-256 is another"),
        (backup / "database.dump", lambda old: old[: len(old) // 2], "bytes instead of"),
        (backup / "manifest.json", lambda old: old[:-40], "cannot be read"),
        (backup / "manifest.json", lambda old: old.replace(b'"format": 1', b'"format": 2'), "newer release"),
        (backup / "manifest.json", lambda old: old.replace(b'"schema": "', b'"schema": "9'), ""),
    ):
        old = path.read_bytes()
        path.write_bytes(change(old))
        answer = verify()
        if said:
            assert answer.exit_code == 1 and said in answer.output, (said, answer.output)
        else:
            assert answer.exit_code == 0
            assert "was changed after the backup" in verify(*with_keys).output
        path.write_bytes(old)
    (backup / "manifest.json").rename(backup / "gone")
    assert "cut short" in verify().output
    (backup / "gone").rename(backup / "manifest.json")
