"""The ways beside the straight one, in a real Chromium: returned, rejected, withdrawn, claimed, two at one cell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from app.cases.models import History, Task
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.kernel import door
from app.kernel.act import Act
from app.notices.commands import Notification, Recipient, add_bell_notices_and_queue_letters
from app.people.models import Account, LoginSession
from tests.browser.conftest import PASSWORD, Campus, violations
from tests.files.pictures import pdf
from tests.scenarios.world import REASON

pytestmark = pytest.mark.browser


@pytest.fixture
def kyrgyz(campus: Campus, page: Any) -> Any:
    """A desk, in Kyrgyz."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.context.add_cookies([{"name": "locale", "value": "ky", "url": campus.address}])
    return page


def requested(campus: Campus) -> UUID:
    """The teacher has asked for a correction."""
    return campus.world.teacher().requests_correction()


def opens_task(campus: Campus, page: Any) -> None:
    page.goto(f"{campus.address}/inbox")
    page.click(".row-link >> nth=0")
    page.wait_for_selector(".task-form [data-decision]")


def marks(campus: Campus, lesson: UUID, student: UUID, value: str) -> None:
    """The teacher enters a mark somewhere else."""
    act = campus.world.school.teacher_act(campus.world.clock())
    campus.world.session.rollback()
    with door.write(act):
        record_mark(act, CellEdit(lesson=lesson, student=student, kind="ATTENDANCE", value=value, version=0))


def history(campus: Campus, case: UUID) -> list[tuple[str, str | None]]:
    campus.world.session.rollback()
    steps = select(History.kind, History.decision).where(History.case_id == case).order_by(History.id)
    return [(kind, decision) for kind, decision in campus.world.session.execute(steps)]


def test_a_returned_request_says_why_and_comes_again_in_its_second_round(
    campus: Campus, kyrgyz: Any, sign_in: Callable[[str], Any]
):
    case, why = requested(campus), "Деканаттын актысын тиркеңиз"
    page = sign_in("department_head")
    opens_task(campus, page)
    page.click("[data-decision=return]")
    expect(page.locator(".field-error").first).to_be_visible()
    page.fill("textarea[name=reason]", why)
    page.click("[data-decision=return]")
    expect(page).to_have_url(f"{campus.address}/inbox")
    sign_in("teacher")
    opens_task(campus, page)
    expect(page.get_by_text(why)).to_be_visible()
    assert violations(page) == []
    expect(page.locator("input[name=error_kind][value=typo]")).to_be_checked()
    expect(page.locator("textarea[name=reason]")).to_have_value(REASON)
    page.fill("textarea[name=reason]", REASON + " Акт тиркелди.")
    page.click("[data-decision=resubmit]")
    expect(page).to_have_url(f"{campus.address}/inbox")
    sign_in("department_head")
    opens_task(campus, page)
    expect(page.get_by_text("Акт тиркелди").first).to_be_visible()
    expect(page.locator(".thread").get_by_text(why)).to_be_visible()
    assert [step for step in history(campus, case) if step[0] == "completed"] == [
        ("completed", "return"),
        ("completed", "resubmit"),
    ]
    assert campus.world.open_tasks(case)[0].iteration == 2


def test_a_rejected_request_tells_the_teacher_why_and_by_which_clause(
    campus: Campus, kyrgyz: Any, sign_in: Callable[[str], Any]
):
    case, why = requested(campus), "Негиз жок: студент сабакта болгон эмес"
    campus.world.head().approves(case)
    page = sign_in("directorate")
    opens_task(campus, page)
    page.fill("textarea[name=reason]", why)
    page.click("[data-decision=reject]")
    expect(page).to_have_url(f"{campus.address}/inbox")
    sign_in("teacher")
    page.goto(f"{campus.address}/requests")
    page.locator("article", has_text=campus.world.case(case).number).locator("h3 a").click()
    expect(page.get_by_text(why).first).to_be_visible()
    expect(page.locator(".state").first).to_be_visible()
    expect(page.get_by_role("link", name="4.4.2").first).to_be_visible()
    assert campus.world.case(case).outcome == "rejected" and campus.world.cell().value == "ABSENT"


