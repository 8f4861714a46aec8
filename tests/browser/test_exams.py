"""The exam timetable in Chromium: days set and refused by the academic office, read by teacher and student."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.journal.tables import Offering
from tests.browser.conftest import Campus
from tests.browser.steps import PHONE, ready, shoot

pytestmark = [pytest.mark.browser, pytest.mark.clause("4.3.3")]


@pytest.fixture
def second(campus: Campus) -> Any:
    """Another discipline of the group, whose exam has no day yet."""
    return campus.world.school.offering_of_another_course()


@pytest.mark.parametrize("width, locale", [PHONE])
def test_exam_days_travel_from_the_form_to_teacher_and_student(
    campus: Campus, page: Any, sign_in: Any, second: Any, width: int, locale: str
):
    world = campus.world
    first = world.school.offering
    ready(page, campus, width, locale)
    sign_in("academic_office")
    page.goto(f"{campus.address}/calendar/exams")
    shoot(page, "90-exams", width, locale)
    page.fill(f"input[name='exam-{first}']", "2026-12-20")
    page.fill(f"input[name='exam-{second}']", "2026-12-22")
    page.click(".exam-save button")
    wrong = page.locator(f"input[name='exam-{first}']")
    assert wrong.get_attribute("aria-invalid") == "true" and wrong.input_value() == "20.12.2026"
    assert page.locator(f"input[name='exam-{second}']").input_value() == "22.12.2026", "nothing typed is lost"
    shoot(page, "91-exams-refused", width, locale)
    wrong.fill("2026-12-22")
    page.fill("#reason", "Аудитория бош эмес")
    page.click(".exam-save button")
    page.wait_for_url("**/calendar/exams/preview")
    assert page.locator(".change-details li").count() == 2 and page.locator(".note-late").count() == 1
    shoot(page, "92-exams-preview", width, locale)
    page.click("form .btn-primary")
    page.wait_for_url("**/calendar/changes*")
    shoot(page, "93-exams-changed", width, locale)
    world.session.rollback()
    days = {world.session.get(Offering, one, populate_existing=True).exam_on for one in (first, second)}
    assert days == {date(2026, 12, 22)}

    sign_in("teacher")
    page.goto(f"{campus.address}/journal/{first}/title")
    assert page.locator("a[href*='/calendar/exams']").count() == 1
    shoot(page, "94-exam-title", width, locale)
    page.click("a[href*='/calendar/exams']")
    assert page.locator(".date-field").count() == 0, "read, not changed"
    shoot(page, "95-exams-read", width, locale)
    sign_in("student")
    page.goto(f"{campus.address}/student/marks")
    assert page.locator("time[datetime='2026-12-22']").count() == 1
    shoot(page, "96-exam-of-student", width, locale)
