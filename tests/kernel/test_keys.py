"""One secret for all who start at once, and a database that refuses another one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from app import cli
from app.kernel import atomic_files, keycheck
from app.kernel.keycheck import NotMigrated, WrongKey
from app.kernel.settings import PROJECT_DIR, SettingMissing, Settings, read_or_create_secret_key
from tests.support.crash_process import environment

STARTERS = 12
"""Processes at once; all of them wait for one byte, so that all of them find no secret."""
START = """
import os, sys
{prepare}
wait, go = os.pipe()
for number in range(int(sys.argv[1])):
    if os.fork() == 0:
        os.close(go)
        os.read(wait, 1)
        os.write(1, ({work} + "\\n").encode())
        os._exit(0)
os.close(go)
for number in range(int(sys.argv[1])):
    os.wait()
"""


def starts_at_once(
    prepare: str, work: str, environ: dict[str, str] | None = None, number: int = STARTERS
) -> list[str]:
    """What each of many processes makes of the expression `work`, which knows its `number`."""
    program = START.format(prepare=prepare, work=work)
    done = run(["-c", program, str(number)], environ or dict(os.environ))
    assert done.returncode == 0, done.stderr
    found = done.stdout.split("\n")[:-1]
    assert len(found) == number, done.stderr
    return found


def run(command: list[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=PROJECT_DIR,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_processes_that_start_at_once_get_one_secret(tmp_path):
    prepare = "from pathlib import Path; from app.kernel.settings import read_or_create_secret_key"
    folder = tmp_path / "data"
    found = set(starts_at_once(prepare, f"read_or_create_secret_key(Path({str(folder)!r}))", number=40))
    assert len(found) == 1 and len(found.pop()) == 64
    assert [path.name for path in folder.iterdir()] == ["secret"]
    assert (folder / "secret").stat().st_mode & 0o777 == 0o600


SECOND = """
import os, sys
from pathlib import Path
from app.kernel.settings import read_or_create_secret_key

folder, lengths = Path(sys.argv[1]), set()
for number in range(200):
    own = folder / str(number)
    first = os.fork()
    if first == 0:
        read_or_create_secret_key(own)
        os._exit(0)
    while not (own / "secret").exists():
        pass
    lengths.add(len(read_or_create_secret_key(own)))
    os.waitpid(first, 0)
print(sorted(lengths))
"""


def test_who_comes_the_moment_the_secret_appears_reads_all_of_it(tmp_path):
    """The file made and then filled gave 8 of 200 an empty secret."""
    done = run(["-c", SECOND, str(tmp_path)], dict(os.environ))
    assert done.stdout == "[64]\n", done.stderr


def test_a_secret_has_its_name_only_when_it_is_whole(tmp_path, monkeypatch):
    """Whoever reads between any two steps finds no secret or the whole one: the name is given last."""
    seen: list[bytes] = []
    real = os.fsync

    def look(handle: int) -> None:
        path = tmp_path / "secret"
        seen.append(path.read_bytes() if path.exists() else b"")
        real(handle)

    monkeypatch.setattr(os, "fsync", look)
    made = read_or_create_secret_key(tmp_path)
    assert seen == [b"", made.encode()], "synced before it has its name, and the folder after"


@pytest.mark.parametrize("content", [b"", b"\n", b"  \n", b"short"])
def test_an_empty_secret_is_refused_in_words(tmp_path, content):
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(SettingMissing, match="holds no secret"):
        read_or_create_secret_key(tmp_path)
    assert (tmp_path / "secret").read_bytes() == content


def test_a_file_is_put_in_place_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "note"
    atomic_files.write_file_atomically(path, b"first")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        atomic_files.write_file_atomically(path, b"second")
    assert path.read_bytes() == b"first" and [one.name for one in tmp_path.iterdir()] == ["note"]


# --- the database knows its key ---------------------------------------------------------------------------


@pytest.fixture
def fresh(servers: Any, worker: str, settings: Settings) -> Iterator[Settings]:
    """An installation over a migrated database that no process has opened yet."""
    name = f"depter_keys_{worker}"
    servers.database(name)
    urls = {role: servers.addresses.database_url(role, name) for role in ("depter_app", "depter")}
    yield replace(settings, database_url=urls["depter_app"], migration_database_url=urls["depter"])
    with servers.connect("postgres") as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def other(found: Settings) -> Settings:
    return replace(found, secret_key="another secret, of another installation")


def test_the_first_key_is_remembered_and_another_one_is_refused(fresh):
    keycheck.verify_or_store_key_check(fresh)
    keycheck.verify_or_store_key_check(fresh)
    for check in (keycheck.verify_or_store_key_check, keycheck.verify_secret_key_before_migration):
        with pytest.raises(WrongKey, match="SECRET_KEY is not the key of this database"):
            check(other(fresh))
    keycheck.verify_or_store_key_check(fresh)


CLAIM = """
from app.kernel import keycheck
from app.kernel.settings import Settings

