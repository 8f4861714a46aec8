"""Whom a message is for: ids and roles of its payload become recipients with address and language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.kernel.clock import local_day
from app.kernel.i18n import known
from app.notices.commands import Recipient
from app.people import queries as people

NAMED = {"by": "by_name", "on_behalf_of": "behalf", "person": "person_name"}
"""Persons that a payload mentions, and under which name a notice words them."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """Who is told, and the names of those whom the payload mentions."""

    recipients: tuple[Recipient, ...]
    names: Mapping[str, str]


def addressed(payload: Mapping[str, Any], now: datetime) -> Addressed:
    """The recipients of a payload: `recipients` (ids of persons), and everybody with the role `role`.

    `addresses` are those that some of them had before, by their ids: the letter goes there. Who has left the university
    is told nothing. One to three statements, however many persons.
    """
    told = {UUID(person) for person in payload.get("recipients", ())}
    if payload.get("role"):
        told |= {holder.person for holder in people.candidates(payload["role"], None, local_day(now))}
    mentioned = {part: UUID(payload[part]) for part in NAMED if payload.get(part)}
    names = people.names(mentioned.values())
    before = payload.get("addresses") or {}
    contacts = sorted(people.contacts(told), key=lambda contact: contact.person)
    return Addressed(
        recipients=tuple(
            Recipient(
                contact.person, before.get(str(contact.person)) or contact.address, known(contact.locale)
            )
            for contact in contacts
        ),
        names={NAMED[part]: names[person].short for part, person in mentioned.items() if person in names},
    )


def reader_of(person: UUID) -> Recipient | None:
    """How one person is reached now; None who has left. One statement."""
    return next(
        (Recipient(one.person, one.address, known(one.locale)) for one in people.contacts([person])), None
    )
