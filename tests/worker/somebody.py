"""Persons for tests of the worker: a row each, with or without an address and a role."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import system_clock
from app.kernel.db import db
from app.kernel.ids import new_id
from app.people.models import Person, RoleGrant


def somebody(email: str | None = None, locale: str = "ky", role: str | None = None) -> UUID:
    """A fresh person, inside an act of its own; `role` is held without a unit."""
    person = Person(
        id=new_id(),
        family_name="Асанова",
        given_name="Айсулуу",
        sort_key="а",
        theme="auto",
        patronymic="",
        email=email,
        locale=locale,
    )
    with door.write(Act.system(system_clock())) as session:
        session.add(person)
        session.flush()
        if role:
            session.add(RoleGrant(id=new_id(), person_id=person.id, role=role, valid_from=date(2020, 1, 1)))
        found = person.id
    db.session.rollback()
    return found
