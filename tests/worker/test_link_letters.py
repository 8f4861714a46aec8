"""Invitations and new passwords by mail, through the real mail server: the key exists only when its letter was sent."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.kernel.db import db
from app.kernel.ids import new_id
from app.outbox.dispatch import deliver_due_messages
from app.people import commands
from app.people.commands.account_letters import LETTERS_A_MINUTE
from app.people.models import Invitation, Person
from app.worker.event_handlers import event_handlers_by_type
from tests.people.staff import PASSWORD, TERM, Staff
from tests.web.browser import Browser

CHOSEN = {"new": "менин өз сөзүм", "again": "менин өз сөзүм"}
LETTERS = "/people/accounts/letters"


@pytest.fixture
def staff(db_session: Any, clock: Any) -> Staff:
    return Staff(clock)


@pytest.fixture
def it(app: Any, staff: Staff) -> Browser:
    return Browser(app).enter(staff.member("Админов", "it_admin"))


def student(staff: Staff, family: str, group: Any, email: str | None) -> Any:
    with staff.acting() as act:
        new = commands.NewPerson(new_id(), family, "Нур", email=email, locale="en")
        person = commands.add_person(act, new)
        commands.start_group_membership(act, new_id(), person, group, TERM, "12")
    staff.grants(person, "student")
    return person


def delivers(settings: Any, now: Any) -> None:
    db.session.rollback()
    for _ in range(2):
        deliver_due_messages(event_handlers_by_type(settings), now, 100)


def link_in(letter: Any) -> str:
    said = letter.get_body(("plain",)).get_content()
    return re.search(r"/invitation/[\w-]+", said)[0]


def keys() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Invitation))


def test_each_person_with_an_address_is_invited_once_and_opens_the_account(
    app, staff, it, settings, mailbox, clock
):
    group = staff.group()
    student(staff, "Асанова", group, "asanova@example.kg")
    student(staff, "Бакиров", group, None)
    page = it.get(f"/people/accounts?group={group}").text
    assert "Send invitations" in page and 'Letters: <strong translate="no">1<' in page
    for _ in range(2):
        assert it.post(LETTERS, group=str(group)).status_code == 302
    delivers(settings, clock())
    mailbox.wait_for(1)
    (letter,) = mailbox.letters("asanova@example.kg")
    assert letter["Subject"] == "Open your account in Depter" and keys() == 1
    again = it.post(LETTERS, group=str(group))
    assert again.status_code == 422 and "Nobody in this list can be invited" in again.text
    own, way = Browser(app), link_in(letter)
    own.get(way)
    assert own.post(way, login="nur", **CHOSEN).status_code == 302
    db.session.rollback()
    assert way.rpartition("/")[2] not in str(
        db.session.execute(text("SELECT payload FROM outbox.message")).all()
    )
    assert not db.session.scalar(text("SELECT count(*) FROM people.account_reset")), (
        "nobody else saw the link"
    )


def test_a_letter_that_cannot_be_sent_leaves_no_key_and_is_tried_again(staff, it, settings, mailbox, clock):
    group = staff.group()
    student(staff, "Асанова", group, "asanova@example.kg")
    mailbox.down()
    it.post(LETTERS, group=str(group))
    delivers(settings, clock())
    assert keys() == 0
    mailbox.up()
    clock.advance(seconds=31)
    delivers(settings, clock())
    mailbox.wait_for(1)
    assert keys() == 1


def test_letters_of_one_run_wait_for_their_minute(staff, clock):
    group = staff.group()
    persons = [student(staff, "Асанова", group, "a@example.kg")]
    with staff.acting():
        db.session.add_all(
            made := [
                Person(
                    id=new_id(), family_name=f"А{number}", given_name="", sort_key="а", email="b@example.kg"
                )
                for number in range(LETTERS_A_MINUTE)
            ]
        )
        persons += [one.id for one in made]
    with staff.acting() as act:
        assert commands.request_invitation_letters(act, persons) == LETTERS_A_MINUTE + 1
    said = "SELECT not_before, count(*) FROM outbox.message WHERE event_type LIKE '%link_letter%' GROUP BY 1 ORDER BY 1"
    due = db.session.execute(text(said)).all()
    assert [row[1] for row in due] == [LETTERS_A_MINUTE, 1] and due[1][0] - due[0][0] == timedelta(minutes=1)


def test_a_forgotten_password_is_chosen_by_a_link_that_ends_after_an_hour(
    app, staff, settings, mailbox, clock
):
    anna = staff.person(login="asanova")
    inside = Browser(app).enter(anna)
    with staff.acting():
        person = db.session.get_one(Person, anna)
        person.email, person.locale = "Anna@example.kg", "en"

    def asks(typed: str) -> tuple[int, str]:
        guest = Browser(app)
        assert "Forgotten password" in guest.get("/sign-in").text
        guest.get("/forgotten")
        answer = guest.post("/forgotten", login=typed)
        return answer.status_code, re.search(r"If an account[^<]*", answer.text)[0]

    assert asks("ASANOVA") == asks("nobody") == asks("nobody@example.kg")
    delivers(settings, clock())
    mailbox.wait_for(1)
    late = link_in(mailbox.letters("Anna@example.kg")[0])
    clock.advance(hours=1, seconds=-1)
    own = Browser(app)
    assert own.get(late).status_code == 200
    clock.advance(seconds=1)
    assert own.get(late).status_code == 410
    asks("anna@example.kg")
    delivers(settings, clock())
    mailbox.wait_for(2)
    way = link_in(mailbox.letters("Anna@example.kg")[1])
    own.get(way)
    assert own.post(way, **CHOSEN).status_code == 302
    assert inside.get("/account").status_code == 401
    assert Browser(app).sign_in("asanova", PASSWORD).status_code == 401
    assert own.get(way).status_code == 410
    delivers(settings, clock())
    mailbox.wait_for(3)
    assert mailbox.letters("Anna@example.kg")[2]["Subject"] == "Your password was changed"
    db.session.rollback()
    assert not db.session.scalar(text("SELECT count(*) FROM people.account_reset")), (
        "nobody else saw the link"
    )


def test_who_has_no_address_or_a_closed_account_gets_no_letter_and_the_requests_are_counted(
    app, staff, clock
):
    staff.person(login="asanova")
    closed = staff.person("Бакиров", login="bakirov")
    with staff.acting():
        db.session.get_one(Person, closed).email = "b@example.kg"
    with staff.acting(staff.member("Админов", "it_admin")) as act:
        commands.close_account(act, closed)
    for typed in ("asanova", "bakirov", "b@example.kg", "nobody"):
        guest = Browser(app)
        guest.get("/forgotten")
        answers = [guest.post("/forgotten", login=typed).status_code for _ in range(4)]
        assert answers == [200, 200, 200, 429], typed
    assert guest.post("/forgotten", login=" ").status_code == 422
    db.session.rollback()
    asked = db.session.scalar(
        text("SELECT count(*) FROM outbox.message WHERE event_type LIKE '%link_letter%'")
    )
    assert asked == 0


def test_a_slip_printed_while_a_letter_waits_stays_valid_and_no_letter_comes(staff, settings, mailbox, clock):
    person = student(staff, "Асанова", staff.group(), "asanova@example.kg")
    with staff.acting() as act:
        assert commands.request_invitation_letters(act, [person]) == 1
    clock.advance(seconds=1)
    with staff.acting(staff.member("Админов", "it_admin")) as act:
        (slip,) = commands.issue_account_slips(act, [person])
    delivers(settings, clock())
    assert keys() == 1 and mailbox.letters("asanova@example.kg") == []
    with staff.acting() as act:
        key_hash = commands.hash_key_for_storage(slip.key)
        assert commands.accept_invitation(act, key_hash, "nur", CHOSEN["new"], CHOSEN["again"]) == person
