"""`depter setup` and `depter check`: prepare an installation, and say in words what is wrong with one."""

from __future__ import annotations

import os
import secrets
import shutil
import smtplib
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

import click

from app.cli.diagrams import publish_shipped_and_print_results
from app.cli.environment import (
    check_secret_key_or_exit,
    create_app_checking_secret_key,
    load_settings_of_env_or_running_app,
)
from app.cli.sealer_file import SealerFile, prepare_sealer_and_write_file
from app.kernel import database_setup, keycheck, schema
from app.kernel.act import Act
from app.kernel.clock import UNIVERSITY_ZONE, local_time, system_clock
from app.kernel.production import list_unsafe_data, list_unsafe_settings
from app.kernel.readiness import list_failing_parts, list_redis_problems, newest_schema_version
from app.kernel.settings import IS_INSTALLED, WORKING_DIR, SettingMissing, Settings
from app.kernel.settings_file import (
    SEALER_FILE_NAME,
    SETTINGS_FILE_NAME,
    SYSTEM_SETTINGS_FILE,
    find_settings_file,
    read_settings_file,
    write_settings_file,
)


@dataclass(frozen=True, slots=True)
class SetupValue:
    """A value that setup asks for: its setting, its option, the question, and what is offered."""

    setting: str
    option: str
    question: str
    offered: str = ""


ASKED_VALUES = (
    SetupValue(
        "MIGRATION_DATABASE_URL", "--owner-database-url", "Database, postgresql://OWNER:PASSWORD@HOST/NAME"
    ),
    SetupValue("REDIS_URL", "--redis-url", "Redis or Valkey", "redis://127.0.0.1:6379/0"),
    SetupValue(
        "MAIL_URL", "--mail-url", "Mail server, smtp://USER:PASSWORD@HOST:PORT", "smtp://127.0.0.1:25"
    ),
    SetupValue("MAIL_FROM", "--mail-from", "Sender of letters, Name <address>"),
    SetupValue("PUBLIC_URL", "--public-url", "Public address, https://..."),
    SetupValue("DEPTER_DATA", "--data", "Folder of uploaded files and of the secret", "/var/lib/depter"),
)


