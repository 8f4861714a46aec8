"""Persons for tests: a row each, with or without an address and a role; and a way to be signed in as one."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import system_clock
from app.kernel.db import db
from app.kernel.ids import new_id
from app.people.commands import open_login_session
from app.people.models import Account, Person, RoleGrant


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
    with door.write(Act.by_system(system_clock())) as session:
        session.add(person)
        session.flush()
        if role:
            session.add(RoleGrant(id=new_id(), person_id=person.id, role=role, valid_from=date(2020, 1, 1)))
        found = person.id
    db.session.rollback()
    return found


def signed_in(client: Any, person: UUID) -> Any:
    """The client with a living session of the person, opened without a password."""
    act = Act.by_system(client.application.extensions["depter"].clock())
    with client.application.app_context():
        with door.write(act) as session:
            session.add(Account(person_id=person, login=str(person), password="none"))
            session.flush()
            key = open_login_session(act, new_id(), person).key
        db.session.remove()
    with client.session_transaction() as cookie:
        cookie["key"] = key
    return client


def token(page: str) -> str:
    """The CSRF token that stands in a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page[:500]
    return found[1]