def test_a_request_is_withdrawn_in_two_steps_and_the_head_has_nothing_to_do(
    campus: Campus, kyrgyz: Any, sign_in: Callable[[str], Any]
):
    case = requested(campus)
    page = sign_in("teacher")
    page.goto(f"{campus.address}/cases/{case}")
    page.click("[data-opens=confirm-withdraw]")
    page.locator("#confirm-withdraw").get_by_role("button").first.click()
    expect(page.locator(".note-good")).to_be_visible()
    assert campus.world.case(case).status == "withdrawn"
    sign_in("department_head")
    page.goto(f"{campus.address}/inbox")
    expect(page.locator(".task-row")).to_have_count(0)
    expect(page.locator(".list .empty")).to_be_visible()


def test_tasks_of_the_role_are_claimed_together_by_keys(
    campus: Campus, kyrgyz: Any, sign_in: Callable[[str], Any]
):
    world = campus.world
    world.hires("academic_office", None, name="Экинчи")
    second = world.school.lesson(world.clock() - timedelta(days=19))
    world._marked_absent_at(second, world.school.teacher_act)
    cases = [requested(campus), world.teacher().requests_correction(world.edit(lesson=str(second)))]
    for case in cases:
        world.head().approves(case)
        world.directorate().approves(case)
    page = sign_in("academic_office")
    page.goto(f"{campus.address}/inbox?view=pool")
    page.wait_for_selector("[data-module=inbox][data-ready]")
    expect(page.locator(".task-row")).to_have_count(2)
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-number]")).to_have_text("2")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".note-good")).to_be_visible()
    expect(page.locator(".task-row")).to_have_count(0)
    page.goto(f"{campus.address}/inbox?view=mine")
    expect(page.locator(".task-row")).to_have_count(2)
    mine = select(Task.id).where(Task.assignee == world.people["academic_office"], Task.closed_at.is_(None))
    world.session.rollback()
    assert len(world.session.scalars(mine).all()) == 2


def test_a_search_stays_in_the_address(campus: Campus, kyrgyz: Any, sign_in: Callable[[str], Any]):
    case = requested(campus)
    page = sign_in("department_head")
    page.goto(f"{campus.address}/inbox?q={campus.world.case(case).number}")
    expect(page.locator(".task-row")).to_have_count(1)
    page.reload()
    expect(page.locator(".list-top input[name=q]")).to_have_value(campus.world.case(case).number)
    page.goto(f"{campus.address}/inbox?q=жок")
    expect(page.locator(".task-row")).to_have_count(0)


def test_a_session_that_ends_in_the_middle_of_a_visa_loses_no_word(
    campus: Campus, kyrgyz: Any, sign_in: Callable[[str], Any]
):
    case, why = requested(campus), "Скан ачылбайт, кайра тиркеңиз"
    page = sign_in("department_head")
    opens_task(campus, page)
    page.fill("textarea[name=reason]", why)
    campus.world.session.execute(update(LoginSession).values(revoked_at=campus.world.clock()))
    campus.world.session.commit()
    page.click("[data-decision=return]")
    page.wait_for_selector("#password")
    page.fill("#login", "department_head")
    page.fill("#password", PASSWORD)
    page.click(".login-form button.btn-primary")
    expect(page.get_by_label("Себеби")).to_have_value(why)
    page.locator("form.sheet button.btn-primary").click()
    expect(page).to_have_url(f"{campus.address}/inbox")
    assert ("completed", "return") in history(campus, case)


def test_two_at_one_cell_the_slower_one_is_asked_and_nothing_is_lost(
    campus: Campus, kyrgyz: Any, sign_in: Callable[[str], Any]
):
    world = campus.world
    lesson = world.school.lesson(world.clock() - timedelta(hours=3))
    page = sign_in("teacher")
    page.goto(f"{campus.address}/journal/{world.school.offering}?lesson={lesson}")
    page.wait_for_selector("[data-module=grid][data-ready]")
    student = world.school.students[1]
    marks(campus, lesson, student, "ABSENT")
    row = page.locator(f"tr[data-student='{student}']")
    row.locator("td.now").click()
    page.keyboard.press("p")
    expect(page.locator(".conflict")).to_be_visible()
    page.locator(".conflict button").last.click()
    expect(row.locator("td.saved")).to_have_count(1)
    assert world.school.cell(lesson, student).value == "PRESENT"


