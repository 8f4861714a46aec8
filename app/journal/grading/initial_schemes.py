"""The first grading schemes, as rows for the migration; later versions are added by the academic office."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from app.kernel.canonical import canonical_sha256
from app.kernel.ids import new_id

COMPONENT_KINDS = ("MODULE1", "MODULE2", "FINAL")
FIRST_SCHEMES_EFFECTIVE_FROM = date(2026, 4, 7)
"""The day of the rector's order; the regulation itself names no other."""
_MADE_AT = datetime(2026, 4, 7, tzinfo=UTC)


def read_shipped_schemes() -> list[dict[str, Any]]:
    """Return the schemes of `schemes.toml`: {code, names, source, definition}."""
    found = tomllib.loads(Path(__file__).with_name("schemes.toml").read_text(encoding="utf-8"))["scheme"]
    return [
        {
            **{name: row[name] for name in ("code", "names", "source")},
            "definition": _read_scheme_definition(row),
        }
        for row in found
    ]


def _read_scheme_definition(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "components": {kind: row[kind] for kind in COMPONENT_KINDS},
        "pass": row["pass"],
        "admission": row["admission"],
        "least_final": row.get("least_final", 0),
        "rounding": "half_up",
        "letters": row["letters"],
    }


def shipped_scheme_rows() -> list[dict[str, Any]]:
    """Return what the rows of the schemes hold that no audit record tells: all but the id and the digest of it."""
    return [
        {
            **row,
            "version": 1,
            "effective_from": FIRST_SCHEMES_EFFECTIVE_FROM.isoformat(),
            "made_at": _MADE_AT.isoformat(),
            "made_by": None,
        }
        for row in read_shipped_schemes()
    ]


def scheme_digest(id: UUID, code: str, version: int, definition: dict[str, Any]) -> str:
    """Return the SHA-256 of everything in a scheme that decides about a result."""
    return canonical_sha256({"id": str(id), "code": code, "version": version, "definition": definition})


def insert_missing_schemes(connection: Connection) -> None:
    """Insert the schemes that do not exist yet."""
    for row in read_shipped_schemes():
        id = new_id()
        connection.execute(
            text(
                "INSERT INTO journal.grading_scheme"
                " (id, code, version, names, source, definition, sha256, effective_from, made_at) VALUES"
                " (:id, :code, 1, CAST(:names AS jsonb), CAST(:source AS jsonb), CAST(:definition AS jsonb),"
                " :sha256, :since, :at)"
                " ON CONFLICT DO NOTHING"
            ),
            {
                "id": id,
                "code": row["code"],
                "names": json.dumps(row["names"]),
                "source": json.dumps(row["source"]),
                "definition": json.dumps(row["definition"]),
                "sha256": scheme_digest(id, row["code"], 1, row["definition"]),
                "since": FIRST_SCHEMES_EFFECTIVE_FROM,
                "at": _MADE_AT,
            },
        )
