"""Role assignments of a person outside of a session: the worker executes later what a person requested."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from app.kernel.act import RoleAssignment
from app.kernel.db import db
from app.people.models import RoleGrant, Substitute
from app.people.queries.calendars import ASSIGNMENT_COLUMNS, load_roles_on_day, role_assignment_of_row


def load_acting_roles(person: UUID, behalf: UUID | None, on: date) -> tuple[RoleAssignment, ...]:
    """Return the person's roles that day, or those in which he substitutes for `behalf`, as in a session; one
    statement."""
    if behalf is None:
        return load_roles_on_day(person, on)
    found = db.session.execute(
        select(*ASSIGNMENT_COLUMNS)
        .join(Substitute, Substitute.absent_id == RoleGrant.person_id)
        .where(
            Substitute.absent_id == behalf,
            Substitute.substitute_id == person,
            Substitute.revoked_at.is_(None),
            Substitute.valid_from <= on,
            Substitute.valid_until >= on,
            or_(Substitute.role.is_(None), Substitute.role == RoleGrant.role),
            RoleGrant.role != "student",
            RoleGrant.valid_from <= on,
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= on),
        )
    )
    return tuple(dict.fromkeys(role_assignment_of_row(*row) for row in found))