@click.command("setup")
@click.option(
    "--file", "path", type=click.Path(dir_okay=False, path_type=Path), help="The settings file to write."
)
@click.option("--owner-database-url", help="Database as its owner, who may create roles.")
@click.option("--redis-url", help="Redis or Valkey.")
@click.option("--mail-url", help="Mail server.")
@click.option("--mail-from", help="Sender of letters.")
@click.option("--public-url", help="Address in the browser.")
@click.option("--data", help="Folder of uploaded files and of the secret.")
@click.option(
    "--trusted-proxies",
    type=click.IntRange(0, 9),
    help="Proxies before the web server: 1 with Caddy or nginx.",
)
@click.option("--plain-http", is_flag=True, help="The public address has no https, on purpose.")
@click.option("--without-mail-check", is_flag=True, help="The mail server is not there yet.")
@click.option(
    "--new-role-password", is_flag=True, help="Change the password of a depter_app that is there already."
)
@click.option("--new-sealer-password", is_flag=True, help="Change the password of depter_sealer alone.")
@click.option(
    "--sealer-dir", default="", help="Folder of the key of the sealer, which web and worker may not enter."
)
@click.option(
    "--service-user", default="", help="Give the data folder to this user of the machine (as root)."
)
@click.option("--admin-family", default="", help="Family name of the first administrator.")
@click.option("--admin-given", default="", help="Given name of the first administrator.")
@click.option("--admin-login", default="", help="User name to offer to the first administrator.")
@click.option(
    "--no-input", is_flag=True, help="Ask nothing: take options, the present file, and what is offered."
)
@click.option(
    "--for-restore",
    is_flag=True,
    help="Leave the database empty and make no secret: `depter restore` follows.",
)
def set_up_installation(
    path: Path | None,
    trusted_proxies: int | None,
    plain_http: bool,
    without_mail_check: bool,
    new_role_password: bool,
    new_sealer_password: bool,
    sealer_dir: str,
    service_user: str,
    admin_family: str,
    admin_given: str,
    admin_login: str,
    no_input: bool,
    for_restore: bool,
    **given: str | None,
) -> None:
    """Verify the servers, write the settings file, create the tables and print the link of the first account.

    Nothing is written before everything was verified. Repeating it changes what was given anew and nothing else.
    """
    file = path or _default_settings_file()
    present = _read_present_file(file)
    values = dict(present)
    for asked in ASKED_VALUES:
        answer = given[asked.option.removeprefix("--").replace("-", "_")]
        values[asked.setting] = _take_or_ask(asked, answer, present.get(asked.setting, ""), no_input)
    values["DEPTER_DATA"] = str(Path(values["DEPTER_DATA"]).resolve())
    values["PUBLIC_URL"] = values["PUBLIC_URL"].rstrip("/")
    values.setdefault("DEPTER_ENV", "production")
    if os.environ.get("SECRET_KEY"):
        values["SECRET_KEY"] = os.environ["SECRET_KEY"]
    if trusted_proxies is not None:
        values["TRUSTED_PROXIES"] = str(trusted_proxies)
    values.setdefault("TRUSTED_PROXIES", "0")
    values.setdefault("METRICS_TOKEN", secrets.token_hex(24))
    if plain_http:
        values["ALLOW_PLAIN_HTTP"] = "1"
    has_role = _verify_everything_or_exit(values, file, without_mail_check)
    sealer = SealerFile(
        file.with_name(SEALER_FILE_NAME), sealer_dir, new_role_password or new_sealer_password
    )
    if for_restore:
        _prepare_role_and_write_file(values, present, file, has_role and not new_role_password)
        prepare_sealer_and_write_file(values, sealer)
        click.echo(f"Settings: {file}. Now run `depter restore` (docs/running.md).")
        return
    # Before anything is changed: another secret would open neither files nor audit texts of this database.
    planned = _settings_or_exit({"DATABASE_URL": values["MIGRATION_DATABASE_URL"]} | values)
    check_secret_key_or_exit(keycheck.verify_secret_key_before_migration, planned)
    _prepare_role_and_write_file(values, present, file, has_role and not new_role_password)
    prepare_sealer_and_write_file(values, sealer)
    config = _settings_or_exit(values)
    try:
        schema.migrate_database(config.migration_database_url)
    except schema.UnknownSchemaVersion as problem:
        raise click.ClickException(str(problem)) from None
    click.echo("ok       tables of this release")
    publish_shipped_and_print_results(config)
    _print_first_account_link(config, (admin_family, admin_given, admin_login))
    give_data_to_user(config.data_dir, service_user)
    click.echo(
        f"Settings: {file}. Now start web, worker and sealer (docs/running.md), then run `depter check`."
    )


@click.command("check")
def check_installation() -> None:
    """Say of each part of this installation whether it works; exit code 1 when one does not."""
    config = load_settings_of_env_or_running_app()
    problems = [part.remedy for part in list_failing_parts(config, newest_schema_version())]
    problems += list(_file_problems())
    problems += list(_mail_problems(config.mail_url, config.mail_from, config.public_url))
    if config.env == "production":
        problems += list_unsafe_settings(config)
    if not problems:
        check_secret_key_or_exit(keycheck.verify_or_store_key_check, config)
        problems += list_unsafe_data(config) if config.env == "production" else []
    for problem in problems:
        click.echo(f"wrong    {problem}", err=True)
    if problems:
        raise SystemExit(1)
    click.echo("ok       database, schema, clock, Redis, files, mail, secret, settings")


def _default_settings_file() -> Path:
    """Return the file that the commands read; else the one of the system for root, and of the working folder."""
    named = os.environ.get("DEPTER_SETTINGS")
    if named:
        return Path(named)
    found = find_settings_file(os.environ)
    if found is not None:
        return found
    if not IS_INSTALLED:
        raise click.ClickException(
            "In a checkout name the file: --file, and DEPTER_SETTINGS for other commands."
        )
    return SYSTEM_SETTINGS_FILE if os.geteuid() == 0 else WORKING_DIR / SETTINGS_FILE_NAME


