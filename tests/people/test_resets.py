"""3.2: whoever else could enter an account, its owner and who answers for his unit hear of it at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.kernel.db import db
from app.outbox.models import Message
from app.people import commands
from app.people.commands.resets import (
    ACCOUNT_RESET_EVENT,
    RESET_WATCHED_EVENT,
    notify_owners_at_previous_addresses,
)
from app.people.models import AccountReset, Person

PASSWORD = "узун жана жакшы сөз"
pytestmark = pytest.mark.clause("3.2")


@pytest.fixture
def admin(staff):
    return staff.member("Админ", "it_admin")


def told(event_type):
    db.session.rollback()
    found = db.session.scalars(
        select(Message.payload).where(Message.event_type == event_type).order_by(Message.id)
    )
    return [set(payload["recipients"]) for payload in found]


def resets(staff, admin, person):
    with staff.acting(admin) as act:
        commands.reset_password_by_admin(act, person)
    return told(ACCOUNT_RESET_EVENT)[-1], (told(RESET_WATCHED_EVENT) or [set()])[-1]


def test_the_owner_and_the_directorate_of_his_unit_are_told(staff, admin):
    head = staff.member("Башчы", "department_head", staff.department)
    directorate = staff.member("Дирекция", "directorate", staff.institute)
    far = staff.member("Башка", "directorate", staff.unit(staff.university, "institute", "ECON"))
    owner, watchers = resets(staff, admin, head)
    assert owner == {str(head)} and watchers == {str(directorate)} and str(far) not in watchers
    (row,) = db.session.scalars(select(AccountReset)).all()
    assert (row.person_id, row.kind, row.made_by, row.at) == (head, "password", admin, staff.clock())
    assert timedelta(days=7) < row.watched_until - row.at < timedelta(days=8), "to the end of the seventh day"


def test_who_is_of_the_directorate_or_of_no_unit_is_watched_from_above(staff, admin):
    office = staff.member("Окуу", "academic_office")
    rector = staff.member("Ректор", "rector")
    directorate = staff.member("Дирекция", "directorate", staff.institute)
    nobody = staff.person("Эркин")
    assert resets(staff, admin, directorate)[1] == {str(office)}
    assert resets(staff, admin, nobody)[1] == {str(office)}
    assert resets(staff, admin, office)[1] == {str(rector)}
    assert resets(staff, admin, rector)[1] == {str(office)}


def test_it_never_watches_itself_and_a_student_has_no_watcher(staff, admin):
    staff.grants(admin, "academic_office")
    staff.grants(admin, "directorate", staff.institute)
    head = staff.member("Башчы", "department_head", staff.department)
    student = staff.member("Студент", "student", staff.institute)
    rector = staff.member("Ректор", "rector")
    assert resets(staff, admin, head)[1] == {str(rector)}
    seen = len(told(RESET_WATCHED_EVENT))
    assert resets(staff, admin, student)[0] == {str(student)} and len(told(RESET_WATCHED_EVENT)) == seen


def test_an_account_given_or_opened_again_is_told_too_and_once(staff, admin):
    staff.member("Дирекция", "directorate", staff.institute)
    teacher = staff.member("Окутуучу", "teacher", staff.department)
    with staff.acting() as act:
        new = commands.add_person(act, commands.NewPerson(teacher.__class__(int=7), "Жаңы", "Киши"))
    staff.grants(new, "teacher", staff.department)
    with staff.acting(admin) as act:
        (slip,) = commands.issue_account_slips(act, [new])
    with staff.acting() as act:
        commands.accept_invitation(
            act, commands.hash_key_for_storage(slip.key), "new.teacher", PASSWORD, PASSWORD
        )
    for verb in (commands.close_account, commands.reopen_account, commands.reopen_account):
        with staff.acting(admin) as act:
            verb(act, teacher)
    db.session.rollback()
    kinds = db.session.execute(
        select(AccountReset.kind, AccountReset.person_id, AccountReset.made_by).order_by(AccountReset.at)
    ).all()
    assert sorted(map(tuple, kinds)) == [("given", new, admin), ("opened", teacher, admin)]
    assert len(told(ACCOUNT_RESET_EVENT)) == len(told(RESET_WATCHED_EVENT)) == 2


def test_what_is_noted_is_never_rewritten(staff, admin):
    head = staff.member("Башчы", "department_head", staff.department)
    resets(staff, admin, head)
    with pytest.raises(Exception, match=r"permission denied|append-only"):
        db.session.execute(update(AccountReset).values(made_by=head))
    db.session.rollback()


def test_a_new_address_is_told_to_the_old_one(staff, admin):
    anna = staff.person("Асанова")
    with staff.acting() as act:
        db.session.execute(update(Person).where(Person.id == anna).values(email="new@example.kg"))
        notify_owners_at_previous_addresses(act, {anna: "old@example.kg", admin: "admin@example.kg"})
    db.session.rollback()
    found = db.session.scalars(
        select(Message.payload).where(Message.event_type == "people.account.address_changed")
    ).all()
    assert {payload["addresses"].get(str(anna)) for payload in found} == {"old@example.kg", None}
