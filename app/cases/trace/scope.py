"""The units within which a reader of the audit traces: those his role was given for, with all below them (1.3.3)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select

from app.audit.deeds import Ids, Place
from app.cases.models import Case
from app.cases.queries.role_units import units_of_bound_roles
from app.journal.gradebook_views.cell_versions import select_offering_ids
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people.models import Membership, RoleGrant, StudyGroup
from app.people.queries import load_unit_tree

READ_AUDIT = "audit.read"


def load_bound_units(act: Act) -> tuple[UUID, ...] | None:
    """Return the units a reader of the audit is bound to, with all below them; None: every unit. One statement."""
    return units_of_bound_roles(act.assignments, READ_AUDIT, load_unit_tree())


def require_units_in_reach(act: Act, units: Collection[UUID]) -> None:
    """Raise Missing unless one of these units is within those that the reader is bound to; one statement."""
    bound = load_bound_units(act)
    if bound is not None and not set(units) & set(bound):
        raise Missing


def require_case_in_reach(act: Act, case: Case) -> None:
    """Raise Missing unless a unit of the case is within those that the reader is bound to; one statement."""
    require_units_in_reach(act, case.units)


def require_person_in_reach(bound: tuple[UUID, ...] | None, person: UUID) -> None:
    """Raise Missing unless the person ever held a role in these units or studied in a group of them; no statement for
    a reader of the whole university, else one."""
    if bound is None:
        return
    held = select(RoleGrant.id).where(RoleGrant.person_id == person, RoleGrant.unit_id.in_(bound)).exists()
    studied = (
        select(Membership.id)
        .join(StudyGroup, StudyGroup.id == Membership.group_id)
        .where(Membership.person_id == person, StudyGroup.unit_id.in_(bound))
        .exists()
    )
    if not db.session.scalar(select(or_(held, studied))):
        raise Missing


def load_place_of_units(units: tuple[UUID, ...]) -> Place:
    """Return journals, units and groups of these units, as deeds are filtered by them; one statement."""
    groups = tuple(db.session.scalars(select(StudyGroup.id).where(StudyGroup.unit_id.in_(units))))
    return Place(Ids(query=select_offering_ids(units)), units, groups)
