"""The test run itself: the database between tests, the mail server, and no skipped test in CI."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.scenarios import scenes
from tests.scenarios.world import World
from tests.support import timing

PROJECT = Path(__file__).resolve().parents[2]

RECORD = """
INSERT INTO audit.record (format, event_type, object_kind, object_id, body)
VALUES (1, 'kernel.test.made', 'test', '00000000-0000-0000-0000-000000000001', '{}')
"""


def test_what_a_test_wrote_is_gone_in_the_next_even_from_an_append_only_table(database):
    with database.connect() as superuser, database.connect("depter_app") as app:
        database.restore()
        seeded = superuser.execute("SELECT count(*) FROM regulation.policy").fetchone()
        superuser.execute(RECORD)
        superuser.execute("SET session_replication_role = replica; DELETE FROM regulation.policy")
        superuser.execute("RESET session_replication_role")
        database.restore()
        assert superuser.execute("SELECT count(*) FROM audit.record").fetchone() == (0,)
        assert superuser.execute("SELECT count(*) FROM regulation.policy").fetchone() == seeded
        superuser.execute(RECORD)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            superuser.execute("DELETE FROM audit.record")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("DELETE FROM audit.record")
    database.restore()


def test_a_forgotten_transaction_does_not_stop_the_next_test(database):
    forgotten = database.connect()
    forgotten.autocommit = False
    forgotten.execute(RECORD)
    forgotten.execute("LOCK TABLE outbox.message")
    with database.connect() as other:
        other.execute(RECORD)
    database.restore()
    with pytest.raises(psycopg.OperationalError):
        forgotten.execute("SELECT 1")


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
@pytest.mark.parametrize("long", [0, 1, 4, 30])
def test_every_worker_begins_with_its_share_of_the_long_tests(workers: int, long: int):
    tests = [*range(30 - long), *range(100, 100 + long)]
    dealt = timing.deal(tests, workers, lambda number: number >= 100)
    assert sorted(dealt) == sorted(tests)
    parts = [dealt[30 * one // workers : 30 * (one + 1) // workers] for one in range(workers)]
    for part in parts:
        mine = [number for number in part if number >= 100]
        assert long // workers <= len(mine) <= -(-long // workers) or long == 30
        assert part[: len(mine)] == mine


def test_a_letter_lies_in_the_mailbox_and_a_server_that_is_down_takes_none(mailbox, settings):
    address = urlsplit(settings.mail_url)

    def send() -> None:
        with smtplib.SMTP(address.hostname or "", address.port or 0) as server:
            server.sendmail("a@univ.kg", ["b@univ.kg"], "Subject: =?utf-8?b?0KHQsNC70LDQvA==?=\r\n\r\n.\r\n")

    send()
    assert mailbox.wait_for(1)[0]["subject"] == "Салам"
    mailbox.down()
    with pytest.raises(ConnectionRefusedError):
        send()
    mailbox.up()
    send()
    assert len(mailbox.letters(to="b@univ.kg")) == 2


def run_tests_below(folder: Path, ci: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of a folder as the suite runs its own."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", PROJECT / "pyproject.toml", folder],
        cwd=PROJECT,
        env={**os.environ, "CI": ci, "PYTEST_ADDOPTS": "", "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )


SKIPPED = "import pytest\ndef test_nothing(): pytest.skip('no')\n"


def test_a_skipped_test_fails_the_run_in_ci(tmp_path):
    (tmp_path / "test_skipped.py").write_text(SKIPPED)
    done = run_tests_below(tmp_path, "true")
    assert done.returncode == 1, done.stdout + done.stderr


@pytest.mark.parametrize(("burnt", "code"), [(0.6, 1), pytest.param(0.0, 0, marks=pytest.mark.torture)])
def test_a_test_that_takes_too_much_cpu_fails_the_run_by_name_and_a_skipped_one_not(tmp_path, burnt, code):
    (tmp_path / "conftest.py").write_text(
        "from tests.support import timing\ntiming.MOST, timing.most = 0.3, lambda: 0.3\n"
    )
    (tmp_path / "test_skipped.py").write_text(SKIPPED)
    (tmp_path / "test_burns.py").write_text(
        "import time\ndef test_it():\n    began = time.process_time()\n"
        f"    while time.process_time() - began < {burnt}: pass\ndef test_rests(): pass\n"
    )
    done = run_tests_below(tmp_path, "")
    assert done.returncode == code, done.stdout + done.stderr
    assert ("test_it took 0." in done.stdout) == bool(code)
    assert f"2 passed, 1 skipped{', 1 error' * code} in" in done.stdout


def test_a_scene_is_put_back_with_its_rows_and_the_fields_of_its_object(world, database):
    kept = scenes.current.kept["world"]
    people = dict(world.people)
    with database.connect() as superuser:
        before = superuser.execute("SELECT count(*) FROM people.person").fetchone()
        world.hires("teacher", world.school.department)
        world.people.clear()
        world.school.students.clear()
        assert superuser.execute("SELECT count(*) FROM people.person").fetchone() != before
        world.session.rollback()
        database.restore("world")
        assert superuser.execute("SELECT count(*) FROM people.person").fetchone() == before
    assert kept["people"] == people and len(kept["school"].students) == 5


def test_a_second_world_is_built_beside_the_first(world, db_session, clock):
    other = World(db_session, clock)
    assert other.school.group != world.school.group and other.people["it_admin"] != world.people["it_admin"]


@pytest.fixture
def world(db_session, clock):
    return World(db_session, clock)
