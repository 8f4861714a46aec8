"""The sealer over a real database: order of commits, kills, two sealers, keys, a database that went back."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.sealer import publication, reports, run, seal, store
from app.sealer.key_files import load_key_of_log, public_part, write_next_key
from app.sealer.leaves import RECORD_COLUMNS, leaf_content
from app.sealer.merkle import fold_hashes, hash_leaf
from app.sealer.notes import is_signed_by, is_text_signed_by, read_checkpoint
from app.sealer.settings import SealerSettings

RECORD = (
    "INSERT INTO audit.record (format, event_type, object_kind, object_id, body)"
    " SELECT 1, 'tests.thing.done', 'tests.thing', gen_random_uuid(), %s FROM generate_series(1, %s)"
)


@pytest.fixture
def sealing(db_reset: None, database: Any, tmp_path: Path) -> SealerSettings:
    url = database.url("depter_sealer").replace("+psycopg", "")
    return SealerSettings(url, tmp_path / "sealer", "tests/audit", publish_dir=tmp_path / "published")


@pytest.fixture
def app_role(database: Any) -> Iterator[psycopg.Connection]:
    with database.connect("depter_app") as connection:
        yield connection


@pytest.fixture
def owner(database: Any) -> Iterator[psycopg.Connection]:
    """The owner of the tables behind the triggers: what a person with the password of the database can do."""
    with database.connect() as connection:
        connection.execute("SET session_replication_role = 'replica'")
        yield connection


def sealed(settings: SealerSettings) -> store.StoredCheckpoint:
    with reports.open_sealer_connection(settings) as connection:
        sealer = seal.Sealer(connection, settings)
        sealer.begin()
        sealer.seal_round()
        run.publish_to_file(connection, settings)
        assert sealer.last_checkpoint is not None
        return sealer.last_checkpoint


def stopped(settings: SealerSettings) -> str:
    with pytest.raises(seal.SealingStopped) as refusal:
        sealed(settings)
    return refusal.value.code


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """As a disk with so many bytes left: no file of this process grows beyond them."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def findings(connection: psycopg.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT code FROM sealer.finding")}


def leaves(connection: psycopg.Connection) -> list[bytes]:
    rows = connection.execute(
        f"SELECT {RECORD_COLUMNS} FROM sealer.leaf AS l JOIN audit.record AS r ON r.id = l.record_id"
        " ORDER BY l.leaf_index"
    )
    return [hash_leaf(leaf_content(row)) for row in rows]


def test_what_commits_late_is_sealed_later_and_nothing_twice(sealing, database, app_role):
    with database.connect("depter_app") as slow:
        slow.autocommit = False
        slow.execute(RECORD, ("{}", 1))
        app_role.execute(RECORD, ("{}", 600))
        first = sealed(sealing)
        slow.commit()
    second = sealed(sealing)
    assert second.size == first.size + 1 and second.number == first.number + 1
    # Nothing new: no checkpoint.
    assert sealed(sealing) == second
    with database.connect("depter_sealer") as connection:
        (key,) = store.load_keys(connection)
        hashes = leaves(connection)
        assert fold_hashes(hashes) == second.root == store.load_root(connection, second.size)
        assert fold_hashes(hashes[: first.size]) == first.root
        order = [
            row[0] for row in connection.execute("SELECT record_id FROM sealer.leaf ORDER BY leaf_index")
        ]
        assert order[-1] < order[-2] and len(set(order)) == second.size
        assert connection.execute("SELECT count(*) FROM audit.unsealed").fetchone() == (0,)
    read = read_checkpoint(second.note)
    assert (read.origin, read.size, read.root) == ("tests/audit", second.size, second.root)
    assert is_signed_by(read, "tests/audit", key.public_key)
    published = (sealing.publish_dir / publication.FILE_NAME).read_text()
    assert first.note in published and published.count(second.note) == 1
    assert publication.last_number_in_file(sealing.publish_dir / publication.FILE_NAME) == 2


