"""In Chromium: a value is typed and the person leaves, in every way there is; then the database is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from app.journal.tables import Lesson
from tests.browser.conftest import Campus
from tests.scenarios.grade_sheets import Sheets
from tests.web.browser import Browser

pytestmark = pytest.mark.browser

GRID = "[data-module=grid][data-ready]"
PASTE = """text => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def enter(app: Any, campus: Campus, page: Page) -> Callable[[UUID], Page]:
    """This person's session in the browser, without the page of signing in."""

    def entering(person: UUID) -> Page:
        session = Browser(app).enter(person).http.get_cookie("session")
        cookies = {"session": session.value, "locale": "en"}
        page.context.add_cookies([{"name": n, "value": v, "url": campus.address} for n, v in cookies.items()])
        page.set_viewport_size({"width": 1440, "height": 900})
        return page

    return entering


class Grid:
    """The journal of the world's lecturer with one lesson of today, and what the database holds of it."""

    def __init__(self, campus: Campus, page: Page, hours: int = 2) -> None:
        self.school, self.page = campus.world.school, page
        self.lesson = self.school.lesson(campus.world.clock() - timedelta(hours=hours))
        self.address = f"{campus.address}/journal/{self.school.offering}"

    def opens(self) -> None:
        self.page.goto(f"{self.address}?lesson={self.lesson}")
        self.page.wait_for_selector(GRID)

    def cell(self, row: int) -> Any:
        return self.page.locator("tbody tr").nth(row).locator("td.now")

    def types(self, row: int, text: str) -> None:
        self.cell(row).click()
        self.page.keyboard.type(text)

    def stored(self, row: int) -> str | None:
        self.school.session.rollback()
        found = self.school.cell(self.lesson, self.school.students[row], "GRADE")
        return found.value if found else None

    def holds(self, row: int, value: str) -> None:
        """The journal, opened again, shows the value as saved; so does the database."""
        self.opens()
        expect(self.cell(row)).to_have_text(value)
        expect(self.page.locator("[data-state]").first).to_have_text("Saved")
        assert self.stored(row) == value


