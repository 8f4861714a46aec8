"""The register of lawful erasures (7.5): append-only rows, each of which destroys the key of its person.

The register is kept outside the database too, because a backup that is older than an erasure still has the key. An
export is sealed under the root of keyed hashes of the installation, which outlives a change of SECRET_KEY; a restore
applies it before anybody signs in.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import select

from app.audit.keys import clear_person_key_cache
from app.audit.models import Erasure
from app.audit.record import record_audit_event
from app.audit.words import seal_text
from app.kernel.act import Act
from app.kernel.atomic_files import write_file_atomically
from app.kernel.canonical import canonical_json
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import FieldProblem, Invalid
from app.kernel.ids import new_id
from app.kernel.readiness import open_short_connection
from app.kernel.sealing import keyed_hash_under_root

EXPORT_FORMAT = 1
EXPORT_FILE_NAME = "erasures.json"
_EXPORT_PURPOSE = "audit.erasures"
_READ_STATEMENT = (
    "SELECT id, person, document, decided_on, words, erased_by, erased_at FROM audit.erasure"
    " ORDER BY erased_at, id"
)
_MAX_DOCUMENT_LENGTH, _MAX_WORDS_LENGTH = 200, 2000


class ErasuresUnreadable(RuntimeError):
    """An export of the register cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ErasureEntry:
    """One erasure: the person, number and day of the decision, its words (sealed), and who entered it when."""

    id: UUID
    person: UUID
    document: str
    decided_on: date
    words: bytes | None
    erased_by: UUID | None
    erased_at: datetime


@dataclass(frozen=True, slots=True)
class ErasureExport:
    """The entries of an export and the moment whose register it holds."""

    exported_at: datetime
    entries: tuple[ErasureEntry, ...]


def erase_person(act: Act, person: UUID, document: str, decided_on: date, words: str) -> UUID:
    """Register a lawful erasure (7.5) and destroy the key of the person; return the id of the entry.

    Raises Invalid for a missing document or decision, one of a later day, and one's own erasure. Other processes may
    hold the key in memory for `keys.MAX_KEY_AGE_SECONDS`.
    """
    _require_decision(act, person, document, decided_on, words)
    entry = ErasureEntry(
        new_id(),
        person,
        document.strip(),
        decided_on,
        seal_text(act.person, words.strip()),
        act.person,
        act.at,
    )
    _insert_entries([entry])
    after = {"document": entry.document, "decided_on": decided_on}
    record_audit_event(act, "audit.person.erased", ("people.person", person), None, after, "7.5")
    return entry.id


def _require_decision(act: Act, person: UUID, document: str, decided_on: date, words: str) -> None:
    """Raise Invalid naming each field that is wrong."""
    wrong: dict[str, list[FieldProblem]] = {}
    for key, value, longest in (
        ("document", document, _MAX_DOCUMENT_LENGTH),
        ("words", words, _MAX_WORDS_LENGTH),
    ):
        if not value.strip():
            wrong[key] = [FieldProblem("forms.field.required")]
        elif len(value.strip()) > longest:
            wrong[key] = [FieldProblem("forms.field.too_long", {"most": longest})]
    if decided_on > local_day(act.at):
        wrong["decided_on"] = [FieldProblem("forms.field.date_ahead")]
    if person == act.person:
        wrong["person"] = [FieldProblem("audit.erasure.own")]
    if wrong:
        raise Invalid(wrong)


def apply_erasures(act: Act, entries: Iterable[ErasureEntry]) -> int:
    """Insert the entries that this database lacks, which destroys their keys; return how many there were."""
    known = set(db.session.scalars(select(Erasure.id)))
    lacking = [entry for entry in entries if entry.id not in known]
    _insert_entries(lacking)
    for entry in lacking:
        after = {"document": entry.document, "decided_on": entry.decided_on, "erased_at": entry.erased_at}
        record_audit_event(act, "audit.person.erased", ("people.person", entry.person), None, after, "7.5")
    return len(lacking)


def _insert_entries(entries: Iterable[ErasureEntry]) -> None:
    """Insert entries; a trigger of the table destroys the key of each person."""
    for entry in entries:
        db.session.add(Erasure(**{name: getattr(entry, name) for name in ErasureEntry.__slots__}))
    db.session.flush()
    clear_person_key_cache()


