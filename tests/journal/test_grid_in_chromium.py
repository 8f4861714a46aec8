"""The grid in a real browser: one key a status, grades, undo, the rest present, and why a cell is locked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.journal.school import NOW
from tests.journal.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def open_grid(app, school, live_server, page):
    """Opens the journal as its lecturer; answers the page."""

    def opened(width=1440):
        teacher = Visitor(app, school, school.lecturer, "teacher")
        cookie = teacher.http.get_cookie("session")
        page.context.add_cookies(
            [
                {"name": "session", "value": cookie.value, "url": live_server},
                {"name": "locale", "value": "en", "url": live_server},
            ]
        )
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{live_server}/journal/{school.offering}")
        page.wait_for_selector("[data-module=grid][data-ready]")
        return page

    return opened


def saved(page, count=1):
    page.wait_for_function("n => document.querySelectorAll('td.saved').length >= n", arg=count)


def test_keys_enter_marks_and_grades_and_undo_takes_the_last_back(school, open_grid):
    lesson = school.lesson()
    page = open_grid()
    page.locator("tbody tr").nth(0).locator("td.now").click()
    page.keyboard.press("n")
    page.keyboard.type("85")
    page.keyboard.press("Enter")
    saved(page, 2)
    assert school.cell(lesson, school.students[0]).value == "ABSENT"
    assert school.cell(lesson, school.students[1], "GRADE").value == "85"
    page.locator("button[data-undo]").click()
    page.wait_for_function(
        "() => !document.querySelector('td[data-g]') && !document.querySelector('td.saving')"
    )
    assert school.cell(lesson, school.students[1], "GRADE").value is None


def test_the_rest_are_present_leaves_the_absent_ones(school, open_grid):
    lesson = school.lesson()
    page = open_grid()
    page.locator("tbody tr").nth(2).locator("td.now").click()
    page.keyboard.press("n")
    saved(page)
    page.locator("button[data-rest]").click()
    page.wait_for_function("() => document.querySelectorAll('td.s-present').length === 4")
    assert page.locator("td.s-absent").count() == 1
    assert school.cell(lesson, school.students[2]).value == "ABSENT"


def test_a_locked_cell_says_why_and_leads_to_the_request(school, open_grid):
    lesson = school.lesson(NOW - timedelta(days=12))
    page = open_grid()
    page.locator("tbody tr").nth(0).locator("td.c").click()
    page.get_by_text("Why is this cell locked?").first.wait_for()
    link = page.get_by_role("link", name="Ask for a late entry").first.get_attribute("href")
    assert f"{lesson}:roll:ATTENDANCE" in link.replace("%3A", ":")


def test_on_a_phone_a_tap_marks_absent(school, open_grid):
    lesson = school.lesson()
    page = open_grid(360)
    row = page.locator("tbody tr").nth(1).locator("td.now")
    row.click()
    page.locator("button[data-set=absent]").click()
    saved(page)
    assert school.cell(lesson, school.students[1]).value == "ABSENT"