def test_a_grade_is_saved_however_its_cell_and_its_page_are_left(campus, enter):
    page = enter(campus.world.school.lecturer)
    grid = Grid(campus, page)
    grid.opens()
    with page.expect_response("**/journal/cell"):
        grid.types(0, "70")
        page.keyboard.press("Tab")
    assert grid.stored(0) == "70"
    assert page.evaluate("document.activeElement !== document.querySelector('tbody tr td.now')")
    with page.expect_response("**/journal/cell"):
        grid.types(1, "71")
        page.locator("h1").click()
    assert grid.stored(1) == "71"
    grid.types(2, "72")
    page.locator(".rail-link[href='/sheets']").click()
    page.wait_for_url("**/sheets")
    grid.holds(2, "72")
    grid.types(3, "73")
    page.locator("button[name=locale][value=ru]").first.click()
    page.wait_for_selector("html[lang=ru]")
    page.locator("button[name=locale][value=en]").first.click()
    page.wait_for_selector("html[lang=en]")
    grid.holds(3, "73")
    with page.expect_response("**/journal/cell"):
        grid.types(4, "74")
        page.evaluate(
            "Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
    assert grid.stored(4) == "74"
    other = Grid(campus, page, hours=5)
    other.opens()
    other.types(1, "76")
    page.reload()
    page.wait_for_selector(GRID)
    expect(other.cell(1)).to_have_text("76")
    other.types(0, "75")
    page.close(run_before_unload=True)
    other.page = page.context.new_page()
    other.holds(0, "75")


def test_what_is_not_saved_stays_in_its_cell_and_comes_back_marked(campus, enter):
    page = enter(campus.world.school.lecturer)
    grid = Grid(campus, page)
    grid.opens()
    grid.types(0, "150")
    page.keyboard.press("Enter")
    expect(page.locator(".cell-say")).to_contain_text("0–100")
    assert page.evaluate("document.activeElement.textContent") == "150"
    page.locator("h1").click()
    expect(grid.cell(0)).to_have_text("150")
    page.goto(f"{campus.address}/sheets")
    expect(page.locator("main .note")).to_contain_text("150")
    grid.opens()
    expect(grid.cell(0)).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[data-state]").first).to_have_text("not saved: 1")
    grid.cell(0).click()
    page.keyboard.press("Escape")
    expect(grid.cell(0)).to_have_text("")
    enter(campus.world.school.lecturer)  # in another window, so that the token of this page is an old one
    with page.expect_response(lambda sent: sent.request.method == "PUT" and sent.status == 200):
        grid.types(1, "60")
        page.keyboard.press("Enter")
    grid.types(1, "90")
    page.locator(".rail-link[href='/sheets']").click()
    expect(page.locator("main .note")).to_contain_text("90")
    assert grid.stored(1) == "60", "a correction is not saved without its reason"
    grid.opens()
    bar = page.locator(".grid-unsent")
    expect(bar).to_be_visible()
    expect(grid.cell(1)).to_have_text("90")
    bar.get_by_role("button", name="Give the reason").click()
    expect(page.locator("[data-changes]")).to_contain_text("60 → 90")
    page.fill("#grid-reason-text", "Жаңылып терилген")
    with page.expect_response("**/journal/cell"):
        page.click("dialog[data-reason] button[value=send]")
    expect(bar).to_be_hidden()
    grid.holds(1, "90")
    grid.cell(0).click()
    page.evaluate(PASTE, "н/я\n\nН\nabc\n85,5")
    page.wait_for_function("() => document.querySelectorAll('td.saved').length === 3")
    students = grid.school.students
    assert [grid.school.cell(grid.lesson, students[row]).value for row in (0, 2)] == ["ABSENT", "ABSENT"]
    assert grid.stored(4) == "85.5"
    expect(grid.cell(3)).to_have_text("abc")


def test_a_sheet_and_a_lesson_are_saved_as_their_fields_are_left(campus, enter, sheets: Sheets):
    sheets.draws()
    page = enter(campus.world.school.lecturer)
    page.goto(f"{campus.address}/sheets/{sheets.row().id}")
    page.wait_for_selector("[data-module=sheet][data-ready]")
    fields = page.locator("input.points")
    fields.first.fill("8,5")
    with page.expect_response("**/line"):
        page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement === document.querySelectorAll('input.points')[1]")
    page.keyboard.type("11")
    page.keyboard.press("ArrowDown")
    expect(fields.nth(1)).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Escape")
    page.keyboard.type("7")
    page.locator(".rail-link[href='/journal']").click()
    page.wait_for_url("**/journal")
    page.goto(f"{campus.address}/sheets/{sheets.row().id}")
    page.wait_for_selector("[data-module=sheet][data-ready]")
    expect(fields.nth(1)).to_have_value("7")
    expect(page.locator("[data-missing] strong")).to_have_text("3")
    fields.nth(2).focus()
    page.evaluate(PASTE, "9\nн/я\n10")
    page.wait_for_function("() => document.querySelectorAll('tr.line-saved').length === 3")
    expect(page.locator("[data-missing]")).to_be_hidden()
    seen = sheets.seen()
    assert sheets.signs(seen=seen) and sheets.row().state == "SIGNED"

    school = campus.world.school
    lesson = school.lesson()
    page.goto(f"{campus.address}/journal/lesson/{lesson}")
    page.wait_for_selector("[data-module=lesson][data-ready]")
    page.locator("input[name=absent]").nth(1).check()
    page.fill("[name=topic]", "Матрицалар")
    page.locator(".rail-link[href='/sheets']").click()
    page.wait_for_url("**/sheets")
    page.goto(f"{campus.address}/journal/lesson/{lesson}")
    page.wait_for_selector("[data-module=lesson][data-ready]")
    expect(page.locator("[name=topic]")).to_have_value("Матрицалар")
    expect(page.locator("input[name=absent]").nth(1)).to_be_checked()
    page.fill("[name=methods]", "Лекция")
    page.get_by_role("button", name="The rest are present").click()
    page.get_by_text("Attendance recorded.").wait_for()
    school.session.rollback()
    row = school.session.get(Lesson, lesson, populate_existing=True)
    assert (row.topic, row.methods) == ("Матрицалар", "Лекция") and row.roll_taken_at
    assert school.cell(lesson, school.students[1]).value == "ABSENT"
    assert page.evaluate("Object.keys(localStorage)") == [], "what has arrived is forgotten"


def test_enter_decides_nothing_and_a_draft_is_only_its_writers(campus, enter):
    world = campus.world
    case = world.student_actor().asks_makeup(world.missed(3))
    world.teacher().sets_task(case)
    world.student_actor().performs(case)
    (task,) = world.open_tasks(case)
    page = enter(world.school.lecturer)
    address = f"{campus.address}/tasks/{task.id}"
    page.goto(address)
    page.wait_for_selector(".task-form[data-ready]")
    page.fill("[name=comment]", "Кайра тапшырат")
    page.fill("[name=points]", "8")
    page.press("[name=points]", "Enter")
    assert page.url == address and world.open_elements(case) == ["accept_teacher"]
    cells = f"{world.lesson}:{world.student}:ATTENDANCE"
    request = f"{campus.address}/cases/start/late_correction?cells={cells}"
    page.goto(request)
    page.wait_for_selector(".task-form[data-ready]")
    page.fill("[name=reason]", "Студент сабакта болгон, тилкени жаңылып алгам.")
    page.locator(".rail-link[href='/sheets']").click()
    page.wait_for_url("**/sheets")
    enter(world.people["department_head"])
    page.goto(address)
    assert "Кайра тапшырат" not in page.content()
    enter(world.school.lecturer)
    page.goto(request)
    page.wait_for_selector(".task-form[data-ready]")
    expect(page.locator("[name=reason]")).to_have_value("Студент сабакта болгон, тилкени жаңылып алгам.")
    page.check("input[name=error_kind][value=typo]")
    # a disabled first button would not do: Chromium passes it by when Enter is pressed on a box
    page.press("input[name=error_kind][value=typo]", "Enter")
    assert page.url == request
    page.click("form.task-form button.btn-primary")
    page.wait_for_url("**/cases/0*")
    assert not page.evaluate(
        "Object.keys(localStorage).filter(name => name.includes('late_correction')).length"
    )
    page.goto(address)
    page.wait_for_selector(".task-form[data-ready]")
    expect(page.locator("[name=comment]")).to_have_value("Кайра тапшырат")
    page.click("[data-decision=again]")
    page.wait_for_url("**/inbox*")
    assert "accept_teacher" not in world.open_elements(case)
    assert page.evaluate("Object.keys(localStorage)") == []
