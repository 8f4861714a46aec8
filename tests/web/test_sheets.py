"""The pages of grade sheets, schemes and criteria: who fills what, what is said, nothing typed is lost."""

from __future__ import annotations

import html
import re

import pytest

from app.journal.tables import GradingScheme
from app.kernel.ids import new_id
from app.people.models import Account
from app.worker.event_handlers import event_handlers_by_type
from tests.scenarios.grade_sheets import Sheets
from tests.scenarios.world import World
from tests.web.browser import Browser, hidden


@pytest.fixture
def world(db_session, clock):
    return World(db_session, clock)


@pytest.fixture
def sheets(world, settings):
    return Sheets(world, event_handlers_by_type(settings))


@pytest.fixture
def enter(app, world):
    """A browser in which this person is signed in."""

    def entering(person, locale="en"):
        if world.session.get(Account, person) is None:
            world.session.add(Account(person_id=person, login=str(person), password="never"))
            world.session.commit()
        return Browser(app, locale).enter(person)

    return entering


def fields(page, points):
    """Every line of the form with these points."""
    students = re.findall(r'name="version-([^"]+)" value="(\d+)"', page)
    return {f"points-{id}": points for id, _ in students} | {f"version-{id}": v for id, v in students}


def test_a_teacher_fills_his_sheet_sees_the_arithmetic_and_signs_it_in_his_task(world, sheets, enter):
    sheets.grades(world.attended(1), world.student, "80")
    sheets.draws()
    teacher, address = enter(world.school.lecturer), f"/sheets/{sheets.row().id}"
    assert "module 1" in teacher.get("/sheets").text
    page = teacher.get(address).text
    assert teacher.post(address, **fields(page, "8,5")).status_code == 302
    page = html.unescape(teacher.get(address).text)
    assert "current grades: 80; × 20 / 100 = 16" in page and "16 + 8.5 = 24.5 ≈ 25" in page
    assert 'value="8.5"' in page and 'data-points="8.5"' in page
    kyrgyz = html.unescape(enter(world.school.lecturer, "ky").get(address).text)
    assert "16 + 8,5 = 24,5 ≈ 25" in kyrgyz and 'value="8,5"' in kyrgyz
    assert 'data-points="8.5"' in kyrgyz, "what the script compares keeps the point"
    (task,) = world.open_tasks(sheets.case())
    drawn = teacher.get(f"/tasks/{task.id}").text
    assert teacher.post(f"/tasks/{task.id}", signing=hidden(drawn, "signing")).status_code == 302
    assert sheets.row().state == "SIGNED" and sheets.result().total == 25
    assert 'name="points-' not in teacher.get(address).text, "nothing is offered that would be refused"


def test_what_cannot_be_entered_comes_back_with_all_that_was_typed(world, sheets, enter):
    sheets.draws()
    teacher, address = enter(world.school.lecturer), f"/sheets/{sheets.row().id}"
    sent = teacher.post(address, **fields(teacher.get(address).text, "11"))
    assert sent.status_code == 422
    assert "Points go from 0 to 10" in sent.text and 'value="11"' in sent.text
    assert 'aria-invalid="true"' in sent.text


def test_what_is_no_number_marks_its_line_and_nothing_typed_is_lost(world, sheets, enter):
    sheets.draws()
    teacher, address = enter(world.school.lecturer), f"/sheets/{sheets.row().id}"
    typed = fields(teacher.get(address).text, "7") | {f"points-{world.school.students[1]}": "abc"}
    sent = teacher.post(address, **typed)
    page = html.unescape(sent.text)
    assert sent.status_code == 422 and "“abc” is no number of points" in page
    assert re.search(rf'name="points-{world.school.students[1]}" value="abc"[^>]* aria-invalid="true"', page)
    assert page.count('aria-invalid="true"') == 1 and page.count('value="7"') == 4


def test_open_requests_are_links_only_for_who_may_open_them(world, sheets, enter):
    sheets.draws()
    case = world.teacher().requests_correction()
    number = world.case(case).number
    colleague = world.school.person("Жаныбеков", "Бакыт")
    world._grant(colleague, "teacher", world.school.department)
    world.school.teaches(colleague, "LAB")
    mine = enter(world.school.lecturer).get(f"/sheets/{sheets.row().id}").text
    theirs = enter(colleague).get(f"/sheets/{sheets.row().id}").text
    assert f'href="/cases/{case}"' in mine and f"/cases/{sheets.case()}" in mine
    assert number in theirs and f"/cases/{case}" not in theirs and f"/cases/{sheets.case()}" not in theirs


def test_after_the_week_the_page_says_why_it_is_shut(world, sheets, enter):
    sheets.draws()
    world.clock.advance(days=7)
    page = enter(world.school.lecturer).get(f"/sheets/{sheets.row().id}").text
    assert "Points could be entered on this sheet until" in page and 'name="points-' not in page