def test_a_cell_entered_without_network_is_saved_when_it_is_back(
    campus: Campus, kyrgyz: Any, sign_in: Callable[[str], Any]
):
    world = campus.world
    lesson = world.school.lesson(world.clock() - timedelta(hours=3))
    page = sign_in("teacher")
    page.goto(f"{campus.address}/journal/{world.school.offering}?lesson={lesson}")
    page.wait_for_selector("[data-module=grid][data-ready]")
    student = world.school.students[1]
    page.context.set_offline(True)
    page.locator(f"tr[data-student='{student}'] td.now").click()
    page.keyboard.press("n")
    expect(page.locator("[data-state]")).to_have_class("grid-state is-late")
    assert world.school.cell(lesson, student) is None
    page.context.set_offline(False)
    expect(page.locator(f"tr[data-student='{student}'] td.saved")).to_have_count(1, timeout=10_000)
    world.session.rollback()
    assert world.school.cell(lesson, student).value == "ABSENT"


def test_the_bell_opens_in_place_and_leads_on(campus: Campus, kyrgyz: Any, sign_in: Callable[[str], Any]):
    case = requested(campus)
    act = Act.by_system(campus.world.clock())
    head = campus.world.people["department_head"]
    with door.write(act):
        news = Notification("cases.task.opened", 1, {"number": "2026-000001"}, f"/cases/{case}")
        add_bell_notices_and_queue_letters(act, news, [Recipient(head, None, "ky")])
    page = sign_in("department_head", "/")
    page.click("summary.bell")
    row = page.locator(".bell-menu .row-link")
    expect(row).to_have_count(1)
    assert violations(page) == []
    row.click()
    expect(page).to_have_url(f"{campus.address}/cases/{case}")
    expect(page.locator("summary.bell .count")).to_have_count(0)


def test_a_student_sees_his_mark_at_once_and_no_page_of_anybody_else(
    campus: Campus, kyrgyz: Any, sign_in: Callable[[str], Any]
):
    world = campus.world
    lesson = world.school.lesson(world.clock() - timedelta(hours=3))
    page = sign_in("student")
    page.goto(f"{campus.address}/student/absences")
    before = page.locator(".mark-absent").count()
    marks(campus, lesson, world.student, "ABSENT")
    page.reload()
    assert page.locator(".mark-absent").count() > before
    other = f"/journal/{world.school.offering}/students/{world.school.students[1]}"
    assert page.goto(f"{campus.address}{other}").status == 404
    assert (
        campus.world.session.scalar(select(Account.login).where(Account.person_id == world.student))
        == "student"
    )


def test_on_a_phone_a_locked_cell_says_why_where_one_looks(
    campus: Campus, kyrgyz: Any, sign_in: Callable[[str], Any]
):
    world = campus.world
    kyrgyz.set_viewport_size({"width": 360, "height": 740})
    page = sign_in("teacher")
    page.goto(f"{campus.address}/journal/{world.school.offering}?lesson={world.lesson}")
    page.wait_for_selector("[data-module=grid][data-ready]")
    page.locator(f"tr[data-student='{world.student}'] td.now").click()
    expect(page.locator(".card-lock").first).to_be_in_viewport()
    expect(page.locator(".card-lock a.btn").first).to_be_in_viewport()


def test_choosing_a_file_speaks_the_language_of_the_page(
    campus: Campus, kyrgyz: Any, sign_in: Callable[[str], Any]
):
    page = sign_in("teacher")
    cells = f"{campus.world.lesson}:{campus.world.student}:ATTENDANCE"
    page.goto(f"{campus.address}/cases/start/late_correction?cells={cells}")
    expect(page.get_by_text("Файл тандоо")).to_be_visible()
    page.set_input_files(
        "input[type=file]", {"name": "акт.pdf", "mimeType": "application/pdf", "buffer": pdf()}
    )
    expect(page.locator(".pick-names")).to_have_text("акт.pdf")
    assert violations(page) == []
    page.check("input[name=error_kind][value=typo]")
    page.fill("textarea[name=reason]", REASON)
    page.click("form.task-form button.btn-primary")
    page.wait_for_selector(".files")
    expect(page.get_by_role("link", name="акт.pdf").first).to_be_visible()
