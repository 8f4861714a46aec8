"""The manifest of a backup: what belongs to it, with sizes and SHA-256, sealed by the secret of the installation."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.kernel.canonical import canonical_json
from app.kernel.sealing import key_of_secret_for_purpose

MANIFEST_FORMAT = 1
MANIFEST_NAME, DATABASE_NAME, FILES_NAME = "manifest.json", "database.dump", "files"
_SEAL_PURPOSE = "backups.manifest"
_BLOCK = 1 << 20
MAX_LISTED_PROBLEMS = 20


class BackupDamaged(RuntimeError):
    """A folder is no whole backup. `problems` are sentences."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        more = len(problems) - MAX_LISTED_PROBLEMS
        shown = problems[:MAX_LISTED_PROBLEMS] + ([f"... and {more} more"] if more > 0 else [])
        super().__init__("\n".join(["This is not a whole backup:", *(f"- {one}" for one in shown)]))


@dataclass(frozen=True, slots=True)
class StoredPart:
    """Size in bytes and SHA-256 in hex of one file of a backup."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one backup holds. `files` are by address; `missing` are addresses whose content the disk had lost."""

    id: str
    taken_at: datetime
    schema: str
    postgresql: str
    depter: str
    database: StoredPart
    files: Mapping[str, StoredPart]
    missing: tuple[str, ...]

    @property
    def total_size(self) -> int:
        """Return the bytes of database and files."""
        return self.database.size + sum(part.size for part in self.files.values())

    def as_json(self) -> dict[str, Any]:
        """Return the manifest as it is stored, without its seal."""
        return {
            "format": MANIFEST_FORMAT,
            "id": self.id,
            "taken_at": self.taken_at.isoformat(),
            "schema": self.schema,
            "postgresql": self.postgresql,
            "depter": self.depter,
            "database": asdict(self.database),
            "files": {address: asdict(part) for address, part in self.files.items()},
            "missing": list(self.missing),
        }

    def seal(self, secret_key: str) -> str:
        """Return the HMAC of the manifest under the secret of the installation, in hex."""
        key = key_of_secret_for_purpose(secret_key, _SEAL_PURPOSE)
        return hmac.new(key, canonical_json(self.as_json()), hashlib.sha256).hexdigest()


def manifest_bytes(manifest: Manifest, secret_key: str) -> bytes:
    """Return the content of the file `manifest.json`."""
    return json.dumps(manifest.as_json() | {"seal": manifest.seal(secret_key)}, indent=1).encode()


def read_manifest(folder: Path) -> tuple[Manifest, str]:
    """Return the manifest of a backup and its seal. Raises BackupDamaged."""
    try:
        body = json.loads((folder / MANIFEST_NAME).read_bytes())
        found = body["format"]
    except FileNotFoundError:
        raise BackupDamaged(
            [f"{folder} has no {MANIFEST_NAME}: the backup was cut short, or this is another folder."]
        ) from None
    except (OSError, ValueError, TypeError, KeyError):
        raise BackupDamaged([f"{MANIFEST_NAME} cannot be read."]) from None
    if found != MANIFEST_FORMAT:
        raise BackupDamaged(
            [
                f"It has format {found}, and this release of Depter reads {MANIFEST_FORMAT}: use a newer release."
            ]
        )
    try:
        return _manifest_of_json(body), str(body["seal"])
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BackupDamaged([f"{MANIFEST_NAME} lacks something, or was changed."]) from None


def _manifest_of_json(body: Mapping[str, Any]) -> Manifest:
    return Manifest(
        id=str(body["id"]),
        taken_at=datetime.fromisoformat(body["taken_at"]),
        schema=str(body["schema"]),
        postgresql=str(body["postgresql"]),
        depter=str(body["depter"]),
        database=StoredPart(int(body["database"]["size"]), str(body["database"]["sha256"])),
        files={
            _checked_address(address): StoredPart(int(part["size"]), str(part["sha256"]))
            for address, part in body["files"].items()
        },
        missing=tuple(str(one) for one in body["missing"]),
    )


def _checked_address(address: str) -> str:
    """Return an address of a file. Raises ValueError for what could name another folder."""
    if not address or not all(sign in "0123456789abcdef" for sign in address):
        raise ValueError("an address is hexadecimal")
    return address


def stored_file_path(files: Path, address: str) -> Path:
    """Return where the file of an address lies, in an installation and in a backup alike."""
    return files / address[:2] / address


def verify_parts(folder: Path) -> tuple[Manifest, str]:
    """Compare every part of a backup with its manifest; return it with its seal. Raises BackupDamaged."""
    manifest, seal = read_manifest(folder)
    problems = list(_part_problems(folder / DATABASE_NAME, DATABASE_NAME, manifest.database))
    for address, part in manifest.files.items():
        problems += _part_problems(
            stored_file_path(folder / FILES_NAME, address), f"file {address[:16]}", part
        )
    if problems:
        raise BackupDamaged(problems)
    return manifest, seal


def verify_manifest_seal(manifest: Manifest, seal: str, secret_key: str) -> None:
    """Check that the installation of this secret wrote the manifest. Raises BackupDamaged."""
    if not hmac.compare_digest(manifest.seal(secret_key), seal):
        raise BackupDamaged(
            [f"{MANIFEST_NAME} was changed after the backup, or another installation wrote it."]
        )


def _part_problems(path: Path, name: str, part: StoredPart) -> Iterator[str]:
    try:
        size = path.stat().st_size
    except OSError:
        yield f"{name} is missing."
        return
    if size != part.size:
        yield f"{name} has {size} bytes instead of {part.size}."
    elif sha256_of_file(path) != part.sha256:
        yield f"{name} was changed: its SHA-256 is another one."


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a file in hex. Raises OSError."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def copy_and_hash_file(source: Path, target: Path) -> StoredPart:
    """Copy a file to a new synced one; return size and SHA-256 of what was read. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reading, target.open("xb") as writing:
        while block := reading.read(_BLOCK):
            digest.update(block)
            size += len(block)
            writing.write(block)
        writing.flush()
        os.fsync(writing.fileno())
    return StoredPart(size, digest.hexdigest())
