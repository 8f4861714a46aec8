"""Checks on roles and journals that a file grants: a file grants nothing its bearer may not grant by hand
(3.1, 2.1a).

Pure: planned rows and stored rows in, findings out. By hand only IT grants roles, and nobody to himself; the
title data of a journal with its teachers and the memberships are the responsibility of the academic office.
See docs/adr/0024.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.exchange.checks import PlannedRow
from app.exchange.csv_records import RosterFinding
from app.exchange.differing import is_last_day_past
from app.exchange.stored_rows import StoredRows
from app.kernel.act import Act
from app.people.models import RoleGrant
from app.people.rules import is_permitted

TEACHER_ROLE = "teacher"
ROSTER_ROLES = frozenset({TEACHER_ROLE, "student"})
"""Roles that anybody who may import may bring: alone they permit only own lessons and own marks."""
ROLES_GRANTED_BY_HAND_ONLY = frozenset({"it_admin"})
"""Roles that no person's file grants or ends: their holder could grant himself any other."""
OWN_ROW_CODE_BY_TABLE = {
    "role_grant": "exchange.row.role_oneself",
    "teaching": "exchange.row.teaching_oneself",
    "membership": "exchange.row.stay_oneself",
}


@dataclass(frozen=True, slots=True)
class RosterBearer:
    """The person who brings a file and whom he acts for; `can_grant_roles`: may grant roles by hand
    (`people.manage`)."""

    persons: frozenset[UUID]
    can_grant_roles: bool = False

    @classmethod
    def from_act(cls, act: Act) -> RosterBearer:
        """Return the bearer with the person of an act and the rights of its roles."""
        persons = frozenset(person for person in (act.person, act.on_behalf_of) if person)
        return cls(persons, is_permitted(act.assignments, "people.manage"))


def find_grants_beyond_bearer_rights(
    planned: Sequence[PlannedRow], stored: StoredRows, bearer: RosterBearer | None, today: date
) -> Iterator[RosterFinding]:
    """Yield a finding for each grant the bearer may not make; None is the command line, run by an operator of
    the machine.

    The check that only teachers get journals applies to everybody.
    """
    if bearer is not None:
        yield from _find_forbidden_role_changes(planned, bearer)
    yield from _check_journals_go_to_teachers(planned, stored, today)


def _find_forbidden_role_changes(
    planned: Sequence[PlannedRow], bearer: RosterBearer
) -> Iterator[RosterFinding]:
    """Yield a finding for roles the bearer may not grant or end, and for rows about himself."""
    for one in planned:
        roles = {one.values_after.get("role"), one.change.before.get("role")} - {None}
        if roles & ROLES_GRANTED_BY_HAND_ONLY:
            yield one.new_finding("role", "exchange.row.role_by_hand")
        elif roles - ROSTER_ROLES and not bearer.can_grant_roles:
            yield one.new_finding("role", "exchange.row.role_by_it")
        elif one.change.table in OWN_ROW_CODE_BY_TABLE and _person_ids_of_row(one) & bearer.persons:
            column = "sourcedId" if one.change.file == "users.csv" else "userSourcedId"
            yield one.new_finding(column, OWN_ROW_CODE_BY_TABLE[one.change.table])


def _person_ids_of_row(one: PlannedRow) -> set[UUID]:
    """Return the persons a row is about, now and before."""
    return {one.values_after["person_id"], one.change.before.get("person_id")}


def _check_journals_go_to_teachers(
    planned: Sequence[PlannedRow], stored: StoredRows, today: date
) -> Iterator[RosterFinding]:
    """Yield a finding for each opened journal whose person has no teacher role."""
    opening = list(iterate_opened_journals(planned, today))
    teachers = teacher_ids_after_plan(planned, stored, today) if opening else frozenset()
    for one in opening:
        if one.values_after["person_id"] not in teachers:
            yield one.new_finding("userSourcedId", "exchange.row.not_a_teacher")


def iterate_opened_journals(planned: Sequence[PlannedRow], today: date) -> Iterator[PlannedRow]:
    """Yield the planned rows that open a journal to a teacher."""
    return (
        one for one in planned if one.change.table == "teaching" and _is_giving_journal_access(one, today)
    )


def _is_giving_journal_access(one: PlannedRow, today: date) -> bool:
    """Return whether the change opens a journal: to another person, or for longer. An ended period opens
    nothing."""
    if one.change.action not in ("insert", "update") or is_last_day_past(one.values_after["ends_on"], today):
        return False
    before, values = one.change.before, one.change.values
    if one.change.action == "insert" or {"person_id", "offering_id"} & set(values):
        return True
    if "ends_on" not in values:
        return False
    return values["ends_on"] is None or (
        before["ends_on"] is not None and before["ends_on"] < values["ends_on"]
    )


def teacher_ids_after_plan(planned: Sequence[PlannedRow], stored: StoredRows, today: date) -> frozenset[UUID]:
    """Return the persons with a current or future teacher role after the plan."""
    held = {row.id: (row.person_id, row.role, row.valid_until) for row in stored[RoleGrant].values()}
    for one in planned:
        if one.change.table == "role_grant":
            held.pop(one.change.id, None)
            if one.change.action != "remove":
                whole = one.values_after
                held[one.change.id] = (whole["person_id"], whole["role"], whole["valid_until"])
    return frozenset(
        person
        for person, role, last in held.values()
        if role == TEACHER_ROLE and not is_last_day_past(last, today)
    )
