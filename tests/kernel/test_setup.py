"""`depter setup` and `depter check` over a PostgreSQL that asks for passwords: each part that is wrong is named."""

from __future__ import annotations

import os
import pty
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from app import cli
from app.kernel.dev_servers import DevServers
from app.kernel.servers import paths
from app.kernel.settings import PROJECT_DIR, SettingMissing, Settings
from app.kernel.settings_file import read_settings_file, write_settings_file

pytestmark = pytest.mark.starts


@dataclass(frozen=True, slots=True)
class Machine:
    """Servers of a university. The owner of the database is no superuser; everybody signs in by a password."""

    owner_url: str
    redis_url: str
    mail_url: str


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    folder = paths.ensure_project_data_dir(PROJECT_DIR) / f"setup-{os.getpid()}"
    keeper = DevServers.start(folder, forgetful=True, disposable=True)
    try:
        addresses = keeper.addresses
        (rules,) = folder.rglob("pg_hba.conf")
        rules.write_text("local all depter trust\nlocal all all scram-sha-256\n")
        owner = addresses.database_url(name="postgres").replace("+psycopg", "")
        with psycopg.connect(owner, autocommit=True) as server:
            server.execute("CREATE ROLE university LOGIN CREATEROLE PASSWORD 'a word of the owner'")
            server.execute("CREATE DATABASE journal OWNER university ENCODING 'UTF8' TEMPLATE template0")
            server.execute(
                "CREATE DATABASE latin OWNER university ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'"
            )
            server.execute("CREATE DATABASE second OWNER university")
            server.execute("CREATE ROLE guest LOGIN PASSWORD 'a word of the guest'")
            server.execute("SELECT pg_reload_conf()")
        university = addresses.database_url("university:a%20word%20of%20the%20owner", "journal")
        yield Machine(university.replace("+psycopg", ""), addresses.redis_url(), addresses.mail_url)
    finally:
        keeper.stop()
        shutil.rmtree(folder, ignore_errors=True)


def depter(file: Path, *words: str) -> Result:
    cleared = dict.fromkeys(
        ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "MAIL_URL", "DEPTER_DATA", "SECRET_KEY"), None
    )
    environ: dict[str, str | None] = {**cleared, "DEPTER_SETTINGS": str(file) if file.exists() else None}
    return CliRunner(env=environ).invoke(cli.depter, words)


def options(machine: Machine, folder: Path, **changed: str) -> list[str]:
    given = {
        "file": str(folder / "depter.env"),
        "owner-database-url": machine.owner_url,
        "redis-url": machine.redis_url,
        "mail-url": machine.mail_url,
        "mail-from": "Журнал «ОшТУ» <journal@oshtu.example>",
        "public-url": "https://journal.example/",
        "data": str(folder / "data"),
        "sealer-dir": str(folder / "sealer"),
    } | {name.replace("_", "-"): value for name, value in changed.items()}
    return ["setup", "--no-input", *(word for name, value in given.items() for word in (f"--{name}", value))]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"owner_database_url": "postgresql://depter:hidden-word@127.0.0.1:9/x"},
            "does not answer its owner",
        ),
        ({"owner_database_url": "postgresql://depter:hidden-word%zz@/x"}, "address cannot be read"),
        ({"redis_url": "redis://:hidden-word@127.0.0.1:9/0"}, "Redis does not answer"),
        ({"redis_url": "hidden-word"}, "Redis does not answer"),
        ({"mail_url": "smtp://it:hidden-word@127.0.0.1:9"}, "mail server 127.0.0.1 does not answer"),
        ({"mail_from": "journal"}, "expected Name <address@domain>"),
        ({"public_url": "http://journal.example"}, "--plain-http if this is on purpose"),
        ({"public_url": "https://journal.example/depter"}, "without a path"),
        ({"data": "/proc/depter"}, "cannot be written"),
    ],
)
def test_each_part_that_is_wrong_is_said_and_nothing_is_written(machine, tmp_path, changed, said):
    answer = depter(tmp_path / "depter.env", *options(machine, tmp_path, **changed))
    assert answer.exit_code == 1 and said in answer.output and "Nothing was written" in answer.output
    assert "hidden-word" not in answer.output and not (tmp_path / "depter.env").exists()


def test_a_database_that_does_not_fit_is_refused_with_what_to_do(machine, tmp_path):
    latin = machine.owner_url.replace("/journal?", "/latin?")
    guest = machine.owner_url.replace("university:", "guest:").replace("the%20owner", "the%20guest")
    wrong = machine.owner_url.replace("the%20owner", "the%20guest")
    for url, said in (
        (latin, "--encoding=UTF8"),
        (guest, "ALTER ROLE guest CREATEROLE"),
        (guest, "OWNER TO guest"),
        (wrong, "password authentication failed"),
    ):
        answer = depter(tmp_path / "depter.env", *options(machine, tmp_path, owner_database_url=url))
        assert answer.exit_code == 1 and said in answer.output, answer.output


