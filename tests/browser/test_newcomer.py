"""The newcomer in Chromium: a process made from nothing, put into force by a second person, and a first case of it.

Nothing is prepared but people. The titles, labels and answers are typed; everything else is chosen.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.cases.models import Case
from app.outbox.dispatch import deliver_due_messages
from app.people.models import Person
from app.worker.event_handlers import event_handlers_by_type
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, asks, decides, does, named, ready, shoot
from tests.browser.test_studio import PATIENCE, checked, chooses, findings, saved
from tests.support import certificate

pytestmark = pytest.mark.browser
LOCALES = ("ky", "ru", "en")
TITLE, WISH = certificate.TITLES[0], "Салык кызматына маалымкат керек"
STEP = ("Маалымкатты берүү", "Выдача справки", "Issue of the certificate")
LABEL = ("Маалымкаттын номери", "Номер справки", "Number of the certificate")
WHY = "Маалымкатты ушул убакка чейин кагазда сурап келишкен."
PLAY = "Дирекция макулдап, окуу бөлүмү маалымкатты берет"


@pytest.fixture
def people(campus: Campus) -> Campus:
    """Two administrators of processes; the student reads letters."""
    world = campus.world
    for login in ("process", "other"):
        campus.admits(login, world.hires("process_admin", None, name=login.capitalize()))
    world.session.get(Person, world.student).email = "student@example.kg"
    world.session.commit()
    return campus


def writes(page: Any, prefix: str, texts: tuple[str, str, str]) -> None:
    for code, text in zip(LOCALES, texts, strict=True):
        page.fill(f"[name='{prefix}{code}']", text)


@pytest.mark.torture
def test_from_nothing_to_a_decided_case(
    people: Campus, page: Any, sign_in: Any, settings: Any, mailbox: Any
) -> None:
    ready(page, people, *DESK)
    sign_in("process")
    draft = begins(people, page)
    draws_the_office(page, draft)
    tries_and_keeps(page, draft)
    puts_into_force(page, sign_in, draft)
    case = runs(people, page, sign_in)
    stands_like_a_shipped_one(people, page, sign_in, case, settings, mailbox)


def begins(campus: Campus, page: Any) -> str:
    """Fill in the form of a new process; returns the address of its draft."""
    page.goto(f"{campus.address}/processes")
    page.click(".page-head a[href='/processes/new']")
    writes(page, "title_", certificate.TITLES)
    writes(page, "about_", certificate.ABOUT)
    page.check("[name=start][value=about_me]")
    page.check("[name=starters][value=student]")
    page.select_option("#decider", "directorate")
    shoot(page, "n20-new-process", *DESK)
    page.click("main form .btn-primary")
    checked(page)
    assert findings(page) == []
    return str(page.url)


def draws_the_office(page: Any, draft: str) -> None:
    """Behind the record of the decision, a step of the academic office, with a lane, a form and a deadline."""
    page.click("[data-view=list]")
    page.click("[data-step=record]")
    fields = page.locator(".studio-step-fields")
    fields.get_by_role("button", name="Артынан адамдын кадамын кошуу").click()
    page.click("[data-step=record]")
    page.click("[data-step=step_1]")
    for name, text in zip(("Кыргызча", "Орусча", "Англисче"), STEP, strict=True):
        fields.get_by_label(name, exact=False).first.fill(text)
    fields.get_by_role("button", name="issue_of_the_certificate").click()
    fields.get_by_label("Тилке").select_option(label="жаңы тилке, калгандарынын астында")
    page.click("[data-step=lane_1]")
    fields.get_by_label("Роль").select_option("academic_office")
    page.click("[data-step=lane_1]")
    chooses(page, "Мөөнөт", "аткаруу", place=".studio-step-fields")
    shoot(page, "n21-list", *DESK)
    with page.expect_navigation():
        fields.get_by_role("link", name="Жаңы форма").click()
    page.click("#new .btn-primary")
    page.wait_for_selector("#new-kind")
    page.select_option("#new-kind", "text")
    writes(page, "new-", LABEL)
    page.click("button[value=add_field]")
    page.check("[name='f0-required']")
    saved(page)
    page.click(".page-head .btn-primary")
    checked(page)
    page.click("[data-element-id=issue_of_the_certificate].djs-shape")
    shoot(page, "n23-drawing", *DESK)
    while found := findings(page):
        assert set(found) == {"diagrams.id.unreadable"}, page.inner_text(".studio-findings")
        before = page.get_attribute(".studio", "data-checked")
        page.click(".studio-finding .studio-fix >> nth=0")
        page.wait_for_selector(f".studio[data-checked]:not([data-checked='{before}'])", timeout=PATIENCE)


def tries_and_keeps(page: Any, draft: str) -> None:
    page.goto(draft)
    checked(page)
    page.click(".studio-actions a[href$='/try']")
    page.fill("textarea[name=wish]", WISH)
    page.click(".play-form .btn-primary")
    page.click("[data-decision=approve]")
    page.fill("[name=number_of_the_certificate]", "17-К")
    page.click(".play-form .decide button")
    page.wait_for_selector("#title")
    page.fill("#title", PLAY)
    shoot(page, "n24-tried", *DESK)
    with page.expect_navigation(url="**/scenarios"):
        page.click("form[aria-labelledby=keep-title] .btn")


def puts_into_force(page: Any, sign_in: Any, draft: str) -> None:
    page.goto(f"{draft}/propose")
    assert PLAY in page.inner_text("main")
    page.fill("textarea[name=why]", WHY)
    page.click("main form .btn-primary")
    page.wait_for_url("**/processes/proposals/*")
    proposal = page.url
    sign_in("other")
    page.goto(proposal)
    assert WHY in page.inner_text("main")
    page.check("input[name=when][value=now]")
    shoot(page, "n25-proposal", *DESK)
    page.click("form[action$=approve] .btn-primary")
    page.wait_for_selector(".state-granted")


def runs(campus: Campus, page: Any, sign_in: Any) -> str:
    """The student asks, the directorate returns it once, the office issues it; returns the address of the case."""
    sign_in("student", "/requests/new")
    page.click(f".request-list a:has-text('{TITLE}')")
    case = asks(page, "n26-asks", *DESK, wish=WISH)
    sign_in("directorate")
    decides(page, campus, "return", reason="Кайсы бөлүмгө экенин жазыңыз")
    sign_in("student")
    decides(page, campus, "resubmit", wish=f"{WISH}, 3-бөлүм")
    sign_in("directorate")
    decides(page, campus, "approve")
    sign_in("academic_office")
    does(page, campus, ("n27-office", *DESK), number_of_the_certificate="17-К")
    return case


def stands_like_a_shipped_one(
    campus: Campus, page: Any, sign_in: Any, case: str, settings: Any, mailbox: Any
) -> None:
    session = campus.world.session
    row = session.get(Case, named(case), populate_existing=True)
    assert (row.status, row.outcome, row.iteration) == ("done", "granted", 2)
    session.rollback()
    for later in (timedelta(minutes=1), timedelta(days=1)):
        deliver_due_messages(event_handlers_by_type(settings), campus.world.clock() + later, 200)
    letters = [letter.get_body(("plain",)).get_content() for letter in mailbox.letters("student@example.kg")]
    assert any(TITLE in letter and "Макулдук берилди" in letter for letter in letters), letters
    sign_in("student")
    page.goto(case)
    history = page.inner_text("main")
    assert STEP[0] in history and "Макулдук берилди" in history
    shoot(page, "n28-case", *DESK)
    sign_in("process", "/processes/certificate_of_study")
    page.wait_for_selector("[data-element-id=issue_of_the_certificate].djs-shape", timeout=PATIENCE)
    assert PLAY in page.inner_text("main")
    shoot(page, "n29-map", *DESK)
