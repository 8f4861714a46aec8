"""From an empty journal to a roll: the office rings the bells, puts a lesson into the week and generates, the teacher
takes the roll."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from app.journal.tables import Lesson, LessonPattern
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, ready, shoot
from tests.journal.test_timetable_files import ROW, workbook
from tests.journal.timetable import Timetable

pytestmark = [pytest.mark.browser]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MONDAY = datetime(2026, 10, 19, 2, 30, tzinfo=UTC)
"""08:30 in Bishkek."""


@pytest.mark.torture
@pytest.mark.parametrize("width, locale", [DESK, PHONE])
def test_a_journal_without_lessons_gets_them_and_the_teacher_takes_the_roll(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    world = campus.world
    journal = Timetable(world).other_journal(same_group=True)
    world.clock.set(MONDAY)
    ready(page, campus, width, locale)
    sign_in("academic_office", "/timetable/journals?empty=1")
    shoot(page, "t1-journals", width, locale)
    page.goto(f"{campus.address}/timetable/journals/{journal}")
    assert page.locator(".empty").count() == 1
    shoot(page, "t2-empty", width, locale)
    page.goto(f"{campus.address}/timetable/bells")
    for number, times in enumerate((("08:00", "09:20"), ("09:30", "10:50"), ("11:00", "12:20")), 1):
        page.fill(f"[name=starts-{number}]", times[0])
        page.fill(f"[name=ends-{number}]", times[1])
    page.click("form[action='/timetable/bells'] .btn-primary")
    page.wait_for_selector(".flash, .note-good, [role=status]")
    shoot(page, "t3-bells", width, locale)

    page.goto(f"{campus.address}/timetable/journals/{journal}")
    page.select_option("#f-weekday", "2")
    page.select_option("#f-period", "1")
    page.fill("#f-room", "204")
    page.click("form[action$='/patterns'] .btn-primary")
    page.wait_for_selector(".week-block")
    if width > 1000:
        page.drag_and_drop(".week-block", "td[data-weekday='1'][data-period='1']")
    else:
        page.click(".week-block a")
        page.wait_for_selector("#form form[action$='/end']")
        page.select_option("#f-weekday", "1")
        page.click("form[action$='/patterns'] .btn-primary")
    page.wait_for_function("document.querySelector(\"td[data-weekday='1'][data-period='1'] .week-block\")")
    world.session.rollback()
    assert world.session.scalars(select(LessonPattern.weekday)).all() == [1]
    page.fill("[name=hours-LECTURE]", "20")
    page.click("form[action$='/hours'] .btn")
    page.wait_for_selector("form[action$='/generate']")
    shoot(page, "t4-preview", width, locale)
    page.click("form[action$='/generate'] .btn-primary")
    page.wait_for_selector("form[action$='/generate']", state="detached")
    shoot(page, "t5-generated", width, locale)
    page.goto(f"{campus.address}/timetable?group={world.school.group}")
    shoot(page, "t6-week", width, locale)

    lessons = select(Lesson).where(Lesson.offering_id == journal).order_by(Lesson.starts_at)
    first = world.session.scalars(lessons).first()
    assert first.starts_at == datetime(2026, 10, 19, 2, 0, tzinfo=UTC), (
        "the lesson that began half an hour ago"
    )
    sign_in("teacher", f"/journal/lesson/{first.id}")
    page.click("input[name=absent] >> nth=0")
    page.click("button[formaction$='/roll'], form[action$='/roll'] button.btn-primary")
    page.wait_for_load_state()
    world.session.rollback()
    assert world.session.get(Lesson, first.id, populate_existing=True).roll_taken_at is not None
    shoot(page, "t7-roll", width, locale)

    page.goto(f"{campus.address}/journal/{journal}/topics")
    page.fill("#topics", "Лекция\t2\tКинематика\nЛекция\t4\tДинамика")
    page.click("form[action$='/topics'] .btn-primary")
    page.wait_for_selector("table.leaf")
    shoot(page, "t8-topics", width, locale)
    page.goto(f"{campus.address}/journal/lesson/{first.id}")
    assert page.locator("#planned-topics option").first.get_attribute("value") == "Кинематика"
    page.fill("#f-topic", "Оптика")
    page.locator("#f-topic").blur()
    page.goto(f"{campus.address}/journal/lesson/{first.id}")
    shoot(page, "t9-lesson", width, locale)

    sign_in("academic_office", f"/timetable/journals/{journal}/lessons")
    shoot(page, "t10-lessons", width, locale)
    page.goto(f"{campus.address}/timetable/lessons/{first.id}")
    page.fill("#room", "301")
    page.fill("#move-reason", "Аудитория бош эмес")
    page.click("form[action$='/move'] .btn-primary")
    page.wait_for_selector(".note-late li")
    shoot(page, "t11-consequences", width, locale)
    page.click("form[action$='/move'] .btn-primary")
    page.wait_for_selector(".requests .row")
    shoot(page, "t12-moved", width, locale)
    world.session.rollback()
    assert world.session.get(Lesson, first.id, populate_existing=True).room == "301"

    page.goto(f"{campus.address}/timetable/import")
    for rows, name in (
        ([*ROW[:5], 9, *ROW[6:]], "t13-findings"),
        ([*ROW[:2], "среда", *ROW[3:]], "t14-plan"),
    ):
        page.set_input_files("#file", {"name": "a.xlsx", "mimeType": XLSX, "buffer": workbook(rows)})
        page.click("form[enctype] .btn-primary")
        page.wait_for_selector(".note-late li, form[action*='/timetable/import/']")
        shoot(page, name, width, locale)
    page.click("form[action*='/timetable/import/'] .btn-primary")
    page.wait_for_url("**/timetable/journals")
    world.session.rollback()
    assert sorted(world.session.scalars(select(LessonPattern.weekday))) == [1, 3]
