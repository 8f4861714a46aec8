"""A university moves in on the sample files and teaches on the same day: the first link, structure, people, an order,
timetable, accounts, the opening of a journal, a roll call, a grade, and a late correction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.demo.sample_files import write_sample_files
from app.diagrams import versions
from app.journal.tables import Cell, Course, Lesson, Offering
from tests.browser.conftest import Campus
from tests.browser.moving_in import FIRST_MORNING, SEED, SIZE, STARTS, EmptyWorld, MovingIn
from tests.browser.steps import DESK, PHONE, decides, ready, shoot

pytestmark = pytest.mark.browser
COURSE, LECTURER, PRACTICE = "710001-11", "T00001", "T00003"
REASON = {
    "ky": "Студент сабакта болгон, тилкени жаңылып алгам.",
    "ru": "Студент был на занятии, я ошибся колонкой.",
}


@pytest.fixture
def begins_in() -> None:
    """The university is as the migrations left it: nobody is there."""


@pytest.fixture
def campus(live_server: str, db_session: Any, clock: Any) -> Iterator[Campus]:
    """An empty university."""
    versions.clear_version_cache()
    clock.set(FIRST_MORNING)
    yield Campus(EmptyWorld(db_session, clock), live_server, {})


@pytest.mark.parametrize("width, locale", [DESK, pytest.param(*PHONE, marks=pytest.mark.torture)])
def test_a_university_moves_in_and_teaches(
    campus: Campus, page: Any, sign_in: Any, settings: Any, tmp_path: Path, width: int, locale: str
) -> None:
    write_sample_files(tmp_path, SEED, SIZE, STARTS)
    ready(page, campus, width, locale)
    page.set_default_timeout(10_000)
    day = MovingIn(campus, page, sign_in, settings, tmp_path)
    screen = (width, locale)
    day.opens_first_account()
    day.imports_people()
    day.imports_structure()
    day.imports_accounts()
    page.wait_for_selector(".note-good")
    day.admits_officials()
    shoot(page, "day1-accounts", *screen)
    sign_in("academic_office")
    day.makes_timetable()
    signs_an_order(day, screen)
    journal = opens_a_journal(day, screen)
    lesson = teaches_first_lesson(day, journal, screen)
    corrects_late(day, lesson, screen)


def signs_an_order(day: MovingIn, screen: tuple[int, str]) -> None:
    """The directorate drafts the leave of a student, the office checks it, the rector signs it."""
    page, world = day.page, day.world
    student = day.person_of("S000004")
    day.sign_in("directorate", f"/cases/start/contingent_order?kind=LEAVE&students={student}&go=1")
    page.fill("[name=order_no]", "12-С")
    for name, typed in (
        ("order_date", "01.09.2026"),
        ("effective_on", "02.09.2026"),
        ("order_until", "31.08.2027"),
    ):
        page.fill(f"[name={name}]", typed)
    page.check("[name=signature][value=here]")
    shoot(page, "day2-order", *screen)
    page.click(".task-form .btn-primary")
    page.wait_for_url("**/cases/0*")
    case = UUID(page.url.rpartition("/")[2])
    for role in ("academic_office", "rector"):
        day.sign_in(role)
        decides(page, day.campus, "approve")
    day.deliver()
    world.session.rollback()
    assert world.case(case).outcome == "in_force"


def opens_a_journal(day: MovingIn, screen: tuple[int, str]) -> UUID:
    """The office begins, the head assigns, the teachers type the topics and check, the office opens."""
    page, world, campus = day.page, day.world, day.campus
    day.sign_in("academic_office")
    day.begins_opening()
    day.sign_in("department_head")
    decides(page, campus, "complete")
    world.session.rollback()
    journal = world.session.scalars(
        select(Offering.id).join(Course, Course.id == Offering.course_id).where(Course.code == COURSE)
    ).one()
    campus.admits("teacher", day.person_of(LECTURER))
    day.sign_in("teacher", f"/journal/{journal}/topics")
    topics = (day.folder / f"4-topics/{COURSE}.txt").read_text()
    page.fill("#topics", topics)
    page.context.set_offline(True)
    page.click("form[action$='/topics'] .btn-primary")
    page.wait_for_selector(".toast-late")
    assert page.input_value("#topics") == topics, "nothing was sent, nothing is lost"
    page.context.set_offline(False)
    day.presses("form[action$='/topics'] .btn-primary")
    page.wait_for_selector("table.leaf")
    shoot(page, "day3-topics", *screen)
    day.goes(f"/journal/{journal}/state")
    page.check("[name=answer][value=right]")
    shoot(page, "day3-check", *screen)
    day.presses("#check .btn-primary")
    day.sign_in("department_head")
    decides(page, campus, "approve")
    day.sign_in("academic_office")
    decides(page, campus, "approve")
    day.deliver()
    world.session.rollback()
    assert world.session.get(Offering, journal).state == "OPEN"
    return journal


def teaches_first_lesson(day: MovingIn, journal: UUID, screen: tuple[int, str]) -> UUID:
    """The teacher holds the roll call of the first lesson and enters a grade in the grid."""
    page, world = day.page, day.world
    lesson, starts_at = world.session.execute(
        select(Lesson.id, Lesson.starts_at).where(Lesson.offering_id == journal).order_by(Lesson.starts_at)
    ).first()
    world.clock.set(starts_at + timedelta(minutes=30))
    day.sign_in("teacher", f"/journal/lesson/{lesson}")
    page.locator("input[name=absent]").nth(1).check()
    day.presses("button[formaction$='/roll']")
    shoot(page, "day4-roll", *screen)
    day.goes(f"/journal/{journal}?lesson={lesson}")
    page.locator("tbody tr td.now").first.click()
    page.keyboard.type("85")
    with page.expect_response("**/journal/cell"):
        page.keyboard.press("Enter")
    shoot(page, "day4-grade", *screen)
    world.session.rollback()
    grades = select(Cell.value).where(Cell.lesson_id == lesson, Cell.kind == "GRADE")
    assert world.session.scalars(grades).all() == ["85"]
    return lesson


def corrects_late(day: MovingIn, lesson: UUID, screen: tuple[int, str]) -> None:
    """Four days later the teacher asks to correct attendance; four people endorse it, and the journal changes."""
    page, world = day.page, day.world
    world.session.rollback()
    cell = world.session.scalars(
        select(Cell).where(Cell.lesson_id == lesson, Cell.kind == "ATTENDANCE").limit(1)
    ).one()
    assert cell.value == "ABSENT"
    key, student = cell.id, cell.student_id
    world.clock.advance(days=4)
    day.sign_in("teacher", f"/cases/start/late_correction?cells={lesson}:{student}:ATTENDANCE")
    page.check("input[name=error_kind][value=wrong_date_or_column]")
    page.fill("textarea[name=reason]", REASON[screen[1]])
    page.click("form.task-form button.btn-primary")
    page.wait_for_url("**/cases/0*")
    case = page.url
    for role in ("department_head", "directorate", "academic_office", "it_admin"):
        day.sign_in(role)
        decides(page, day.campus, "approve")
    day.sign_in("teacher", case.removeprefix(day.campus.address))
    shoot(page, "day5-corrected", *screen)
    world.session.rollback()
    assert world.session.get(Cell, key, populate_existing=True).value == "PRESENT"
