"""Cases about one cell on the pages: case, task, card, the refusal of a second one; a transferred student."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from app.journal.tables import GradeSheet
from app.kernel.ids import new_id
from tests.scenarios.event_delivery import WHY, corrects, elsewhere, heard, left, transferred
from tests.web.browser import Browser
from tests.web.campus import Campus


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Campus:
    """The campus before its sheet was signed: marks can still be corrected."""
    made = Campus(app, db_session, clock)
    db_session.execute(update(GradeSheet).values(state="DRAFT", signed_at=None))
    db_session.commit()
    return made


def enter(campus: Campus, role: str, locale: str = "en") -> Browser:
    return Browser(campus.app, locale).enter(campus.near[role])


def number(campus: Campus, case: Any) -> str:
    return campus.world.case(case).number


@pytest.fixture
def both(campus: Campus) -> tuple[Any, Any, Any]:
    """A lesson with a dispute its teacher agreed with and a correction about the same mark."""
    world = campus.world
    lesson = world.missed(6)
    dispute = world.student_actor().disputes(lesson, late="Кеч көрдүм")
    world.teacher().completes(dispute, decision="agree", **WHY)
    correction = world.teacher().requests_correction(world.edit(lesson=str(lesson), version=1))
    return lesson, dispute, correction


def test_the_pages_of_both_cases_list_each_other(campus, both):
    _lesson, dispute, correction = both
    directorate = enter(campus, "directorate")
    for case, other in ((dispute, correction), (correction, dispute)):
        text = directorate.get(f"/cases/{case}").text
        assert "Related cases" in text and number(campus, other) in text


def test_the_card_of_the_cell_lists_what_is_open_about_it(campus, both):
    lesson, dispute, correction = both
    path = f"/journal/cell?lesson={lesson}&student={campus.world.student}"
    text = enter(campus, "teacher").get(path).text
    assert number(campus, dispute) in text and number(campus, correction) in text
    assert number(campus, dispute) in enter(campus, "student").get(path).text


def test_the_step_of_the_teacher_says_how_the_mark_is_corrected(campus):
    world = campus.world
    lesson, recent = world.missed(6), world.missed(1)
    teacher = enter(campus, "teacher")
    for one, late in ((lesson, {"late": "Кеч көрдүм"}), (recent, {})):
        case = world.student_actor().disputes(one, **late)
        world.teacher().completes(case, decision="agree", **WHY)
        (task,) = world.open_tasks(case)
        text = teacher.get(f"/tasks/{task.id}").text
        if one == lesson:
            assert f"/cases/start/late_correction?cells={lesson}:{world.student}:ATTENDANCE" in text.replace(
                "%3A", ":"
            )
        else:
            assert f"/journal/{world.school.offering}?lesson={recent}" in text


def test_with_a_correction_under_way_the_step_leads_to_it(campus, both):
    _lesson, dispute, correction = both
    (task,) = campus.world.open_tasks(dispute)
    text = enter(campus, "teacher").get(f"/tasks/{task.id}").text
    assert f"/cases/{correction}" in text and "this case ends by itself when it is written" in text


def test_a_second_dispute_is_answered_with_the_way_to_the_first(campus):
    lesson = campus.world.missed(1)
    first = campus.world.student_actor().disputes(lesson)
    student = enter(campus, "student")
    answer = student.post(
        f"/cases/start/dispute?lesson={lesson}&kind=attendance",
        id=str(new_id()),
        dispute=f"{lesson}:ATTENDANCE:1",
        reason="Мен сабакта отургам, тизмеде ката кетти.",
    )
    assert answer.status_code == 409
    assert f"/cases/{first}" in answer.text and number(campus, first) in answer.text


@pytest.mark.parametrize("locale", ["ky", "ru", "en"])
def test_the_history_says_why_a_case_ended_by_itself(campus, locale):
    lesson = campus.world.missed(1)
    case = campus.world.student_actor().disputes(lesson)
    corrects(campus.world, lesson)
    heard(campus.world)
    text = enter(campus, "student", locale).get(f"/cases/{case}").text
    said = {
        "ky": "Белги бул арада өзгөртүлдү.",
        "ru": "Отметка за это время была изменена.",
        "en": "The mark was changed meanwhile.",
    }
    assert said[locale] in text


def test_what_is_put_aside_says_so_and_offers_nothing(campus):
    case = campus.world.student_actor().asks_makeup(campus.world.missed(2))
    left(campus.world, "LEAVE")
    text = enter(campus, "teacher").get(f"/cases/{case}").text
    assert "put aside" in text and "77-с" in text and "Open my task" not in text


def test_a_transferred_student_shows_what_he_brought_in_the_grid_and_on_his_row(campus):
    world = campus.world
    there = elsewhere(world)
    offering = there.journal(world, world.school.lecturer)
    corrects(world, world.attended(3), "40", 0, "GRADE")
    transferred(world, there.group, world.day(1))
    world.school.lesson(world.clock().replace(hour=1), offering=offering)
    teacher = enter(campus, "teacher")
    said = "Carried from ИВТ-2-23 by order No. 214-с: 40 points"
    assert said in teacher.get(f"/journal/{offering}").text
    assert said in teacher.get(f"/journal/{offering}/students/{world.student}").text
    mine = enter(campus, "student").get("/student/marks").text
    assert "With the points of group ИВТ-2-23, by order No. 214-с" in mine
