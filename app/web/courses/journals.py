"""The journals that a visitor's roles may read."""

from __future__ import annotations

from uuid import UUID

from app.journal.courses.offerings import OfferingRow, offerings_in, offerings_of, offerings_of_groups
from app.journal.gradebook.access import persons_of
from app.kernel.act import Act
from app.people import queries as people
from app.people.rules import ALLOWED

WIDE = frozenset(role for role, reach in ALLOWED["journal.read"].items() if reach == "anywhere")
"""Roles that read every journal."""
OF_UNITS = frozenset(role for role, reach in ALLOWED["journal.read"].items() if reach == "unit")
"""Roles that read the journals of their units."""


def journals_of(now: Act) -> list[OfferingRow]:
    """Return the journals that the act's role assignments reach:
    of the university, of its units, of the groups the person is curator of, and those the person teaches."""
    teaches = any(hat.role == "teacher" for hat in now.hats)
    roles = {hat.role for hat in now.hats}
    if roles & WIDE:
        return offerings_in(now.at, all=True)
    found: dict[UUID, OfferingRow] = {}
    units = {hat.unit for hat in now.hats if hat.unit and hat.role in OF_UNITS}
    if units:
        below = {unit.id for unit in people.units().values() if unit.parent in units}
        found |= {row.id: row for row in offerings_in(now.at, units | below, units)}
    if "curator" in roles:
        groups = {group.id for person in persons_of(now) for group in people.groups_curated(person)}
        found |= {row.id: row for row in offerings_of_groups(now.at, groups)}
    if teaches:
        for person in sorted(persons_of(now)):
            found |= {row.id: row for row in offerings_of(person, now.at)}
    return list(found.values())
