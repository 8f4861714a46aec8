"""A restore to a moment with PostgreSQL's own base backup and WAL archive, as docs/running.md says (7.3)."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from app import cli
from app.kernel.ids import new_id
from app.kernel.servers import paths
from app.kernel.servers.postgres import INITDB_OPTIONS, SUPERUSER
from app.kernel.settings import PROJECT_DIR

pytestmark = [pytest.mark.starts, pytest.mark.torture]


@dataclass(frozen=True, slots=True)
class ArchivingServer:
    """A PostgreSQL that archives its WAL, and the machine beside it."""

    folder: Path
    home: Path
    user: paths.SystemUser | None

    def run(self, tool: str, *words: str | Path) -> None:
        more = dict(self.user.popen_options()) if self.user else {}
        subprocess.run(
            [self.home / "bin" / tool, *words], check=True, cwd=self.folder, stdout=subprocess.DEVNULL, **more
        )

    def start(self, cluster: str, **settings: str) -> None:
        """Start over a cluster with these settings, and wait until it takes writes."""
        given = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "archive_mode": "on",
            "archive_command": f"test ! -f {self.folder}/wal/%f && cp %p {self.folder}/wal/%f",
        } | settings
        with (self.folder / cluster / "postgresql.auto.conf").open("a") as target:
            target.writelines(f"{name} = '{value}'\n" for name, value in given.items())
        self.run("pg_ctl", "-D", self.folder / cluster, "-l", self.folder / f"{cluster}.log", "-w", "start")
        for _ in range(200):
            with self.connect("postgres") as server:
                if server.execute("SELECT pg_is_in_recovery()").fetchone() == (False,):
                    return
            time.sleep(0.1)
        raise AssertionError((self.folder / f"{cluster}.log").read_text())

    def stop(self, cluster: str) -> None:
        self.run("pg_ctl", "-D", self.folder / cluster, "-m", "fast", "stop")

    def connect(self, name: str = "journal") -> psycopg.Connection:
        return psycopg.connect(host=str(self.folder), user=SUPERUSER, dbname=name, autocommit=True)

    def depter(self, *words: str | Path) -> Result:
        url = f"postgresql+psycopg://{{}}@/journal?host={self.folder}"
        environ: dict[str, str | None] = {
            "DATABASE_URL": url.format("depter_app"),
            "MIGRATION_DATABASE_URL": url.format(SUPERUSER),
            "REDIS_URL": "redis://127.0.0.1:9/0",
            "DEPTER_DATA": str(self.folder / "data"),
            "DEPTER_ENV": "test",
            "SECRET_KEY": None,
            "DEPTER_SETTINGS": None,
        }
        return CliRunner(env=environ).invoke(cli.depter, [str(word) for word in words])


@pytest.fixture
def server() -> Iterator[ArchivingServer]:
    home, user = paths.ensure_project_data_dir(PROJECT_DIR), paths.postgres_user_if_root()
    folder = home / f"wal-{os.getpid()}"
    folder.mkdir()
    (folder / "wal").mkdir()
    if user:
        for one in (folder, folder / "wal"):
            os.chown(one, user.uid, user.gid)
    made = ArchivingServer(folder, paths.find_or_copy_postgres_home(home / "bin", user), user)
    try:
        yield made
    finally:
        for cluster in ("cluster", "restored"):
            if (folder / cluster / "postmaster.pid").exists():
                made.stop(cluster)
        shutil.rmtree(folder, ignore_errors=True)


def test_the_database_comes_back_as_it_was_at_a_moment_and_forgets_whom_it_must(server: ArchivingServer):
    server.run(
        "initdb", "-D", server.folder / "cluster", "-U", SUPERUSER, *INITDB_OPTIONS.split(), "--no-sync"
    )
    server.start("cluster")
    with server.connect("postgres") as connection:
        connection.execute("CREATE DATABASE journal")
    assert server.depter("migrate").exit_code == 0
    server.run(
        "pg_basebackup", "-h", server.folder, "-U", SUPERUSER, "-D", server.folder / "base", "-c", "fast"
    )
    server.run("pg_verifybackup", server.folder / "base")
    clerk, erased = new_id(), new_id()
    with server.connect() as connection:
        for person, name in ((clerk, "Асан"), (erased, "Үсөн")):
            connection.execute(
                "INSERT INTO people.person (id, family_name, given_name, patronymic, sort_key)"
                " VALUES (%s, %s, '', '', '')",
                (person, name),
            )
        connection.execute("INSERT INTO audit.subject_key VALUES (%s, '')", (erased,))
        connection.execute("INSERT INTO people.account VALUES (%s, 'asan', 'x')", (clerk,))
        (moment,) = connection.execute("SELECT clock_timestamp()").fetchone()
        time.sleep(0.1)
        connection.execute("UPDATE people.person SET family_name = 'wrong'")
        said = server.depter(
            "erasures",
            "add",
            str(erased),
            "--document",
            "№ 12",
            "--decided-on",
            "01.12.2020",
            "--decision",
            "Чечим",
            "--by",
            "asan",
            "--yes",
        )
        assert said.exit_code == 0, said.output
        connection.execute("SELECT pg_switch_wal()")
    server.stop("cluster")

    (server.folder / "base").rename(server.folder / "restored")
    (server.folder / "restored" / "recovery.signal").touch()
    server.start(
        "restored",
        restore_command=f"cp {server.folder}/wal/%f %p",
        recovery_target_time=moment.isoformat(),
        recovery_target_action="promote",
    )
    with server.connect() as connection:
        names = connection.execute("SELECT family_name FROM people.person ORDER BY 1").fetchall()
        assert names == [("Асан",), ("Үсөн",)]
        keys = "SELECT count(*) FROM audit.subject_key WHERE subject = %s"
        assert connection.execute(keys, (erased,)).fetchone() == (1,)
        refused = server.depter("worker")
        assert refused.exit_code == 1 and "older than the register" in refused.output, refused.output
        applied = server.depter("erasures", "apply", server.folder / "data" / "erasures.json")
        assert applied.exit_code == 0 and "1 applied" in applied.output, applied.output
        assert connection.execute(keys, (erased,)).fetchone() == (0,)
