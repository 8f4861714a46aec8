"""The private servers: they keep data, end with their parent, and touch nothing outside their folder."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redis import Redis, RedisError

from app.kernel import run_all
from app.kernel.dev_servers import DevServers, ServerAddresses
from app.kernel.servers import parent_watch, paths, subprocesses
from app.kernel.servers.postgres import ServerNotStarted
from tests.scenarios.processes import around, gone

PROJECT = Path(__file__).resolve().parents[2]

PARENT = """
import sys, time
from pathlib import Path
from app.kernel.dev_servers import DevServers
print(DevServers.start(Path(sys.argv[1]), ("postgres", "valkey")).addresses, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder that PostgreSQL's user can reach, with nobody around it at the end."""
    made = paths.ensure_project_data_dir(PROJECT) / f"servers-{os.getpid()}"
    yield made
    gone(made)
    shutil.rmtree(made, ignore_errors=True)


def connect(addresses: ServerAddresses) -> psycopg.Connection:
    return psycopg.connect(addresses.database_url().replace("+psycopg", ""), autocommit=True)


def test_a_second_start_finds_the_data_of_the_first(folder):
    keeper = DevServers.start(folder, ("postgres", "valkey"))
    with connect(keeper.addresses) as database, Redis.from_url(keeper.addresses.redis_url()) as valkey:
        database.execute("CREATE TABLE kept AS SELECT 'Бишкек' AS town")
        valkey.set("town", "Ош")
    keeper.stop()
    assert ServerAddresses.read_server_addresses(folder) is None
    keeper = DevServers.start(folder, ("postgres", "valkey"))
    with connect(keeper.addresses) as database, Redis.from_url(keeper.addresses.redis_url()) as valkey:
        assert database.execute("SELECT town, upper(town) FROM kept").fetchone() == ("Бишкек", "БИШКЕК")
        assert valkey.get("town") == "Ош".encode()
    keeper.stop()


@pytest.mark.parametrize(
    "victims",
    ["parent", *(pytest.param(one, marks=pytest.mark.torture) for one in ("keeper", "parent and keeper"))],
)
def test_after_kill_9_no_server_is_left_and_the_next_start_finds_the_data(folder, victims):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        preexec_fn=parent_watch.die_with_parent_preexec_fn(),
    )
    assert parent.stdout
    assert parent.stdout.readline()
    with connect(read(folder)) as database:
        database.execute("CREATE TABLE kept AS SELECT 1 AS one")
    keeper = next(pid for pid, command in around(folder).items() if "app.kernel.dev_servers" in command)
    for name, pid in {"parent": parent.pid, "keeper": keeper}.items():
        if name in victims:
            os.kill(pid, signal.SIGKILL)
    if "parent" not in victims:
        time.sleep(0.5)
        parent.kill()
    parent.wait()
    parent.stdout.close()
    gone(folder)
    again = DevServers.start(folder, ("postgres",))
    with connect(again.addresses) as database:
        assert database.execute("SELECT one FROM kept").fetchone() == (1,)
    again.stop()


def killed(folder: Path, program: str) -> None:
    """The server of this name is killed, and another process of that name has taken its place."""

    def running() -> set[int]:
        return {
            pid
            for pid, command in around(folder).items()
            if f"/{program} " in f"{command} " and "dev_servers" not in command and ":" not in command[:12]
        }

    before = running()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while not running() - before:
        assert time.monotonic() < deadline, f"{program} was not started again"
        time.sleep(0.1)


def test_a_server_that_dies_is_started_again_with_its_data_and_address(folder):
    keeper = DevServers.start(folder, ("postgres", "valkey"))
    with connect(keeper.addresses) as database:
        database.execute("CREATE TABLE kept AS SELECT 'Бишкек' AS town")
    for program in ("postgres", "valkey-server"):
        killed(folder, program)
    deadline = time.monotonic() + 30
    while True:
        try:
            with connect(keeper.addresses) as database:
                assert database.execute("SELECT town FROM kept").fetchone() == ("Бишкек",)
            with Redis.from_url(keeper.addresses.redis_url()) as valkey:
                assert valkey.ping()
            break
        except (psycopg.OperationalError, RedisError, OSError):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert keeper.is_alive
    keeper.stop()


