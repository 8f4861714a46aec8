"""A one-time link opens one account once: by commands, by the page, and by `depter account`."""

from __future__ import annotations

import re
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from app import cli
from app.audit.models import AuditRecord
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Invalid, Missing, Refused
from app.people import commands, queries
from app.people.commands.firsts import NewStaff, add_and_invite_staff, invite_first_admin
from app.people.commands.passwords import create_own_account
from app.people.models import Account, Invitation, Person, RoleGrant
from tests.support.crash_process import environment

PASSWORD = "узун жана жакшы"


def made_by(clock: Any, make: Any) -> Any:
    act = Act.by_system(clock())
    with door.write(act):
        return make(act)


@pytest.fixture
def link(db_session: Any, clock: Any) -> Any:
    return made_by(
        clock, lambda act: add_and_invite_staff(act, NewStaff(family_name="Асанова", given_name="Айгүл"))
    )


def accept(
    clock: Any, key: str, login: str = "aigul", password: str = PASSWORD, again: str | None = None
) -> Any:
    act = Act(None, None, clock())
    with door.write(act):
        return commands.accept_invitation(
            act, commands.hash_key_for_storage(key), login, password, password if again is None else again
        )


def facts(session: Any) -> list[str]:
    session.rollback()
    return list(session.scalars(select(AuditRecord.event_type).order_by(AuditRecord.id)))


def test_person_and_role_are_there_at_once_and_the_account_after_the_link(link, db_session, clock):
    assert link.key not in str(db_session.execute(select(Invitation.key_hash)).all())
    assert db_session.scalar(select(RoleGrant.role)) == "it_admin"
    assert not queries.is_any_account_stored()
    assert accept(clock, link.key) == link.person == commands.authenticate_person("Aigul", PASSWORD)
    assert queries.is_any_account_stored()
    assert [one for one in facts(db_session) if one.startswith("people.")] == [
        "people.person.added",
        "people.role.granted",
        "people.invitation.made",
        "people.account.chosen",
        "people.invitation.used",
    ]


def test_the_audit_holds_neither_key_nor_login_nor_password(link, db_session, clock):
    accept(clock, link.key)
    told = "".join(db_session.scalars(select(AuditRecord.body)))
    assert "aigul" not in told and link.key not in told and PASSWORD not in told


def test_it_opens_once(link, clock):
    accept(clock, link.key)
    with pytest.raises(Refused, match=r"people\.invitation\.used"):
        accept(clock, link.key, "somebody")


def test_it_opens_until_its_last_second(link, db_session, clock):
    clock.advance(hours=24, seconds=-1)
    with pytest.raises(Invalid):
        accept(clock, link.key, password="кыска")
    clock.advance(seconds=1)
    with pytest.raises(Refused, match=r"people\.invitation\.expired"):
        accept(clock, link.key)
    assert not queries.is_any_account_stored()


def test_a_newer_one_takes_its_place(link, clock):
    newer = made_by(clock, lambda act: commands.invite_person(act, link.person))
    with pytest.raises(Refused, match=r"people\.invitation\.replaced"):
        accept(clock, link.key)
    accept(clock, newer.key)


def test_asked_again_before_it_was_used_the_same_person_gets_another_one(link, db_session, clock):
    again = NewStaff(family_name=" Асанова", given_name="Айгүл ")
    newer = made_by(clock, lambda act: add_and_invite_staff(act, again))
    assert newer.person == link.person and db_session.scalar(select(func.count()).select_from(RoleGrant)) == 1
    other = made_by(
        clock,
        lambda act: add_and_invite_staff(act, NewStaff("auditor", family_name="Асанова", given_name="Айгүл")),
    )
    assert other.person != link.person
    with pytest.raises(Refused, match="replaced"):
        accept(clock, link.key)
    accept(clock, newer.key)


