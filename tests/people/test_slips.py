"""Codes of slips: one a person, kept as a hash, ended by the next one, and never for who has an account."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Refused
from app.kernel.ids import new_id
from app.people import commands
from app.people.models import Invitation, Person

PASSWORD = "узун жана жакшы сөз"


@pytest.fixture
def waiting(staff):
    """Three persons without an account."""

    def added(family):
        with staff.acting() as act:
            return commands.add_person(act, commands.NewPerson(new_id(), family, "Айгүл"))

    return [added(family) for family in ("Асанова", "Бакирова", "Эрматова")]


def prints(staff, admin, persons):
    with staff.acting(admin) as act:
        return commands.issue_account_slips(act, persons)


def accepts(staff, key, login="aigul"):
    with staff.acting() as act:
        return commands.accept_invitation(act, commands.hash_key_for_storage(key), login, PASSWORD, PASSWORD)


def test_each_person_without_an_account_gets_a_code_and_a_second_printing_ends_the_first(staff, waiting):
    admin, has_account = staff.member("Админ", "it_admin"), staff.person("Бар")
    first = prints(staff, admin, [waiting[2], has_account, waiting[0], waiting[2], new_id()])
    assert [one.person for one in first] == [waiting[2], waiting[0]], "once each, in the order asked for"
    stored = db.session.execute(select(Invitation.made_by, Invitation.key_hash)).all()
    assert {row.made_by for row in stored} == {admin} and all(one.key not in str(stored) for one in first)
    assert staff.facts().count("people.invitation.made") == 2
    second = prints(staff, admin, [waiting[2]])
    with pytest.raises(Refused, match=r"people\.invitation\.replaced"):
        accepts(staff, first[0].key)
    assert accepts(staff, second[0].key) == waiting[2]
    assert prints(staff, admin, [waiting[2]]) == []
    told = "".join(db.session.scalars(text("SELECT body FROM audit.record")))
    assert second[0].key not in told and PASSWORD not in told


def test_a_code_opens_until_the_last_second_of_its_fourteen_days(staff, waiting, clock):
    admin = staff.member("Админ", "it_admin")
    early, late = prints(staff, admin, waiting[:2])
    clock.advance(days=14, seconds=-1)
    assert accepts(staff, early.key) == waiting[0]
    clock.advance(seconds=1)
    with pytest.raises(Refused, match=r"people\.invitation\.expired"):
        accepts(staff, late.key, "bakyt")


def test_a_code_for_a_password_ends_after_three_days_and_with_a_closed_account(staff, clock):
    admin, anna = staff.member("Админ", "it_admin"), staff.person(login="asanova")

    def resets():
        with staff.acting(admin) as act:
            return commands.reset_password_by_admin(act, anna).key

    key = resets()
    clock.advance(hours=72, seconds=-1)
    with pytest.raises(Invalid), staff.acting() as act:
        commands.accept_invitation(act, commands.hash_key_for_storage(key), "", "кыска", "кыска")
    clock.advance(seconds=1)
    with pytest.raises(Refused, match=r"people\.invitation\.expired"):
        accepts(staff, key)
    key = resets()
    with staff.acting(admin) as act:
        commands.close_account(act, anna)
    with pytest.raises(Refused, match=r"people\.invitation\.replaced"):
        accepts(staff, key)
    with pytest.raises(Refused, match=r"people\.account\.closed"):
        resets()


def test_who_has_left_gets_no_code_and_uses_none(staff, waiting, clock):
    admin = staff.member("Админ", "it_admin")
    (slip,) = prints(staff, admin, waiting[:1])
    with staff.acting():
        db.session.get_one(Person, waiting[0]).ended_at = clock()
    assert prints(staff, admin, waiting[:1]) == []
    with pytest.raises(Refused, match=r"people\.invitation\.replaced"):
        accepts(staff, slip.key)
    with pytest.raises(Missing):
        accepts(staff, "")
