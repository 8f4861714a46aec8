"""Queries of the list of people: search and keyset pages in the order of the Kyrgyz alphabet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select, text

from app.kernel.db import db
from app.kernel.search_text import FOLDED_LETTERS, LETTERS_INSTEAD, search_words
from app.people.models import Person
from app.people.name_masking import are_names_masked
from app.people.queries.persons import PersonName, build_person_name


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row of the list of people."""

    id: UUID
    name: PersonName
    login: str | None
    email: str | None
    roles: tuple[tuple[str, UUID | None], ...]


_IN_UNITS = """(
  EXISTS (SELECT 1 FROM people.role_grant g WHERE g.person_id = p.id AND g.unit_id = ANY(CAST(:units AS uuid[])))
  OR EXISTS (SELECT 1 FROM people.membership m JOIN people.study_group s ON s.id = m.group_id
              WHERE m.person_id = p.id AND s.unit_id = ANY(CAST(:units AS uuid[]))))"""
"""The person has or had a role for one of these units, or belongs or belonged to a group of one."""
_PEOPLE_PAGE_STATEMENT = text(
    f"""
SELECT p.id, p.family_name, p.given_name, p.patronymic, p.sort_key, c.login, p.email,
  (SELECT coalesce(json_agg(json_build_array(g.role, g.unit_id) ORDER BY g.role), '[]') FROM people.role_grant g
    WHERE g.person_id = p.id AND g.valid_from <= :today AND (g.valid_until IS NULL OR g.valid_until >= :today)) AS roles
FROM people.person p LEFT JOIN people.account c ON c.person_id = p.id
WHERE (CAST(:role AS text) IS NULL OR EXISTS (SELECT 1 FROM people.role_grant g WHERE g.person_id = p.id
        AND g.role = :role AND g.valid_from <= :today AND (g.valid_until IS NULL OR g.valid_until >= :today)))
  AND translate(lower(concat_ws(' ', p.family_name, p.given_name, p.patronymic, c.login, p.email)),
                :folded, :instead) LIKE ALL (CAST(:patterns AS text[]))
  AND (CAST(:units AS uuid[]) IS NULL OR {_IN_UNITS})
  AND (CAST(:after AS uuid) IS NULL OR (p.sort_key, p.id) >
       (SELECT a.sort_key, a.id FROM people.person a WHERE a.id = CAST(:after AS uuid)))
ORDER BY p.sort_key, p.id LIMIT :most
"""
)


def load_people_page(
    today: date,
    search: str = "",
    role: str = "",
    after: UUID | None = None,
    most: int = 51,
    units: Collection[UUID] | None = None,
) -> list[PersonRow]:
    """Return people of these units (None: all) in alphabetical order after a person; one statement.

    Every word of `search` is somewhere in the name, the user name or the address, in any order. Where names are masked
    (7.1) user names and addresses are left out; the page records who was found by a name.
    """
    masked = are_names_masked()
    found = db.session.execute(
        _PEOPLE_PAGE_STATEMENT,
        {
            "today": today,
            "folded": FOLDED_LETTERS,
            "instead": LETTERS_INSTEAD,
            "patterns": [f"%{escape_like_pattern(word)}%" for word in search_words(search)],
            "role": role or None,
            "units": sorted(units) if units is not None else None,
            "after": after,
            "most": most,
        },
    )
    return [
        PersonRow(
            id=row.id,
            name=build_person_name(*row[:5]),
            login=None if masked else row.login,
            email=None if masked else row.email,
            roles=tuple((role, UUID(unit) if unit else None) for role, unit in row.roles),
        )
        for row in found
    ]


def escape_like_pattern(word: str) -> str:
    """Return a word as a part of a LIKE pattern, in which nothing stands for another sign."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def count_all_people(units: Collection[UUID] | None = None) -> int:
    """Return the number of persons, of these units alone (None: of all); one statement."""
    if units is None:
        return db.session.scalar(select(func.count()).select_from(Person)) or 0
    statement = text(f"SELECT count(*) FROM people.person p WHERE {_IN_UNITS}")
    return db.session.scalar(statement, {"units": sorted(units)}) or 0


def is_person_of_units(person: UUID, units: Collection[UUID] | None) -> bool:
    """Return whether a person exists and has or had to do with one of these units (None: any); one statement."""
    statement = text(
        "SELECT 1 FROM people.person p WHERE p.id = :person"
        f" AND (CAST(:units AS uuid[]) IS NULL OR {_IN_UNITS})"
    )
    values = {"person": person, "units": sorted(units) if units is not None else None}
    return db.session.scalar(statement, values) is not None
