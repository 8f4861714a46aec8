"""The journals that a visitor's roles may read."""

from __future__ import annotations

from uuid import UUID

from app.journal.courses.offerings import (
    OfferingRow,
    load_audited_offerings,
    load_offerings_ever_taught,
    load_offerings_of_groups,
    load_offerings_of_units,
)
from app.journal.gradebook.access import acting_and_represented_persons
from app.kernel.act import Act
from app.people import queries as people
from app.people.audit_limits_rules import AUDITOR
from app.people.rules import PERMISSIONS, is_permitted

JOURNAL_VERB = "journal.read"
UNIT_JOURNALS_READER_ROLES = frozenset(
    role for role, reach in PERMISSIONS[JOURNAL_VERB].items() if reach == "unit"
)
"""Roles that read the journals of their units."""


def load_reachable_journals(now: Act) -> list[OfferingRow]:
    """Return the journals that the act's role assignments reach:
    of the university, of its units, of the groups the person is curator of, and those the person teaches."""
    teaches = any(assignment.role == "teacher" for assignment in now.assignments)
    roles = {assignment.role for assignment in now.assignments}
    if is_permitted(now.assignments, JOURNAL_VERB):
        return load_offerings_of_units(now.at, all=True)
    if AUDITOR in roles:
        return load_audited_offerings(now.at, now.assignments)
    found: dict[UUID, OfferingRow] = {}
    units = {
        assignment.unit
        for assignment in now.assignments
        if assignment.unit and assignment.role in UNIT_JOURNALS_READER_ROLES
    }
    if units:
        below = {unit.id for unit in people.load_unit_tree().values() if unit.parent in units}
        found |= {row.id: row for row in load_offerings_of_units(now.at, units | below, units)}
    if "curator" in roles:
        groups = {
            group.id
            for person in acting_and_represented_persons(now)
            for group in people.load_curated_groups(person)
        }
        found |= {row.id: row for row in load_offerings_of_groups(now.at, groups)}
    if teaches:
        for person in sorted(acting_and_represented_persons(now)):
            found |= {row.id: row for row in load_offerings_ever_taught(person, now.at)}
    return list(found.values())