def test_setup_sets_a_password_and_repeats_change_nothing(machine, tmp_path):
    file = tmp_path / "depter.env"
    names = ["--admin-family", "Асанова", "--admin-login", "aigul"]
    first = depter(file, *options(machine, tmp_path), *names)
    assert first.exit_code == 0, first.output
    assert re.search(r"https://journal\.example/invitation/\S+", first.output)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = read_settings_file(file)
    assert written["MAIL_FROM"] == "Журнал «ОшТУ» <journal@oshtu.example>"
    application = Settings.from_env(written).database_url.replace("+psycopg", "")
    with psycopg.connect(application) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("depter_app",)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(re.sub(r"depter_app:\w+@", "depter_app:wrong@", application))
    sealer = read_settings_file(file.with_name("sealer.env"))
    assert stat.S_IMODE(file.with_name("sealer.env").stat().st_mode) == 0o600
    assert sealer["SEALER_ORIGIN"] == "journal.example/audit" and "SEALER" not in "".join(written)
    with psycopg.connect(sealer["SEALER_DATABASE_URL"]) as connection:
        assert (
            connection.execute("SELECT current_user, count(*) FROM audit.unsealed").fetchone()[0]
            == "depter_sealer"
        )
    changed = depter(file, "sealer", "rotate-key")
    assert changed.exit_code == 0 and "Key 2 signs" in changed.output, changed.output
    assert stat.S_IMODE(Path(sealer["SEALER_DIR"], "key").stat().st_mode) == 0o600
    again = depter(file, "setup", "--no-input", "--file", str(file))
    assert again.exit_code == 0 and "as before" in again.output, again.output
    assert read_settings_file(file) == written and read_settings_file(file.with_name("sealer.env")) == sealer
    sound = depter(file, "check")
    assert sound.exit_code == 0, sound.output
    enter_keeps_what_the_file_has(file, written)
    checks_say_what_is_wrong(file, written)
    role_of_another_installation_is_kept(machine, tmp_path, application)


def enter_keeps_what_the_file_has(file: Path, written: dict[str, str]) -> None:
    """At a terminal setup asks; Enter takes the present value, and no password is shown."""
    keyboard, terminal = pty.openpty()
    os.write(keyboard, b"\n\n\nA <a@b.example>\n\n\n")
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    asked = subprocess.run(
        [sys.executable, "-m", "app.cli", "setup", "--file", str(file)],
        cwd=PROJECT_DIR,
        env=kept | {"DEPTER_SETTINGS": str(file), "PYTHONUTF8": "1"},
        stdin=terminal,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    os.close(keyboard)
    os.close(terminal)
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert "a%20word" not in asked.stdout and "[as in the file]" in asked.stdout, asked.stdout
    assert read_settings_file(file) == written | {"MAIL_FROM": "A <a@b.example>"}
    write_settings_file(file, written)


def checks_say_what_is_wrong(file: Path, written: dict[str, Any]) -> None:
    """`depter check` after something was changed by hand."""
    changes = (
        ({"REDIS_URL": "redis://127.0.0.1:9/0"}, "Redis does not answer"),
        ({"DATABASE_URL": re.sub(r":\w+@", ":wrong@", written["DATABASE_URL"])}, "as depter_app"),
        ({"MAIL_URL": "smtp://127.0.0.1:9"}, "mail server"),
        ({"PUBLIC_URL": "http://journal.example"}, "without https"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too short"),
        ({"DEPTER_DATA": str(file.parent / "absent" / "folder")}, "SECRET_KEY is not the key of"),
    )
    for changed, said in changes:
        write_settings_file(file, written | changed)
        answer = depter(file, "check")
        assert answer.exit_code == 1 and said in answer.output, (said, answer.output)
    write_settings_file(file, written)
    file.chmod(0o644)
    assert "chmod 600" in depter(file, "check").output
    file.chmod(0o600)


def role_of_another_installation_is_kept(machine: Machine, folder: Path, application: str) -> None:
    """A second setup without the first file does not lock the first installation out, nor its sealer."""
    other = folder / "other"
    other.mkdir()
    second = machine.owner_url.replace("/journal?", "/second?")
    refused = depter(other / "depter.env", *options(machine, other, owner_database_url=second))
    assert refused.exit_code == 1 and "--new-role-password" in refused.output, refused.output
    forced = depter(other / "depter.env", *options(machine, other), "--new-role-password")
    assert forced.exit_code == 1 and "SECRET_KEY is not the key of this database" in forced.output
    assert not (other / "depter.env").exists()
    psycopg.connect(application).close()
    # For a restore the database stays empty, and the secret comes from the backup.
    words = options(machine, other, owner_database_url=second, data=str(other / "empty"))
    prepared = depter(other / "depter.env", *words, "--new-role-password", "--for-restore")
    assert prepared.exit_code == 0 and "depter restore" in prepared.output, prepared.output
    assert not (other / "empty" / "secret").exists()
    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT to_regclass('kernel.installation')").fetchone() == (None,)


def test_a_value_survives_the_file_and_what_cannot_is_refused(tmp_path):
    file = tmp_path / "depter.env"
    values = {"MAIL_FROM": 'А "Б" \\ <a@b>', "EMPTY": "", "SPACED": " two  words # here "}
    write_settings_file(file, values)
    assert read_settings_file(file) == values
    for wrong in ("a$b", "a`b", "a\nb"):
        with pytest.raises(ValueError, match="MAIL_URL"):
            write_settings_file(file, {"MAIL_URL": wrong})
    assert read_settings_file(file) == values, "the earlier file stays"
    file.write_text('A="b"\nnot a setting\n')
    with pytest.raises(SettingMissing, match="line 2"):
        read_settings_file(file)
