"""Ids and display names of the rows that a roster describes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID, uuid5

from app.exchange.read import RosterRow
from app.exchange.values import ROLE_BY_ONEROSTER_ROLE
from app.journal.tables import Course, Offering, Semester
from app.kernel.db import Base
from app.people.models import Person, RoleGrant, StudyGroup, Unit
from app.people.rules import full_name

ID_NAMESPACE = UUID("6a1d1b1e-2f0b-4d53-9c55-0d1f8b2e5a10")

GROUP_KIND = "classes.study_group"
"""Kind of the id of the group of a class."""
TEACHER_ROLE_KIND = "enrollments.role_grant"
"""Kind of the id of a role that follows from an enrolment; its source id is the user's."""


class RowIds:
    """Ids of the rows that a roster describes; `stored` has the present rows of each table by id."""

    def __init__(self, stored: Mapping[type[Base], Mapping[UUID, Any]]) -> None:
        self.ids: dict[tuple[str, str], UUID] = {}
        self.stored = stored

    def id(self, kind: str, sourced: str) -> UUID:
        """Return the id of a record, always the same for the same record; exported rows keep the id they were
        exported with."""
        known = self.ids.get((kind, sourced))
        if known is None:
            known = self.ids[kind, sourced] = self._repeated_or_derived_row_id(kind, sourced)
        return known

    def _repeated_or_derived_row_id(self, kind: str, sourced: str) -> UUID:
        """Return the group of a stored class, the stored id that the file repeats, else a UUID version 5 of kind
        and source id."""
        if kind == GROUP_KIND:
            offering = self.stored[Offering].get(self.id("classes.offering", sourced))
            if offering is not None:
                return UUID(str(offering.group_id))
        own = _uuid_or_none(sourced)
        if own is not None and any(
            own in rows for model, rows in self.stored.items() if kind.endswith(model.__tablename__)
        ):
            return own
        return uuid5(ID_NAMESPACE, f"{kind}:{sourced}")


def row_display_name(model: type[Base], values: Mapping[Any, Any], names: Mapping[UUID, str]) -> str:
    """Return the name of a row for display; `names` has those of the rows it refers to."""
    name = names.get
    if model is Person:
        return full_name(values["family_name"], values["given_name"], values["patronymic"])
    if model is StudyGroup:
        return str(values["name"])
    if model in (Unit, Semester, Course):
        return str(values["names"].get("ky", ""))
    if model is Offering:
        return f"{name(values['course_id'], '')}, {name(values['group_id'], '')}"
    place = values.get("offering_id") or values.get("group_id") or values.get("unit_id")
    return ", ".join(
        part for part in (name(values["person_id"], ""), name(place, "") if place else "") if part
    )


def source_id_of_record(model: type[Base], name: str, row: RosterRow) -> str:
    """Return the source id of a record. In version 1.1 a role has none: it is that of its user, with the
    role."""
    sourced = row.get("sourcedId")
    return (
        f"{sourced}:{ROLE_BY_ONEROSTER_ROLE[row.get('role')]}"
        if name == "users" and model is RoleGrant
        else sourced
    )


def source_ids_of_deleted_record(model: type[Base], name: str, row: RosterRow) -> Iterable[str]:
    """Return the source ids under which a deleted record may be stored; a deleted user of version 1.1
    includes all his roles."""
    sourced = row.get("sourcedId")
    if name == "users" and model is RoleGrant:
        return [f"{sourced}:{role}" for role in sorted({*ROLE_BY_ONEROSTER_ROLE.values()})]
    return [sourced]


def _uuid_or_none(text: str) -> UUID | None:
    """Return the text as a UUID, or None."""
    try:
        return UUID(text) if len(text) >= 32 else None
    except ValueError:
        return None