def test_web_and_worker_cannot_write_what_the_sealer_writes(sealing, app_role):
    app_role.execute(RECORD, ("{}", 1))
    sealed(sealing)
    tables = (
        "leaf",
        "node",
        "checkpoint",
        "signing_key",
        "epoch",
        "cosignature",
        "finding",
        "status",
        "restored",
    )
    for statement in (
        "DELETE FROM audit.unsealed",
        "INSERT INTO audit.unsealed VALUES (1)",
        *(f"DELETE FROM sealer.{table}" for table in tables),
        *(f"INSERT INTO sealer.{table} OVERRIDING SYSTEM VALUE TABLE sealer.{table}" for table in tables),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app_role.execute(statement)
    assert (sealing.folder / "key").stat().st_mode & 0o777 == 0o600


def test_two_sealers_never_work_at_once(sealing):
    with reports.open_sealer_connection(sealing) as first, reports.open_sealer_connection(sealing) as second:
        assert run.take_sealer_lock(first) and not run.take_sealer_lock(second)
        first.close()
        while not run.take_sealer_lock(second):
            pass


def test_a_queue_that_was_tampered_with_is_reported(sealing, app_role, owner):
    app_role.execute(RECORD, ("{}", 3))
    sealed(sealing)
    app_role.execute(RECORD, ("{}", 2))
    (gone,) = owner.execute("SELECT max(id) FROM audit.record").fetchone()
    owner.execute("DELETE FROM audit.record WHERE id = %s", (gone,))
    owner.execute("INSERT INTO audit.unsealed SELECT min(id) FROM audit.record")
    owner.execute("RESET session_replication_role")
    for days in ("-2 days", "2 days"):
        owner.execute(
            "INSERT INTO audit.record (recorded_at, format, event_type, object_kind, object_id, body)"
            " VALUES (now() + %s::interval, 1, 'x.y.z', 'x', gen_random_uuid(), '{}')",
            (days,),
        )
    assert sealed(sealing).size == 3 + 1 + 2
    assert findings(owner) == {seal.VANISHED, seal.SEALED_BEFORE, seal.BACK_DATED, seal.AHEAD}


def test_a_database_that_went_back_makes_the_sealer_stop_until_somebody_says_why(sealing, app_role, owner):
    app_role.execute(RECORD, ("{}", 5))
    first = sealed(sealing)
    app_role.execute(RECORD, ("{}", 2))
    second = sealed(sealing)
    for table, column, kept in (
        ("leaf", "leaf_index", first.size - 1),
        ("checkpoint", "number", first.number),
    ):
        owner.execute(f"DELETE FROM sealer.{table} WHERE {column} > %s", (kept,))
    app_role.execute(RECORD, ("{}", 9))
    assert stopped(sealing) == seal.REWOUND
    assert store.find_last_checkpoint(owner).number == first.number
    with reports.open_sealer_connection(sealing) as connection:
        assert seal.Sealer(connection, sealing).begin_next_log("the disk of the server broke") == 2
    third = sealed(sealing)
    assert read_checkpoint(third.note).origin == "tests/audit/2" and third.size == first.size + 9
    epoch = store.load_epochs(owner)[-1]
    assert epoch.lost_note == second.note and epoch.kept_size == first.size
    # The whole log removed, then restored without the disk of the sealer.
    owner.execute("DELETE FROM sealer.checkpoint; DELETE FROM sealer.leaf; DELETE FROM sealer.epoch")
    assert stopped(sealing) == seal.REWOUND


def test_a_restored_database_is_not_sealed_on_by_a_sealer_that_knows_nothing(sealing, app_role, owner):
    app_role.execute(RECORD, ("{}", 2))
    last = sealed(sealing)
    owner.execute("INSERT INTO sealer.restored (backup) VALUES ('depter-1')")
    # Nothing was lost, and the sealer can tell.
    assert sealed(sealing) == last
    publication.write_last_signed_note(sealing.folder, None)
    assert stopped(sealing) == seal.RESTORED


def test_damage_to_the_tree_the_key_or_the_clock_stops_the_sealer(sealing, app_role, owner):
    app_role.execute(RECORD, ("{}", 3))
    last = sealed(sealing)
    key = sealing.folder / "key"
    content = key.read_bytes()
    key.chmod(0o644)
    assert stopped(sealing) == seal.KEY_UNUSABLE
    key.unlink()
    assert stopped(sealing) == seal.KEY_UNUSABLE
    key.write_bytes(content)
    key.chmod(0o600)
    owner.execute("UPDATE sealer.checkpoint SET sealed_until = now() + interval '1 day'")
    assert stopped(sealing) == seal.FUTURE_CHECKPOINT
    owner.execute("UPDATE sealer.checkpoint SET sealed_until = now(), note = replace(note, 'audit', 'other')")
    assert stopped(sealing) == seal.UNSIGNED
    owner.execute("UPDATE sealer.checkpoint SET note = %s, sealed_until = %s", (last.note, last.sealed_until))
    assert sealed(sealing) == last
    owner.execute("UPDATE sealer.leaf SET leaf_hash = sha256('x') WHERE leaf_index = 1")
    assert stopped(sealing) == seal.TREE_CHANGED


def test_a_full_disk_stops_no_seal_and_what_it_cut_short_follows(sealing, app_role, owner):
    app_role.execute(RECORD, ("{}", 3))
    first = sealed(sealing)
    published = sealing.publish_dir / publication.FILE_NAME
    app_role.execute(RECORD, ("{}", 2))
    with reports.open_sealer_connection(sealing) as connection:
        sealer = seal.Sealer(connection, sealing)
        sealer.begin()
        # In the middle of the note beside the database, and of the one in the file for another host.
        with no_file_beyond(40), pytest.raises(OSError, match="too large"):
            sealer.seal_round()
        with no_file_beyond(published.stat().st_size + 40):
            run.publish_to_file(connection, sealing)
    second = store.find_last_checkpoint(owner)
    assert second.size == 5 and publication.read_last_signed_note(sealing.folder) == first.note
    assert findings(owner) == {run.NOT_PUBLISHED}
    assert publication.last_number_in_file(published) == first.number
    # There is room again: the checkpoint that was committed is the last one, and no other was signed.
    app_role.execute(RECORD, ("{}", 1))
    third = sealed(sealing)
    assert third.number == second.number + 1
    assert publication.read_last_signed_note(sealing.folder) == third.note
    assert published.read_text().count(second.note) == 1 == published.read_text().count(third.note)


def test_a_key_is_changed_under_a_running_sealer_and_signed_by_the_old_one(sealing, app_role, owner):
    app_role.execute(RECORD, ("{}", 1))
    with reports.open_sealer_connection(sealing) as connection:
        running = seal.Sealer(connection, sealing)
        running.begin()
        running.seal_round()
        first = running.last_checkpoint
        with reports.open_sealer_connection(sealing) as other:
            assert seal.Sealer(other, sealing).rotate_key() == 2
        app_role.execute(RECORD, ("{}", 1))
        running.seal_round()
        second = running.last_checkpoint
    old, new = store.load_keys(owner)
    text, _, signatures = new.statement.partition("\n\n")
    for key in (old, new):
        assert is_text_signed_by(text + "\n", signatures, "tests/audit", key.public_key)
    assert is_signed_by(read_checkpoint(first.note), "tests/audit", old.public_key)
    assert is_signed_by(read_checkpoint(second.note), "tests/audit", new.public_key)
    assert not is_signed_by(read_checkpoint(second.note), "tests/audit", old.public_key)
    # Cut short before its row was committed, and after.
    write_next_key(sealing.folder)
    assert public_part(load_key_of_log(sealing.folder, new.public_key)) == new.public_key
    assert not (sealing.folder / "key.next").exists()
    made = write_next_key(sealing.folder)
    assert public_part(load_key_of_log(sealing.folder, public_part(made))) == public_part(made)
