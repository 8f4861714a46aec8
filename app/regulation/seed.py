"""Insert the first values: policies of the regulation and the days of 2026. Idempotent; later values are
dated rows.

Days and weeks are inserted once: a day the academic office removed does not return with an upgrade.
"""

from __future__ import annotations

import json
import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from app.kernel.ids import new_id

EFFECTIVE_FROM = date(2026, 4, 7)
"""The day of the rector's order; the regulation itself names no other."""


@lru_cache(maxsize=1)
def read_seed_policies() -> list[dict[str, Any]]:
    """Return the policies of `policies.toml`."""
    return list(tomllib.loads(Path(__file__).with_name("policies.toml").read_text())["policy"])


@lru_cache(maxsize=1)
def read_seed_days() -> list[dict[str, Any]]:
    """Return the days of `policies.toml` that differ from their weekday."""
    return list(tomllib.loads(Path(__file__).with_name("policies.toml").read_text())["day"])


def seed_regulation(connection: Connection) -> None:
    """Insert rows that do not exist yet; days and week only on the first run."""
    first = connection.execute(
        text("INSERT INTO regulation.revision (id, number) VALUES (1, 1) ON CONFLICT DO NOTHING")
    )
    for row in read_seed_policies():
        connection.execute(
            text(
                "INSERT INTO regulation.policy (id, key, unit_id, value, measure, clause, source, effective_from)"
                " VALUES (:id, :key, NULL, :value, :measure, :clause, :source, :since) ON CONFLICT DO NOTHING"
            ),
            {
                "id": new_id(),
                "since": EFFECTIVE_FROM,
                **{name: row[name] for name in ("key", "value", "measure", "clause", "source")},
            },
        )
    if first.rowcount:
        _seed_days_and_week(connection)


def _seed_days_and_week(connection: Connection) -> None:
    """Insert the days and the six-day week of the university."""
    for row in read_seed_days():
        connection.execute(
            text(
                "INSERT INTO regulation.calendar_day (id, day, unit_id, kind, names, source)"
                " VALUES (:id, :day, NULL, :kind, CAST(:names AS jsonb), :source) ON CONFLICT DO NOTHING"
            ),
            {
                "id": new_id(),
                "day": row["day"],
                "kind": row["kind"],
                "source": row["source"],
                "names": json.dumps(row["names"]),
            },
        )
    connection.execute(
        text(
            "INSERT INTO regulation.unit_week (id, unit_id, days) VALUES (:id, NULL, 6) ON CONFLICT DO NOTHING"
        ),
        {"id": new_id()},
    )
