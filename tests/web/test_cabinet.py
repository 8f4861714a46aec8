"""The student's cabinet on its pages: his own, and as his curator and his directorate open it."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest

from app.diagrams import versions
from app.kernel.ids import new_id
from app.people.models import RoleGrant, StudyGroup
from app.web.students.today import MAX_DEADLINES_ON_DAY_PAGE
from app.worker.event_handlers import event_handlers_by_type
from tests.files.pictures import pdf
from tests.scenarios.excuses import confirmed
from tests.scenarios.grade_sheets import Sheets
from tests.scenarios.world import World
from tests.support.query_counter import statements
from tests.web.browser import hidden


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    made = World(db_session, clock)
    made._grant(made.student, "student", made.school.institute)
    return made


def links(page: Any, part: str) -> list[str]:
    """The addresses of a page that hold this part."""
    found = [html.unescape(address) for address in re.findall(r'href="([^"]+)"', page.text)]
    return [address for address in found if part in address]


def test_the_day_says_what_runs_out_and_leads_to_the_form(world, enter):
    lesson = world.missed(5)
    world.school.lesson(world.clock() + timedelta(hours=2), room="214")
    page = enter(world.student).get("/student")
    assert page.status_code == 200 and "214" in page.text and "Not yet begun" in page.text
    assert "Make up a missed lesson" in page.text
    assert links(page, f"start/makeup?lesson={lesson}")
    assert links(page, "/student/absences?show=unconfirmed")


def test_a_task_of_his_own_stands_on_his_day(world, enter):
    case = world.student_actor().asks_makeup(world.missed(5))
    world.teacher().sets_task(case)
    page = enter(world.student).get("/student")
    [task] = world.open_tasks(case)
    assert links(page, f"/tasks/{task.id}")


def test_a_task_is_never_among_those_left_out(world, enter):
    case = world.student_actor().asks_makeup(world.missed(1))
    world.teacher().sets_task(case)
    for days in range(6, 13):
        world.missed(days)
    [task] = world.open_tasks(case)
    page = enter(world.student).get("/student")
    rows = page.text.split('<div class="due-row">')[1:]
    assert len(rows) == MAX_DEADLINES_ON_DAY_PAGE + 1 and f"/tasks/{task.id}" in rows[-1]
    assert "and 1 more" in page.text


def test_an_absence_offers_what_helps_and_only_that(world, enter):
    world.attended(10)
    first, second = world.missed(6), world.missed(5)
    student = enter(world.student)
    page = student.get("/student/absences")
    days = f"from={world.day(6).isoformat()}&to={world.day(5).isoformat()}"
    assert len(links(page, f"start/excuse?{days}")) == 2, "one document covers both days"
    assert links(page, f"start/makeup?lesson={first}") and links(page, f"start/makeup?lesson={second}")
    case = world.student_actor().asks_makeup(second)
    page = student.get("/student/absences")
    assert not links(page, f"start/makeup?lesson={second}") and links(page, f"/cases/{case}")
    assert "Make-up work is under way" in page.text
    world.student_actor().hands_in(world.day(6), world.day(5))
    page = student.get("/student/absences")
    assert not links(page, f"start/excuse?{days}") and "The document is being checked" in page.text


def test_what_is_settled_stands_among_all_and_not_among_what_is_needed(world, enter):
    world.missed(5)
    confirmed(world, world.student_actor().hands_in(world.day(5)))
    student = enter(world.student)
    assert "need not be made up" not in student.get("/student/absences").text
    assert "need not be made up" in student.get("/student/absences?show=all").text
    assert student.get("/student/absences?show=nothing").status_code == 422


def test_many_absences_come_in_parts(world, enter, monkeypatch):
    monkeypatch.setattr("app.web.students.routes.PAGE_SIZE", 2)
    for number in range(4):
        world.missed(5 + number)
    student = enter(world.student)
    page = student.get("/student/absences?show=all")
    [following] = links(page, "part=1")
    assert page.text.count('class="missed"') == 2
    second = student.get(following)
    assert second.text.count('class="missed"') == 2 and links(second, "part=0") and links(second, "part=2")


def test_marks_open_lesson_by_lesson_and_a_foreign_semester_is_missing(world, enter):
    student = enter(world.student)
    world.missed(5)
    page = student.get("/student/marks")
    assert "Lesson by lesson" in page.text and "Modules and final result" in page.text
    assert student.get(f"/student/marks?semester={new_id()}").status_code == 404
    assert student.get("/student/marks?semester=x").status_code == 422


def test_a_signed_result_stands_there_with_its_arithmetic_and_the_term_of_an_appeal(world, enter, settings):
    sheets = Sheets(world, event_handlers_by_type(settings))
    day = world.attended(1)
    sheets.grades(day, world.student, "90")
    student = enter(world.student)
    assert "so far, nothing is fixed" in student.get("/student/marks").text
    sheets.draws()
    sheets.enters("MODULE1", "8")
    assert "published" not in student.get("/student/marks").text
    sheets.signs()
    page = student.get("/student/marks").text
    result = sheets.result()
    assert f">{result.total.normalize():f}" in page and "published" in page
    assert "midterm: 8 of" in page and "mean 90 of 100" in page
    assert "Due in 1 working day" in page


def test_requests_say_who_has_them_and_the_last_answer_by_a_fixed_number_of_statements(world, enter):
    student = enter(world.student)
    case = world.student_actor().asks_makeup(world.missed(5))
    page = student.get("/requests")
    assert "Осмонова А." in page.text and "Every step" in page.text
    world.teacher().sets_task(case)
    page = student.get("/requests")
    assert "It is your turn" in page.text and "Task set" in page.text and links(page, "/tasks/")
    counts = []
    for more in (0, 4):
        for number in range(more):
            world.student_actor().asks_makeup(world.missed(6 + number))
        with statements() as seen:
            assert student.get("/requests").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_card_of_his_own_cell_offers_all_that_helps(world, enter):
    lesson = world.missed(1)
    student = enter(world.student)
    address = f"/journal/cell?lesson={lesson}&student={world.student}"
    page = student.get(address)
    assert links(page, "start/excuse?from=") and links(page, f"start/makeup?lesson={lesson}")
    assert [one for one in links(page, "start/dispute") if str(lesson) in one and "kind=ATTENDANCE" in one]
    assert "Why is this cell locked?" not in page.text
    world.student_actor().disputes(lesson)
    page = student.get(address)
    assert not links(page, "start/dispute") and "The mark is disputed" in page.text
    world.clock.advance(hours=24 * 5)
    other = enter(world.student).get(f"/journal/cell?lesson={world.lesson}&student={world.student}")
    assert "please write why you come later" in other.text


# --- who looks after him ----------------------------------------------------------------------------------------


def test_a_curator_comes_to_his_group_and_every_number_opens_its_list(world, enter):
    world.missed(5)
    world.student_actor().asks_makeup(world.missed(6))
    curator = enter(world.curator().person)
    found = curator.get("/groups")
    assert found.headers["Location"] == f"/groups/{world.school.group}"
    page = curator.get(found.headers["Location"])
    assert "Асанова" in page.text
    for tail in ("absences?show=unconfirmed", "absences", "requests?state=open"):
        [link] = [one for one in set(links(page, f"/students/{world.student}/{tail}")) if one.endswith(tail)]
        assert curator.get(link).status_code == 200
    only = curator.get(f"/groups/{world.school.group}?show=needs")
    assert only.text.count("leaf-head") == 1


def test_the_curator_asks_in_his_name_and_the_case_names_both(world, enter):
    lesson = world.missed(5)
    curator = enter(world.curator().person)
    page = curator.get(f"/students/{world.student}/absences")
    [link] = links(page, f"start/makeup?lesson={lesson}")
    assert f"student={world.student}" in link
    form = curator.get(link)
    assert "You ask in the name of this student" in form.text and "Асанова Студент00" in form.text
    fields = {"id": hidden(form.text, "id"), "makeup_drawn": "1", "makeup_student": str(world.student)}
    sent = curator.post(link, makeup_lesson=str(lesson), **fields)
    assert sent.status_code == 302, sent.text
    case = curator.get(sent.headers["Location"])
    assert "on behalf of" in case.text and "Асанова С." in case.text
    listed = enter(world.student).get("/requests")
    assert "asked by" in listed.text and "Curator" in listed.text


def test_his_cabinet_is_read_as_he_reads_it_but_his_notices_are_his_own(world, enter):
    world.missed(5)
    curator = enter(world.curator().person)
    for tail in ("", "/marks", "/absences", "/requests", "/documents"):
        page = curator.get(f"/students/{world.student}{tail}")
        assert page.status_code == 200 and "Асанова Студент00" in page.text
    assert "All notices" in enter(world.student).get("/student").text
    assert 'id="news"' not in curator.get(f"/students/{world.student}").text


def test_an_excuse_document_is_opened_by_the_directorate_and_not_by_the_curator(world, enter):
    world.missed(5)
    world.student_actor().hands_in(world.day(5))
    address = f"/students/{world.student}/documents"
    curator, directorate = enter(world.curator().person), enter(world.people["directorate"])
    kept = curator.get(address)
    assert "kept for the directorate and the student" in kept.text and not links(kept, "/files/")
    assert "маалымкат" not in kept.text
    assert links(directorate.get(address), "/files/")
    assert links(enter(world.student).get("/student/documents"), "/files/")


def test_what_a_curator_handed_in_himself_is_named_after_him(world, enter):
    world.missed(5)
    curator = world.curator()
    curator.hands_in(world.day(5), behalf=world.student)
    mine = enter(world.student).get("/student/documents")
    assert "submitted by" in mine.text and links(mine, "/files/")
    assert links(enter(curator.person).get(f"/students/{world.student}/documents"), "/files/")


def test_no_student_and_no_group_of_anybody_else_is_there(world, enter):
    world.curator()
    elsewhere = world.school._unit(world.school.university, "institute", "ECON")
    others = {
        "curator of another group": ("curator", world.school.institute),
        "directorate of another institute": ("directorate", elsewhere),
    }
    for role, unit in others.values():
        person = world.hires(role, unit, name="Башка")
        stranger = enter(person)
        for tail in ("", "/marks", "/absences", "/requests", "/documents"):
            assert stranger.get(f"/students/{world.student}{tail}").status_code == 404
        assert stranger.get(f"/groups/{world.school.group}").status_code == 404
        assert stranger.get(f"/students/{new_id()}").status_code == 404
    teacher = enter(world.school.lecturer)
    assert teacher.get(f"/students/{world.student}").status_code == 404
    assert enter(world.student).get(f"/students/{world.student}").status_code == 404


def test_the_directorate_sees_its_groups_with_their_numbers(world, enter):
    world.missed(5)
    world.session.add(
        StudyGroup(id=new_id(), name="ИВТ-9-25", unit_id=world.school.institute, year_of_study=1)
    )
    world.session.commit()
    page = enter(world.people["directorate"]).get("/groups")
    assert "ИВТ-2-23" in page.text and "ИВТ-9-25" in page.text and "no curator yet" in page.text


def test_a_substitute_looks_but_does_not_ask_in_the_name_of_a_third(world, enter):
    world.missed(5)
    curator = world.curator()
    substitute = world.hires("teacher", world.school.department, name="Алмаш")
    today = world.now().date()
    world.stands_in(curator.person, substitute, today, today + timedelta(days=2))
    acting = enter(substitute)
    acting.get("/account")
    acting.post("/account/role", role=f"behalf:{curator.person}", next="/")
    page = acting.get(f"/students/{world.student}/absences")
    assert page.status_code == 200 and not links(page, "start/") and "to look" in page.text


def test_a_pure_curator_begins_at_his_groups(world, enter):
    curator = enter(world.curator().person)
    assert curator.get("/").headers["Location"] == "/groups"


def test_the_journal_leads_a_curator_to_the_cabinet_of_the_student(world, enter):
    row = f"/journal/{world.school.offering}/students/{world.student}"
    assert links(enter(world.curator().person).get(row), f"/students/{world.student}")
    assert not links(enter(world.school.lecturer).get(row), f'/students/{world.student}"')


def test_nobody_without_the_student_hat_has_a_cabinet(world, enter):
    for path in ("/student", "/student/marks", "/student/absences", "/student/documents"):
        assert enter(world.people["directorate"]).get(path).status_code == 404


def ended(world: World) -> None:
    """The student's role ended yesterday."""
    grant = world.session.query(RoleGrant).filter_by(person_id=world.student, role="student").one()
    grant.valid_until = date(2026, 10, 13)
    world.session.commit()


def test_who_is_no_student_any_more_has_none_either(world, enter):
    student = enter(world.student)
    ended(world)
    assert student.get("/student").status_code == 404


def test_a_paper_added_to_such_a_case_is_a_link_only_for_who_may_open_it(world, enter):
    world.missed(5)
    case = world.student_actor().hands_in(world.day(5))
    own = enter(world.student)
    assert "Only the directorate and the person this case is about" in own.get(f"/cases/{case}").text
    added = {"id": str(new_id()), "file": (BytesIO(pdf()), "күбөлүк.pdf")}
    assert own.post(f"/cases/{case}/files", **added).status_code == 302
    office = enter(world.people["academic_office"]).get(f"/cases/{case}")
    assert "A document kept for the directorate and the student" in office.text
    assert "күбөлүк" not in office.text and not links(office, "/files/")
    assert links(enter(world.people["directorate"]).get(f"/cases/{case}"), added["id"])
