"""Queries of names and mail addresses of persons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.kernel.db import db
from app.people.models import Person
from app.people.rules import full_name, short_name


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name, full and short."""

    full: str
    short: str
    sort_key: str = ""


def build_person_name(family: str, given: str, patronymic: str, sort_key: str = "") -> PersonName:
    """Return the full and the short name."""
    return PersonName(full_name(family, given, patronymic), short_name(family, given, patronymic), sort_key)


def load_names(persons: Iterable[UUID | None]) -> dict[UUID, PersonName]:
    """Return the names of persons by id; one statement, none without persons."""
    wanted = {person for person in persons if person}
    if not wanted:
        return {}
    found = db.session.execute(
        select(Person.id, Person.family_name, Person.given_name, Person.patronymic, Person.sort_key).where(
            Person.id.in_(wanted)
        )
    )
    return {row.id: build_person_name(*row[1:]) for row in found}


@dataclass(frozen=True, slots=True)
class Contact:
    """Mail address (None: only notices on the page) and language of a person."""

    person: UUID
    address: str | None
    locale: str


def load_contacts(persons: Iterable[UUID]) -> list[Contact]:
    """Return contacts of persons who have not left; one statement."""
    wanted = list(dict.fromkeys(persons))
    if not wanted:
        return []
    found = db.session.execute(
        select(Person.id, Person.email, Person.locale).where(Person.id.in_(wanted), Person.ended_at.is_(None))
    )
    return [Contact(row.id, row.email, row.locale or "ky") for row in found]
