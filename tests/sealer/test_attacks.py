"""Attacks of the owner of the database, each on the same sealed log: every one is found by the stand-alone verifier."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.sealer import export, publication, reports, seal, store
from app.sealer.key_files import KEY_NAME, _read_key_file
from app.sealer.leaves import RECORD_COLUMNS, leaf_content
from app.sealer.merkle import Frontier, hash_leaf
from app.sealer.notes import sign_note, write_checkpoint_text
from app.sealer.settings import SealerSettings
from app.sealer.standalone import depter_verify

RECORD = (
    "INSERT INTO audit.record (format, event_type, object_kind, object_id, body)"
    " SELECT 1, 'tests.thing.done', 'tests.thing', gen_random_uuid(), %s FROM generate_series(1, %s)"
)


def sealed(settings: SealerSettings) -> str:
    with reports.open_sealer_connection(settings) as connection:
        sealer = seal.Sealer(connection, settings)
        sealer.begin()
        sealer.seal_round()
        assert sealer.last_checkpoint is not None
        return sealer.last_checkpoint.note


def exported(database: Any, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    export.export_audit(database.url(), folder)
    return folder


def verify(folder: Path, *kept: Path, **others: Any) -> tuple[int, set[str]]:
    """The exit code and the codes of what was found."""
    options = {"kept": list(map(str, kept)), "key": [], "witness": "", **others}
    report = depter_verify.Report("ky")
    namespace = depter_verify.argparse.Namespace(**options)
    depter_verify.verify_export(folder, namespace, report)
    return (1 if report.bad else 3 if report.attention else 0), set(report.codes)


class Owner:
    """The owner of the database, who can switch triggers off, and may have stolen the key of the sealer."""

    def __init__(self, connection: psycopg.Connection, settings: SealerSettings) -> None:
        self.connection, self.settings = connection, settings
        connection.execute("SET session_replication_role = 'replica'")

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.connection.execute(statement.encode())

    def rebuild_leaves(self) -> Frontier:
        """Compute every leaf anew from the records as they are now."""
        tree = Frontier()
        rows = self.connection.execute(
            f"SELECT l.leaf_index, {RECORD_COLUMNS} FROM sealer.leaf AS l JOIN audit.record AS r ON r.id = l.record_id"
            " ORDER BY l.leaf_index"
        ).fetchall()
        for index, *values in rows:
            leaf = hash_leaf(leaf_content(values))
            tree.append(leaf)
            self.connection.execute(
                "UPDATE sealer.leaf SET leaf_hash = %s WHERE leaf_index = %s", (leaf, index)
            )
        return tree

    def sign_all_anew(self, key: Ed25519PrivateKey, until: datetime | None = None) -> None:
        """Replace all checkpoints by one over the tree as it is now."""
        tree = self.rebuild_leaves()
        at = until or datetime.now(UTC)
        note = sign_note("tests/audit", key, write_checkpoint_text("tests/audit", tree.size, tree.root(), at))
        self.connection.execute("DELETE FROM sealer.checkpoint")
        self.connection.execute(
            "INSERT INTO sealer.checkpoint VALUES (1, 1, %s, %s, %s, %s)", (tree.size, tree.root(), at, note)
        )

    def stolen_key(self) -> Ed25519PrivateKey:
        return _read_key_file(self.settings.folder / KEY_NAME)


def attack_edit(owner: Owner) -> None:
    owner.run(
        "UPDATE audit.record SET body = replace(body, '7', '9') WHERE id = (SELECT min(id) FROM audit.record)"
    )


def attack_time(owner: Owner) -> None:
    owner.run(
        "UPDATE audit.record SET recorded_at = recorded_at - interval '1 second' WHERE event_type = 'a.b.c'"
    )


def attack_edit_with_leaves(owner: Owner) -> None:
    attack_edit(owner)
    owner.rebuild_leaves()


def attack_delete(owner: Owner) -> None:
    owner.run("DELETE FROM audit.record WHERE event_type = 'a.b.c'")


def attack_delete_with_leaf(owner: Owner) -> None:
    owner.run(
        "DELETE FROM sealer.leaf WHERE record_id IN (SELECT id FROM audit.record WHERE event_type = 'a.b.c')",
        "DELETE FROM audit.record WHERE event_type = 'a.b.c'",
        "UPDATE sealer.leaf SET leaf_index = -leaf_index - 1",
        "UPDATE sealer.leaf AS l SET leaf_index = n.at - 1 FROM (SELECT record_id, row_number() OVER"
        " (ORDER BY leaf_index DESC) AS at FROM sealer.leaf) AS n WHERE n.record_id = l.record_id",
    )


def attack_insert(owner: Owner) -> None:
    owner.run(
        "INSERT INTO audit.record (format, event_type, object_kind, object_id, body)"
        " VALUES (1, 'x.y.z', 'x', gen_random_uuid(), '{}')"
    )


def attack_insert_with_leaf(owner: Owner) -> None:
    attack_insert(owner)
    owner.run(
        "INSERT INTO sealer.leaf SELECT (SELECT max(leaf_index) + 1 FROM sealer.leaf), max(id), sha256('x')"
        " FROM audit.record"
    )
    owner.rebuild_leaves()


def attack_reorder(owner: Owner) -> None:
    owner.run(
        "UPDATE sealer.leaf SET leaf_index = -1 WHERE leaf_index = 1",
        "UPDATE sealer.leaf SET leaf_index = 1 WHERE leaf_index = 2",
        "UPDATE sealer.leaf SET leaf_index = 2 WHERE leaf_index = -1",
    )


def attack_truncation(owner: Owner) -> None:
    """As a dump with the audit table truncated."""
    owner.run("DELETE FROM audit.record")


def attack_truncation_of_all(owner: Owner) -> None:
    """As a dump without the data of the audit and of its seals."""
    tables = ("leaf", "node", "cosignature", "checkpoint", "signing_key", "epoch")
    owner.run("DELETE FROM audit.record", *(f"DELETE FROM sealer.{table}" for table in tables))


def attack_short_log(owner: Owner) -> None:
    """The last records and their checkpoint are taken away: only who kept that checkpoint can tell."""
    owner.run(
        "DELETE FROM audit.record WHERE id IN (SELECT record_id FROM sealer.leaf WHERE leaf_index >= 7)",
        "DELETE FROM sealer.leaf WHERE leaf_index >= 7",
        "DELETE FROM sealer.checkpoint WHERE size > 7",
    )


def attack_back_date(owner: Owner) -> None:
    owner.run(
        "RESET session_replication_role",
        "INSERT INTO audit.record (recorded_at, format, event_type, object_kind, object_id, body)"
        " VALUES (now() - interval '3 days', 1, 'x.y.z', 'x', gen_random_uuid(), '{}')",
    )
    sealed(owner.settings)


def attack_rewrite_with_the_stolen_key(owner: Owner) -> None:
    attack_edit(owner)
    owner.sign_all_anew(owner.stolen_key())


def attack_rewrite_with_another_key(owner: Owner) -> None:
    attack_edit(owner)
    owner.sign_all_anew(Ed25519PrivateKey.generate())


def attack_checkpoint_of_tomorrow(owner: Owner) -> None:
    owner.sign_all_anew(owner.stolen_key(), datetime.now(UTC) + timedelta(days=1))


def attack_without_the_trigger(owner: Owner) -> None:
    owner.run("ALTER TABLE audit.record DISABLE TRIGGER audit_record_queue")
    attack_insert(owner)
    owner.run("ALTER TABLE audit.record ENABLE TRIGGER audit_record_queue")


ATTACKS: dict[Callable[[Owner], None], set[str]] = {
    attack_edit: {"changed", "root", "kept_root"},
    attack_time: {"changed", "root", "kept_root"},
    attack_edit_with_leaves: {"root", "kept_root"},
    attack_delete: {"missing"},
    attack_delete_with_leaf: {"root", "short", "kept_short", "kept_root"},
    attack_insert: {"outside"},
    attack_insert_with_leaf: {"unsigned"},
    attack_reorder: {"root", "kept_root"},
    attack_truncation: {"missing"},
    attack_truncation_of_all: {"kept_short"},
    attack_short_log: {"kept_short"},
    attack_back_date: {"backdated"},
    attack_rewrite_with_the_stolen_key: {"kept_root"},
    attack_rewrite_with_another_key: {"signature", "kept_root"},
    attack_checkpoint_of_tomorrow: {"future"},
    attack_without_the_trigger: {"outside"},
}
"""Each attack with what the verifier finds, given the checkpoints that an auditor kept."""


@pytest.fixture
def log(db_reset: None, database: Any, tmp_path: Path, request: Any) -> Iterator[tuple[Owner, Path]]:
    """A log of 10 records under two checkpoints, both kept by the auditor, in a letter that quotes them."""
    url = database.url("depter_sealer").replace("+psycopg", "")
    settings = SealerSettings(url, tmp_path / "sealer", "tests/audit")
    notes = []
    with database.connect("depter_app") as application, database.connect() as connection:
        application.execute(RECORD, ('{"mark":"75"}', 6))
        application.execute(RECORD.replace("tests.thing.done", "a.b.c"), ('{"mark":"Ө"}', 1))
        notes.append(sealed(settings))
        application.execute(RECORD, ('{"mark":"80"}', 3))
        notes.append(sealed(settings))
        kept = tmp_path / "letter.txt"
        kept.write_text("\n".join("> " + line for note in notes for line in note.split("\n")))
        database.keep(request.node.name[:40])
        yield Owner(connection, settings), kept


def test_every_attack_is_found_by_somebody_who_kept_checkpoints(log, database, tmp_path, request, capsys):
    owner, kept = log
    folder, note = tmp_path / "export", publication.read_last_signed_note(owner.settings.folder)
    assert verify(exported(database, folder), kept) == (0, set())
    assert verify(folder) == (3, {"no_anchor"})
    assert depter_verify.main([str(folder), "--kept", str(kept), "--lang", "ru"]) == 0
    assert "ВСЁ СХОДИТСЯ" in capsys.readouterr().out
    for attack, expected in ATTACKS.items():
        attack(owner)
        code, found = verify(exported(database, folder), kept)
        assert expected <= found and code == (3 if expected == {"unsigned"} else 1), attack.__name__
        assert depter_verify.main([str(folder), "--kept", str(kept)]) == code
        database.restore(request.node.name[:40])
        publication.write_last_signed_note(owner.settings.folder, note)
        owner.run("SET session_replication_role = 'replica'")
    # A swapped file of the export itself, a kept file without a checkpoint, and a key that is not of this log.
    exported(database, folder)
    assert verify(folder, key=[base64.b64encode(bytes(32)).decode()])[1] == {"key_given"}
    (tmp_path / "empty.txt").write_text("nothing")
    assert verify(folder, tmp_path / "empty.txt")[1] == {"kept_none", "no_anchor"}
    # A kept checkpoint of a moment that has not come: a clock that was wrong, or somebody who will sign again then.
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for size in (7, 99):
        text = write_checkpoint_text("tests/audit", size, bytes(32), tomorrow)
        (tmp_path / "early.txt").write_text(sign_note("tests/audit", owner.stolen_key(), text))
        assert "future" in verify(folder, kept, tmp_path / "early.txt")[1]
    lines = (folder / "checkpoints.jsonl").read_text().splitlines()
    (folder / "checkpoints.jsonl").write_text("\n".join(reversed(lines)) + "\n")
    assert verify(folder, kept)[0] == 1
    (folder / "log.json").write_text("{")
    assert depter_verify.main([str(folder)]) == 2


def test_a_changed_key_and_a_declared_restore_leave_old_checkpoints_verifiable(
    log, database, tmp_path, request
):
    owner, kept = log
    old_key = owner.stolen_key()
    with reports.open_sealer_connection(owner.settings) as connection:
        assert seal.Sealer(connection, owner.settings).rotate_key() == 2
    with database.connect("depter_app") as application:
        application.execute(RECORD, ("{}", 1))
    later = sealed(owner.settings)
    with kept.open("a") as file:
        file.write("\n" + later)
    folder = exported(database, tmp_path / "export")
    assert verify(folder, kept) == (0, set())
    # The key before, stolen after it was retired, signs nothing new.
    owner.sign_all_anew(old_key)
    assert "signature" in verify(exported(database, folder), kept)[1]
    # A restore of the state before: the sealer stops, then begins another log with the reason.
    database.restore(request.node.name[:40])
    owner.run("SET session_replication_role = 'replica'", "DELETE FROM sealer.signing_key WHERE number > 1")
    with reports.open_sealer_connection(owner.settings) as connection:
        sealer = seal.Sealer(connection, owner.settings)
        with pytest.raises(seal.SealingStopped):
            sealer.begin()
        sealer.begin_next_log("restored\nafter a fire", with_new_key=True)
    with database.connect("depter_app") as application:
        application.execute(RECORD, ("{}", 4))
    with kept.open("a") as file:
        file.write("\n" + sealed(owner.settings))
    found = verify(exported(database, folder), kept)[1]
    # The key of the last kept checkpoint went with the restore: that is said, and so is the declared loss.
    assert {"lost", "new_log", "key_chain"} <= found
    log_file = json.loads((folder / "log.json").read_text())
    assert (
        log_file["epochs"][1]["reason"] == "restored\nafter a fire"
        and store.find_last_checkpoint(owner.connection).epoch == 2
    )
