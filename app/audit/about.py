"""What a deed is about, for the columns that lists filter by: ids and marks that are no personal data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

_IMPORT_ROOM = "exchange."
_TAKEN_OVER = ".taken_over"
_KEYS_OF_IMPORTS = ("import", "takeover")
_UNIT_KINDS = frozenset({"people.unit"})
_GROUP_KINDS = frozenset({"people.group", "people.study_group"})


@dataclass(frozen=True, slots=True)
class DeedAbout:
    """The journal, unit and group a deed is about (None: none), whether it was late, whether an import did it."""

    offering: UUID | None = None
    unit: UUID | None = None
    group: UUID | None = None
    late: bool = False
    imported: bool = False


def find_what_deed_is_about(
    event_type: str,
    object: tuple[str, UUID],
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    offering: UUID | None = None,
) -> DeedAbout:
    """Return what a deed is about, from its object and the ids among its values, or the `offering` its writer names."""
    kind, object_id = object
    values = {**(before or {}), **(after or {})}
    return DeedAbout(
        offering=offering
        or (object_id if kind == "journal.offering" else _id_among_values(values, "offering", "offering_id")),
        unit=object_id if kind in _UNIT_KINDS else _id_among_values(values, "unit", "unit_id"),
        group=object_id if kind in _GROUP_KINDS else _id_among_values(values, "group", "group_id"),
        late=values.get("late") is True or values.get("roll_late") is True,
        imported=event_type.startswith(_IMPORT_ROOM)
        or event_type.endswith(_TAKEN_OVER)
        or any(values.get(name) is not None for name in _KEYS_OF_IMPORTS),
    )


def _id_among_values(values: Mapping[str, Any], *names: str) -> UUID | None:
    """Return the first of these values that is an id; None when none is. A sealed value is not looked into."""
    for name in names:
        value = values.get(name)
        if isinstance(value, UUID):
            return value
        if isinstance(value, str):
            try:
                return UUID(value)
            except ValueError:
                continue
    return None
