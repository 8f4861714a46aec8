"""Write an event log as OCEL 2.0 (JSON): events that belong to a case, to persons and to units. Streamed; pure.

The parts stand in the order in which they are known: events, then the objects and types they name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from app.cases.mining.event_log import LoggedCase, LoggedEvent

MEDIA_TYPE = "application/json"
CASE, PERSON, UNIT = "case", "person", "unit"
_CASE_ATTRIBUTES = {"process": "string", "version": "integer", "outcome": "string", "closed": "time"}
_EVENT_ATTRIBUTES = {"element": "string", "decision": "string", "role": "string", "kind": "string"}


def iterate_ocel_chunks(
    process: str, cases: Iterable[tuple[LoggedCase, list[LoggedEvent]]]
) -> Iterator[bytes]:
    """Yield the file in parts, UTF-8. What is held are the objects, not the events."""
    objects: dict[tuple[str, str], dict[str, Any]] = {}
    activities: dict[str, None] = {}
    between = '{"events":['
    for case, events in cases:
        _add_case_objects(objects, process, case)
        for event in events:
            activities[event.activity] = None
            for person in (event.resource, event.on_behalf_of):
                _add_object(objects, PERSON, person)
        if events:
            yield (between + ",".join(_as_json(_event(case, event)) for event in events)).encode()
            between = ","
    yield ('],"objects":[' if between == "," else '{"events":[],"objects":[').encode()
    yield ",".join(map(_as_json, objects.values())).encode()
    types = {
        "objectTypes": [
            {"name": CASE, "attributes": _attribute_types(_CASE_ATTRIBUTES)},
            {"name": PERSON, "attributes": []},
            {"name": UNIT, "attributes": []},
        ],
        "eventTypes": [
            {"name": activity, "attributes": _attribute_types(_EVENT_ATTRIBUTES)} for activity in activities
        ],
    }
    yield ("]," + _as_json(types)[1:]).encode()


def _add_case_objects(objects: dict[tuple[str, str], dict[str, Any]], process: str, case: LoggedCase) -> None:
    """Add a case, its requester and its units to the objects."""
    made = _add_object(objects, CASE, case.id)
    values = {"process": process, "version": str(case.version), "outcome": case.outcome}
    if case.closed_at is not None:
        values["closed"] = _moment(case.closed_at)
    made["attributes"] = [
        {"name": name, "time": _moment(case.opened_at), "value": value} for name, value in values.items()
    ]
    made["relationships"] = [{"objectId": _object_id(PERSON, case.requester), "qualifier": "requester"}]
    _add_object(objects, PERSON, case.requester)
    for unit in case.units:
        _add_object(objects, UNIT, unit)
        made["relationships"].append({"objectId": _object_id(UNIT, unit), "qualifier": "of"})


def _add_object(objects: dict[tuple[str, str], dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    """Return the object with this name, added if it is new; none is added for an empty name."""
    if not name:
        return {}
    return objects.setdefault((kind, name), {"id": _object_id(kind, name), "type": kind})


def _event(case: LoggedCase, event: LoggedEvent) -> dict[str, Any]:
    """Return one event."""
    values = {"element": event.element, "decision": event.decision, "role": event.role, "kind": event.kind}
    related = (
        (CASE, case.id, CASE),
        (PERSON, event.resource, "by"),
        (PERSON, event.on_behalf_of, "on behalf of"),
        *((UNIT, unit, "of") for unit in case.units),
    )
    return {
        "id": f"event-{event.number}",
        "type": event.activity,
        "time": _moment(event.at),
        "attributes": [{"name": name, "value": value} for name, value in values.items() if value],
        "relationships": [
            {"objectId": _object_id(kind, name), "qualifier": qualifier}
            for kind, name, qualifier in related
            if name
        ],
    }


def _object_id(kind: str, name: str) -> str:
    """Return the id of an object: a person may be called like a unit."""
    return name if kind == CASE else f"{kind}:{name}"


def _attribute_types(types: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in types.items()]


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
