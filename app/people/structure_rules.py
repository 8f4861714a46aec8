"""Rules of the structure: where a unit may stand, which names it needs, when something may end. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.kernel.errors import FieldProblem, Invalid, Refused
from app.kernel.i18n import LOCALES
from app.people.rules import (
    MAX_PERIOD_YEAR,
    MAX_UNIT_DEPTH,
    MIN_PERIOD_YEAR,
)

UNIVERSITY, INSTITUTE, COLLEGE, MASTERS, DEPARTMENT = (
    "university",
    "institute",
    "college",
    "masters",
    "department",
)
UNIT_KINDS = (UNIVERSITY, INSTITUTE, COLLEGE, MASTERS, DEPARTMENT)
INSTITUTE_KINDS = (INSTITUTE, COLLEGE, MASTERS)
"""Kinds of unit that have groups and programmes."""
PARENT_KINDS: Mapping[str, tuple[str | None, ...]] = {
    UNIVERSITY: (None,),
    INSTITUTE: (None, UNIVERSITY),
    COLLEGE: (None, UNIVERSITY),
    MASTERS: (None, UNIVERSITY),
    DEPARTMENT: (*INSTITUTE_KINDS, UNIVERSITY),
}
"""Kinds of the unit above, by kind of unit; None: nothing above it."""
MAX_NAME_LENGTH, MAX_CODE_LENGTH, MAX_GROUP_NAME_LENGTH = 200, 40, 40
MIN_YEAR_OF_STUDY, MAX_YEAR_OF_STUDY = 1, 7


@dataclass(frozen=True, slots=True)
class PlacedUnit:
    """A unit of the tree: its parent, kind and last day (None while it goes on)."""

    parent: UUID | None
    kind: str
    ends_on: date | None = None


def names_and_code_problems(
    code: str, names: Mapping[str, str], max_code: int = MAX_CODE_LENGTH
) -> dict[str, list[FieldProblem]]:
    """Return the problems of a code and of names in three languages, by field: the code and the Kyrgyz name are
    needed, none is too long."""
    problems: dict[str, list[FieldProblem]] = {}
    if not code:
        problems["code"] = [FieldProblem("forms.field.required")]
    elif len(code) > max_code:
        problems["code"] = [FieldProblem("forms.field.too_long", {"max": max_code})]
    if not names.get("ky"):
        problems["name_ky"] = [FieldProblem("forms.field.required")]
    for locale in LOCALES:
        if len(names.get(locale, "")) > MAX_NAME_LENGTH:
            problems[f"name_{locale}"] = [FieldProblem("forms.field.too_long", {"max": MAX_NAME_LENGTH})]
    return problems


def refusal_to_place_unit(
    unit: UUID, kind: str, parent: UUID | None, units: Mapping[UUID, PlacedUnit], today: date
) -> Invalid | None:
    """Return the refusal to put a unit below another one, at the field `kind` or `parent`: the parent exists, goes on,
    is of a kind that has such units, and is neither the unit itself nor below it."""
    if kind not in PARENT_KINDS:
        return Invalid.field("kind", "forms.field.not_offered")
    above = units.get(parent) if parent is not None else None
    if parent is not None and above is None:
        return Invalid.field("parent", "forms.field.not_offered")
    if above is not None and not is_going_on(above.ends_on, today):
        return Invalid.field("parent", "people.structure.unit_ended", at=above.ends_on)
    path, at = 0, parent
    while at is not None and path <= MAX_UNIT_DEPTH:
        if at == unit:
            return Invalid.field("parent", "people.unit.cycle")
        path += 1
        at = units[at].parent if at in units else None
    if path >= MAX_UNIT_DEPTH:
        return Invalid.field("parent", "people.unit.too_deep", most=MAX_UNIT_DEPTH)
    if (above.kind if above else None) not in PARENT_KINDS[kind]:
        return Invalid.field("parent", "people.unit.wrong_parent")
    return None


def is_going_on(ends_on: date | None, day: date) -> bool:
    """Return whether something with this last day (None: open) still goes on that day."""
    return ends_on is None or day <= ends_on


def refusal_to_use_unit(
    field: str, unit: PlacedUnit | None, kinds: Collection[str], day: date
) -> Invalid | None:
    """Return the refusal to give something to a unit, at the field: it exists, is of one of these kinds, goes on."""
    if unit is None or unit.kind not in kinds:
        return Invalid.field(field, "forms.field.not_offered")
    if not is_going_on(unit.ends_on, day):
        return Invalid.field(field, "people.structure.unit_ended", at=unit.ends_on)
    return None


def refusal_of_last_day(last: date | None) -> Invalid | None:
    """Return the refusal of a last day outside the years of the product, at the field `last`."""
    if last is not None and not MIN_PERIOD_YEAR <= last.year <= MAX_PERIOD_YEAR:
        return Invalid.field(
            "last", "people.period.out_of_bounds", first=MIN_PERIOD_YEAR, last=MAX_PERIOD_YEAR
        )
    return None


def refusal_to_end_used(code: str, left: Mapping[str, int]) -> Refused | None:
    """Return the refusal, with all counts, when something is left after the last day; `left` counts it by kind."""
    params: Mapping[str, Any] = left
    return Refused(code, **params) if any(left.values()) else None


def group_value_problems(name: str, year: int | None) -> dict[str, list[FieldProblem]]:
    """Return the problems of the name and the year of study of a group, by field."""
    problems: dict[str, list[FieldProblem]] = {}
    if not name:
        problems["name"] = [FieldProblem("forms.field.required")]
    elif len(name) > MAX_GROUP_NAME_LENGTH:
        problems["name"] = [FieldProblem("forms.field.too_long", {"max": MAX_GROUP_NAME_LENGTH})]
    if year is not None and not MIN_YEAR_OF_STUDY <= year <= MAX_YEAR_OF_STUDY:
        problems["year"] = [FieldProblem("forms.field.out_of_range")]
    return problems


def refusal_to_change_curator(
    first: date, present_since: date | None, group_ends_on: date | None
) -> Invalid | None:
    """Return the refusal of the first day of a curator, at the field `from`: after the first day of the curator before
    (None: nobody knows it), within the years of the product and the days of the group."""
    if not MIN_PERIOD_YEAR <= first.year <= MAX_PERIOD_YEAR:
        return Invalid.field(
            "from", "people.period.out_of_bounds", first=MIN_PERIOD_YEAR, last=MAX_PERIOD_YEAR
        )
    if present_since is not None and first <= present_since:
        return Invalid.field("from", "people.group.curator_before", at=present_since)
    if group_ends_on is not None and first > group_ends_on:
        return Invalid.field("from", "people.group.ended", at=group_ends_on)
    return None
