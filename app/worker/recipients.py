"""Resolve the recipients of an event from ids and roles to persons with address and language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.kernel.clock import local_day
from app.kernel.i18n import supported_or_default_locale
from app.notices.commands import Recipient
from app.people import queries as people

NAME_KEY_BY_PERSON_KEY = {"by": "by_name", "on_behalf_of": "behalf", "person": "person_name"}
"""Persons in a payload, and the parameter that holds their name in a notice."""


@dataclass(frozen=True, slots=True)
class ResolvedRecipients:
    """The recipients of an event, and the names of the persons its payload mentions."""

    recipients: tuple[Recipient, ...]
    names: Mapping[str, str]


def resolve_recipients(payload: Mapping[str, Any], now: datetime) -> ResolvedRecipients:
    """Return the recipients of a payload: the persons in `recipients`, and everybody with the role `role` or one of
    `roles`, without the persons in `except`.

    `addresses` are former addresses by person; the letter goes there. A person who has left the university is
    no recipient. One to three statements for any number of persons.
    """
    persons = {UUID(person) for person in payload.get("recipients", ())}
    for role in [payload["role"]] if payload.get("role") else payload.get("roles", ()):
        persons |= {holder.person for holder in people.load_role_holders(role, None, local_day(now))}
    persons -= {UUID(person) for person in payload.get("except", ())}
    mentioned = {part: UUID(payload[part]) for part in NAME_KEY_BY_PERSON_KEY if payload.get(part)}
    names = people.load_names(mentioned.values())
    former_addresses = payload.get("addresses") or {}
    contacts = sorted(people.load_contacts(persons), key=lambda contact: contact.person)
    return ResolvedRecipients(
        recipients=tuple(
            Recipient(
                contact.person,
                former_addresses.get(str(contact.person)) or contact.address,
                supported_or_default_locale(contact.locale),
            )
            for contact in contacts
        ),
        names={
            NAME_KEY_BY_PERSON_KEY[part]: names[person].short
            for part, person in mentioned.items()
            if person in names
        },
    )


def find_recipient(person: UUID) -> Recipient | None:
    """Return the present address and language of one person; None when he has left. One statement."""
    return next(
        (
            Recipient(contact.person, contact.address, supported_or_default_locale(contact.locale))
            for contact in people.load_contacts([person])
        ),
        None,
    )
