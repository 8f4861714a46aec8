"""Settings of the sealer, apart from those of web and worker: it needs neither their secret nor their role."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.kernel.settings import WORKING_DIR, SettingMissing

ORIGIN_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
DEFAULT_ORIGIN = "depter/audit"
DEFAULT_SECONDS = 3.0
MIN_SECONDS, MAX_SECONDS = 0.2, 60.0


@dataclass(frozen=True, slots=True)
class SealerSettings:
    """Database, folders, name and publication of one sealer."""

    database_url: str
    """PostgreSQL address for psycopg; connects as `depter_sealer`."""
    folder: Path
    """Key and last signed checkpoint; only the user of the sealer may enter it."""
    origin: str
    """The name of the log in its checkpoints, such as `journal.example.kg/audit`."""
    seconds: float = DEFAULT_SECONDS
    """Seconds between two checkpoints when there is something new."""
    publish_dir: Path | None = None
    """Folder of the append-only file that another host collects."""
    witness_url: str = ""
    """Address of a C2SP witness, without `/add-checkpoint`."""
    witness_key: str = ""
    """Its verifier key, NAME+HASH+BASE64; its cosignatures are verified with it."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> SealerSettings:
        """Read the environment. Raises SettingMissing naming the variable."""
        url = environ.get("SEALER_DATABASE_URL")
        if not url:
            raise SettingMissing("SEALER_DATABASE_URL is not set; `depter setup` writes it into sealer.env")
        origin = environ.get("SEALER_ORIGIN") or DEFAULT_ORIGIN
        if not ORIGIN_PATTERN.fullmatch(origin):
            raise SettingMissing(
                f"SEALER_ORIGIN is {origin!r}; expected a name such as journal.example.kg/audit"
            )
        publish = environ.get("SEALER_PUBLISH_DIR")
        witness = environ.get("SEALER_WITNESS_URL", "").rstrip("/")
        if witness and urlsplit(witness).scheme not in ("http", "https"):
            raise SettingMissing("SEALER_WITNESS_URL has to begin with https:// or http://")
        if witness and not environ.get("SEALER_WITNESS_KEY"):
            raise SettingMissing(
                "SEALER_WITNESS_KEY is not set: the verifier key of the witness, NAME+HASH+BASE64"
            )
        return cls(
            database_url=url.replace("+psycopg", "", 1),
            folder=Path(environ.get("SEALER_DIR") or WORKING_DIR / ".depter" / "sealer").resolve(),
            origin=origin,
            seconds=_read_seconds(environ.get("SEALER_SECONDS", "")),
            publish_dir=Path(publish).resolve() if publish else None,
            witness_url=witness,
            witness_key=environ.get("SEALER_WITNESS_KEY", ""),
        )


def origin_of_public_url(url: str) -> str:
    """Return the name that a log gets after the address of its installation."""
    parts = urlsplit(url)
    name = f"{parts.hostname or 'depter'}{f'-{parts.port}' if parts.port else ''}/audit"
    return name if ORIGIN_PATTERN.fullmatch(name) else DEFAULT_ORIGIN


def _read_seconds(text: str) -> float:
    if not text:
        return DEFAULT_SECONDS
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise SettingMissing(f"SEALER_SECONDS is {text!r}; expected {MIN_SECONDS} to {MAX_SECONDS:.0f}")
    return seconds