def test_an_account_given_in_another_way_closes_it(link, clock):
    made_by(clock, lambda act: create_own_account(act, link.person, "chosen", PASSWORD))
    with pytest.raises(Refused, match=r"people\.invitation\.used"):
        accept(clock, link.key)
    with pytest.raises(Refused, match=r"people\.account\.there_already"):
        made_by(clock, lambda act: commands.invite_person(act, link.person))


@pytest.mark.parametrize(
    ("login", "password", "again", "field"),
    [
        ("", PASSWORD, PASSWORD, "login"),
        ("x" * 81, PASSWORD, PASSWORD, "login"),
        ("taken", PASSWORD, PASSWORD, "login"),
        ("aigul", "кыска", "кыска", "new"),
        ("aigul", PASSWORD, "башка", "again"),
    ],
)
def test_what_is_wrong_is_named_and_the_link_stays(link, clock, login, password, again, field):
    taken = NewStaff(family_name="Башка")
    accept(clock, made_by(clock, lambda act: add_and_invite_staff(act, taken)).key, "taken")
    with pytest.raises(Invalid) as raised:
        accept(clock, link.key, login, password, again)
    assert set(raised.value.fields) == {field}
    accept(clock, link.key)


def test_a_wrong_key_opens_nothing(link, clock):
    with pytest.raises(Missing):
        accept(clock, link.key[:-1])


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewStaff("dean", family_name="А"), "role"),
        (NewStaff("student", family_name="А"), "role"),
        (NewStaff("department_head", family_name="А"), "unit"),
        (NewStaff("directorate", unit="nowhere", family_name="А"), "unit"),
        (NewStaff("auditor"), "family_name"),
    ],
)
def test_a_newcomer_that_cannot_be_is_refused_with_nothing_written(db_session, clock, new, field):
    with pytest.raises(Invalid) as raised:
        made_by(clock, lambda act: add_and_invite_staff(act, new))
    assert set(raised.value.fields) == {field}
    db_session.rollback()
    assert db_session.scalar(select(func.count()).select_from(Person)) == 0


def test_the_first_link_is_asked_for_again_and_again_by_one_person(db_session, clock):
    first = made_by(clock, invite_first_admin)
    clock.advance(hours=30)
    second = made_by(clock, invite_first_admin)
    assert first.person == second.person and first.key != second.key
    assert db_session.scalar(select(func.count()).select_from(Person)) == 1
    with pytest.raises(Refused, match="replaced"):
        accept(clock, first.key)
    accept(clock, second.key)
    assert made_by(clock, invite_first_admin) is None
    assert db_session.scalar(select(func.count()).select_from(Account)) == 1


# --- the page ---------------------------------------------------------------------------------------------


def token(answer: Any) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.get_data(as_text=True))
    assert found
    return found[1]


def sends(client: Any, key: str, **form: str) -> Any:
    shown = client.get(f"/invitation/{key}")
    filled = {"login": "aigul", "new": PASSWORD, "again": PASSWORD, "csrf_token": token(shown), **form}
    return client.post(f"/invitation/{key}", data=filled)


@pytest.fixture
def sent(app: Any, db_reset: None, clock: Any) -> Any:
    """A link; outside of any app context, so that each request has one of its own."""
    with app.app_context():
        return made_by(
            clock, lambda act: add_and_invite_staff(act, NewStaff(family_name="Асанова", given_name="Айгүл"))
        )


@pytest.fixture
def english(app: Any, sent: Any) -> Any:
    client = app.test_client()
    client.set_cookie("locale", "en")
    return client


def test_looking_uses_nothing_up_and_sending_signs_in(app, english, sent):
    for _ in range(3):
        scanner = app.test_client().get(f"/invitation/{sent.key}")
        assert scanner.status_code == 200 and "Асанова Айгүл" in scanner.get_data(as_text=True)
        assert app.test_client().head(f"/invitation/{sent.key}").status_code == 200
    answer = sends(english, sent.key)
    assert (answer.status_code, answer.location) == (302, "/")
    assert english.get("/people").status_code == 200
    again = app.test_client()
    again.set_cookie("locale", "en")
    gone = again.get(f"/invitation/{sent.key}")
    assert gone.status_code == 410 and "This link has been used" in gone.get_data(as_text=True)
    assert "Sign in with the user name" in gone.get_data(as_text=True)


