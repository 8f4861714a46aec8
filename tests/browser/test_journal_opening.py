"""The journals of a semester are opened: the office begins, the head assigns, the teacher checks, the office opens, and
only then the teacher marks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.journal.tables import Lesson, Offering
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, decides, ready, shoot

pytestmark = [pytest.mark.browser]


@pytest.mark.torture
@pytest.mark.parametrize("width, locale", [DESK, PHONE])
def test_a_journal_is_opened_before_it_takes_marks(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    world = campus.world
    lesson = world.school.lesson(world.now() - timedelta(hours=2))
    world.session.rollback()
    world.session.execute(text("UPDATE journal.offering SET state = 'DRAFT'"))
    world.session.commit()
    state = f"{campus.address}/journal/{world.school.offering}/state"
    ready(page, campus, width, locale)

    sign_in("academic_office", "/openings")
    shoot(page, "o1-departments", width, locale)
    page.click("form[action='/openings'] .btn-primary")
    page.wait_for_selector("td a[href^='/cases/']")
    sign_in("department_head", "/openings")
    page.click("td.leaf-head a")
    page.wait_for_selector(".requests .row")
    shoot(page, "o2-journals", width, locale)
    decides(page, campus, "complete", ("o3-assign", width, locale))

    sign_in("teacher", "/journal")
    page.click("a[href='/openings/mine']")
    page.click(".row-title a")
    page.wait_for_selector("#check")
    page.check("[name=answer][value=wrong]")
    page.click("#check .btn-primary")
    page.wait_for_selector(".field-error")
    shoot(page, "o4-check", width, locale)
    page.check("[name=answer][value=right]")
    page.click("#check .btn-primary")
    page.wait_for_selector(".flash, .note-good, [role=status]")
    page.goto(f"{campus.address}/journal/lesson/{lesson}")
    assert page.locator("button[formaction$='/roll'], form[action$='/roll'] button.btn-primary").count() == 0
    assert page.locator(f".note a[href='/journal/{world.school.offering}/state']").count(), (
        "the way to the opening"
    )

    sign_in("department_head", "/inbox")
    decides(page, campus, "approve", ("o5-review", width, locale))
    sign_in("academic_office", "/inbox")
    decides(page, campus, "approve", ("o6-open", width, locale))
    page.goto(state)
    shoot(page, "o7-state", width, locale)
    sign_in("teacher", f"/journal/lesson/{lesson}")
    page.click("button[formaction$='/roll'], form[action$='/roll'] button.btn-primary")
    page.wait_for_load_state()
    world.session.rollback()
    assert world.session.get(Offering, world.school.offering, populate_existing=True).state == "OPEN"
    assert world.session.get(Lesson, lesson, populate_existing=True).roll_taken_at is not None

    sign_in("department_head", "/schemes/new")
    page.fill("[name=code]", "ОшТУ")
    for language in ("ky", "ru", "en"):
        page.fill(f"[name=name_{language}]", "Схема")
    page.fill("[name=source]", "Кеңештин № 4 чечими")
    page.fill("[name=since]", "01.09.2027")
    for place, row in enumerate((("A", "85", "4", "5"), ("B", "62", "3", "4"), ("F", "0", "0", "2"))):
        for name, value in zip(("letter", "least", "gpa", "traditional"), row, strict=True):
            page.fill(f"[name={name}-{place}]", value)
    page.click("form[action='/schemes/new'] .btn-primary")
    page.wait_for_selector(".field-error")
    shoot(page, "o8-scheme", width, locale)
    page.fill("[name=pass]", "62")
    page.click("form[action='/schemes/new'] .btn-primary")
    page.wait_for_selector("a[href*='scheme_approval']")
    shoot(page, "o9-impact", width, locale)
    page.click("a[href*='scheme_approval']")
    page.fill("[name=reason]", "Кеңештин жыйынында каралат.")
    page.click("form.task-form .btn-primary")
    page.wait_for_url("**/cases/0*")
    shoot(page, "o10-approval", width, locale)
