"""Filters that people type as names: a person, a group, a discipline; one match is taken, several are offered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.journal.courses.structure_queries import load_disciplines_page
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import FieldProblem, Invalid
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.people.queries import load_people_page
from app.people.queries.structure import load_groups_page, load_units_in_reach
from app.texts.translate import locale
from app.web.core.read_records import record_search_by_name

MAX_CHOICES = 20
_MAX_LENGTH = 80
Match = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class NamedFilters:
    """The ids that were found by field, and the matches to choose from where there are several."""

    ids: Mapping[str, str]
    choices: Mapping[str, tuple[Match, ...]]


def read_named_filters(act: Act, given: Mapping[str, str]) -> NamedFilters:
    """Return the ids of the names typed in `person_name`, `group_name`, `course_name`.

    A name that stands as it was drawn keeps its id. At most one statement a field. Raises Invalid for no match.
    """
    ids: dict[str, str] = {}
    choices: dict[str, tuple[Match, ...]] = {}
    wrong: dict[str, list[FieldProblem]] = {}
    for field, find in _FINDERS.items():
        typed = given.get(f"{field}_name", "").strip()[:_MAX_LENGTH]
        kept = given.get(field, "")
        if not typed:
            # Without a field of names, as in a link, the id stands for itself.
            ids[field] = kept if f"{field}_name" not in given else ""
        elif kept and typed == given.get(f"{field}_was", "").strip():
            ids[field] = str(parse_id(kept, field))
        else:
            matches = find(act, typed)
            exact = [one for one in matches if one[1].lower() == typed.lower()]
            if not matches:
                wrong[field] = [FieldProblem(f"audit.search.{field}_unknown")]
            elif len(matches) == 1 or len(exact) == 1:
                ids[field] = str((exact or matches)[0][0])
            else:
                choices[field] = tuple(matches)
    if wrong:
        raise Invalid(wrong)
    return NamedFilters(ids, choices)


def _find_people(act: Act, typed: str) -> list[Match]:
    found = load_people_page(local_day(act.at), typed, most=MAX_CHOICES, units=_units_in_reach(act))
    record_search_by_name(typed, [row.id for row in found])
    return [(one.id, one.name.full) for one in found]


def _find_groups(act: Act, typed: str) -> list[Match]:
    found = load_groups_page(local_day(act.at), _units_in_reach(act), typed, most=MAX_CHOICES)
    return [(one.id, one.name) for one in found]


def _find_courses(act: Act, typed: str) -> list[Match]:
    return [
        (one.id, f"{one.code} {pick_text(one.names, locale())}")
        for one in load_disciplines_page(_units_in_reach(act), typed, most=MAX_CHOICES)
    ]


def _units_in_reach(act: Act) -> frozenset[UUID] | None:
    """Return the units whose persons, groups and disciplines the reader of the audit may name; None: of all."""
    return load_units_in_reach(act.assignments, "audit.read")


_FINDERS: Mapping[str, Callable[[Act, str], list[Match]]] = {
    "person": _find_people,
    "group": _find_groups,
    "course": _find_courses,
}
