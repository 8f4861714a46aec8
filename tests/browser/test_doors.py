"""After the term, in Chromium: a journal and a sheet opened once more, a late work-off, a doubted excuse."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.journal.tables import Semester
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, asks, decides, does, named, presses, ready, shoot
from tests.scenarios.excuses import confirmed
from tests.scenarios.grade_sheets import Sheets
from tests.scenarios.world import LATE

pytestmark = pytest.mark.browser
ILL = "Студент ооруканада жаткан, документ бар."


@pytest.fixture
def late(campus: Campus, sheets: Sheets) -> Sheets:
    """The module week is over and the line of the student is empty."""
    sheets.draws()
    sheets.enters("MODULE1", "8", *campus.world.school.students[1:])
    campus.world.clock.set(datetime(2026, 10, 19, 3, 0, tzinfo=UTC))
    return sheets


@pytest.fixture
def deputy(campus: Campus) -> str:
    """The deputy of the directorate has an account."""
    campus.admits("deputy", campus.world.people["directorate_deputy"])
    return "deputy"


@pytest.mark.clause("4.2.1")
@pytest.mark.parametrize("width, locale", [PHONE])
def test_a_shut_cell_is_opened_by_head_and_directorate_and_entered(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    ready(page, campus, width, locale)
    world, size = campus.world, (width, locale)
    sign_in("teacher")
    grid = f"{campus.address}/journal/{world.school.offering}?lesson={world.untaken}"
    cell = page.locator(f"tr[data-student='{world.student}'] td.now")
    page.goto(grid)
    page.wait_for_selector("[data-module=grid][data-ready]")
    cell.click()
    page.wait_for_selector(".card-lock a.btn")
    shoot(page, "b0-shut", *size)
    page.click(".card-lock a.btn >> nth=0")
    page.wait_for_selector("form.task-form")
    asks(page, "b1-ask", *size, reason=LATE)
    shoot(page, "b2-asked", *size)
    for role in ("department_head", "directorate"):
        sign_in(role)
        decides(page, campus, "approve", (f"b3-{role}", *size))

    sign_in("teacher")
    page.goto(f"{campus.address}/requests")
    shoot(page, "b4-opened", *size)
    page.click("h3 a >> nth=0")
    page.wait_for_url("**/cases/0*")
    shoot(page, "b5-case", *size)
    page.goto(grid)
    page.wait_for_selector("[data-module=grid][data-ready]")
    cell.click()
    page.wait_for_selector(".card-head")
    shoot(page, "b5-door", *size)
    page.keyboard.press("n")
    page.locator("td.now.saved").wait_for()
    written = world.school.cell(world.untaken, world.student)
    assert (written.value, written.late) == ("ABSENT", True)


@pytest.mark.clause("4.3.2")
@pytest.mark.parametrize("width, locale", [pytest.param(*DESK, marks=pytest.mark.torture)])
def test_a_line_of_a_sheet_is_opened_by_head_and_office_and_entered(
    campus: Campus, page: Any, sign_in: Any, late: Sheets, width: int, locale: str
):
    ready(page, campus, width, locale)
    size = (width, locale)
    sign_in("teacher")
    page.goto(f"{campus.address}/sheets/{late.row().id}")
    shoot(page, "c0-shut", *size)
    page.click("a[href*='start/late_sheet']")
    page.wait_for_selector("#f-lines")
    asks(page, "c1-ask", *size, reason=ILL)
    for role in ("department_head", "academic_office"):
        sign_in(role)
        decides(page, campus, "approve", (f"c2-{role}", *size))
    assert late.row().open_until == datetime(2026, 10, 21, 17, 59, 59, tzinfo=UTC)

    sign_in("teacher")
    page.goto(f"{campus.address}/sheets/{late.row().id}")
    assert page.locator("input.points").count() == 1, "only the named line is open"
    shoot(page, "c3-door", *size)
    page.fill("input.points", "7,5")
    page.click(".sticky-save button")
    page.wait_for_load_state()
    assert page.locator("input.points").input_value() in ("7.5", "7,5")
    shoot(page, "c4-entered", *size)


@pytest.mark.clause("5.3.2")
@pytest.mark.parametrize("width, locale", [pytest.param(*PHONE, marks=pytest.mark.torture)])
def test_a_late_work_off_is_allowed_with_reasons(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    ready(page, campus, width, locale)
    world, size = campus.world, (width, locale)
    lesson = world.missed(5)
    world.session.get(Semester, world.school.semester).makeup_until = world.day(1)
    world.session.commit()
    sign_in("student")
    page.goto(f"{campus.address}/student/absences")
    shoot(page, "d0-absences", *size)
    page.click(f"a[href*='start/makeup_extension'][href*='{lesson}']")
    page.wait_for_selector("input[name=makeup_lesson]:checked")
    case = asks(page, "d1-plead", *size, reason="Ооруп, мөөнөтүндө тапшыра алган жокмун.")
    sign_in("teacher")
    does(page, campus, ("d2-opinion", *size), opinion="support", reason="Теманы өздөштүрө алат.")
    for role in ("department_head", "directorate"):
        sign_in(role)
        decides(page, campus, "approve", (f"d3-{role}", *size), reason=ILL)
    assert world.case(named(case)).outcome == "allowed"
    sign_in("student")
    page.goto(case)
    shoot(page, "d4-allowed", *size)
    page.goto(f"{campus.address}/student/absences")
    page.wait_for_selector(f"a[href*='start/makeup'][href*='{lesson}']")
    shoot(page, "d5-once-more", *size)


@pytest.mark.clause("4.2.4")
@pytest.mark.parametrize("width, locale", [DESK])
def test_a_doubted_excuse_is_taken_back_after_the_student_was_heard(
    campus: Campus, page: Any, sign_in: Any, deputy: str, width: int, locale: str
):
    ready(page, campus, width, locale)
    world, size = campus.world, (width, locale)
    lesson = world.missed(9)
    confirmed(world, world.student_actor().hands_in(world.day(9)))
    sign_in("directorate")
    page.goto(f"{campus.address}/excuses")
    page.click("a[href*='start/excuse_revocation']")
    page.wait_for_selector("#f-excused")
    case = asks(page, "e0-question", *size, reason="Борбор мындай документ берген эмес дейт.")
    sign_in("student")
    page.goto(f"{campus.address}/student")
    shoot(page, "e1-doubted", *size)
    page.click(".due-row a[href^='/tasks/']")
    page.wait_for_selector("textarea[name=reason]")
    page.fill("textarea[name=reason]", "Документти таанышым алып берген.")
    shoot(page, "e2-explain", *size)
    presses(page, ".decide button")
    sign_in(deputy)
    decides(page, campus, "approve", ("e3-decide", *size), reason="Борбор тастыктаган жок.")
    assert (world.case(named(case)).outcome, world.status(lesson)) == ("revoked", "ABSENT")
    page.goto(f"{campus.address}/excuses")
    shoot(page, "e4-register", *size)
    sign_in("student")
    page.goto(case)
    shoot(page, "e5-case", *size)
    page.goto(f"{campus.address}/journal/cell?lesson={lesson}&student={world.student}")
    shoot(page, "e6-cell", *size)
