"""Queries of names and mail addresses of persons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.kernel.db import db
from app.people.models import Account, Person
from app.people.name_masking import are_names_masked, known_replacements, masked_name
from app.people.rules import full_name, short_name


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name, full and short."""

    full: str
    short: str
    sort_key: str = ""


def build_person_name(
    person: UUID | None, family: str, given: str, patronymic: str, sort_key: str = ""
) -> PersonName:
    """Return the full and the short name; where names are masked (7.1) both are initials and number.

    The sort key stays: it orders lists and is never shown.
    """
    if are_names_masked():
        masked = masked_name(person, family, given, patronymic)
        return PersonName(masked, masked, sort_key)
    return PersonName(full_name(family, given, patronymic), short_name(family, given, patronymic), sort_key)


def find_person_of_login(login: str) -> UUID | None:
    """Return the person whose account has this user name, or None."""
    return db.session.scalar(select(Account.person_id).where(Account.login == login.strip().lower()))


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
    return {row.id: build_person_name(*row) for row in found}


def load_replacements_of_names(persons: Iterable[UUID | None]) -> dict[str, str]:
    """Return for each name of these persons, as texts hold it, what is shown instead; {} where names are shown.

    One statement, none for persons that the request asked about before: a list asks for all of its rows first.
    """
    if not are_names_masked():
        return {}
    wanted = {person for person in persons if person}
    known = known_replacements()
    unknown = wanted - known.keys()
    if unknown:
        known.update({person: {} for person in unknown})
        columns = (Person.id, Person.family_name, Person.given_name, Person.patronymic)
        for id, *parts in db.session.execute(select(*columns).where(Person.id.in_(unknown))):
            texts = {full_name(*parts), short_name(*parts)} - {""}
            known[id] = dict.fromkeys(texts, masked_name(id, *parts))
    return {text: instead for person in wanted for text, instead in known[person].items()}


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