def test_a_mistake_keeps_what_was_typed_and_the_link(english, sent):
    answer = sends(english, sent.key, again="башка")
    body = answer.get_data(as_text=True)
    assert answer.status_code == 422 and 'value="aigul"' in body and "The two passwords differ." in body
    assert PASSWORD not in body
    assert sends(english, sent.key).status_code == 302


def test_an_old_and_an_unknown_link_say_what_to_do(english, sent, clock):
    clock.advance(hours=25)
    old = english.get(f"/invitation/{sent.key}")
    assert old.status_code == 410 and "has expired" in old.get_data(as_text=True)
    assert "Ask the person who runs Depter for a new link." in old.get_data(as_text=True)
    unknown = english.get("/invitation/nothing")
    assert unknown.status_code == 404 and "not known here" in unknown.get_data(as_text=True)
    assert unknown.headers["Cache-Control"] == "private, no-store"


def test_without_the_token_of_the_page_nothing_is_opened(english, sent):
    form = {"login": "aigul", "new": PASSWORD, "again": PASSWORD}
    assert english.post(f"/invitation/{sent.key}", data=form).status_code == 400
    assert sends(english, sent.key).status_code == 302


def test_who_tries_links_in_vain_is_slowed_down(english, sent):
    answers = [english.get(f"/invitation/wrong{number}").status_code for number in range(32)]
    assert answers[:30] == [404] * 30 and answers[-1] == 429


def test_the_sign_in_page_of_an_empty_university_says_what_to_do(app, english, sent):
    assert "Nobody has an account here yet." in english.get("/sign-in").get_data(as_text=True)
    assert sends(english, sent.key).status_code == 302
    later = app.test_client()
    later.set_cookie("locale", "en")
    assert "Nobody has an account here yet." not in later.get("/sign-in").get_data(as_text=True)


# --- the command ------------------------------------------------------------------------------------------


def depter(settings: Any, *words: str) -> Any:
    environ = {**environment(settings), "PUBLIC_URL": "https://journal.example/"}
    return CliRunner(env=environ).invoke(cli.depter, words)


def test_the_command_prints_a_link_that_works(app, db_reset, settings):
    answer = depter(
        settings, "account", "create", "--role", "it_admin", "--family", "Асанова", "--login", "aigul"
    )
    assert answer.exit_code == 0, answer.output
    key = re.search(r"^ +https://journal\.example/invitation/(\S+)$", answer.stdout, re.MULTILINE)
    assert key
    page = app.test_client().get(f"/invitation/{key[1]}").get_data(as_text=True)
    assert "Асанова" in page and 'value="aigul"' in page


def test_the_first_account_is_asked_for_by_a_command(app, db_reset, settings):
    first, second = depter(settings, "account", "first"), depter(settings, "account", "first")
    old, new = (re.search(r"/invitation/\S+", answer.stdout)[0] for answer in (first, second))
    assert (app.test_client().get(old).status_code, app.test_client().get(new).status_code) == (410, 200)
    assert sends(app.test_client(), new.rpartition("/")[2]).status_code == 302
    assert "There are accounts already" in depter(settings, "account", "first").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role", "dean"), "Choose one of teacher, department_head"),
        (("--role", "student"), "students come with their groups"),
        (("--role", "directorate"), "Name it by its code"),
    ],
)
def test_the_command_refuses_in_words(app, db_reset, settings, words, said):
    answer = depter(settings, "account", "create", *words)
    assert answer.exit_code == 1 and said in answer.stderr