def test_a_head_reads_the_lines_beside_his_visa(world, sheets, enter):
    sheets.draws()
    sheets.enters()
    sheets.signs()
    (task,) = world.open_tasks(sheets.case())
    page = enter(world.people["department_head"]).get(f"/tasks/{task.id}").text
    assert "Lines of the sheet" in page and "Endorse" in page and "Асанова" in page


def test_a_teacher_of_another_journal_sees_nothing_of_it(world, sheets, enter):
    sheets.draws()
    stranger = world.hires("teacher", world.school.other_department, name="Бөтөн")
    assert enter(stranger).get(f"/sheets/{sheets.row().id}").status_code == 404


def test_nobody_takes_back_what_the_calendar_began(world, sheets, enter):
    sheets.draws()
    teacher = enter(world.school.lecturer)
    page = teacher.get(f"/cases/{sheets.case()}").text
    assert "/withdraw" not in page
    refused = teacher.post(f"/cases/{sheets.case()}/withdraw", reason="Керек эмес болуп калды")
    assert refused.status_code == 409 and "No one requested this case" in refused.text


@pytest.mark.clause("2.3")
def test_the_office_confirms_a_scheme_with_its_ground_and_once(world, enter):
    office = enter(world.people["academic_office"])
    scheme = world.session.query(GradingScheme).filter_by(code="KG100").one().id
    assert "not confirmed" in office.get("/schemes").text
    assert office.post(f"/schemes/{scheme}/confirm", ground=" ").status_code == 422
    assert office.post(f"/schemes/{scheme}/confirm", ground="Окуу кеңеши, 6-протокол").status_code == 302
    page = office.get("/schemes").text
    assert "Окуу кеңеши, 6-протокол" in page
    assert office.post(f"/schemes/{scheme}/confirm", ground="дагы").status_code == 409


NEXT = {
    "MODULE1-current": "20",
    "MODULE1-midterm": "10",
    "MODULE2-current": "20",
    "MODULE2-midterm": "10",
    "FINAL-exam": "40",
    "pass": "60",
    "admission": "25",
    "least_final": "0",
    "letters": "A 90 4.0 5\nB 60 3.0 4\nF 0 0 2",
    "since": "2027-01-01",
    "source": "Окуу кеңешинин чечими",
}


@pytest.mark.clause("2.3")
def test_a_change_of_a_scheme_is_a_new_version_and_only_the_office_makes_it(world, enter):
    scheme = world.session.query(GradingScheme).filter_by(code="KG100").one().id
    teacher, office = enter(world.school.lecturer), enter(world.people["academic_office"])
    teacher.get("/schemes")
    assert teacher.post(f"/schemes/{scheme}/next", id=str(new_id()), **NEXT).status_code == 403
    office.get("/schemes")
    wrong = office.post(f"/schemes/{scheme}/next", id=str(new_id()), **NEXT | {"FINAL-exam": "41"})
    assert wrong.status_code == 422 and "add up to 100" in wrong.text
    same = str(new_id())
    assert office.post(f"/schemes/{scheme}/next", id=same, **NEXT).status_code == 302
    assert office.post(f"/schemes/{scheme}/next", id=same, **NEXT).status_code == 302, "a repeat is harmless"
    world.session.rollback()
    rows = world.session.query(GradingScheme).filter_by(code="KG100").order_by(GradingScheme.version).all()
    assert [row.version for row in rows] == [1, 2] and rows[1].definition["pass"] == 60


@pytest.mark.clause("2.3")
def test_a_teacher_writes_criteria_that_his_students_journal_shows(world, sheets, enter):
    teacher = enter(world.school.lecturer)
    address = f"/journal/{world.school.offering}/criteria"
    assert "No criteria are written yet" in teacher.get(address).text
    scheme = str(world.session.query(GradingScheme).filter_by(code="KG100").one().id)
    other = str(world.session.query(GradingScheme).filter_by(code="KZ_4_0").one().id)
    said = {"scheme": scheme, "criteria": "Тест 50, оозеки 50.", "extra": "", "version": "0"}
    assert teacher.post(address, **said).status_code == 302
    assert "Тест 50, оозеки 50." in teacher.get(address).text
    assert teacher.post(address, **said | {"criteria": "Башка"}).status_code == 409, "somebody was faster"
    sheets.draws()
    sheets.enters()
    sheets.signs()
    late = teacher.post(address, **said | {"scheme": other, "version": "1"})
    assert late.status_code == 409 and "does not change any more" in html.unescape(late.text)
    assert enter(world.people["directorate"]).post(address, **said).status_code == 403
