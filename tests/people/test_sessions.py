"""Sessions live in PostgreSQL: one SELECT a request, ended at once everywhere, assignments dated to the day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from app.kernel.act import RoleAssignment
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.ids import new_id
from app.people import commands
from app.people.account import load_active_sessions
from app.people.commands.sessions import MAX_SESSION_AGE, SESSION_LIFETIME
from app.people.queries import find_signed_in_session
from tests.support.query_counter import statements

TODAY = date(2026, 10, 14)


def test_one_statement_finds_session_person_roles_and_whom_one_stands_in_for(staff):
    anna = staff.member("Асанова", "department_head", staff.department)
    bakyt = staff.member("Бакиров", "teacher", staff.department)
    staff.stands_in(anna, bakyt, TODAY, TODAY)
    opened = staff.enters(bakyt)
    key = commands.hash_key_for_storage(opened.key)
    with statements() as seen:
        found = find_signed_in_session(key, staff.clock())
    assert len(seen) == 1
    assert found.assignments == (RoleAssignment("teacher", staff.department),)
    assert [(one.person, one.assignments) for one in found.absent_persons] == [
        (anna, (RoleAssignment("department_head", staff.department),))
    ]
    assert found.name.full == "Бакиров Айгүл"


def test_the_key_itself_is_stored_nowhere(staff):
    opened = staff.enters(staff.person())
    dumped = db.session.scalar(text("SELECT string_agg(s::text, '') FROM people.login_session s"))
    assert opened.key not in dumped and opened.key.encode().hex() not in dumped


def test_a_session_lives_until_the_second_its_life_ends(staff):
    opened = staff.enters(staff.person())
    staff.clock.advance(seconds=SESSION_LIFETIME.total_seconds() - 1)
    assert staff.sees(opened) is not None
    staff.clock.advance(seconds=1)
    assert staff.sees(opened) is None


def test_a_session_in_use_is_kept_alive(staff):
    opened = staff.enters(staff.person())
    staff.clock.advance(hours=11)
    with staff.acting(opened.person_id) as act:
        commands.extend_login_session(act, opened.session_id)
    staff.clock.advance(hours=11)
    assert staff.sees(opened) is not None


@pytest.mark.clause("3.2")
def test_a_session_in_daily_use_asks_for_the_password_again_after_a_fortnight(staff):
    opened = staff.enters(staff.person())
    used = timedelta(0)
    while used + SESSION_LIFETIME / 2 < MAX_SESSION_AGE:
        staff.clock.advance(seconds=SESSION_LIFETIME.total_seconds() / 2)
        used += SESSION_LIFETIME / 2
        with staff.acting(opened.person_id) as act:
            commands.extend_login_session(act, opened.session_id)
    staff.clock.advance(seconds=(MAX_SESSION_AGE - used).total_seconds() - 1)
    assert staff.sees(opened) is not None
    staff.clock.advance(seconds=1)
    assert staff.sees(opened) is None


def test_an_ended_session_is_over_at_once_and_the_others_go_on(staff):
    person = staff.person()
    here, there = staff.enters(person), staff.enters(person)
    assert len(load_active_sessions(person, staff.clock())) == 2
    with staff.acting(person) as act:
        commands.end_own_session(act, there.session_id)
    assert staff.sees(there) is None and staff.sees(here) is not None
    assert [row.id for row in load_active_sessions(person, staff.clock())] == [here.session_id]


def test_nobody_ends_the_session_of_somebody_else(staff):
    opened = staff.enters(staff.person())
    other = staff.person("Бакиров")
    for session_id in (opened.session_id, new_id()):
        with pytest.raises(Missing), staff.acting(other) as act:
            commands.end_own_session(act, session_id)
    assert staff.sees(opened) is not None


def test_ending_a_session_twice_is_recorded_once(staff):
    opened = staff.enters(staff.person())
    for _ in range(2):
        with staff.acting(opened.person_id) as act:
            commands.end_own_session(act, opened.session_id)
    assert staff.facts().count("people.session.ended") == 1


def test_a_closed_account_and_a_person_who_left_are_not_let_in(staff):
    opened = staff.enters(staff.person())
    db.session.execute(text("UPDATE people.person SET ended_at = now()"))
    db.session.commit()
    assert staff.sees(opened) is None


def test_a_role_is_worn_on_its_first_and_last_day_and_on_no_other(staff):
    person = staff.person()
    staff.grants(person, "curator", staff.institute, TODAY, TODAY + timedelta(days=1))
    opened = staff.enters(person)
    worn = []
    staff.clock.advance(days=-1)
    for _ in range(4):
        with staff.acting(person) as act:
            commands.extend_login_session(act, opened.session_id)
        worn.append(bool(staff.sees(opened).assignments))
        staff.clock.advance(days=1)
    assert worn == [False, True, True, False]


def test_a_day_begins_at_midnight_of_bishkek(staff):
    person = staff.person()
    staff.grants(person, "curator", staff.institute, TODAY + timedelta(days=1))
    opened = staff.enters(person)
    staff.clock.advance(hours=14, minutes=59)
    with staff.acting(person) as act:
        commands.extend_login_session(act, opened.session_id)
    assert staff.sees(opened).assignments == ()
    staff.clock.advance(minutes=1)
    assert staff.sees(opened).assignments == (RoleAssignment("curator", staff.institute),)


def test_the_same_role_given_twice_is_one_role(staff):
    person = staff.member("Асанова", "teacher", staff.department)
    staff.grants(person, "teacher", staff.department)
    assert staff.sees(staff.enters(person)).assignments == (RoleAssignment("teacher", staff.department),)


@pytest.mark.clause("3.2")
def test_acting_for_somebody_ends_with_the_last_day_of_the_substitution(staff):
    anna = staff.member("Асанова", "department_head", staff.department)
    bakyt = staff.member("Бакиров", "teacher", staff.department)
    staff.stands_in(anna, bakyt, TODAY, TODAY)
    opened = staff.enters(bakyt)
    with staff.acting(bakyt) as act:
        commands.switch_acting_role(act, opened.session_id, None, None, anna)
    found = staff.sees(opened)
    assert found.on_behalf_of == anna and found.acting_roles == (
        RoleAssignment("department_head", staff.department),
    )
    staff.clock.advance(hours=20)
    with staff.acting(bakyt) as act:
        commands.extend_login_session(act, opened.session_id)
    found = staff.sees(opened)
    assert found.on_behalf_of is None and found.acting_roles == (RoleAssignment("teacher", staff.department),)


@pytest.mark.clause("3.2")
def test_acting_for_somebody_ends_when_he_takes_it_back(staff):
    anna = staff.member("Асанова", "department_head", staff.department)
    bakyt = staff.member("Бакиров", "teacher", staff.department)
    named = staff.stands_in(anna, bakyt, TODAY, TODAY + timedelta(days=9))
    opened = staff.enters(bakyt)
    with staff.acting(bakyt) as act:
        commands.switch_acting_role(act, opened.session_id, None, None, anna)
    with staff.acting(anna) as act:
        commands.revoke_substitution(act, named)
    assert staff.sees(opened).on_behalf_of is None and staff.sees(opened).absent_persons == ()


def test_a_substitute_for_one_role_wears_that_role_only(staff):
    anna = staff.member("Асанова", "department_head", staff.department)
    staff.grants(anna, "teacher", staff.other)
    bakyt = staff.member("Бакиров", "teacher", staff.department)
    staff.stands_in(anna, bakyt, TODAY, TODAY, "teacher")
    assert staff.sees(staff.enters(bakyt)).absent_persons[0].assignments == (
        RoleAssignment("teacher", staff.other),
    )


def test_standing_in_is_not_passed_on_to_a_third_person(staff):
    anna = staff.member("Асанова", "department_head", staff.department)
    bakyt = staff.member("Бакиров", "teacher", staff.department)
    cholpon = staff.member("Чолпонова", "teacher", staff.department)
    staff.stands_in(anna, bakyt, TODAY, TODAY)
    staff.stands_in(bakyt, cholpon, TODAY, TODAY)
    assert [one.person for one in staff.sees(staff.enters(cholpon)).absent_persons] == [bakyt]
