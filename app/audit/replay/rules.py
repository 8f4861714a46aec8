"""What each event of the audit makes of the rows that a replay builds again: one reducer a kind of object, all pure.

`REDUCER_BY_EVENT_TYPE` names the reducer of every event that changes such rows; every other event stands in
`EVENTS_WITHOUT_ROWS`. A test fails for an event that is in neither.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.audit.rebuilt_tables import (
    ATTACHMENT,
    CASE,
    CELL,
    CELL_VERSION,
    HISTORY,
    RESULT,
    STATE,
    TASK,
)
from app.audit.replay.events_without_rows import EVENTS_WITHOUT_ROWS

ERASED = "…"
"""Stands for a value whose key a lawful erasure destroyed."""
ERASED_MARK = "~"
"""Before the name of a column: whether its value was erased; before another name: what only the replay needs."""
SEALED_COLUMNS: Mapping[str, frozenset[str]] = {
    CELL: frozenset({"value", "reason"}),
    CELL_VERSION: frozenset({"old_value", "new_value", "old_points", "new_points"}),
    RESULT: frozenset({"status", "entered", "total", "letter", "arithmetic"}),
    CASE: frozenset({"requester_name", "subject", "search"}),
    TASK: frozenset({"requester_name", "subject", "search"}),
    HISTORY: frozenset({"variables"}),
}
"""Columns that the audit keeps under the key of a person."""
_COPIED_FROM_CASE = (
    "diagram",
    "version_id",
    "number",
    "requester",
    "requester_name",
    "subject",
    "subject_hash",
    "search",
)
_ENTRIES = ERASED_MARK + "entries"
WORDS_OF = ERASED_MARK + "words_of"


@dataclass(frozen=True, slots=True)
class ReplayedEvent:
    """One record of the audit with its values unsealed; ids are texts, as in its body."""

    id: int
    recorded_at: datetime
    event_type: str
    object_kind: str
    object_id: str
    at: str
    person: str | None
    on_behalf_of: str | None
    case_id: str | None
    clause: str | None
    offering_id: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    rows: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowChange:
    """What an event makes of one row: values of columns, all of them for a `new` row, or that it is `deleted`.

    `key` is the id of the row, for an entry of the history the id of its case and its number there; `of` is the case
    or the row itself, whose rows are known together.
    """

    table: str
    key: str
    of: str
    values: Mapping[str, Any] = field(default_factory=dict)
    new: bool = False
    deleted: bool = False


KnownRows = Mapping[tuple[str, str], Mapping[str, Any]]
"""The rows of one case as they are before an event, by table and key."""
Reducer = Callable[[ReplayedEvent, KnownRows], list[RowChange]]


def reduce_event(event: ReplayedEvent, known: KnownRows) -> list[RowChange]:
    """Return what the event makes of rows. Raises KeyError, TypeError or ValueError when its record lacks something,
    KeyError also for an event that nobody knows."""
    if event.event_type in EVENTS_WITHOUT_ROWS:
        return []
    changes = REDUCER_BY_EVENT_TYPE[event.event_type](event, known)
    return [_mark_erased_values(change) for change in changes]


def needs_known_rows(event_type: str, object_kind: str) -> bool:
    """Return whether the reducer of this event reads the rows of its case."""
    return object_kind == CASE and REDUCER_BY_EVENT_TYPE.get(event_type) is _reduce_case


def apply_row_change(before: Mapping[str, Any] | None, change: RowChange) -> dict[str, Any]:
    """Return the row after a change."""
    return {**({} if change.new or before is None else before), **change.values}


def _mark_erased_values(change: RowChange) -> RowChange:
    """Return the change with a mark beside every value that may be erased."""
    sealed = SEALED_COLUMNS.get(change.table, frozenset()) & change.values.keys()
    if not sealed:
        return change
    # A task takes its values from its case with their marks.
    erased = {
        name: change.values[name] == ERASED or bool(change.values.get(ERASED_MARK + name)) for name in sealed
    }
    values = {
        **change.values,
        **{name: None for name, gone in erased.items() if gone},
        **{ERASED_MARK + name: gone for name, gone in erased.items()},
    }
    return RowChange(change.table, change.key, change.of, values, change.new, change.deleted)


# --- journal ----------------------------------------------------------------------------------------------


def _reduce_cell(event: ReplayedEvent, _known: KnownRows) -> list[RowChange]:
    """Build a cell: its first version whole, later ones on top of it."""
    after, key = event.after, event.object_id
    values: dict[str, Any] = {
        "value": after["value"],
        "version": after["version"],
        "changed_at": event.at,
        "changed_by": event.person,
        "change_set_id": after.get("change_set"),
    }
    new = after["version"] == 1
    if new:
        values |= {
            "id": key,
            "lesson_id": after["lesson"],
            "student_id": after["student"],
            "kind": after["kind"],
            "late": after.get("late", False),
            "first_entered_at": event.rows.get("first_entered_at", event.at),
            "first_entered_by": event.rows.get("first_entered_by", event.person),
            "reason": None,
            "made_up": False,
            "excused_id": None,
        }
    if "made_up" in after:
        values |= {
            "reason": after["reason"],
            "made_up": after["made_up"],
            "excused_id": after["excused"],
        }
    return [RowChange(CELL, key, key, values, new), _version_of_cell(event)]


def _version_of_cell(event: ReplayedEvent) -> RowChange:
    """Build the version of a cell that a deed has written; it never changes."""
    before, after = event.before, event.after
    # What a key destroyed is neither a mark nor none.
    old, new = before.get("value"), after["value"]
    is_grade = after["kind"] == "GRADE"
    values = {
        "cell_id": event.object_id,
        "version": after["version"],
        "lesson_id": after["lesson"],
        "offering_id": event.offering_id,
        "student_id": after["student"],
        "kind": after["kind"],
        "old_value": old,
        "new_value": new,
        "old_points": old if is_grade else None,
        "new_points": new if is_grade else None,
        "event_type": event.event_type,
        "clause": event.clause,
        "person": event.person,
        "on_behalf_of": event.on_behalf_of,
        "at": event.at,
        "late": after.get("late", False),
        "case_id": event.case_id,
        "source": "IMPORT" if event.event_type == "journal.mark.taken_over" else "HAND",
    }
    return RowChange(CELL_VERSION, f"{event.object_id}:{after['version']}", event.object_id, values, new=True)


def _reduce_result(event: ReplayedEvent, _known: KnownRows) -> list[RowChange]:
    """Build a version of a result, which never changes."""
    row = event.rows
    return [RowChange(RESULT, row["id"], row["id"], row, new=True)]


# --- cases ------------------------------------------------------------------------------------------------


def _reduce_case(event: ReplayedEvent, known: KnownRows) -> list[RowChange]:
    """Build a case with its tasks, history, attachments and the checksum of its state."""
    if event.object_kind != CASE:
        return []
    of, rows = event.object_id, event.rows
    before = known.get((CASE, of), {})
    entries = rows.get("history", ())
    number = before.get(_ENTRIES, 0)
    of_case = {**rows.get("case", {}), _ENTRIES: number + len(entries)}
    change = _mark_erased_values(RowChange(CASE, of, of, of_case, new=event.event_type == CASE_STARTED))
    case = apply_row_change(before, change)
    changes = [change, *_closed_task_changes(event, known)]
    changes += [_task_change(event, row, known, case) for row in rows.get("tasks", ())]
    changes += [
        _history_change(event, row, f"{of}:{place}") for place, row in enumerate(entries, start=number + 1)
    ]
    if "attachment" in rows:
        changes.append(_attachment_change(event))
    if "state" in rows:
        written = known.get((STATE, of))
        values = {
            "case_id": of,
            "check": f"\\x{rows['state']}",
            "revision": written["revision"] + 1 if written else 0,
        }
        changes.append(RowChange(STATE, of, of, values))
    return changes


def _closed_task_changes(event: ReplayedEvent, known: KnownRows) -> Iterable[RowChange]:
    """Return the ends of the tasks that a step closed, or that ended with their case."""
    closed, how, person = event.rows.get("closed"), event.rows.get("close_open"), event.person
    if closed is None and how is None:
        return
    if closed is None:
        # Only who takes his request back closes its tasks himself.
        person = event.person if event.event_type == CASE_WITHDRAWN else None
    end = {"closed_at": event.at, "closed_by": person, "closed_how": closed["how"] if closed else how}
    for (table, key), row in known.items():
        if table != TASK or row.get("closed_at") is not None:
            continue
        if closed is None or row["key"] in closed["keys"]:
            yield RowChange(TASK, key, event.object_id, end)


def _task_change(
    event: ReplayedEvent, row: Mapping[str, Any], known: KnownRows, case: Mapping[str, Any]
) -> RowChange:
    """Return a new task, with what it takes from its case, or the changed columns of a known one."""
    key, of = row["id"], event.object_id
    if (TASK, key) in known:
        return RowChange(TASK, key, of, row)
    copied = {name: case.get(name) for name in _COPIED_FROM_CASE}
    marks = {
        ERASED_MARK + name: case.get(ERASED_MARK + name)
        for name in SEALED_COLUMNS[TASK]
        if name in _COPIED_FROM_CASE
    }
    opened = {"case_id": of, "opened_at": event.at, "closed_at": None, "closed_by": None, "closed_how": None}
    return RowChange(TASK, key, of, {**copied, **marks, **opened, **row}, new=True)


def _history_change(event: ReplayedEvent, row: Mapping[str, Any], key: str) -> RowChange:
    """Return an entry of the history with its defaults and what it takes from its act."""
    values: dict[str, Any] = {
        "case_id": event.object_id,
        "at": event.at,
        "recorded_at": event.recorded_at.isoformat(),
        "person": event.person,
        "on_behalf_of": event.on_behalf_of,
        "iteration": 1,
        "approves": False,
        "answers": {},
        "variables": {},
        "opened": [],
        **row,
    }
    if row.get("words") is not None:
        values |= {"words": read_stored_bytes(row["words"]), WORDS_OF: row["words"]["of"]}
    return RowChange(HISTORY, key, event.object_id, values, new=True)


def _attachment_change(event: ReplayedEvent) -> RowChange:
    """Return a file that was attached."""
    name, key = event.rows["attachment"]["name"], event.after["file"]
    values = {
        "id": key,
        "case_id": event.object_id,
        "person": event.person,
        "at": event.at,
        "name": read_stored_bytes(name),
        WORDS_OF: name["of"] if name else None,
    }
    return RowChange(ATTACHMENT, key, event.object_id, values, new=True)


def read_stored_bytes(text: Mapping[str, Any] | None) -> str | None:
    """Return a stored text as PostgreSQL reads bytes; None for none."""
    return f"\\x{base64.b64decode(text['stored']).hex()}" if text else None


CASE_STARTED, CASE_WITHDRAWN = "cases.case.started", "cases.case.withdrawn"
REDUCER_BY_EVENT_TYPE: Mapping[str, Reducer] = {
    **dict.fromkeys(
        (
            "journal.mark.recorded",
            "journal.mark.corrected",
            "journal.mark.taken_over",
            "journal.absence.excused",
            "journal.absence.unexcused",
            "journal.absence.made_up",
        ),
        _reduce_cell,
    ),
    **dict.fromkeys(
        ("journal.result.fixed", "journal.result.amended", "journal.result.taken_over"), _reduce_result
    ),
    **dict.fromkeys(
        (
            CASE_STARTED,
            CASE_WITHDRAWN,
            "cases.case.attached",
            "cases.case.back_at_work",
            "cases.case.commented",
            "cases.case.migrated",
            "cases.case.migration_reverted",
            "cases.case.moved",
            "cases.case.overtaken",
            "cases.case.redated",
            "cases.case.resumed",
            "cases.case.retimed",
            "cases.case.suspended",
            "cases.deadline.moved",
            "cases.incident.recorded",
            "cases.incident.resolved",
            "cases.task.assigned",
            "cases.task.claimed",
            "cases.task.completed",
            "cases.task.escalated",
            "cases.task.reassigned",
            "cases.task.released",
            "cases.timer.fired",
        ),
        _reduce_case,
    ),
}
"""The reducer of every event that changes rows which a replay builds again."""


def is_known_event_type(event_type: str) -> bool:
    """Return whether a replay knows what the event does."""
    return event_type in REDUCER_BY_EVENT_TYPE or event_type in EVENTS_WITHOUT_ROWS
