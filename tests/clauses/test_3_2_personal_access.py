"""3.2: credentials are nobody else's; for an absence a substitute is named, who acts under his own name."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app.audit import history
from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, DepterError, Invalid, Missing, Refused
from app.kernel.ids import new_id
from app.people import commands
from tests.people.staff import PASSWORD
from tests.scenarios.world import Actor

pytestmark = pytest.mark.clause("3.2")
TODAY = date(2026, 10, 14)
DAY = timedelta(days=1)


# --- one's own login --------------------------------------------------------------------------------------


def test_a_name_belongs_to_one_person(staff):
    staff.person("Асанова", login="asanova")
    with pytest.raises(DepterError):
        staff.person("Асанов", login="ASANOVA")


def test_a_password_ended_by_an_administrator_is_known_to_nobody_until_its_owner_chooses_one(staff):
    anna, admin = staff.person("Асанова", login="asanova"), staff.member("Админ", "it_admin")
    with staff.acting(admin) as act:
        slip = commands.reset_password_by_admin(act, anna)
    with pytest.raises(Denied):
        commands.authenticate_person("asanova", PASSWORD)
    key_hash = commands.hash_key_for_storage(slip.key)
    with staff.acting() as act:
        assert commands.accept_invitation(act, key_hash, "", "менин өз сөзүм", "менин өз сөзүм") == anna
    assert commands.authenticate_person("asanova", "менин өз сөзүм") == anna
    with pytest.raises(Refused), staff.acting() as act:
        commands.accept_invitation(act, key_hash, "", "башка бир сөзүм", "башка бир сөзүм")


def test_a_new_password_shuts_out_whoever_knew_the_old_one(staff):
    anna = staff.person("Асанова", login="asanova")
    hers, another = staff.enters(anna), staff.enters(anna)
    with staff.acting(anna) as act:
        commands.change_password(act, PASSWORD, "менин өз сөзүм", hers.session_id)
    assert staff.sees(hers) is not None and staff.sees(another) is None


def test_the_owner_ends_his_sessions_and_nobody_elses(staff):
    anna, bakyt = staff.person("Асанова"), staff.person("Бакиров")
    opened = staff.enters(anna)
    with pytest.raises(Missing), staff.acting(bakyt) as act:
        commands.end_own_session(act, opened.session_id)
    assert staff.sees(opened) is not None
    with staff.acting(anna) as act:
        commands.end_own_session(act, opened.session_id)
    assert staff.sees(opened) is None


# --- a substitute -----------------------------------------------------------------------------------------


@pytest.fixture
def anna(staff: Any) -> Any:
    return staff.member("Асанова", "department_head", staff.department)


@pytest.fixture
def bakyt(staff: Any) -> Any:
    return staff.member("Бакиров", "teacher", staff.department)


def test_he_stands_in_from_the_first_to_the_last_day_and_on_no_other(staff, anna, bakyt):
    staff.stands_in(anna, bakyt, TODAY + DAY, TODAY + 2 * DAY)
    seen = []
    for _ in range(4):
        seen.append([one.person for one in staff.sees(staff.enters(bakyt)).absent_persons])
        staff.clock.advance(days=1)
    assert seen == [[], [anna], [anna], []]


def test_the_day_changes_at_midnight_in_bishkek(staff, anna, bakyt):
    staff.stands_in(anna, bakyt, TODAY, TODAY)
    staff.clock.advance(hours=14, minutes=59, seconds=59)
    opened = staff.enters(bakyt)
    assert staff.sees(opened).absent_persons
    staff.clock.advance(seconds=1)
    assert staff.sees(opened).absent_persons == ()


def test_he_comes_in_by_his_own_name_and_keeps_it(staff, anna, bakyt):
    staff.stands_in(anna, bakyt, TODAY, TODAY)
    opened = staff.enters(bakyt)
    with staff.acting(bakyt) as act:
        commands.switch_acting_role(act, opened.session_id, None, None, anna)
    found = staff.sees(opened)
    assert (found.person_id, found.on_behalf_of) == (bakyt, anna)
    assert found.acting_roles == (RoleAssignment("department_head", staff.department),)


def test_without_a_reason_or_for_days_gone_by_nobody_is_named(staff, anna, bakyt):
    for until, reason, field in ((TODAY, "  ", "reason"), (TODAY - DAY, "Өргүү", "valid_until")):
        with pytest.raises(Invalid) as invalid, staff.acting(anna) as act:
            commands.name_substitute(act, new_id(), bakyt, None, TODAY - DAY, until, reason)
        assert list(invalid.value.fields) == [field]


def test_only_the_absent_person_takes_him_back_and_it_holds_at_once(staff, anna, bakyt):
    named = staff.stands_in(anna, bakyt, TODAY, TODAY + 9 * DAY)
    opened = staff.enters(bakyt)
    with pytest.raises(Missing), staff.acting(bakyt) as act:
        commands.revoke_substitution(act, named)
    with staff.acting(anna) as act:
        commands.revoke_substitution(act, named)
    assert staff.sees(opened).absent_persons == ()


# --- what he does -----------------------------------------------------------------------------------------


@pytest.fixture
def substitute(world: Any) -> Actor:
    """Somebody who acts in the role of the absent head for him."""
    person, head = world.school.person("Орун", "Басар"), world.people["department_head"]
    world._grant(person, "teacher", world.school.department)
    world.stands_in(head, person, TODAY, TODAY + DAY)
    return Actor(world, person, (RoleAssignment("department_head", world.school.department),), head)


def test_a_visa_given_for_the_head_bears_both_names(world, substitute):
    case = world.teacher().requests_correction()
    substitute.approves(case)
    (visa,) = [entry for entry in history.load_case_audit_entries(case) if entry.person == substitute.person]
    assert visa.on_behalf_of == world.people["department_head"]
    assert world.open_elements(case) == ["forward_directorate"]


def test_it_is_as_if_the_head_had_given_it_so_neither_decides_again(world, substitute):
    world._grant(world.people["department_head"], "directorate", world.school.institute)
    world._grant(substitute.person, "directorate", world.school.institute)
    case = world.teacher().requests_correction()
    substitute.approves(case)
    (task,) = world.open_tasks(case)
    task_id, version, element = task.id, task.version_id, task.element
    for person in (world.people["department_head"], substitute.person):
        with pytest.raises(Refused) as refused:
            world.actor("directorate", person).completes_task(task_id, version, element, decision="approve")
        assert refused.value.code == "cases.task.excluded"


def test_who_asked_does_not_approve_in_the_name_of_the_head(world):
    head = world.people["department_head"]
    world.stands_in(head, world.school.lecturer, TODAY, TODAY + DAY)
    case = world.teacher().requests_correction()
    (task,) = world.open_tasks(case)
    for_the_head = Actor(
        world, world.school.lecturer, (RoleAssignment("department_head", world.school.department),), head
    )
    with pytest.raises(Refused) as refused:
        for_the_head.completes_task(task.id, task.version_id, task.element, decision="approve")
    assert refused.value.code == "cases.task.excluded" and world.cell().value == "ABSENT"
