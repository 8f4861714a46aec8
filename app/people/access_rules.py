"""Rules of access (P22): which roles a chief may ask for, for whom and how long, and who confirms a role. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, DepterError, Invalid
from app.people.structure_rules import DEPARTMENT, INSTITUTE_KINDS, PlacedUnit, is_going_on

STUDENT, TEACHER, CURATOR = "student", "teacher", "curator"
DEPARTMENT_HEAD, PROGRAMME_HEAD, DIRECTORATE = "department_head", "programme_head", "directorate"
ACADEMIC_OFFICE, RECTOR = "academic_office", "rector"
UNIT_ROLES = (TEACHER, CURATOR, DEPARTMENT_HEAD, PROGRAMME_HEAD, DIRECTORATE)
"""Roles that are asked for in one unit; every other role is of the whole university."""
CHIEF_ROLES = (DEPARTMENT_HEAD, DIRECTORATE, ACADEMIC_OFFICE)
REQUESTABLE_ROLES: Mapping[str, tuple[str, ...]] = {
    DEPARTMENT_HEAD: (TEACHER, PROGRAMME_HEAD, DEPARTMENT_HEAD),
    DIRECTORATE: (TEACHER, CURATOR, PROGRAMME_HEAD, DEPARTMENT_HEAD, DIRECTORATE),
    ACADEMIC_OFFICE: (
        *UNIT_ROLES,
        ACADEMIC_OFFICE,
        RECTOR,
        "auditor",
        "it_admin",
        "process_admin",
    ),
}
"""Roles that each chief may ask for: never one with a wider reach than his own, his own only for a deputy."""
UNITS_OF_ROLE: Mapping[str, tuple[str, ...]] = {
    TEACHER: (DEPARTMENT, *INSTITUTE_KINDS),
    CURATOR: INSTITUTE_KINDS,
    DEPARTMENT_HEAD: (DEPARTMENT,),
    PROGRAMME_HEAD: (DEPARTMENT, *INSTITUTE_KINDS),
    DIRECTORATE: INSTITUTE_KINDS,
}
"""Kinds of unit in which a role is held."""


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that a person holds on a day."""

    grant: UUID
    person: UUID
    role: str
    unit: UUID | None
    deputy: bool
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class AskedRole:
    """A role as it is asked for."""

    person: UUID
    role: str
    unit: UUID | None
    deputy: bool
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class ChiefOfRole:
    """Who confirms a role: the holders of `role` in `unit` (None: of the whole university), without its own holder."""

    role: str
    unit: UUID | None


def unit_with_those_above(unit: UUID | None, units: Mapping[UUID, PlacedUnit]) -> tuple[UUID, ...]:
    """Return the unit and those above it, nearest first; () for None and for an unknown unit."""
    path: list[UUID] = []
    while unit is not None and unit in units and unit not in path:
        path.append(unit)
        unit = units[unit].parent
    return tuple(path)


def reaches_unit(chief: RoleAssignment, unit: UUID | None, units: Mapping[UUID, PlacedUnit]) -> bool:
    """Return whether a chief asks for roles in this unit: the academic office everywhere, others in theirs and
    below."""
    if chief.role == ACADEMIC_OFFICE:
        return True
    return chief.unit is not None and chief.unit in unit_with_those_above(unit, units)


def is_one_of_his_people(
    chiefs: Iterable[RoleAssignment], held: Collection[HeldRole], units: Mapping[UUID, PlacedUnit]
) -> bool:
    """Return whether a person with these roles is one of the chief's people: he has a role of staff in a unit of the
    chief, or no role at all yet. A student without a role of staff is nobody's."""
    staff = [one for one in held if one.role != STUDENT]
    if not staff:
        return not held
    return any(
        reaches_unit(chief, one.unit, units) for chief in chiefs if chief.role in CHIEF_ROLES for one in staff
    )


def refusal_to_ask_for_role(
    acting: Collection[UUID],
    assignments: Sequence[RoleAssignment],
    asked: AskedRole,
    held: Sequence[HeldRole],
    units: Mapping[UUID, PlacedUnit],
    today: date,
    longest_days: int,
) -> DepterError | None:
    """Return the refusal to ask for a role; `acting` are the chief and the one he acts for, `held` the present and
    later roles of the person.

    Nobody asks for himself; the person is one of the chief's people; the role is one that this chief may ask for in
    this unit; it has a unit exactly when it needs one; it begins today or later, ends within `longest_days`, and is not
    held already on one of its days.
    """
    if asked.person in acting:
        return Denied("people.access.oneself")
    chiefs = [one for one in assignments if one.role in CHIEF_ROLES]
    if not is_one_of_his_people(chiefs, held, units):
        return Invalid.field("access", "people.access.not_his_person")
    refusal = _refusal_of_role_and_unit(chiefs, asked, units, today)
    if refusal is not None:
        return refusal
    return _refusal_of_days(asked, held, today, longest_days)


