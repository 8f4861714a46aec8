"""What a production installation must not have. Checked at the start of web and worker, and by `depter check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

import psycopg

from app.kernel.readiness import open_short_connection
from app.kernel.settings import Settings

MIN_PRODUCTION_SECRET_LENGTH, MIN_DIFFERENT_CHARACTERS = 32, 10
MIN_TOKEN_LENGTH = 16
# The demo is loaded into an empty database, so its record is among the first.
_DEMO_STATEMENT = """
SELECT EXISTS (SELECT FROM (SELECT event_type FROM audit.record ORDER BY id LIMIT 1000) AS first_records
               WHERE event_type = 'demo.university.loaded')
"""
_DEFAULT_SECRET_PARTS = ("changeme", "change-me", "change_me", "example", "default", "secret of the tests")


class UnsafeForProduction(RuntimeError):
    """The settings or the data are not fit for production. `reasons` are sentences."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__(
            "\n".join(["Depter does not start in production:", *(f"- {one}" for one in reasons)])
        )


def require_production_settings(settings: Settings) -> None:
    """Do nothing outside production. Raises UnsafeForProduction with all reasons."""
    if settings.env != "production":
        return
    reasons = list_unsafe_settings(settings)
    try:
        reasons += list_unsafe_data(settings)
    except psycopg.Error:
        # Without the database the start itself says so.
        reasons += []
    if reasons:
        raise UnsafeForProduction(reasons)


def list_unsafe_settings(settings: Settings) -> list[str]:
    """Return what is wrong with the settings of a production installation, one sentence each."""
    return [
        *_secret_reasons(settings.secret_key),
        *_database_role_reasons(settings.database_url),
        *_public_address_reasons(settings),
        *_metrics_token_reasons(settings.metrics_token),
    ]


def list_unsafe_data(settings: Settings) -> list[str]:
    """Return what is wrong with the data of a production installation. Raises psycopg.Error without database."""
    reasons = []
    with open_short_connection(settings.database_url) as connection:
        row = connection.execute(_DEMO_STATEMENT).fetchone()
        if row and row[0]:
            reasons.append(
                "This database holds the demo university, whose accounts share one published password. Use a new"
                " database, or set DEPTER_ENV=demo if this is a demonstration."
            )
    return reasons


def _secret_reasons(secret: str) -> Iterator[str]:
    """Yield why a secret is not safe; one that Depter made itself always is."""
    advice = (
        "Leave SECRET_KEY out, and Depter makes one in DEPTER_DATA/secret; to replace one that is in use, see"
    )
    advice += " `depter key rotate`."
    if len(secret) < MIN_PRODUCTION_SECRET_LENGTH or len(set(secret)) < MIN_DIFFERENT_CHARACTERS:
        yield (
            f"SECRET_KEY is too short or too regular: {MIN_PRODUCTION_SECRET_LENGTH} random characters are expected."
            f" {advice}"
        )
    elif any(part in secret.casefold() for part in _DEFAULT_SECRET_PARTS):
        yield f"SECRET_KEY is a text from an example. {advice}"


def _database_role_reasons(url: str) -> Iterator[str]:
    """Yield why the role of the database is not safe; a socket of this machine knows who connects."""
    parts = urlsplit(url)
    options: Mapping[str, list[str]] = parse_qs(parts.query)
    host = parts.hostname or (options.get("host") or [""])[0]
    if not host or host.startswith("/"):
        return
    proofs = ("password", "passfile", "sslcert", "service")
    if not parts.password and not any(name in options for name in proofs):
        yield (
            "DATABASE_URL names a database role without a password, over the network. `depter setup` sets the password"
            " of depter_app and writes it; or use a socket of this machine."
        )


def _public_address_reasons(settings: Settings) -> Iterator[str]:
    if not settings.public_url.startswith("https://") and not settings.allow_plain_http:
        yield (
            f"PUBLIC_URL is {settings.public_url}, without https: passwords would travel readable, and cookies are sent"
            " over TLS only, so nobody could sign in. Put a TLS proxy in front and set PUBLIC_URL to its https address."
            " If a proxy elsewhere speaks https for this address, set ALLOW_PLAIN_HTTP=1."
        )


def _metrics_token_reasons(token: str) -> Iterator[str]:
    if token and len(token) < MIN_TOKEN_LENGTH:
        yield f"METRICS_TOKEN is too short: use {MIN_TOKEN_LENGTH} random characters or more, or leave it out."
