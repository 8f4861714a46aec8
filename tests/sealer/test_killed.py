"""kill -9 before the statements of a sealer: nothing is lost, nothing is sealed twice, one history is signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.sealer import publication, seal, store
from app.sealer.merkle import fold_hashes
from tests.sealer.test_seal import RECORD, leaves
from tests.support.crash_process import Victim

pytestmark = pytest.mark.starts


@pytest.mark.parametrize("stride", [3, pytest.param(1, marks=pytest.mark.torture)])
def test_a_sealer_killed_before_its_statements_signs_one_history(
    db_reset, settings, database, tmp_path: Path, monkeypatch, stride: int
):
    monkeypatch.setattr(seal, "BATCH_SIZE", 5000)
    victim, folder = Victim("tests.sealer.victim", settings), tmp_path / "sealer"
    kills, statement, before = 0, 1, 0
    try:
        with database.connect("depter_app") as application, database.connect() as owner:
            application.execute(RECORD, ("{}", 30))
            while victim.dies(statement, str(folder)):
                kills += 1
                application.execute(RECORD, ("{}", 3))
                (now,) = owner.execute("SELECT count(*) FROM sealer.checkpoint").fetchone()
                statement, before = (1 + now, now) if now != before and now < 3 else (statement + stride, now)
            assert kills > 12 // stride
            last = store.find_last_checkpoint(owner)
            hashes = leaves(owner)
            assert last.size == len(hashes) == 30 + 3 * kills and fold_hashes(hashes) == last.root
            assert owner.execute("SELECT count(*) FROM audit.unsealed").fetchone() == (0,)
            assert publication.read_last_signed_note(folder) == last.note
            assert (
                publication.last_number_in_file(folder / "published" / publication.FILE_NAME) == last.number
            )
            assert len(store.load_epochs(owner)) == len(store.load_keys(owner)) == 1
            assert owner.execute("SELECT count(*) FROM sealer.finding").fetchone() == (0,)
    finally:
        victim.end()
