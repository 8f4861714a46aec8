"""What others ask of people. Frozen rows out; each function says how many statements it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text

from app.kernel.act import Hat
from app.kernel.clock import local_day
from app.kernel.db import db
from app.people.models import LoginSession, Membership, Person, StudyGroup, Unit
from app.people.rules import Candidate, full_name, short_name


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in its two lengths."""

    full: str
    short: str
    sort_key: str = ""


@dataclass(frozen=True, slots=True)
class Behalf:
    """Somebody I act for today, with the hats I wear for him."""

    person: UUID
    name: str
    hats: tuple[Hat, ...]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A living session: who, in which role, for whom. `hats` are his own, `behalfs` those of persons he acts for.

    `on_behalf_of` is None again the day a substitution is over; `must_change`: the password was given by another.
    """

    session_id: UUID
    person_id: UUID
    name: Name
    locale: str | None
    theme: str
    hats: tuple[Hat, ...]
    behalfs: tuple[Behalf, ...]
    role: str | None
    unit: UUID | None
    on_behalf_of: UUID | None
    seen_at: datetime
    must_change: bool = False

    @property
    def acting_hats(self) -> tuple[Hat, ...]:
        """The hats in force: one's own, or those of the person acted for."""
        if self.on_behalf_of is None:
            return self.hats
        return next((found.hats for found in self.behalfs if found.person == self.on_behalf_of), ())


_SIGNED_IN = text(
    """
SELECT s.id, s.person_id, s.role, s.unit_id, s.on_behalf_of, s.seen_at,
       p.family_name, p.given_name, p.patronymic, p.locale, p.theme, c.must_change,
  (SELECT coalesce(json_agg(json_build_array(g.role, g.unit_id) ORDER BY g.role, g.unit_id), '[]')
     FROM people.role_grant g
    WHERE g.person_id = p.id AND g.valid_from <= :today AND (g.valid_until IS NULL OR g.valid_until >= :today)
  ) AS hats,
  (SELECT coalesce(json_agg(json_build_array(a.id, a.family_name, a.given_name, a.patronymic, g.role, g.unit_id)
                            ORDER BY a.sort_key, g.role), '[]')
     FROM people.substitute x
     JOIN people.person a ON a.id = x.absent_id
     JOIN people.role_grant g ON g.person_id = a.id AND (x.role IS NULL OR g.role = x.role)
    WHERE x.substitute_id = p.id AND x.revoked_at IS NULL AND x.valid_from <= :today AND x.valid_until >= :today
      AND g.valid_from <= :today AND (g.valid_until IS NULL OR g.valid_until >= :today) AND g.role <> 'student'
  ) AS behalf
FROM people.login_session s
JOIN people.person p ON p.id = s.person_id
JOIN people.account c ON c.person_id = p.id
WHERE s.key_hash = :key_hash AND s.revoked_at IS NULL AND s.expires_at > :now
  AND c.disabled_at IS NULL AND p.ended_at IS NULL
"""
)


def signed_in(key_hash: bytes, now: datetime) -> SignedIn | None:
    """Session, person and roles by ONE statement; None when the session is over."""
    row = db.session.execute(
        _SIGNED_IN, {"key_hash": key_hash, "now": now, "today": local_day(now)}
    ).one_or_none()
    if row is None:
        return None
    behalfs = _behalfs(row.behalf)
    return SignedIn(
        session_id=row.id,
        person_id=row.person_id,
        name=_name(row.family_name, row.given_name, row.patronymic),
        locale=row.locale,
        theme=row.theme,
        hats=tuple(dict.fromkeys(Hat(role, UUID(unit) if unit else None) for role, unit in row.hats)),
        behalfs=behalfs,
        role=row.role,
        unit=row.unit_id,
        on_behalf_of=row.on_behalf_of if row.on_behalf_of in {one.person for one in behalfs} else None,
        seen_at=row.seen_at,
        must_change=row.must_change,
    )


def owner_of_session(key_hash: bytes) -> UUID | None:
    """Whose session this is or was, also when it is over; one statement."""
    return db.session.scalar(select(LoginSession.person_id).where(LoginSession.key_hash == key_hash))


def _behalfs(found: list[Any]) -> tuple[Behalf, ...]:
    names: dict[UUID, str] = {}
    hats: dict[UUID, list[Hat]] = {}
    for person, family, given, patronymic, role, unit in found:
        names[UUID(person)] = short_name(family, given, patronymic)
        hats.setdefault(UUID(person), []).append(Hat(role, UUID(unit) if unit else None))
    return tuple(Behalf(person, name, tuple(dict.fromkeys(hats[person]))) for person, name in names.items())


def _name(family: str, given: str, patronymic: str, sort_key: str = "") -> Name:
    return Name(full_name(family, given, patronymic), short_name(family, given, patronymic), sort_key)


def names(persons: Iterable[UUID | None]) -> dict[UUID, Name]:
    """The names of many persons; one statement, none for nobody."""
    wanted = {person for person in persons if person}
    if not wanted:
        return {}
    found = db.session.execute(
        select(Person.id, Person.family_name, Person.given_name, Person.patronymic, Person.sort_key).where(
            Person.id.in_(wanted)
        )
    )
    return {row.id: _name(*row[1:]) for row in found}


@dataclass(frozen=True, slots=True)
class Contact:
    """How a person is reached: address (None: only by the bell) and language."""

    person: UUID
    address: str | None
    locale: str


def contacts(persons: Iterable[UUID]) -> list[Contact]:
    """Addresses of living accounts and of people without one; one statement."""
    wanted = list(dict.fromkeys(persons))
    if not wanted:
        return []
    found = db.session.execute(
        select(Person.id, Person.email, Person.locale).where(Person.id.in_(wanted), Person.ended_at.is_(None))
    )
    return [Contact(row.id, row.email, row.locale or "ky") for row in found]


