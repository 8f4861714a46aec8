"""Queries of the list of people: search and keyset pages in the order of the Kyrgyz alphabet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select, text

from app.kernel.db import db
from app.people.models import Person
from app.people.queries.persons import PersonName, build_person_name


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row of the list of people."""

    id: UUID
    name: PersonName
    login: str | None
    email: str | None
    roles: tuple[tuple[str, UUID | None], ...]


_PEOPLE_PAGE_STATEMENT = text(
    """
SELECT p.id, p.family_name, p.given_name, p.patronymic, p.sort_key, c.login, p.email,
  (SELECT coalesce(json_agg(json_build_array(g.role, g.unit_id) ORDER BY g.role), '[]') FROM people.role_grant g
    WHERE g.person_id = p.id AND g.valid_from <= :today AND (g.valid_until IS NULL OR g.valid_until >= :today)) AS roles
FROM people.person p LEFT JOIN people.account c ON c.person_id = p.id
WHERE (CAST(:role AS text) IS NULL OR EXISTS (SELECT 1 FROM people.role_grant g WHERE g.person_id = p.id
        AND g.role = :role AND g.valid_from <= :today AND (g.valid_until IS NULL OR g.valid_until >= :today)))
  AND (CAST(:search AS text) IS NULL
       OR lower(concat_ws(' ', p.family_name, p.given_name, p.patronymic, c.login, p.email)) LIKE :search)
  AND (CAST(:after_key AS text) IS NULL OR (p.sort_key, p.id) > (:after_key, CAST(:after_id AS uuid)))
ORDER BY p.sort_key, p.id LIMIT :most
"""
)


def load_people_page(
    today: date, search: str = "", role: str = "", after: tuple[str, UUID] | None = None, most: int = 51
) -> list[PersonRow]:
    """Return people in alphabetical order after a key; one statement."""
    escaped = search.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found = db.session.execute(
        _PEOPLE_PAGE_STATEMENT,
        {
            "today": today,
            "search": f"%{escaped}%" if search else None,
            "role": role or None,
            "after_key": after[0] if after else None,
            "after_id": after[1] if after else None,
            "most": most,
        },
    )
    return [
        PersonRow(
            id=row.id,
            name=build_person_name(*row[1:5]),
            login=row.login,
            email=row.email,
            roles=tuple((role, UUID(unit) if unit else None) for role, unit in row.roles),
        )
        for row in found
    ]


def count_all_people() -> int:
    """Return the number of persons; one statement."""
    return db.session.scalar(select(func.count()).select_from(Person)) or 0
