"""Help in Chromium: before signing in and after, wide and narrow, in three languages, on paper."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Campus
from tests.browser.steps import PHONE, ready, shoot

pytestmark = pytest.mark.browser
SEEN = "[...document.querySelectorAll('.guide-picture img')].every(one => one.complete && one.naturalWidth)"
READABLE = "[...document.querySelectorAll('.guide-picture img')].every(one => one.clientWidth > 600)"
"""Every picture is there; on a phone it is moved aside rather than made too small to be read."""


@pytest.mark.parametrize(
    "width, locale", [(1440, "ky"), pytest.param(360, "ru", marks=pytest.mark.torture), (360, "en")]
)
def test_a_guest_finds_help_on_the_sign_in_page_and_reads_it(
    campus: Campus, page: Any, width: int, locale: str
):
    ready(page, campus, width, locale)
    page.goto(f"{campus.address}/sign-in")
    page.click("a[href='/help/student']")
    page.wait_for_url("**/help/student")
    shoot(page, "60-help-guest", width, locale)
    page.click(".guide-contents a[href='#wrong']")
    assert page.locator("#wrong").is_visible()
    page.click(".guide-section .clause[href='#c6.2'] >> nth=0")
    assert "#c6.2" in page.url
    example = page.locator(".guide-example .due-fold").first
    example.locator("summary").click()
    assert example.locator("li").count() >= 2


@pytest.mark.parametrize("width, locale", [pytest.param(1440, "ru", marks=pytest.mark.torture), (360, "ky")])
def test_a_student_opens_help_from_the_menu_and_a_clause_in_place(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    ready(page, campus, width, locale)
    sign_in("student", "/")
    if width < 768:
        page.click("nav.rail .more summary")
    page.click("nav.rail a[href='/help']:visible")
    page.wait_for_url("**/help")
    shoot(page, "61-help-student", width, locale)
    page.click("main .clause[data-clause='7.7']")
    page.wait_for_selector("dialog[open]")
    assert "7.7" in page.inner_text("dialog[open]")
    page.keyboard.press("Escape")
    page.click("main a[href='/cases/start/excuse']")
    page.wait_for_selector("form.task-form")


def test_help_prints_without_controls(campus: Campus, page: Any):
    page.goto(f"{campus.address}/help/student")
    page.emulate_media(media="print")
    assert not page.locator(".guide-contents").is_visible()
    assert page.locator(".guide-marks").is_visible() and page.locator("#clauses").is_visible()


def test_an_administrator_of_processes_comes_from_the_list_and_sees_the_pictures(
    campus: Campus, page: Any, sign_in: Any
):
    width, locale = PHONE
    ready(page, campus, width, locale)
    campus.admits("process", campus.world.hires("process_admin", None, name="Process"))
    sign_in("process", "/processes")
    page.click(".page-head a[href$='/help/process_admin']")
    pictures = page.locator(".guide-picture img")
    for number in range(pictures.count()):
        pictures.nth(number).scroll_into_view_if_needed()
    page.wait_for_function(SEEN)
    assert pictures.count() >= 6 and page.evaluate(READABLE)
    shoot(page, "62-help-processes", width, locale)