_CANDIDATES = text(
    """
WITH RECURSIVE up (id, parent_id, distance) AS (
  SELECT id, parent_id, 0 FROM people.unit WHERE id = :unit
  UNION ALL
  SELECT u.id, u.parent_id, up.distance + 1 FROM people.unit u JOIN up ON u.id = up.parent_id
), reach (id, distance) AS (
  SELECT id, distance FROM up UNION ALL SELECT CAST(NULL AS uuid), 99
)
SELECT g.person_id, g.unit_id, reach.distance, g.deputy,
  ARRAY(SELECT x.substitute_id FROM people.substitute x
         WHERE x.absent_id = g.person_id AND x.revoked_at IS NULL AND (x.role IS NULL OR x.role = g.role)
           AND x.valid_from <= :on AND x.valid_until >= :on ORDER BY x.valid_from, x.id) AS substitutes
FROM reach
JOIN people.role_grant g ON g.role = :role AND g.unit_id IS NOT DISTINCT FROM reach.id
JOIN people.person p ON p.id = g.person_id AND p.ended_at IS NULL
WHERE g.valid_from <= :on AND (g.valid_until IS NULL OR g.valid_until >= :on)
ORDER BY reach.distance, g.deputy, p.sort_key, g.person_id
"""
)


def candidates(role: str, unit: UUID | None, on: date) -> list[Candidate]:
    """Everybody who holds the role in the unit or above it that day, with deputies and substitutes; one statement."""
    found = db.session.execute(_CANDIDATES, {"role": role, "unit": unit, "on": on})
    return [Candidate(row[0], row[1], row[2], row[3], tuple(row[4])) for row in found]


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit of the tree."""

    id: UUID
    parent: UUID | None
    kind: str
    code: str
    names: Mapping[str, str]


def units() -> dict[UUID, UnitRow]:
    """The whole tree of units; one statement."""
    found = db.session.execute(select(Unit.id, Unit.parent_id, Unit.kind, Unit.code, Unit.names))
    return {row.id: UnitRow(*row) for row in found}


_ANCESTRY = text(
    """
WITH RECURSIVE up (id, parent_id, kind, place) AS (
  SELECT id, parent_id, kind, 0 FROM people.unit WHERE id = :unit
  UNION ALL
  SELECT u.id, u.parent_id, u.kind, up.place + 1 FROM people.unit u JOIN up ON u.id = up.parent_id
)
SELECT id, kind FROM up ORDER BY place
"""
)


def ancestry(unit: UUID) -> tuple[UUID, ...]:
    """The unit and those above it, nearest first; one statement."""
    return tuple(row.id for row in db.session.execute(_ANCESTRY, {"unit": unit}))


def institute_of(unit: UUID) -> UUID:
    """The institute or college a unit belongs to, itself included; else the unit itself. One statement."""
    rows = db.session.execute(_ANCESTRY, {"unit": unit}).all()
    return next((row.id for row in rows if row.kind in ("institute", "college", "masters")), unit)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A student group."""

    id: UUID
    name: str
    unit: UUID


def groups(ids: Iterable[UUID]) -> dict[UUID, GroupRow]:
    """Groups by id; one statement."""
    found = db.session.execute(
        select(StudyGroup.id, StudyGroup.name, StudyGroup.unit_id).where(StudyGroup.id.in_(list(ids)))
    )
    return {row.id: GroupRow(*row) for row in found}


@dataclass(frozen=True, slots=True)
class Member:
    """A student's dated stay in a group, with his name."""

    person: UUID
    name: Name
    starts_on: date
    ends_on: date | None

    def on(self, day: date) -> bool:
        """Whether the student belonged to the group on this day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


def members(group: UUID) -> list[Member]:
    """Everybody who was ever in the group, in the order of the Kyrgyz alphabet; one statement."""
    found = db.session.execute(
        select(
            Membership.person_id,
            Person.family_name,
            Person.given_name,
            Person.patronymic,
            Person.sort_key,
            Membership.starts_on,
            Membership.ends_on,
        )
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.group_id == group)
        .order_by(Person.sort_key, Person.id, Membership.starts_on)
    )
    return [Member(row.person_id, _name(*row[1:5]), row.starts_on, row.ends_on) for row in found]


def groups_of(person: UUID, on: date) -> list[GroupRow]:
    """The groups a student belongs to on that day; one statement."""
    found = db.session.execute(
        select(StudyGroup.id, StudyGroup.name, StudyGroup.unit_id)
        .join(Membership, Membership.group_id == StudyGroup.id)
        .where(
            Membership.person_id == person,
            Membership.starts_on <= on,
            or_(Membership.ends_on.is_(None), Membership.ends_on >= on),
        )
    )
    return [GroupRow(*row) for row in found]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as the list of people shows him."""

    id: UUID
    name: Name
    login: str | None
    email: str | None
    roles: tuple[tuple[str, UUID | None], ...]


_PEOPLE = text(
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


def people_page(
    today: date, search: str = "", role: str = "", after: tuple[str, UUID] | None = None, most: int = 51
) -> list[PersonRow]:
    """People in the order of the alphabet, from after a key; one statement."""
    escaped = search.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found = db.session.execute(
        _PEOPLE,
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
            name=_name(*row[1:5]),
            login=row.login,
            email=row.email,
            roles=tuple((role, UUID(unit) if unit else None) for role, unit in row.roles),
        )
        for row in found
    ]


def count_people() -> int:
    """How many persons there are; one statement."""
    return db.session.scalar(select(func.count()).select_from(Person)) or 0