def _read_present_file(file: Path) -> dict[str, str]:
    try:
        return read_settings_file(file) if file.exists() else {}
    except (SettingMissing, OSError) as problem:
        raise click.ClickException(f"{problem}. Correct or remove the file, then repeat.") from None


def _take_or_ask(asked: SetupValue, answer: str | None, present: str, no_input: bool) -> str:
    """Return the option, else the answer of the person, else the present value or what is offered."""
    if answer is not None:
        return answer.strip()
    offered = present or asked.offered
    if not no_input and sys.stdin.isatty():
        # A present address may hold a password: it is taken by Enter, not shown.
        shows = not (present and "@" in present and asked.setting.endswith("_URL"))
        shown = offered if shows else "as in the file"
        typed = str(click.prompt(asked.question, default=shown or None)).strip()
        return present if typed == "as in the file" and present else typed
    if not offered:
        raise click.ClickException(f"{asked.option} is missing: {asked.question}.")
    return offered


def _verify_everything_or_exit(values: dict[str, str], file: Path, without_mail_check: bool) -> bool:
    """Verify each part and print what became of it; return whether the role `depter_app` exists.

    Raises ClickException after all parts were tried.
    """
    problems: list[str] = []
    has_role = False

    def report(name: str, found: list[str]) -> None:
        problems.extend(found)
        click.echo(f"{'wrong' if found else 'ok':<8} {name}", err=bool(found))
        for one in found:
            click.echo(f"         {one}", err=True)

    try:
        has_role, found = database_setup.require_fit_database(values["MIGRATION_DATABASE_URL"]), []
    except (database_setup.DatabaseNotFit, ValueError) as problem:
        found = str(problem).splitlines()
    report("database", found)
    report("Redis", list_redis_problems(values["REDIS_URL"]))
    if without_mail_check:
        click.echo("skipped  mail server")
    else:
        report(
            "mail server", list(_mail_problems(values["MAIL_URL"], values["MAIL_FROM"], values["PUBLIC_URL"]))
        )
    report(
        "public address",
        list(_public_url_problems(values["PUBLIC_URL"], bool(values.get("ALLOW_PLAIN_HTTP")))),
    )
    report("data folder", list(_data_folder_problems(Path(values["DEPTER_DATA"]))))
    report("settings file", list(_settings_file_problems(file)))
    click.echo(f"ok       time zone {UNIVERSITY_ZONE.key}, in which deadlines are counted")
    if problems:
        raise click.ClickException("Nothing was written. Correct what is wrong, then repeat.")
    return has_role


