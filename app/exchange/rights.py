"""Which roles and journals a file gives: nobody gets by a file what its bearer may not give by hand (3.1, 2.1a).

Pure: planned rows and stored rows in, findings out. By hand only IT gives roles, and nobody to himself; the title data
of a journal, with its teachers, and who studies where, are the academic office's. See docs/adr/0024.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.exchange.checks import Planned
from app.exchange.differing import is_over
from app.exchange.read import Finding
from app.exchange.values import Stored
from app.kernel.act import Act
from app.people.models import RoleGrant
from app.people.rules import may

TEACHER = "teacher"
OF_A_ROSTER = frozenset({TEACHER, "student"})
"""Roles that whoever may import brings: alone they open nothing but one's own lessons and marks."""
BY_HAND = frozenset({"it_admin"})
"""Roles that no person's file gives or takes: who has them could give himself everything else."""
ONESELF = {
    "role_grant": "exchange.row.role_oneself",
    "teaching": "exchange.row.teaching_oneself",
    "membership": "exchange.row.stay_oneself",
}


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who brings a file: himself and whom he acts for, and whether he gives roles by hand (`people.manage`)."""

    persons: frozenset[UUID]
    manages: bool = False

    @classmethod
    def of(cls, act: Act) -> Bearer:
        """The person of an act, with the rights of its hats."""
        persons = frozenset(person for person in (act.person, act.on_behalf_of) if person)
        return cls(persons, may(act.hats, "people.manage"))


def findings_of_rights(
    planned: Sequence[Planned], stored: Stored, bearer: Bearer | None, today: date
) -> Iterator[Finding]:
    """What the bearer may not give or take; None is the command line, run by whoever has the machine and the database.

    That a journal is opened to teachers only holds for everybody.
    """
    if bearer is not None:
        yield from _roles(planned, bearer)
    yield from _not_teachers(planned, stored, today)


def _roles(planned: Sequence[Planned], bearer: Bearer) -> Iterator[Finding]:
    for one in planned:
        roles = {one.whole.get("role"), one.change.before.get("role")} - {None}
        if roles & BY_HAND:
            yield one.finding("role", "exchange.row.role_by_hand")
        elif roles - OF_A_ROSTER and not bearer.manages:
            yield one.finding("role", "exchange.row.role_by_it")
        elif one.change.table in ONESELF and _persons(one) & bearer.persons:
            column = "sourcedId" if one.change.file == "users.csv" else "userSourcedId"
            yield one.finding(column, ONESELF[one.change.table])


def _persons(one: Planned) -> set[UUID]:
    """Whom a row is about, and whom it was about before."""
    return {one.whole["person_id"], one.change.before.get("person_id")}


def _not_teachers(planned: Sequence[Planned], stored: Stored, today: date) -> Iterator[Finding]:
    given = [one for one in planned if one.change.table == "teaching" and _gives(one, today)]
    teachers = _teachers(planned, stored, today) if given else frozenset()
    for one in given:
        if one.whole["person_id"] not in teachers:
            yield one.finding("userSourcedId", "exchange.row.not_a_teacher")


def _gives(one: Planned, today: date) -> bool:
    """Whether a journal is opened by this change: to somebody new, or for longer. What is over opens nothing."""
    if one.change.action not in ("insert", "update") or is_over(one.whole["ends_on"], today):
        return False
    before, values = one.change.before, one.change.values
    if one.change.action == "insert" or {"person_id", "offering_id"} & set(values):
        return True
    if "ends_on" not in values:
        return False
    return values["ends_on"] is None or (
        before["ends_on"] is not None and before["ends_on"] < values["ends_on"]
    )


def _teachers(planned: Sequence[Planned], stored: Stored, today: date) -> frozenset[UUID]:
    """Who has or will have the role of a teacher when the plan is done."""
    held = {row.id: (row.person_id, row.role, row.valid_until) for row in stored[RoleGrant].values()}
    for one in planned:
        if one.change.table == "role_grant":
            held.pop(one.change.id, None)
            if one.change.action != "remove":
                whole = one.whole
                held[one.change.id] = (whole["person_id"], whole["role"], whole["valid_until"])
    return frozenset(
        person for person, role, last in held.values() if role == TEACHER and not is_over(last, today)
    )
