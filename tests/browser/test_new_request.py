"""The newcomer's process in Chromium: a certificate of study is found, asked for, returned once, issued and noted."""

from __future__ import annotations

from typing import Any

import pytest

from app.cases.models import Case
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, asks, decides, does, named, ready, shoot
from tests.cases.test_general_requests import published
from tests.support import certificate

pytestmark = [pytest.mark.browser]


@pytest.mark.torture
@pytest.mark.parametrize(
    "size", [pytest.param(DESK, marks=pytest.mark.torture), PHONE], ids=["desk", "phone"]
)
def test_a_certificate_of_study(campus: Campus, page: Any, sign_in: Any, size: tuple[int, str]) -> None:
    width, locale = size
    ready(page, campus, width, locale)
    published(campus.world)
    title = certificate.TITLES[("ky", "ru", "en").index(locale)]
    sign_in("student")
    page.goto(f"{campus.address}/requests")
    page.click(".page-head a[href='/requests/new']")
    shoot(page, "n1-new-request", *size)
    page.fill("#request-search", title[:8].lower())
    page.click(".request-search button")
    assert page.locator(".request-list h3").count() == 1
    page.click(f".request-list a:has-text('{title}')")
    case = named(asks(page, "n2-certificate", *size, copies="one", purpose="Салык кызматына"))
    sign_in("directorate")
    decides(page, campus, "return", ("n3-directorate", *size), reason="Кайсы бөлүмгө экенин жазыңыз")
    sign_in("student")
    decides(page, campus, "resubmit", ("n4-rework", *size), copies="two", purpose="Салык кызматына, 3-бөлүм")
    sign_in("directorate")
    decides(page, campus, "approve")
    sign_in("academic_office")
    does(page, campus, ("n5-office", *size), number="17-К")
    assert campus.world.session.get(Case, case, populate_existing=True).outcome == "issued"
    sign_in("student")
    page.goto(f"{campus.address}/cases/{case}")
    shoot(page, "n6-case", *size)
    page.goto(f"{campus.address}/student/documents")
    assert page.locator(".request-list h3").inner_text() in certificate.NOTE
    shoot(page, "n7-note", *size)


def test_the_directorate_chooses_the_student(campus: Campus, page: Any, sign_in: Any) -> None:
    ready(page, campus, *DESK)
    published(campus.world, "about_a_student", "directorate")
    sign_in("directorate")
    page.goto(f"{campus.address}/cases/start/{certificate.KEY}")
    shoot(page, "n8-choose", *DESK)
    page.click(f"a[href$='about={campus.world.student}']")
    asks(page, "n9-about-student", *DESK, copies="one", purpose="Вузга")
