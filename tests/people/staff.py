"""A staff for tests: a tree of units, persons with accounts and dated roles, made by the room's own commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id
from app.people import commands
from app.people.models import StudyGroup, Unit
from app.people.queries import SignedInSession, find_signed_in_session

TERM = date(2026, 9, 1)
PASSWORD = "кыш келди, кар жаады"


class Staff:
    """Every method is an act of its own."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.university = self.unit(None, "university", "U")
        self.institute = self.unit(self.university, "institute", "IT")
        self.department = self.unit(self.institute, "department", "SE")
        self.other = self.unit(self.institute, "department", "MATH")

    @contextmanager
    def acting(self, person: UUID | None = None) -> Iterator[Act]:
        """`with staff.acting(anna) as act:` the one transaction of her act."""
        act = Act(person, None, self.clock())
        with door.write(act):
            yield act

    def unit(self, parent: UUID | None, kind: str, code: str) -> UUID:
        found = Unit(id=new_id(), parent_id=parent, kind=kind, code=code, names={"ky": code})
        with self.acting():
            db.session.add(found)
            db.session.flush()
            return found.id

    def group(self, name: str = "ИВТ-2-23", unit: UUID | None = None) -> UUID:
        found = StudyGroup(id=new_id(), name=name, unit_id=unit or self.institute)
        with self.acting():
            db.session.add(found)
            db.session.flush()
            return found.id

    def person(self, family: str = "Асанова", given: str = "Айгүл", login: str | None = None) -> UUID:
        new = commands.NewPerson(new_id(), family, given, login=login or str(new_id()), password=PASSWORD)
        with self.acting() as act:
            return commands.add_person(act, new)

    def grants(
        self,
        person: UUID,
        role: str,
        unit: UUID | None = None,
        since: date = TERM,
        until: date | None = None,
        *,
        deputy: bool = False,
    ) -> UUID:
        with self.acting() as act:
            return commands.grant_role(act, new_id(), person, role, unit, since, until, deputy=deputy)

    def member(self, family: str, role: str, unit: UUID | None = None, *, deputy: bool = False) -> UUID:
        """A person with one role."""
        person = self.person(family)
        self.grants(person, role, unit, deputy=deputy)
        return person

    def stands_in(
        self, absent: UUID, substitute: UUID, since: date, until: date, role: str | None = None
    ) -> UUID:
        """The absent person names the substitute."""
        made = new_id()
        with self.acting(absent) as act:
            commands.name_substitute(act, made, substitute, role, since, until, "Эмгек өргүүсү")
        return made

    def enters(self, person: UUID) -> commands.OpenedSession:
        """A session of the person, without a password."""
        with self.acting() as act:
            return commands.open_login_session(act, new_id(), person)

    def sees(self, opened: commands.OpenedSession) -> SignedInSession | None:
        """What the next request of this session finds."""
        db.session.rollback()
        return find_signed_in_session(commands.hash_key_for_storage(opened.key), self.clock())

    def facts(self) -> list[str]:
        """The facts of the audit, in order."""
        db.session.rollback()
        return list(db.session.scalars(text("SELECT event_type FROM audit.record ORDER BY id")))
