"""The verbs of people: what they grant, what they refuse, what a repeat does, and what the audit then knows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.outbox.models import Message
from app.people import commands, queries
from app.people.account import load_person_role_grants, load_unended_substitutions
from app.people.models import Account, Membership
from tests.people.staff import PASSWORD, TERM
from tests.support.query_counter import statements

TODAY = date(2026, 10, 14)
TOMORROW = TODAY + timedelta(days=1)


def problem(raised: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    """The one field and its code."""
    ((field, (found,)),) = raised.value.fields.items()
    return field, found.code


def test_a_password_opens_whatever_the_case_and_the_spaces_of_the_login(staff):
    person = staff.person(login="A.Asanova")
    assert commands.authenticate_person("  a.ASANOVA ", PASSWORD) == person


@pytest.mark.parametrize("login, password", [("asanova", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_and_a_wrong_password_are_refused_alike(staff, login, password):
    staff.person(login="asanova")
    with pytest.raises(Denied) as raised:
        commands.authenticate_person(login, password)
    assert (raised.value.code, raised.value.params) == ("people.sign_in.wrong", {})


def test_an_unknown_login_costs_the_hash_of_a_known_one(staff, monkeypatch):
    staff.person(login="asanova")
    verified = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", lambda *given: verified.append(given[1]) or verify(*given))
    for login in ("asanova", "nobody"):
        with statements() as seen, pytest.raises(Denied):
            commands.authenticate_person(login, "wrong")
        assert len(seen) == 1
    known, unknown = verified
    assert known.split("$")[:4] == unknown.split("$")[:4]


def test_a_damaged_hash_lets_nobody_in(staff):
    person = staff.person(login="asanova")
    with staff.acting():
        db.session.get(Account, person).password = "never"
    with pytest.raises(Denied):
        commands.authenticate_person("asanova", "never")


def test_a_hash_of_weaker_days_is_made_anew_at_sign_in(staff):
    person = staff.person(login="asanova")
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with staff.acting():
        db.session.get(Account, person).password = weak
    for _ in range(2):
        assert commands.authenticate_person("asanova", PASSWORD) == person
        with staff.acting(person) as act:
            commands.rehash_if_weak(act, person, PASSWORD)
    assert db.session.get(Account, person).password != weak
    assert staff.facts().count("people.account.rehashed") == 1


def test_a_new_password_ends_every_other_session(staff):
    person = staff.person(login="asanova")
    here, there = staff.enters(person), staff.enters(person)
    with staff.acting(person) as act:
        commands.change_password(act, PASSWORD, "жаңы узун сөз", here.session_id)
    assert staff.sees(here) is not None and staff.sees(there) is None
    assert commands.authenticate_person("asanova", "жаңы узун сөз") == person


@pytest.mark.parametrize(
    "old, new, wanted",
    [
        ("wrong", "жаңы узун сөз", ("old", "people.password.wrong")),
        (PASSWORD, "кыска", ("new", "people.password.too_short")),
        (PASSWORD, PASSWORD, ("new", "people.password.same")),
    ],
)
def test_a_bad_change_of_password_names_its_field_and_ends_nothing(staff, old, new, wanted):
    person = staff.person()
    here, there = staff.enters(person), staff.enters(person)
    with pytest.raises(Invalid) as raised, staff.acting(person) as act:
        commands.change_password(act, old, new, here.session_id)
    assert problem(raised) == wanted and staff.sees(there) is not None


@pytest.mark.clause("3.2")
def test_an_administrator_ends_a_password_and_only_the_owner_of_the_code_sets_another(staff):
    admin, person = staff.member("Админов", "it_admin"), staff.person(login="asanova")
    before = staff.enters(person)
    with staff.acting(admin) as act:
        slip = commands.reset_password_by_admin(act, person)
    assert staff.sees(before) is None
    for password in (PASSWORD, slip.key):
        with pytest.raises(Denied):
            commands.authenticate_person("asanova", password)
    with staff.acting() as act:
        commands.accept_invitation(
            act, commands.hash_key_for_storage(slip.key), "other", "өзүмдүн сырым", "өзүмдүн сырым"
        )
    assert commands.authenticate_person("asanova", "өзүмдүн сырым") == person, "the login stays"


def test_a_closed_account_is_shut_and_may_be_opened_again(staff):
    admin, person = staff.member("Админов", "it_admin"), staff.person(login="asanova")
    opened = staff.enters(person)
    for _ in range(2):
        with staff.acting(admin) as act:
            commands.close_account(act, person)
    assert staff.sees(opened) is None
    with pytest.raises(Denied):
        commands.authenticate_person("asanova", PASSWORD)
    with staff.acting(admin) as act:
        commands.reopen_account(act, person)
    assert commands.authenticate_person("asanova", PASSWORD) == person
    assert staff.facts().count("people.account.closed") == 1


@pytest.mark.parametrize(
    "verb", [commands.close_account, commands.reopen_account, commands.reset_password_by_admin]
)
def test_nobody_keeps_his_own_account_nor_one_that_is_not_there(staff, verb):
    admin = staff.member("Админов", "it_admin")
    with pytest.raises(Refused) as raised, staff.acting(admin) as act:
        verb(act, admin)
    assert raised.value.code == "people.account.oneself"
    with pytest.raises(Missing), staff.acting(admin) as act:
        verb(act, new_id())


def test_a_login_is_taken_whatever_its_case(staff):
    staff.person(login="asanova")
    with pytest.raises(Invalid) as raised:
        staff.person(login="ASANOVA")
    assert problem(raised) == ("login", "people.account.login_taken")


def test_a_person_sent_twice_is_added_once_and_other_content_is_stale(staff):
    new = commands.NewPerson(new_id(), "Асанова", "Айгүл")
    for _ in range(2):
        with staff.acting() as act:
            assert commands.add_person(act, new) == new.id
    other = commands.NewPerson(new.id, "Бакирова", "Айгүл")
    with pytest.raises(Stale), staff.acting() as act:
        commands.add_person(act, other)
    assert queries.load_names([new.id])[new.id].full == "Асанова Айгүл"


def test_the_name_of_a_person_stands_in_the_audit_as_ciphertext_only(staff):
    staff.person("Жапарова", "Айнура", login="zhaparova")
    with db.engine.connect() as connection:
        written = connection.exec_driver_sql("SELECT string_agg(r::text, ' ') FROM audit.record r").scalar()
    assert "people.person.added" in written
    assert "Жапарова" not in written and "zhaparova" not in written


def test_a_role_is_given_once_however_often_it_is_sent(staff):
    person, grant = staff.person(), new_id()
    for _ in range(2):
        with staff.acting() as act:
            commands.grant_role(act, grant, person, "teacher", staff.department, TERM)
    assert [row.role for row in load_person_role_grants(person)] == ["teacher"]
    with pytest.raises(Stale), staff.acting() as act:
        commands.grant_role(act, grant, person, "it_admin", None, TERM)


@pytest.mark.parametrize(
    "role, until, wanted",
    [
        ("dean", None, ("role", "people.role.unknown")),
        ("teacher", TERM - timedelta(days=1), ("valid_until", "people.period.backwards")),
    ],
)
def test_a_bad_grant_names_its_field(staff, role, until, wanted):
    person = staff.person()
    with pytest.raises(Invalid) as raised:
        staff.grants(person, role, None, TERM, until)
    assert problem(raised) == wanted and load_person_role_grants(person) == []


def test_a_role_of_one_day_is_a_role(staff):
    person = staff.person()
    staff.grants(person, "teacher", staff.department, TODAY, TODAY)
    assert len(queries.load_role_holders("teacher", staff.department, TODAY)) == 1


def test_ending_a_role_never_makes_it_longer(staff):
    person = staff.person()
    grant = staff.grants(person, "teacher", staff.department, TERM, date(2026, 9, 30))
    with staff.acting() as act:
        commands.end_or_delete_role_grant(act, grant, TODAY)
    assert load_person_role_grants(person)[0].valid_until == date(2026, 9, 30)
    assert "people.role.ended" not in staff.facts()


def test_a_role_ends_with_the_day_and_its_past_stays(staff):
    person = staff.person()
    grant = staff.grants(person, "teacher", staff.department)
    with staff.acting() as act:
        commands.end_or_delete_role_grant(act, grant, TODAY)
    assert (
        load_person_role_grants(person)[0].valid_from,
        load_person_role_grants(person)[0].valid_until,
    ) == (TERM, TODAY)


def test_a_role_that_has_not_begun_is_taken_back(staff):
    person = staff.person()
    grant = staff.grants(person, "teacher", staff.department, TOMORROW)
    with staff.acting() as act:
        commands.end_or_delete_role_grant(act, grant, TODAY)
    assert load_person_role_grants(person) == [] and staff.facts()[-1] == "people.role.taken_back"


@pytest.mark.clause("2.1")
def test_a_student_who_moves_leaves_his_group_the_day_before(staff):
    student, old, new = staff.person(), staff.group("ИВТ-1"), staff.group("ИВТ-2")
    for group, day in ((old, TERM), (new, TODAY)):
        with staff.acting() as act:
            commands.start_group_membership(act, new_id(), student, group, day, "17-б")
    assert [row.id for row in queries.load_student_groups(student, TODAY - timedelta(days=1))] == [old]
    assert [row.id for row in queries.load_student_groups(student, TODAY)] == [new]


@pytest.mark.clause("2.1")
def test_a_student_is_never_in_two_groups_on_one_day(staff):
    student, old, new = staff.person(), staff.group("ИВТ-1"), staff.group("ИВТ-2")
    with staff.acting() as act:
        commands.start_group_membership(act, new_id(), student, old, TODAY)
    for day in (TODAY, TERM):
        with pytest.raises(Refused) as raised, staff.acting() as act:
            commands.start_group_membership(act, new_id(), student, new, day)
        assert raised.value.code == "people.membership.overlaps"
    assert [row.id for row in queries.load_student_groups(student, TODAY)] == [old]


def test_a_membership_sent_twice_is_one_stay(staff):
    student, group, stay = staff.person(), staff.group(), new_id()
    for _ in range(2):
        with staff.acting() as act:
            commands.start_group_membership(act, stay, student, group, TERM)
    assert db.session.query(Membership).count() == 1
    with pytest.raises(Stale), staff.acting() as act:
        commands.start_group_membership(act, stay, student, group, TODAY)
    with pytest.raises(Missing), staff.acting() as act:
        commands.start_group_membership(act, new_id(), new_id(), group, TERM)


def test_a_last_day_in_a_group_is_written_once(staff):
    student, group = staff.person(), staff.group()
    with staff.acting() as act:
        commands.start_group_membership(act, new_id(), student, group, TERM)
    for _ in range(2):
        with staff.acting() as act:
            commands.end_group_membership(act, student, group, TODAY, "18-б")
    (member,) = queries.load_past_and_present_members(group)
    assert (
        member.is_member_on(TODAY)
        and not member.is_member_on(TOMORROW)
        and not member.is_member_on(TERM - timedelta(days=1))
    )
    assert staff.facts().count("people.membership.ended") == 1


@pytest.mark.clause("3.2")
def test_a_substitute_is_named_for_days_with_a_reason_and_taken_back_at_once(staff):
    anna = staff.member("Асанова", "department_head", staff.department)
    bakyt = staff.member("Бакиров", "teacher", staff.department)
    named = staff.stands_in(anna, bakyt, TODAY, TOMORROW, "department_head")
    assert [(row.mine, row.role) for row in load_unended_substitutions(anna, TODAY)] == [
        (True, "department_head")
    ]
    assert [row.mine for row in load_unended_substitutions(bakyt, TODAY)] == [False]
    assert queries.load_role_holders("department_head", staff.department, TOMORROW)[0].substitutes == (bakyt,)
    assert (
        queries.load_role_holders("department_head", staff.department, TOMORROW + timedelta(days=1))[
            0
        ].substitutes
        == ()
    )
    with pytest.raises(Missing), staff.acting(bakyt) as act:
        commands.revoke_substitution(act, named)
    for _ in range(2):
        with staff.acting(anna) as act:
            commands.revoke_substitution(act, named)
    assert load_unended_substitutions(anna, TODAY) == []
    assert staff.facts().count("people.substitute.ended") == 1


def test_a_substitute_is_told_for_whom_and_from_when_to_when_once(staff):
    anna = staff.member("Асанова", "teacher", staff.department)
    bakyt = staff.member("Бакиров", "teacher", staff.department)
    named = staff.stands_in(anna, bakyt, TODAY, TOMORROW)
    with staff.acting(anna) as act:
        commands.name_substitute(act, named, bakyt, None, TODAY, TOMORROW, "Эмгек өргүүсү")
    told = select(Message.payload).where(Message.event_type == "people.substitute.named")
    (news,) = db.session.scalars(told).all()
    assert news["recipients"] == [str(bakyt)] and news["on_behalf_of"] == str(anna)
    assert (news["since"], news["until"]) == (TODAY.isoformat(), TOMORROW.isoformat())


def test_the_database_refuses_two_groups_on_one_day(staff):
    student, group, other = staff.person(), staff.group(), staff.group("ИВТ-3-23")
    with staff.acting() as act:
        commands.start_group_membership(act, new_id(), student, group, TERM)
    with pytest.raises(IntegrityError, match="ex_membership_one_group_a_day"), staff.acting():
        db.session.add(Membership(id=new_id(), person_id=student, group_id=other, starts_on=TODAY))
        db.session.flush()
    with staff.acting() as act:
        commands.end_group_membership(act, student, group, TODAY)
    with staff.acting():
        db.session.add(Membership(id=new_id(), person_id=student, group_id=other, starts_on=TOMORROW))


def test_a_substitution_sent_twice_is_one_and_other_content_is_stale(staff):
    anna = staff.member("Асанова", "teacher", staff.department)
    bakyt = staff.member("Бакиров", "teacher", staff.department)
    named = staff.stands_in(anna, bakyt, TODAY, TODAY)
    with staff.acting(anna) as act:
        commands.name_substitute(act, named, bakyt, None, TODAY, TODAY, "Эмгек өргүүсү")
    assert len(load_unended_substitutions(anna, TODAY)) == 1
    with pytest.raises(Stale), staff.acting(bakyt) as act:
        commands.name_substitute(act, named, anna, None, TODAY, TODAY, "x")


@pytest.mark.parametrize(
    "change, wanted",
    [
        ({"role": "dean"}, ("role", "forms.field.not_offered")),
        ({"role": "student"}, ("role", "forms.field.not_offered")),
        ({"valid_from": TOMORROW}, ("valid_until", "people.period.backwards")),
        ({"valid_from": TERM, "valid_until": TERM}, ("valid_until", "people.period.backwards")),
        ({"reason": "  "}, ("reason", "forms.field.required")),
        ({"substitute": "stranger"}, ("substitute", "forms.field.not_offered")),
        ({"substitute": "student"}, ("substitute", "forms.field.not_offered")),
        ({"substitute": "gone"}, ("substitute", "forms.field.not_offered")),
    ],
)
def test_a_bad_substitution_names_its_field(staff, change, wanted):
    anna = staff.member("Асанова", "teacher", staff.department)
    persons = {
        "fine": staff.member("Бакиров", "teacher", staff.department),
        "student": staff.member("Чолпонова", "student"),
        "stranger": new_id(),
        "gone": staff.person("Кетти"),
    }
    staff.grants(persons["gone"], "teacher", staff.department, TERM, TODAY - timedelta(days=1))
    given = {"substitute": "fine", "role": None, "valid_from": TODAY, "valid_until": TODAY, "reason": "Өргүү"}
    given |= change
    with pytest.raises(Invalid) as raised, staff.acting(anna) as act:
        commands.name_substitute(act, new_id(), persons[given.pop("substitute")], **given)
    assert problem(raised) == wanted and load_unended_substitutions(anna, TODAY) == []


@pytest.mark.clause("3.2")
def test_nobody_stands_in_for_himself(staff):
    anna = staff.member("Асанова", "teacher", staff.department)
    with pytest.raises(Refused) as raised:
        staff.stands_in(anna, anna, TODAY, TODAY)
    assert raised.value.code == "people.substitute.oneself"


def test_language_and_appearance_are_among_those_offered(staff):
    person = staff.person()
    with staff.acting(person) as act:
        commands.set_person_locale(act, "ru")
        commands.set_person_theme(act, "dark")
    found = staff.sees(staff.enters(person))
    assert (found.locale, found.theme) == ("ru", "dark")
    for verb, wanted in ((commands.set_person_locale, "locale"), (commands.set_person_theme, "theme")):
        with pytest.raises(Invalid) as raised, staff.acting(person) as act:
            verb(act, "fr")
        assert problem(raised)[0] == wanted
