"""Scenarios that come with the product, as files beside the shipped diagrams: `workflows/scenarios/<name>.json`.

A file holds what `scenarios.run_play_and_return_scenario_content` returns and a title. Its identifier comes from its
name; one that the university has removed stays removed, and one of a process that the university draws itself is not
added.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select

from app.audit.record import record_audit_event
from app.diagrams.models import DiagramScenario, DiagramVersion
from app.diagrams.scenario_queries import ScenarioRow, load_scenarios
from app.diagrams.version_writes import EDITED, PUBLISHED
from app.kernel.act import Act
from app.kernel.db import db
from app.plays.entries import check_and_serialize_play_entries, play_entries_from_json
from app.plays.scenarios import SHIPPED, insert_scenario

_NAMESPACE = UUID("0e6a3f8e-6f0d-5a53-9d2a-2f3c4a5b6c7d")
"""Namespace of the identifiers of shipped scenarios, which are made from the names of their files."""


@dataclass(frozen=True, slots=True)
class ShippedScenario:
    """A scenario file: its name, its title and what a scenario keeps of a play."""

    name: str
    title: str
    kept: dict[str, Any]


def read_shipped_scenarios(workflows: Path) -> Iterator[ShippedScenario]:
    """Yield the scenarios beside the diagrams of a folder."""
    for path in sorted((workflows / "scenarios").glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        title = found.pop("title")
        kept = found | {
            "seed": UUID(found["seed"]),
            "began_at": datetime.fromisoformat(found["began_at"]),
            "entries": check_and_serialize_play_entries(play_entries_from_json(found["entries"])),
        }
        yield ShippedScenario(path.stem, title, kept)


def scenario_rows_for_file(key: str, folder: Path) -> list[ScenarioRow]:
    """Return the scenarios that a diagram file has to pass: those of its process in the database, and those of the
    folder `scenarios` beside it.

    A file counts instead of the stored scenario of its name; one that the university removed does not count.
    """
    stored = {row.id: row for row in load_scenarios(key)}
    removed = set(
        db.session.scalars(
            select(DiagramScenario.id).where(
                DiagramScenario.key == key, DiagramScenario.removed_at.is_not(None)
            )
        )
    )
    beside = {
        row.id: row
        for one in read_shipped_scenarios(folder)
        if (row := _row_of_shipped_scenario(one)).key == key
    }
    return list((stored | {id_: row for id_, row in beside.items() if id_ not in removed}).values())


def _row_of_shipped_scenario(one: ShippedScenario) -> ScenarioRow:
    kept = one.kept
    return ScenarioRow(
        id=uuid5(_NAMESPACE, one.name),
        key=kept["key"],
        title=one.title,
        origin=SHIPPED,
        seed=kept["seed"],
        began_at=kept["began_at"],
        entries=kept["entries"],
        trace=kept["trace"],
        expected_outcome=kept["expected_outcome"],
        expected_open=kept["expected_open"],
        recorded_by=None,
        recorded_at=kept["began_at"],
        removed_by=None,
        removed_at=None,
        removed_reason=None,
        replaced_by=None,
    )


def store_shipped_scenarios(act: Act, workflows: Path) -> int:
    """Insert the shipped scenarios that are missing and update those that changed; return how many."""
    edited = set(
        db.session.scalars(
            select(DiagramVersion.key).where(
                DiagramVersion.state == PUBLISHED, DiagramVersion.origin == EDITED
            )
        )
    )
    made = 0
    for one in read_shipped_scenarios(workflows):
        scenario_id = uuid5(_NAMESPACE, one.name)
        row = db.session.get(DiagramScenario, scenario_id)
        if row is None and one.kept["key"] not in edited:
            insert_scenario(act, scenario_id, one.title, SHIPPED, one.kept)
            made += 1
        elif row is not None and row.removed_at is None and row.entries != one.kept["entries"]:
            row.title = one.title
            for name, value in one.kept.items():
                setattr(row, name, value)
            db.session.flush()
            after = {"key": row.key, "title": row.title, "origin": SHIPPED}
            record_audit_event(act, "diagrams.scenario.updated", ("diagrams.scenario", row.id), None, after)
            made += 1
    return made
