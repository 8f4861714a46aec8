"""The first sign-in in an empty university: a link opens the account, the rules are accepted, the steps of moving in
are there; the administrator gives people their user names from a table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.people import commands
from app.people.access_models import RuleAcceptance
from app.people.commands.invitations import invite_person
from app.people.models import Person
from tests.browser.steps import DESK, ready, shoot

pytestmark = pytest.mark.browser
SMALL_PHONE = (360, "ky")
OWN_WORDS = "менин өз сөзүм"


@pytest.fixture
def begins_in() -> None:
    """The university is as the migrations left it: nobody is there."""


@pytest.fixture
def rules_are_asked(database: Any) -> Iterator[None]:
    """Accounts of this test have not accepted the rules, as in a real university."""
    with database.connect("depter") as server:
        server.execute("ALTER TABLE people.account DISABLE TRIGGER accept_rules")
        yield
        server.execute("ALTER TABLE people.account ENABLE TRIGGER accept_rules")


@pytest.mark.torture
@pytest.mark.parametrize("screen", [DESK, SMALL_PHONE], ids=["desk", "phone"])
def test_from_the_first_link_to_the_steps_of_moving_in(
    live_server: str, db_session: Any, clock: Any, page: Any, rules_are_asked: None, screen: tuple[int, str]
) -> None:
    ready(page, SimpleNamespace(address=live_server), *screen)  # type: ignore[arg-type]
    act, administrator = Act.by_system(clock()), new_id()
    with door.write(act):
        commands.add_person(act, commands.NewPerson(administrator, "Токтосунов", "Азамат"))
        commands.add_person(act, commands.NewPerson(new_id(), "Жээнбекова", "Айпери"))
        commands.grant_role(act, new_id(), administrator, "it_admin", None, date(2026, 9, 1))
        key = invite_person(act, administrator).key

    page.goto(f"{live_server}/invitation/{key}")
    page.fill("#login", "azamat")
    page.fill("#new", OWN_WORDS)
    page.fill("#again", OWN_WORDS)
    page.click(".login-form .btn-primary")
    page.wait_for_selector("ol.rules")
    shoot(page, "rules", *screen)
    page.goto(f"{live_server}/people")
    page.wait_for_url("**/rules?next=**")
    page.goto(f"{live_server}/")
    page.check("[name=accepted]")
    page.click(".login-form .btn-primary")
    page.wait_for_url("**/setup")
    shoot(page, "setup", *screen)
    db_session.rollback()
    assert db_session.scalar(select(RuleAcceptance.person_id)) == administrator

    page.click("a[href='/people/accounts/import']")
    shoot(page, "account-import", *screen)
    wrong = "ФИО;Имя пользователя\nЖээнбекова Айпери;ай пери\n".encode()
    sends(page, wrong)
    page.wait_for_selector("[role=alert]")
    shoot(page, "account-import-refused", *screen)
    sends(page, "ФИО;Имя пользователя\nЖээнбекова Айпери;aiperi\n".encode())
    page.wait_for_url("**/people/accounts/import/*")
    shoot(page, "account-import-plan", *screen)
    page.click("main form .btn-primary")
    page.wait_for_selector(".note-good")
    shoot(page, "account-import-done", *screen)
    db_session.rollback()
    found = db_session.scalar(select(Person.proposed_login).where(Person.family_name == "Жээнбекова"))
    assert found == "aiperi"
    page.goto(f"{live_server}/people/rules")
    shoot(page, "rules-acceptances", *screen)
    page.goto(f"{live_server}/setup")
    page.click("form[action='/setup/hide'] button")
    page.wait_for_selector(".flash, [role=status]")
    page.goto(f"{live_server}/")
    assert not page.url.endswith("/setup")


def sends(page: Any, content: bytes) -> None:
    """Choose a file and send it."""
    page.set_input_files("#file", {"name": "accounts.csv", "mimeType": "text/csv", "buffer": content})
    page.click("main form .btn-primary")
