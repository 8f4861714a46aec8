"""The filters of the lists as an address has them: read, checked, and turned into conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select

from app.audit.deeds import ABOUT, DID, DeedFilter, Ids, Place
from app.audit.searches import CASES, DEEDS
from app.cases.audit_scope import (
    AuditScope,
    cases_condition,
    cell_versions_conditions,
    deeds_arms,
    deeds_conditions,
)
from app.cases.queries.all_cases import CaseFilter, select_cases_of_process
from app.journal.gradebook_views.cell_versions import CellVersionFilter, WantedValue, select_offering_ids
from app.kernel.clock import first_moment_of
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.kernel.ids import parse_id
from app.kernel.typed_values import TypedValueError, read_optional_day_field, read_typed_number
from app.people.queries import load_unit_tree
from app.regulation.clauses import all_clauses

FIELDS = {
    DEEDS: (
        *("person", "part", "unit", "group", "course", "process", "outcome", "clause", "kind", "since"),
        *("until", "old", "new", "deputy", "late", "source", "object"),
    ),
    CASES: (
        *("person", "part", "unit", "group", "course", "process", "state", "outcome", "clause", "since"),
        *("until", "deputy", "late", "source"),
    ),
}
"""The filters of each list, by the names they have in an address."""
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "part": (DID, ABOUT),
    "deputy": ("1",),
    "late": ("yes", "no"),
    "source": ("import", "hand"),
    "state": ("open", "done", "withdrawn", "quarantined", "suspended"),
}
_IDS = ("person", "unit", "group", "course", "object")
_MAX_TEXT = 80
_FEW_JOURNALS, _FEW_CASES = 100, 1000
"""So many are looked up one by one; a case has few records, a journal a thousand."""
_STATUS_BY_SIGN = {
    "нб": "ABSENT",
    "nb": "ABSENT",
    "absent": "ABSENT",
    "+": "PRESENT",
    "✓": "PRESENT",
    "present": "PRESENT",
}
_RANGE = re.compile(r"([\d.,]+)\s*(?:[-–—]|\.\.)\s*([\d.,]+)")
_BOUND = re.compile(r"(>=|<=|>|<|≥|≤)\s*([\d.,]+)")


def read_filters(page: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return the filters of a list that are set, each checked and in one form. Raises Invalid naming each wrong one."""
    found: dict[str, str] = {}
    wrong: dict[str, list[object]] = {}
    for name in FIELDS[page]:
        text = given.get(name, "").strip()[:_MAX_TEXT]
        if not text:
            continue
        try:
            found[name] = _checked_filter(name, text)
        except Invalid as refused:
            wrong |= refused.fields  # type: ignore[arg-type]
    if "since" in found and "until" in found and found["until"] < found["since"]:
        wrong |= Invalid.field("until", "people.period.backwards").fields  # type: ignore[arg-type]
    if wrong:
        raise Invalid(wrong)  # type: ignore[arg-type]
    return found


def _checked_filter(name: str, text: str) -> str:
    if name in _IDS:
        return str(parse_id(text, name))
    if name in ("since", "until"):
        day = read_optional_day_field(name, text)
        assert day is not None
        return day.isoformat()
    if name in ("old", "new"):
        read_wanted_value(name, text)
        return text
    if name == "clause":
        if not clauses_below(text):
            raise Invalid.field(name, "audit.search.clause_unknown")
        return text
    if name in _CHOICES and text not in _CHOICES[name]:
        raise Invalid.field(name, "forms.field.not_offered")
    return text


def clauses_below(number: str) -> tuple[str, ...]:
    """Return the clause with this number and those below it: 4.4 has 4.4.1. () for no clause."""
    numbers = [clause.number for clause in all_clauses()]
    parents = {".".join(one.split(".")[:depth]) for one in numbers for depth in range(1, one.count(".") + 2)}
    if number not in parents:
        return ()
    return tuple(dict.fromkeys([number, *(one for one in numbers if one.startswith(f"{number}."))]))


def read_wanted_value(name: str, text: str) -> WantedValue:
    """Return the value of a cell that a person searches: 75, 50–60, >=51, <51, НБ, +. Raises Invalid."""
    status = _STATUS_BY_SIGN.get(text.strip().lower())
    if status is not None:
        return WantedValue(status=status)
    try:
        if found := _RANGE.fullmatch(text.strip()):
            least, most = read_typed_number(found[1]), read_typed_number(found[2])
            return WantedValue(min(least, most), max(least, most))
        if found := _BOUND.fullmatch(text.strip()):
            bound = read_typed_number(found[2])
            return {
                ">=": WantedValue(least=bound),
                "≥": WantedValue(least=bound),
                ">": WantedValue(more=bound),
                "<=": WantedValue(most=bound),
                "≤": WantedValue(most=bound),
                "<": WantedValue(below=bound),
            }[found[1]]
        points = read_typed_number(text)
    except TypedValueError:
        raise Invalid.field(name, "audit.search.value_unreadable") from None
    if not 0 <= points <= 100:
        raise Invalid.field(name, "audit.search.value_unreadable")
    return WantedValue(points, points)


def is_search_by_value(filters: Mapping[str, str]) -> bool:
    """Return whether marks are searched by their values, which the versions of cells and of results answer."""
    return not filters.get("object") and bool(filters.get("old") or filters.get("new"))