def _mail_problems(mail_url: str, mail_from: str, public_url: str) -> Iterator[str]:
    """Yield what is wrong with the sender or the mail server, which is connected to and nothing is sent."""
    from app.notices.mail import MailSender

    if "@" not in parseaddr(mail_from)[1]:
        yield f"MAIL_FROM is {mail_from!r}: expected Name <address@domain>."
    parts = urlsplit(mail_url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        yield "MAIL_URL: expected smtp://HOST:PORT or smtps://USER:PASSWORD@HOST:PORT."
        return
    try:
        MailSender(mail_url, mail_from, public_url).verify_connection()
    except smtplib.SMTPAuthenticationError:
        yield f"{parts.hostname} does not accept user and password of MAIL_URL."
    except (OSError, smtplib.SMTPException, ValueError) as problem:
        yield (
            f"The mail server {parts.hostname} does not answer ({type(problem).__name__}). Check MAIL_URL and the"
            " firewall; `depter setup --without-mail-check` goes on without it."
        )


def _public_url_problems(url: str, allows_plain_http: bool) -> Iterator[str]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        yield "PUBLIC_URL: expected https://HOST, without a path."
    elif parts.scheme == "http" and not allows_plain_http:
        yield (
            "PUBLIC_URL has no https: passwords would travel readable. Put Caddy or nginx in front and give the https"
            " address; --plain-http if this is on purpose."
        )


def _data_folder_problems(data: Path) -> Iterator[str]:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = data / ".probe"
        probe.write_bytes(b"depter")
        probe.unlink()
    except OSError as problem:
        yield f"{data} cannot be written ({problem.strerror}): create it for this user, or name another by --data."


def _settings_file_problems(file: Path) -> Iterator[str]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        yield f"{file.parent} cannot be created ({problem.strerror}): run as root, or name another file by --file."
        return
    if not os.access(file.parent, os.W_OK | os.X_OK):
        yield f"{file} cannot be written: run as root, or name another file by --file."


def _file_problems() -> Iterator[str]:
    """Yield what is wrong with the settings file in use."""
    file = find_settings_file(os.environ)
    if file is not None and stat.S_IMODE(file.stat().st_mode) & 0o077:
        yield f"{file} holds passwords and is open to other users: chmod 600 {file}"


def _prepare_role_and_write_file(
    values: dict[str, str], present: dict[str, str], file: Path, must_keep_password: bool
) -> None:
    """Write the file, then give `depter_app` its password. Raises ClickException."""
    owner = values["MIGRATION_DATABASE_URL"]
    same_database = present.get("MIGRATION_DATABASE_URL") == owner and "DATABASE_URL" in present
    is_known = same_database and database_setup.may_role_sign_in(
        present["DATABASE_URL"], database_setup.APP_ROLE
    )
    if must_keep_password and not same_database:
        raise click.ClickException(
            "The server has a role depter_app already, and this file does not know its password. Another installation"
            " may use it. --new-role-password gives it a new one; the other installation then needs it too."
        )
    if not is_known:
        password = database_setup.new_role_password()
        values["DATABASE_URL"] = database_setup.role_url(owner, database_setup.APP_ROLE, password)
    try:
        write_settings_file(file, values)
        if not is_known:
            database_setup.set_role_password(owner, database_setup.APP_ROLE, password)
            database_setup.require_role_login(values["DATABASE_URL"], database_setup.APP_ROLE)
    except (OSError, ValueError, database_setup.DatabaseNotFit) as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"ok       role depter_app, {'as before' if is_known else 'with a new password'}")


def _settings_or_exit(values: dict[str, str]) -> Settings:
    try:
        return Settings.from_env(values)
    except SettingMissing as missing:
        raise click.ClickException(str(missing)) from None


def _print_first_account_link(config: Settings, names: tuple[str, str, str]) -> None:
    """Print the link of the first IT administrator while nobody has an account."""
    from app.kernel import door
    from app.kernel.errors import Invalid
    from app.people import queries
    from app.people.commands.firsts import NewStaff, add_and_invite_staff, invite_first_admin

    family, given, login = names
    with create_app_checking_secret_key(config).app_context():
        act = Act.by_system(system_clock())
        try:
            with door.write(act):
                if queries.is_any_account_stored():
                    click.echo("ok       there are accounts already")
                    return
                made = (
                    add_and_invite_staff(
                        act, NewStaff("it_admin", "", family, given, login), timedelta(hours=24)
                    )
                    if family or given or login
                    else invite_first_admin(act)
                )
        except Invalid as refusal:
            raise click.ClickException(
                f"The first administrator was not added: {', '.join(refusal.fields)}"
            ) from None
    if made is not None:
        click.echo(
            f"  The first administrator opens this link once, before {local_time(made.expires_at):%d.%m.%Y %H:%M}:\n\n"
            f"  {config.public_url}/invitation/{made.key}\n"
        )


def give_data_to_user(data: Path, user: str) -> None:
    """Give the data folder and what is in it to a user of the machine. Raises ClickException."""
    if not user:
        return
    try:
        for path in (data, *data.rglob("*")):
            shutil.chown(path, user)
    except (LookupError, OSError) as problem:
        raise click.ClickException(f"{data} could not be given to {user}: {problem}") from None
