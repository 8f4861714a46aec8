"""Commands that add persons and set their language and theme."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, select, update

from app.audit.record import AuditEvent, PrivateValue, record_audit_event, record_audit_events
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Invalid, Stale
from app.kernel.i18n import LOCALES
from app.people.commands.passwords import hash_password, require_available_login
from app.people.models import Account, Person
from app.people.rules import kyrgyz_sort_key

THEMES = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be added, with an account if `login` is set."""

    id: UUID
    family_name: str
    given_name: str
    patronymic: str = ""
    email: str | None = None
    locale: str | None = None
    login: str | None = None
    password: str | None = None


def add_person(act: Act, new: NewPerson) -> UUID:
    """Add a person; a repeat has no effect. Raises Invalid (`family_name`, `login`), Stale."""
    existing = db.session.get(Person, new.id)
    if existing is not None:
        if (existing.family_name, existing.given_name) != (new.family_name.strip(), new.given_name.strip()):
            raise Stale("people.form.other_content")
        return new.id
    if not new.family_name.strip():
        raise Invalid.field("family_name", "forms.field.required")
    login = require_available_login(new.login) if new.login else None
    db.session.add(
        Person(
            id=new.id,
            family_name=new.family_name.strip(),
            given_name=new.given_name.strip(),
            patronymic=new.patronymic.strip(),
            sort_key=kyrgyz_sort_key(new.family_name, new.given_name, new.patronymic),
            email=new.email or None,
            locale=new.locale,
        )
    )
    db.session.flush()
    if login:
        hashed = hash_password(new.password or secrets.token_urlsafe(16))
        db.session.add(Account(person_id=new.id, login=login, password=hashed))
        db.session.flush()
    after = {"name": PrivateValue(f"{new.family_name} {new.given_name}"), "login": PrivateValue(login)}
    record_audit_event(
        act, "people.person.added", ("people.person", new.id), None, after, "3.1", subject=new.id
    )
    return new.id


def add_persons_without_accounts(act: Act, people: Sequence[NewPerson]) -> None:
    """Add persons who get no account yet; a repeat has no effect. Three statements, however many.

    Raises Invalid (`family_name`), Stale (a person of one of these ids has another name).
    """
    found = db.session.scalars(select(Person).where(Person.id.in_([one.id for one in people])))
    known = {one.id: (one.family_name, one.given_name) for one in found}
    for one in people:
        name = (one.family_name.strip(), one.given_name.strip())
        if not name[0]:
            raise Invalid.field("family_name", "forms.field.required")
        if known.get(one.id, name) != name:
            raise Stale("people.form.other_content")
    added = [one for one in people if one.id not in known]
    if not added:
        return
    rows = [
        {
            "id": one.id,
            "family_name": one.family_name.strip(),
            "given_name": one.given_name.strip(),
            "patronymic": one.patronymic.strip(),
            "sort_key": kyrgyz_sort_key(one.family_name, one.given_name, one.patronymic),
            "email": one.email or None,
            "locale": one.locale,
        }
        for one in added
    ]
    db.session.execute(insert(Person), rows)
    events = [
        AuditEvent(
            "people.person.added",
            ("people.person", one.id),
            None,
            {"name": PrivateValue(f"{one.family_name} {one.given_name}"), "login": PrivateValue(None)},
            "3.1",
            one.id,
        )
        for one in added
    ]
    record_audit_events(act, events)


def set_person_locale(act: Act, locale: str) -> None:
    """Set the language of pages and letters. Raises Invalid (`locale`)."""
    if locale not in LOCALES:
        raise Invalid.field("locale", "people.locale.unknown")
    db.session.execute(update(Person).where(Person.id == act.person).values(locale=locale))


def set_person_theme(act: Act, theme: str) -> None:
    """Set the theme: auto (as the device), light or dark. Raises Invalid (`theme`)."""
    if theme not in THEMES:
        raise Invalid.field("theme", "people.theme.unknown")
    db.session.execute(update(Person).where(Person.id == act.person).values(theme=theme))
