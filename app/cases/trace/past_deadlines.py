"""The deadlines of the tasks of a case as they stood at a moment, from the records that set and moved them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.cases.trace.object_records import load_bodies_of_case

MAX_RECORDS = 2000
"""Records of one case that are read for its deadlines."""


@dataclass(frozen=True, slots=True)
class StoodDeadline:
    """A deadline of a task as it stood: its moment, and how it had been counted."""

    due_at: datetime
    computation: dict[str, Any]


def load_deadlines_as_they_stood(case_id: UUID, until: datetime) -> dict[UUID, StoodDeadline]:
    """Return the deadline of each task as the last record before a moment wrote it, by task; one statement.

    A task whose records hold no deadline, written before records held rows, is left out.
    """
    found: dict[UUID, StoodDeadline] = {}
    for body in load_bodies_of_case(case_id, until, MAX_RECORDS):
        for task in _tasks_of_record(json.loads(body)):
            known = found.get(UUID(task["id"]))
            computation = task.get("computation") or (known.computation if known else {})
            found[UUID(task["id"])] = StoodDeadline(datetime.fromisoformat(task["due_at"]), computation)
    return found


def _tasks_of_record(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of tasks of a record that hold a deadline."""
    rows = record.get("rows")
    tasks = rows.get("tasks") if isinstance(rows, Mapping) else None
    for task in tasks if isinstance(tasks, list) else ():
        if (
            isinstance(task, Mapping)
            and isinstance(task.get("id"), str)
            and isinstance(task.get("due_at"), str)
        ):
            yield task
