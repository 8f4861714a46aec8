"""Add the first people of an installation: by an operator, with one role and a one-time link.

An operator at the machine may do this without an account; the audit records it as an act of the system.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.kernel.ids import new_id
from app.people import queries
from app.people.commands.invitations import invite_person
from app.people.commands.one_time_keys import LINK_LIFETIME, InvitationLink
from app.people.commands.persons import NewPerson, add_person
from app.people.commands.roles import grant_role
from app.people.models import ROLES, ROLES_NEEDING_UNIT, Unit

"""Roles without any reach unless they have a unit."""
FIRST_ADMIN_ROLE = "it_admin"
DEFAULT_FAMILY_NAME = "Администратор"
"""Family name of an administrator without one; the same word in Kyrgyz and Russian."""


@dataclass(frozen=True, slots=True)
class NewStaff:
    """A person to be added: `unit` is a code, required for some roles; `login` is the suggestion on the
    page."""

    role: str = FIRST_ADMIN_ROLE
    unit: str = ""
    family_name: str = ""
    given_name: str = ""
    login: str = ""


def add_and_invite_staff(act: Act, new: NewStaff, life: timedelta = LINK_LIFETIME) -> InvitationLink:
    """Add a person with a role from today on, and return a link. Raises Invalid (`role`, `unit`,
    `family_name`, `login`).

    Called again before the link is used, it creates another link for the same person.
    """
    if new.role not in ROLES:
        raise Invalid.field("role", "people.role.unknown")
    if new.role == "student":
        raise Invalid.field("role", "forms.field.not_offered")
    unit = _find_unit_id_by_code(new)
    family = new.family_name.strip() or (DEFAULT_FAMILY_NAME if new.role == FIRST_ADMIN_ROLE else "")
    person = queries.find_last_invited_person_id(new.role, unit, act.at, (family, new.given_name.strip()))
    if person is None:
        person = add_person(act, NewPerson(new_id(), family, new.given_name))
        grant_role(act, new_id(), person, new.role, unit, local_day(act.at))
    return invite_person(act, person, life, new.login.strip() or None)


def _find_unit_id_by_code(new: NewStaff) -> UUID | None:
    """Return the id of the unit with the code; raises Invalid (`unit`)."""
    if not new.unit:
        if new.role in ROLES_NEEDING_UNIT:
            raise Invalid.field("unit", "forms.field.required")
        return None
    found = db.session.scalars(select(Unit.id).where(Unit.code == new.unit).limit(2)).all()
    if len(found) != 1:
        raise Invalid.field("unit", "forms.field.not_offered")
    return found[0]


def invite_first_admin(act: Act) -> InvitationLink | None:
    """Return a new link for the first IT administrator, or None when an account exists.

    Called again, it creates another link for the same person and the earlier one becomes invalid.
    """
    # Two processes at once must not both create a first administrator.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("people.first_account"))))
    if queries.is_any_account_stored():
        return None
    waiting = queries.find_last_invited_person_id(FIRST_ADMIN_ROLE, None, act.at)
    return invite_person(act, waiting) if waiting is not None else add_and_invite_staff(act, NewStaff())