def read(folder: Path) -> ServerAddresses:
    found = ServerAddresses.read_server_addresses(folder)
    assert found is not None
    return found


def test_two_keepers_never_run_over_one_folder(folder):
    first = DevServers.start(folder, ("valkey",))
    assert first.addresses
    with pytest.raises(parent_watch.FileLocked), parent_watch.hold_file_lock(folder / "lock"):
        pass
    first.stop()
    with parent_watch.hold_file_lock(folder / "lock"):
        pass


def test_a_keeper_whose_servers_cannot_start_says_why_and_leaves_nothing(folder, capfd):
    (folder / "pg" / "cluster").mkdir(parents=True)
    keeper = DevServers.start(folder, ("postgres",))
    with pytest.raises(ServerNotStarted):
        _ = keeper.addresses
    keeper.stop()
    assert "PostgreSQL did not start" in capfd.readouterr().err


def test_a_long_path_puts_the_sockets_elsewhere_and_removes_them(folder):
    deep = folder / ("a-long-name-" * 6) / "with, comma"
    keeper = DevServers.start(deep, ("postgres", "valkey"))
    sockets = Path(keeper.addresses.postgres_sockets)
    assert not sockets.is_relative_to(folder)
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    with connect(keeper.addresses) as database:
        assert database.execute("SELECT 1").fetchone() == (1,)
    keeper.stop()
    assert not sockets.exists()


def test_nothing_outside_the_data_folder_changes_its_owner_or_mode(folder):
    above = [path for path in folder.parents if path.exists()]
    before = [(path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in above]
    keeper = DevServers.start(folder, ("postgres",))
    assert keeper.addresses
    owner = (folder / "pg").stat()
    keeper.stop()
    assert [(path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in above] == before
    assert stat.S_IMODE(owner.st_mode) == 0o700
    assert owner.st_uid != 0


def test_root_in_a_closed_folder_keeps_its_data_where_postgresql_can_reach_it(tmp_path):
    tmp_path.chmod(0o700)
    chosen = paths.ensure_project_data_dir(tmp_path)
    if os.geteuid() == 0:
        assert chosen.parent == Path("/var/tmp")
        chosen.rmdir()
    else:
        assert chosen == tmp_path / ".depter"
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_a_taken_port_gives_way_to_the_next():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with run_all.bind_free_port("127.0.0.1", port) as found:
            assert found.getsockname()[1] != port


def test_a_program_that_falls_starts_again_later_each_time(tmp_path):
    child = subprocesses.Subprocess(
        "brief", [sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "log", os.environ
    )
    pauses = []
    child.start()
    while len(pauses) < 3:
        if news := child.restart_if_ended():
            assert "brief ended with 3" in news
            pauses.append(child.pause)
            child.restart_at = 0
        time.sleep(0.01)
    assert pauses == [1.0, 2.0, 4.0]
    subprocesses.stop_subprocesses([child])


def test_stopping_a_program_ends_what_it_started_even_in_a_session_of_its_own(tmp_path):
    script = f"import subprocess, time; subprocess.Popen(['sleep', '600'], cwd={str(tmp_path)!r}, "
    script += "start_new_session=True); time.sleep(600)"
    child = subprocesses.Subprocess("family", [sys.executable, "-c", script], tmp_path / "log", os.environ)
    child.start()
    assert child.process
    deadline = time.monotonic() + 10
    while not parent_watch.list_descendant_pids(child.process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    subprocesses.stop_subprocesses([child])
    gone(tmp_path, within=2.0)


def test_a_parent_that_was_interrupted_alone_is_noticed():
    parent = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(2, lambda *_: signal.signal(2, signal.SIG_DFL))\n"
        "inner = subprocess.run([sys.executable, '-c', 'import time\\n"
        "from app.kernel.servers.parent_watch import ParentProcess\\n"
        "parent = ParentProcess(); print(parent.ended(), flush=True)\\n"
        "while not parent.ended(): time.sleep(.02)\\n"
        "print(True, flush=True)'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", parent],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=parent_watch.die_with_parent_preexec_fn(),
    )
    assert process.stdout
    assert process.stdout.readline() == "False\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "True\n"
    process.stdout.close()
    assert process.wait(10) == 0