def _refusal_of_role_and_unit(
    chiefs: Sequence[RoleAssignment], asked: AskedRole, units: Mapping[UUID, PlacedUnit], today: date
) -> DepterError | None:
    """Return the refusal of a role, or of its unit."""
    offering = [one for one in chiefs if asked.role in REQUESTABLE_ROLES[one.role]]
    if not offering:
        return Invalid.field("access", "people.access.role_not_yours")
    if asked.role not in UNIT_ROLES:
        return Invalid.field("access", "people.access.no_unit") if asked.unit is not None else None
    unit = units.get(asked.unit) if asked.unit is not None else None
    if unit is None:
        return Invalid.field("access", "people.access.unit_needed")
    if not is_going_on(unit.ends_on, asked.valid_until) or not is_going_on(unit.ends_on, today):
        return Invalid.field("access", "people.structure.unit_ended", at=unit.ends_on)
    if unit.kind not in UNITS_OF_ROLE[asked.role]:
        return Invalid.field("access", "people.access.wrong_unit")
    reaching = [one for one in offering if reaches_unit(one, asked.unit, units)]
    if not reaching:
        return Invalid.field("access", "people.access.unit_not_yours")
    if not asked.deputy and all(one.role == asked.role for one in reaching):
        return Invalid.field("access", "people.access.only_deputy")
    return None


def _refusal_of_days(
    asked: AskedRole, held: Iterable[HeldRole], today: date, longest_days: int
) -> DepterError | None:
    """Return the refusal of the days of a role."""
    if asked.valid_from < today:
        return Invalid.field("valid_from", "people.access.not_backwards")
    if asked.valid_until < asked.valid_from:
        return Invalid.field("valid_until", "people.period.backwards")
    latest = asked.valid_from + timedelta(days=longest_days)
    if asked.valid_until > latest:
        return Invalid.field("valid_until", "people.access.too_long", at=latest)
    for one in held:
        same = (one.role, one.unit, one.deputy) == (asked.role, asked.unit, asked.deputy)
        meets = one.valid_from <= asked.valid_until and (
            one.valid_until is None or one.valid_until >= asked.valid_from
        )
        if same and meets:
            return Invalid.field("access", "people.access.held_already")
    return None


def refusal_to_ask_for_end(
    acting: Collection[UUID],
    assignments: Sequence[RoleAssignment],
    held: HeldRole | None,
    last: date,
    units: Mapping[UUID, PlacedUnit],
    today: date,
) -> DepterError | None:
    """Return the refusal to ask that a role ends: a chief of its unit asks, not its holder; the last day is today or
    later, and earlier than it is now."""
    if held is None or held.role == STUDENT:
        return Invalid.field("access", "people.access.no_such_role")
    if held.person in acting:
        return Denied("people.access.oneself")
    chiefs = [one for one in assignments if one.role in CHIEF_ROLES]
    if not any(reaches_unit(one, held.unit, units) for one in chiefs):
        return Invalid.field("access", "people.access.not_his_person")
    if last < max(today, held.valid_from):
        return Invalid.field("valid_until", "people.access.not_backwards")
    if held.valid_until is not None and last >= held.valid_until:
        return Invalid.field("valid_until", "people.access.ends_before")
    return None


def quarter_first_day(day: date) -> date:
    """Return the first day of the quarter of a day."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def is_reviewed_role(held: HeldRole, quarter: date) -> bool:
    """Return whether a role is confirmed in a quarter: every role of staff that began before it. A role given during
    the quarter has just been asked for, confirmed and given."""
    return held.role != STUDENT and held.valid_from < quarter


def chief_of_role(
    held: HeldRole, units: Mapping[UUID, PlacedUnit], holders: Mapping[ChiefOfRole, Collection[UUID]]
) -> ChiefOfRole | None:
    """Return who confirms a role; None when nobody else could: then it goes on.

    The head of its department, else the directorate above, else the academic office, else the rector. A chief's own
    role is confirmed one level higher, also when his unit has a deputy. `holders` are the persons of each chief role.
    """
    for unit in unit_with_those_above(held.unit, units):
        kind = units[unit].kind
        role = DEPARTMENT_HEAD if kind == DEPARTMENT else DIRECTORATE if kind in INSTITUTE_KINDS else None
        if role is None or (held.role == role and not held.deputy):
            continue
        chief = ChiefOfRole(role, unit)
        if set(holders.get(chief, ())) - {held.person}:
            return chief
    for chief in (ChiefOfRole(ACADEMIC_OFFICE, None), ChiefOfRole(RECTOR, None)):
        if set(holders.get(chief, ())) - {held.person}:
            return chief
    return None


def may_confirm_role(
    acting: Collection[UUID], assignments: Iterable[RoleAssignment], held: HeldRole, chief: ChiefOfRole | None
) -> bool:
    """Return whether somebody with these roles confirms this role; nobody confirms his own."""
    return (
        chief is not None
        and held.person not in acting
        and RoleAssignment(chief.role, chief.unit) in set(assignments)
    )
