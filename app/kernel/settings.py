"""The settings of one installation, read once from the environment. `docs/running.md` lists each of them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.kernel.atomic_files import create_file_or_read_existing

PROJECT_DIR = Path(__file__).resolve().parents[2]
"""The folder that holds `app`: a checkout, or `site-packages`."""
IS_INSTALLED = not (PROJECT_DIR / "pyproject.toml").exists()
"""Whether Depter was installed from a wheel: its data then begins in the working folder."""
WORKING_DIR = Path.cwd() if IS_INSTALLED else PROJECT_DIR
_SHIPPED_DIR = PROJECT_DIR / "app" / "shipped" if IS_INSTALLED else PROJECT_DIR
SHIPPED_WORKFLOWS_DIR, SHIPPED_FORMS_DIR = _SHIPPED_DIR / "workflows", _SHIPPED_DIR / "forms"
"""The diagrams that ship and their forms."""
MIN_SECRET_LENGTH = 16


class SettingMissing(RuntimeError):
    """A setting that has no safe default is not in the environment."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Addresses of the servers, folders and secrets of the installation."""

    database_url: str
    """SQLAlchemy URL; connects as `depter_app`."""
    migration_database_url: str
    """SQLAlchemy URL of a login that may become `depter_owner`; used by `depter migrate` only."""
    redis_url: str
    """`redis://`, `rediss://` or `unix://`: wake-ups and throttle counters; may be wiped at any moment."""
    mail_url: str
    """`smtp://[user:password@]host:port` or `smtps://...`."""
    mail_from: str
    data_dir: Path
    """Uploaded files and the keys that encrypt them; back this folder up together with the database."""
    secret_key: str
    """Signs the session cookie and wraps the encryption keys; keep it, or files and audit texts stay sealed."""
    public_url: str
    env: str
    """`production`, `demo` or `test`."""
    previous_secret_key: str | None = None
    """The secret before this one, while `depter key rotate` is not finished."""
    trusted_proxies: int = 0
    """How many proxies stand before the web server, each adding to X-Forwarded-For and X-Forwarded-Proto."""
    metrics_token: str = ""
    """The token that opens `/metrics` to other machines; without it only this machine reads them."""
    allow_plain_http: bool = False
    """Whether production may have a public address without TLS."""
    witness_log_keys: tuple[str, ...] = ()
    """Verifier keys of the logs of other installations that this one cosigns as their witness."""

    @property
    def needs_secure_cookies(self) -> bool:
        """Return whether cookies travel by TLS only: always in production, also behind a proxy that uses
        plain HTTP here.
        """
        return self.env == "production" or self.public_url.startswith("https://")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read the environment. Raises SettingMissing naming the variable."""
        data = Path(environ.get("DEPTER_DATA") or WORKING_DIR / ".depter").resolve()
        database = _normalise_database_url(_require_setting(environ, "DATABASE_URL"))
        return cls(
            database_url=database,
            migration_database_url=_normalise_database_url(environ.get("MIGRATION_DATABASE_URL") or database),
            redis_url=_require_setting(environ, "REDIS_URL"),
            mail_url=environ.get("MAIL_URL", "smtp://127.0.0.1:25"),
            mail_from=environ.get("MAIL_FROM", "Depter <journal@localhost>"),
            data_dir=data,
            secret_key=environ.get("SECRET_KEY") or read_or_create_secret_key(data),
            previous_secret_key=environ.get("PREVIOUS_SECRET_KEY") or _read_previous_secret_key(data),
            public_url=environ.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
            env=environ.get("DEPTER_ENV", "production"),
            trusted_proxies=_read_proxy_count(environ.get("TRUSTED_PROXIES", "0")),
            metrics_token=environ.get("METRICS_TOKEN", ""),
            allow_plain_http=environ.get("ALLOW_PLAIN_HTTP", "") not in ("", "0"),
            witness_log_keys=tuple(environ.get("WITNESS_LOG_KEYS", "").replace(",", " ").split()),
        )


def read_or_create_secret_key(data: Path) -> str:
    """Return the secret kept in the data folder, made at first use and readable by its owner only.

    Processes that start at once get the same one. Raises SettingMissing for a file without a secret in it.
    """
    path = data / "secret"
    found = (
        create_file_or_read_existing(path, secrets.token_hex(32).encode()).decode(errors="replace").strip()
    )
    if len(found) < MIN_SECRET_LENGTH:
        raise SettingMissing(
            f"{path} holds no secret (at least {MIN_SECRET_LENGTH} characters are expected): put it back from the"
            " backup, or remove the file if this installation has no data yet"
        )
    return found


def _read_previous_secret_key(data: Path) -> str | None:
    """Return the earlier secret kept in the data folder while the key is changed, or None."""
    path = data / "secret.previous"
    return path.read_text().strip() or None if path.exists() else None


def _read_proxy_count(text: str) -> int:
    """Return the number of proxies. Raises SettingMissing for anything but 0 to 9."""
    if not re.fullmatch(r"[0-9]", text.strip()):
        raise SettingMissing(
            f"TRUSTED_PROXIES is {text!r}; it has to be the number of proxies before the web server, 0 to 9"
        )
    return int(text)


def _require_setting(environ: Mapping[str, str], name: str) -> str:
    try:
        return environ[name]
    except KeyError:
        raise SettingMissing(f"{name} is not set; `make run` sets it, docs/running.md explains it") from None


def _normalise_database_url(url: str) -> str:
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    return url