def claim(number):
    try:
        environ = dict(os.environ) | {"SECRET_KEY": f"the secret number {number % 2}"}
        keycheck.verify_or_store_key_check(Settings.from_env(environ))
        return str(number % 2)
    except keycheck.WrongKey:
        return "refused"
"""


def test_of_two_keys_at_one_first_start_one_wins_for_good(fresh):
    found = starts_at_once(CLAIM, "claim(number)", environment(fresh))
    (won,) = set(found) - {"refused"}
    assert found.count(won) == found.count("refused") == STARTERS // 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE kernel.installation SET key_check = 'x'",
        "DELETE FROM kernel.installation",
        "TRUNCATE kernel.installation",
        "INSERT INTO kernel.installation (one, key_check) VALUES (false, 'x')",
        "INSERT INTO kernel.installation (key_check) VALUES ('x')",
    ],
)
@pytest.mark.parametrize("role", ["depter_app", "depter"])
def test_nobody_rewrites_what_the_database_remembers(fresh, change, role):
    keycheck.verify_or_store_key_check(fresh)
    url = (fresh.database_url if role == "depter_app" else fresh.migration_database_url).replace(
        "+psycopg", ""
    )
    with psycopg.connect(url, autocommit=True) as connection, pytest.raises(psycopg.Error):
        connection.execute(change)
    keycheck.verify_or_store_key_check(fresh)


COMMANDS = {
    "web": ["web", "--bind", "127.0.0.1:0"],
    "worker": ["worker"],
    "migrate": ["migrate"],
    "diagrams": ["diagrams", "sync"],
    "account": ["account", "create", "--role", "it_admin"],
    "demo": ["demo"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_starts_under_a_wrong_key(db_reset, settings, name):
    """Over the worker's own database, which `settings` has opened first; nothing is written."""
    keycheck.verify_or_store_key_check(settings)
    wrong = {**environment(settings), "SECRET_KEY": "another secret, of another installation"}
    answer = CliRunner(env=wrong).invoke(cli.depter, COMMANDS[name])
    assert answer.exit_code == 1 and "SECRET_KEY is not the key of this database" in answer.stderr


def test_another_server_refuses_it_too(db_reset, settings):
    keycheck.verify_or_store_key_check(settings)
    wrong = {**environment(settings), "SECRET_KEY": "another secret, of another installation"}
    answer = run(["-c", "import wsgi"], wrong)
    assert answer.returncode == 1 and "WrongKey" in answer.stderr


def test_a_database_without_tables_is_told_apart(servers, worker, settings):
    name = f"depter_bare_{worker}"
    with servers.connect("postgres") as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name}")
    bare = replace(settings, database_url=servers.addresses.database_url("depter_app", name))
    with pytest.raises(NotMigrated, match="depter migrate"):
        keycheck.verify_or_store_key_check(bare)


def test_migrations_that_start_at_once_are_made_once(servers, worker):
    name = f"depter_bare_{worker}"
    with servers.connect("postgres") as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name}")
    url = servers.addresses.database_url(name=name)
    done = starts_at_once("from app.kernel import schema", f"str(schema.migrate_database({url!r}))", number=3)
    assert done == ["None"] * 3
    with servers.connect("postgres") as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


# --- cookies ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "public", "secure"),
    [
        ("production", "http://journal.example", True),
        ("production", "https://journal.example", True),
        ("demo", "http://127.0.0.1:8000", False),
        ("demo", "https://journal.example", True),
        ("test", "http://127.0.0.1:8000", False),
    ],
)
def test_every_cookie_of_production_is_secure_whatever_the_proxy_speaks(
    app, db_reset, settings, env, public, secure
):
    """Language, appearance and session, each set by a request over plain HTTP as from a proxy."""
    from app import create_app
    from app.kernel import sealing

    made = create_app(replace(settings, env=env, public_url=public))
    try:
        client = made.test_client()
        token = _token(client.get("/sign-in"))
        answers = [client.get("/sign-in")]
        for path, field in (("/account/locale", {"locale": "ru"}), ("/account/theme", {"theme": "dark"})):
            answers.append(
                client.post(path, data={**field, "csrf_token": token}, base_url="http://localhost")
            )
        set_here = [line for answer in answers for line in answer.headers.getlist("Set-Cookie")]
        names = {line.split("=")[0] for line in set_here}
        assert {"locale", "theme"} <= names
        first = made.test_client().get("/sign-in").headers.getlist("Set-Cookie")
        assert any(line.startswith("session=") for line in first)
        for line in set_here + first:
            assert ("Secure" in line) is secure and "HttpOnly" in line and "SameSite=Lax" in line, line
    finally:
        sealing.set_installation_secret(settings.secret_key)


def _token(answer: Any) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.get_data(as_text=True))
    assert found
    return found[1]
