"""IT prints slips for a group, a student opens an account with one and signs in; later he forgets his password."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from app.outbox.dispatch import deliver_due_messages
from app.people.models import Account, Person
from app.worker.event_handlers import event_handlers_by_type
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, ready, shoot

pytestmark = pytest.mark.browser
CODE = re.compile(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}")
FIRST, SECOND = "менин өз сөзүм", "эми башка сөзүм"


@pytest.mark.parametrize(
    "screen", [pytest.param(DESK, marks=pytest.mark.torture), PHONE], ids=["desk", "phone"]
)
def test_from_a_slip_to_a_forgotten_password(
    campus: Campus, page: Any, sign_in: Any, settings: Any, mailbox: Any, screen: tuple[int, str]
) -> None:
    ready(page, campus, *screen)
    code = prints_slips(campus, page, sign_in, screen)
    page.context.clear_cookies(name="session")
    opens_an_account(campus, page, screen, code)
    forgets_the_password(campus, page, settings, mailbox, screen)


def prints_slips(campus: Campus, page: Any, sign_in: Any, screen: tuple[int, str]) -> str:
    sign_in("it_admin", f"/people/accounts?group={campus.world.school.group}")
    shoot(page, "accounts", *screen)
    page.click("[data-opens='confirm-slips']")
    shoot(page, "accounts-print", *screen)
    page.click("#confirm-slips button.btn-primary")
    page.wait_for_selector(".slip")
    shoot(page, "slips", *screen)
    return str(CODE.search(page.inner_text(".slips"))[0])  # type: ignore[index]


def opens_an_account(campus: Campus, page: Any, screen: tuple[int, str], code: str) -> None:
    page.goto(f"{campus.address}/sign-in")
    shoot(page, "sign-in", *screen)
    page.click(".login-more a[href='/activate']")
    page.fill("#code", "AAAA-BBBB-CCCC-DDDD")
    page.click(".login-form .btn-primary")
    shoot(page, "activate-refused", *screen)
    page.fill("#code", code.lower())
    page.click(".login-form .btn-primary")
    page.wait_for_selector("#again")
    page.fill("#login", "Aigul")
    fills_in_password(page, FIRST)
    page.wait_for_url(lambda url: "/invitation/" not in url)
    page.context.clear_cookies(name="session")
    signs_in(campus, page, FIRST)


def forgets_the_password(
    campus: Campus, page: Any, settings: Any, mailbox: Any, screen: tuple[int, str]
) -> None:
    world = campus.world
    world.session.rollback()
    person = world.session.get(Person, opened_person(world))
    person.email = "aigul@example.kg"
    world.session.commit()
    page.context.clear_cookies(name="session")
    page.goto(f"{campus.address}/sign-in")
    page.click(".login-more a[href='/forgotten']")
    shoot(page, "forgotten", *screen)
    page.fill("#login", "aigul")
    page.click(".login-form .btn-primary")
    page.wait_for_selector(".note-good")
    shoot(page, "forgotten-asked", *screen)
    world.session.rollback()
    deliver_due_messages(event_handlers_by_type(settings), world.clock(), 100)
    said = [one.get_body(("plain",)).get_content() for one in mailbox.wait_for(2)]
    (way,) = [found[0] for found in map(re.compile(r"/invitation/[\w-]+").search, said) if found]
    page.goto(f"{campus.address}{way}")
    shoot(page, "new-password", *screen)
    fills_in_password(page, SECOND)
    page.wait_for_url(lambda url: "/invitation/" not in url)
    page.context.clear_cookies(name="session")
    signs_in(campus, page, SECOND)


def opened_person(world: Any) -> Any:
    return world.session.scalar(select(Account.person_id).where(Account.login == "aigul"))


def fills_in_password(page: Any, password: str) -> None:
    page.fill("#new", password)
    page.fill("#again", password)
    page.click(".login-form .btn-primary")


def signs_in(campus: Campus, page: Any, password: str) -> None:
    page.goto(f"{campus.address}/sign-in")
    page.fill("#login", "aigul")
    page.fill("#password", password)
    page.click(".login-form .btn-primary")
    page.wait_for_url(lambda url: "/sign-in" not in url)