def deed_filter(filters: Mapping[str, str], scope: AuditScope | None) -> DeedFilter:
    """Return the conditions on records, within the limits of the reader; at most nine statements."""
    offerings, units = _offerings_and_units(filters)
    group = _optional_id(filters, "group")
    course = _optional_id(filters, "course")
    place = None
    if offerings is not None:
        place = Place(
            _load_ids_if_few(offerings, _FEW_JOURNALS),
            # A deed about a unit is not one about a discipline or a group of it.
            tuple(units) if units is not None and group is None and course is None else (),
            (group,) if group is not None and course is None else (),
        )
    return DeedFilter(
        person=_optional_id(filters, "person"),
        part=filters.get("part", ""),
        object=_optional_id(filters, "object"),
        place=place,
        cases=_cases_of_process(filters),
        kinds=(filters["kind"],) if filters.get("kind") else None,
        clauses=_clauses(filters),
        since=_start_of_day(filters.get("since")),
        until=_start_of_day(filters.get("until"), days=1),
        deputy=filters.get("deputy") == "1",
        late=_yes_or_no(filters, "late", "yes"),
        imported=_yes_or_no(filters, "source", "import"),
        limits=tuple(deeds_conditions(scope)) if scope is not None else (),
        limit_arms=tuple(deeds_arms(scope)) if scope is not None and not _narrows(filters) else (),
    )


def _narrows(filters: Mapping[str, str]) -> bool:
    """Return whether a filter names ids, from whose index records are read."""
    return any(filters.get(name) for name in ("person", "object", "group", "course", "clause", "kind"))


def cell_version_filter(filters: Mapping[str, str], scope: AuditScope | None) -> CellVersionFilter:
    """Return the conditions on versions of cells, within the limits of the reader; at most three statements."""
    offerings, _units = _offerings_and_units(filters)
    if offerings is None and scope is not None and scope.units is not None:
        offerings = select_offering_ids(sorted(scope.units))
    old, new = filters.get("old"), filters.get("new")
    return CellVersionFilter(
        before=read_wanted_value("old", old) if old else None,
        after=read_wanted_value("new", new) if new else None,
        person=_optional_id(filters, "person"),
        part=filters.get("part", ""),
        offerings=_load_ids_if_few(offerings, _FEW_JOURNALS) if offerings is not None else None,
        cases=_cases_of_process(filters),
        kinds=(filters["kind"],) if filters.get("kind") else None,
        clauses=_clauses(filters),
        since=_start_of_day(filters.get("since")),
        until=_start_of_day(filters.get("until"), days=1),
        deputy=filters.get("deputy") == "1",
        late=_yes_or_no(filters, "late", "yes"),
        imported=_yes_or_no(filters, "source", "import"),
        limits=tuple(cell_versions_conditions(scope)) if scope is not None else (),
    )


def case_filter(filters: Mapping[str, str], scope: AuditScope | None) -> CaseFilter:
    """Return the conditions on cases, within the limits of the reader; at most two statements."""
    query, _units = _offerings_and_units({**filters, "unit": ""})
    unit = _optional_id(filters, "unit")
    return CaseFilter(
        person=_optional_id(filters, "person"),
        part=filters.get("part", ""),
        units=tuple(_unit_and_below(unit)) if unit is not None else None,
        offerings=query,
        process=filters.get("process", ""),
        status=filters.get("state", ""),
        outcome=filters.get("outcome", ""),
        clauses=_clauses(filters),
        since=_start_of_day(filters.get("since")),
        until=_start_of_day(filters.get("until"), days=1),
        deputy=filters.get("deputy") == "1",
        late=_yes_or_no(filters, "late", "yes"),
        imported=_yes_or_no(filters, "source", "import"),
        limits=(cases_condition(scope),) if scope is not None else (),
        seen_until=scope.last_moment if scope is not None else None,
    )


def _offerings_and_units(
    filters: Mapping[str, str],
) -> tuple[Select[Any] | None, list[UUID] | None]:
    """Return the query of the journals of unit, group and discipline together, and the unit with those below it;
    None for none."""
    unit = _optional_id(filters, "unit")
    group, course = _optional_id(filters, "group"), _optional_id(filters, "course")
    if unit is None and group is None and course is None:
        return None, None
    units = _unit_and_below(unit) if unit is not None else None
    return select_offering_ids(units, group, course), units


def _unit_and_below(unit: UUID) -> list[UUID]:
    """Return a unit and all units below it; one statement."""
    tree = load_unit_tree()
    found = [unit]
    for one in found:
        found += [row.id for row in tree.values() if row.parent == one and row.id not in found]
    return found


def _cases_of_process(filters: Mapping[str, str]) -> Ids | None:
    """Return the cases of a process and an outcome; None if neither is asked for. At most one statement."""
    process, outcome = filters.get("process", ""), filters.get("outcome", "")
    if not process and not outcome:
        return None
    return _load_ids_if_few(select_cases_of_process(process, outcome), _FEW_CASES)


def _load_ids_if_few(query: Select[Any], most: int) -> Ids:
    """Return the ids of a query, loaded if they are not more than `most`; one statement."""
    found: tuple[UUID, ...] = tuple(db.session.scalars(query.limit(most + 1)))
    return Ids(few=found) if len(found) <= most else Ids(query=query)


def _clauses(filters: Mapping[str, str]) -> tuple[str, ...] | None:
    number = filters.get("clause")
    return clauses_below(number) if number else None


def _optional_id(filters: Mapping[str, str], name: str) -> UUID | None:
    text = filters.get(name)
    return UUID(text) if text else None


def _yes_or_no(filters: Mapping[str, str], name: str, yes: str) -> bool | None:
    text = filters.get(name)
    return text == yes if text else None


def _start_of_day(text: str | None, days: int = 0) -> datetime | None:
    if not text:
        return None
    return first_moment_of(date.fromisoformat(text) + timedelta(days=days))
