"""Which roles a chief may ask for, for whom and how long, and who confirms a role (P22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, Invalid
from app.people.access_rules import (
    AskedRole,
    ChiefOfRole,
    HeldRole,
    chief_of_role,
    is_reviewed_role,
    may_confirm_role,
    quarter_first_day,
    refusal_to_ask_for_end,
    refusal_to_ask_for_role,
)
from app.people.structure_rules import PlacedUnit

TODAY = date(2026, 11, 30)
UNIVERSITY, INSTITUTE, DEPARTMENT, OTHER = (UUID(int=number) for number in (1, 2, 3, 4))
UNITS = {
    UNIVERSITY: PlacedUnit(None, "university"),
    INSTITUTE: PlacedUnit(UNIVERSITY, "institute"),
    DEPARTMENT: PlacedUnit(INSTITUTE, "department"),
    OTHER: PlacedUnit(INSTITUTE, "department"),
}
CHIEF, PERSON = UUID(int=10), UUID(int=11)
HEAD = RoleAssignment("department_head", DEPARTMENT)
DIRECTORATE = RoleAssignment("directorate", INSTITUTE)
OFFICE = RoleAssignment("academic_office")
ASKED = AskedRole(PERSON, "teacher", DEPARTMENT, False, TODAY, TODAY + timedelta(days=365))


def held(role: str = "teacher", unit: UUID | None = DEPARTMENT, **other: object) -> HeldRole:
    one = HeldRole(uuid4(), PERSON, role, unit, False, date(2026, 9, 1), None)
    return replace(one, **other)  # type: ignore[arg-type]


def refused(
    asked: AskedRole, chief: RoleAssignment = HEAD, roles: Sequence[HeldRole] = (), acting: UUID = CHIEF
) -> str | None:
    found = refusal_to_ask_for_role({acting}, [chief], asked, roles, UNITS, TODAY, 365)
    if isinstance(found, Invalid):
        ((problem,),) = found.fields.values()
        return problem.code.removeprefix("people.")
    return found.code.removeprefix("people.") if found else None


def test_a_head_asks_for_a_teacher_of_his_department_for_a_year_at_most() -> None:
    assert refused(ASKED) is None
    assert refused(replace(ASKED, valid_until=ASKED.valid_until + timedelta(days=1))) == "access.too_long"
    assert refused(replace(ASKED, valid_from=TODAY - timedelta(days=1))) == "access.not_backwards"
    assert refused(replace(ASKED, valid_until=TODAY - timedelta(days=1))) == "period.backwards"
    assert refused(replace(ASKED, unit=None)) == "access.unit_needed"
    assert refused(replace(ASKED, unit=OTHER)) == "access.unit_not_yours"
    assert refused(replace(ASKED, unit=UNIVERSITY)) == "access.wrong_unit"


def test_nobody_asks_for_himself_or_for_somebody_elses_person() -> None:
    assert refused(ASKED, acting=PERSON) == "access.oneself"
    assert refused(ASKED, roles=[held(unit=OTHER)]) == "access.not_his_person"
    assert refused(ASKED, roles=[held("student", None)]) == "access.not_his_person"
    assert refused(replace(ASKED, unit=OTHER), DIRECTORATE, [held()]) is None


@pytest.mark.parametrize(
    ("role", "unit", "chief", "code"),
    [
        ("academic_office", None, HEAD, "access.role_not_yours"),
        ("it_admin", None, DIRECTORATE, "access.role_not_yours"),
        ("it_admin", None, OFFICE, None),
        ("it_admin", DEPARTMENT, OFFICE, "access.no_unit"),
        ("department_head", DEPARTMENT, HEAD, "access.only_deputy"),
        ("department_head", DEPARTMENT, DIRECTORATE, None),
        ("directorate", INSTITUTE, DIRECTORATE, "access.only_deputy"),
        ("directorate", INSTITUTE, OFFICE, None),
        ("curator", INSTITUTE, DIRECTORATE, None),
        ("curator", INSTITUTE, HEAD, "access.role_not_yours"),
    ],
)
def test_least_privilege(role: str, unit: UUID | None, chief: RoleAssignment, code: str | None) -> None:
    assert refused(replace(ASKED, role=role, unit=unit), chief) == code


def test_a_role_is_not_asked_for_twice_but_prolonged() -> None:
    ends = TODAY + timedelta(days=10)
    assert refused(ASKED, roles=[held(valid_until=ends)]) == "access.held_already"
    later = replace(ASKED, valid_from=ends + timedelta(days=1), valid_until=ends + timedelta(days=30))
    assert refused(later, roles=[held(valid_until=ends)]) is None


def test_a_chief_asks_for_the_end_of_a_role_of_his_people() -> None:
    def ending(one: HeldRole | None, last: date, acting: UUID = CHIEF) -> object:
        return refusal_to_ask_for_end({acting}, [HEAD], one, last, UNITS, TODAY)

    assert ending(held(), TODAY) is None
    assert isinstance(ending(held(), TODAY - timedelta(days=1)), Invalid)
    assert isinstance(ending(held(valid_until=TODAY), TODAY), Invalid)
    assert isinstance(ending(held(unit=OTHER), TODAY), Invalid)
    assert isinstance(ending(None, TODAY), Invalid)
    assert isinstance(ending(held(), TODAY, PERSON), Denied)


def test_who_confirms_a_role() -> None:
    head, office = ChiefOfRole("department_head", DEPARTMENT), ChiefOfRole("academic_office", None)
    directorate, rector = ChiefOfRole("directorate", INSTITUTE), ChiefOfRole("rector", None)
    holders = {head: {CHIEF}, directorate: {uuid4()}, office: {uuid4()}}
    assert chief_of_role(held(), UNITS, holders) == head
    assert chief_of_role(held(person=CHIEF), UNITS, holders) == directorate
    assert chief_of_role(held(unit=OTHER), UNITS, holders) == directorate
    assert chief_of_role(held("department_head", person=CHIEF), UNITS, holders) == directorate
    assert chief_of_role(held("department_head", deputy=True), UNITS, holders) == head
    assert chief_of_role(held("directorate", INSTITUTE), UNITS, holders) == office
    assert chief_of_role(held("it_admin", None), UNITS, holders) == office
    only = {office: {PERSON}, rector: {uuid4()}}
    assert chief_of_role(held("academic_office", None), UNITS, only) == rector
    assert chief_of_role(held("academic_office", None), UNITS, {office: {PERSON}}) is None
    assert may_confirm_role({CHIEF}, [HEAD], held(), head)
    assert not may_confirm_role({PERSON}, [HEAD], held(), head)
    assert not may_confirm_role({CHIEF}, [HEAD], held(), directorate)
    assert not may_confirm_role({CHIEF}, [HEAD], held(), None)


def test_a_role_is_confirmed_when_it_began_before_the_quarter() -> None:
    quarter = quarter_first_day(date(2026, 12, 31))
    assert quarter == date(2026, 10, 1) == quarter_first_day(quarter)
    assert is_reviewed_role(held(valid_from=date(2026, 9, 30)), quarter)
    assert not is_reviewed_role(held(valid_from=quarter), quarter)
    assert not is_reviewed_role(held("student", None), quarter)