def read_erasures(connection: psycopg.Connection[Any]) -> tuple[ErasureEntry, ...]:
    """Return the whole register over a connection of psycopg; () in a database without the table."""
    exists = connection.execute("SELECT to_regclass('audit.erasure') IS NOT NULL").fetchone()
    if not (exists and exists[0]):
        return ()
    return tuple(
        ErasureEntry(
            row[0], row[1], row[2], row[3], bytes(row[4]) if row[4] is not None else None, row[5], row[6]
        )
        for row in connection.execute(_READ_STATEMENT)
    )


def build_erasure_export(entries: Iterable[ErasureEntry], at: datetime, root: bytes) -> bytes:
    """Return an export of the register, sealed under the root of keyed hashes of the installation."""
    body = {
        "format": EXPORT_FORMAT,
        "exported_at": at.isoformat(),
        "entries": [_entry_as_json(entry) for entry in entries],
    }
    return json.dumps(body | {"seal": _export_seal(body, root)}, indent=1).encode()


def export_erasures(database_url: str, root: bytes) -> bytes:
    """Return an export of the register of this database. Raises psycopg.Error."""
    with open_short_connection(database_url) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row
        return build_erasure_export(read_erasures(connection), row[0].astimezone(UTC), root)


def keep_erasures_beside_database(database_url: str, data_dir: Path, root: bytes) -> None:
    """Write the register to `DEPTER_DATA/erasures.json`, where a restored database does not reach it.

    A register on the disk that has more than the database is left as it is. Raises psycopg.Error, OSError.
    """
    if list_lacking_erasures(database_url, data_dir, root):
        return
    write_file_atomically(data_dir / EXPORT_FILE_NAME, export_erasures(database_url, root))


def list_lacking_erasures(database_url: str, data_dir: Path, root: bytes) -> list[ErasureEntry]:
    """Return the erasures of the register on the disk that the database lacks, as after a restore; [] without one.

    Raises ErasuresUnreadable, psycopg.Error.
    """
    path = data_dir / EXPORT_FILE_NAME
    if not path.exists():
        return []
    kept = read_erasure_export(path, root)
    with open_short_connection(database_url) as connection:
        known = {entry.id for entry in read_erasures(connection)}
    return [entry for entry in kept.entries if entry.id not in known]


def read_erasure_export(path: Path, root: bytes) -> ErasureExport:
    """Return an export of the register. Raises ErasuresUnreadable."""
    try:
        body = json.loads(path.read_bytes())
        seal = body.pop("seal")
        if body["format"] != EXPORT_FORMAT:
            raise ErasuresUnreadable(
                f"{path} has format {body['format']}: use the release of Depter that wrote it."
            )
        export = ErasureExport(
            datetime.fromisoformat(body["exported_at"]), tuple(_entry_of_json(one) for one in body["entries"])
        )
    except OSError as problem:
        raise ErasuresUnreadable(f"{path} cannot be read: {problem.strerror}.") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ErasuresUnreadable(
            f"{path} is no register of erasures, or it is damaged. Take another copy."
        ) from None
    if not hmac.compare_digest(_export_seal(body, root), str(seal)):
        raise ErasuresUnreadable(
            f"{path} was changed, or is the register of another installation. Take the newest copy beside the keys."
        )
    return export


def _export_seal(body: Mapping[str, Any], root: bytes) -> str:
    return keyed_hash_under_root(root, _EXPORT_PURPOSE, canonical_json(dict(body)))


def _entry_as_json(entry: ErasureEntry) -> dict[str, Any]:
    return {
        "id": str(entry.id),
        "person": str(entry.person),
        "document": entry.document,
        "decided_on": entry.decided_on.isoformat(),
        "words": base64.b64encode(entry.words).decode() if entry.words else None,
        "erased_by": str(entry.erased_by) if entry.erased_by else None,
        "erased_at": entry.erased_at.isoformat(),
    }


def _entry_of_json(one: Mapping[str, Any]) -> ErasureEntry:
    return ErasureEntry(
        UUID(one["id"]),
        UUID(one["person"]),
        str(one["document"]),
        date.fromisoformat(one["decided_on"]),
        base64.b64decode(one["words"], validate=True) if one["words"] else None,
        UUID(one["erased_by"]) if one["erased_by"] else None,
        datetime.fromisoformat(one["erased_at"]),
    )
