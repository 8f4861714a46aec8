"""The pages of the structure: from nothing to a journal, what comes back after a refusal, who may not."""

from __future__ import annotations

import html
import io
import re

import pytest

from app.diagrams import versions
from app.journal.tables import Offering, Semester, Teaching
from app.kernel.db import db
from app.kernel.ids import new_id
from app.people.models import StudyGroup, Unit
from tests.exchange.test_structure_workbook import workbook
from tests.scenarios.world import World
from tests.web.browser import hidden


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    return World(db_session, clock)


@pytest.fixture
def office(world, enter):
    return enter(world.people["academic_office"])


def stored(model, **where):
    db.session.rollback()
    return db.session.query(model).filter_by(**where).one()


def test_the_office_adds_an_institute_a_programme_a_group_a_discipline_and_a_journal(world, office):
    school = world.school
    sent = {"kind": "institute", "parent": str(school.university), "code": "ЖИ", "name_ky": "Жаңы институт"}
    assert "Add a unit" in office.get("/structure").text
    assert office.post("/structure", id=str(new_id()), **sent).status_code == 302
    institute = stored(Unit, code="ЖИ")
    sent = {"kind": "department", "parent": str(institute.id), "code": "ЖК", "name_ky": "Жаңы кафедра"}
    office.post("/structure", id=str(new_id()), **sent)
    department = stored(Unit, code="ЖК")
    page = office.get(f"/structure/units/{institute.id}").text
    assert "Жаңы кафедра" in page and "Nobody heads this unit yet" in page

    programme = str(new_id())
    sent = {"id": programme, "code": "710100", "name_ky": "ИВТ программасы", "unit": str(institute.id)}
    assert office.post("/structure/programmes", **sent).status_code == 302
    sent = {"name": "ИВТ-1-26", "unit": str(institute.id), "programme": programme, "year": "1"}
    assert office.post("/structure/groups", id=str(new_id()), **sent).status_code == 302
    group = stored(StudyGroup, name="ИВТ-1-26")
    page = f"/structure/groups/{group.id}"
    assert "This group has no curator yet." in office.get(page).text
    curator = {"curator": str(school.lecturer), "from_": "2026-10-14", "seen": ""}
    assert office.post(f"{page}/curator", **curator).status_code == 302
    shown = html.unescape(office.get(page).text)
    assert "Осмонова Айгүл" in shown and "does not hold the role of a curator" in shown

    course = str(new_id())
    sent = {"id": course, "code": "М-9", "name_ky": "Логика", "unit": str(department.id)}
    assert office.post("/structure/disciplines", **sent).status_code == 302
    line = {"id": str(new_id()), "course": course, "semester": "1", "control": "EXAM", "hours-LECTURE": "30"}
    line |= {"credits": "4,5"}
    assert office.post(f"/structure/programmes/{programme}/curriculum", **line).status_code == 302
    assert "4.5" in office.get(f"/structure/programmes/{programme}?line={line['id']}").text

    made = str(new_id())
    sent = {"id": made, "course": course, "group": str(group.id), "semester": str(school.semester)}
    assert office.post("/structure/journals", **sent).status_code == 302
    assert stored(Offering, course_id=course).planned_hours == 30
    page = f"/structure/journals/{made}"
    assert "This journal has no teacher yet." in office.get(page).text
    teacher = {"id": str(new_id()), "teacher": str(school.lecturer), "part": "LECTURER", "until": ""}
    assert office.post(f"{page}/teachers", **teacher, from_="2026-09-01").status_code == 302
    teaching = stored(Teaching, offering_id=made)
    opened = office.get(f"{page}?teaching={teaching.id}").text
    change = {"teaching": str(teaching.id), "part": "LAB", "until": "2026-12-01"}
    change |= {"seen": re.findall(r'name="seen" value="([^"]+)"', opened)[0]}
    assert office.post(f"{page}/teachers/change", **change, from_="2026-09-01").status_code == 302
    assert stored(Teaching, offering_id=made).part == "LAB"
    for query, found in (("710100", "ИВТ программасы"), ("ивт-1", "ИВТ-1-26"), ("логика", "М-9")):
        assert found in office.get(f"/search?q={query}").text


def test_what_was_typed_comes_back_with_every_problem_named(world, office):
    office.get("/structure")
    answer = office.post("/structure", id=str(new_id()), kind="department", parent="", code="", name_ky="")
    seen = html.unescape(answer.text)
    assert answer.status_code == 422 and seen.count('aria-invalid="true"') == 3
    assert "a department below an institute" in seen
    answer = office.post("/structure/groups", id=str(new_id()), name="ААА-1", unit="x", year="много")
    assert answer.status_code == 422 and 'value="ААА-1"' in answer.text and 'value="много"' in answer.text
    unit = world.school.institute
    page = office.get(f"/structure/units/{unit}").text
    refused = office.post(f"/structure/units/{unit}/end", seen=hidden(page, "seen"), last="2026-12-01")
    text = html.unescape(refused.text)
    assert refused.status_code == 409 and "units 2, groups 1" in text and 'value="01.12.2026"' in text
    stale = office.post(f"/structure/units/{unit}", seen="old", code="IT-9", name_ky="IT", parent="")
    assert stale.status_code in (409, 422)
    teacher = {"id": str(new_id()), "teacher": str(world.school.lecturer), "part": "LECTURER"}
    twice = office.post(
        f"/structure/journals/{world.school.offering}/teachers", **teacher, from_="2026-09-01"
    )
    assert twice.status_code == 422 and "This teacher has this part already" in html.unescape(twice.text)


def test_lists_are_paged_by_key_and_filtered_by_unit_semester_and_text(world, office):
    school = world.school
    for number in range(60):
        db.session.add(StudyGroup(id=new_id(), name=f"А-{number:02d}~1", unit_id=school.institute))
    db.session.commit()
    first = office.get("/structure/groups").text
    following = html.unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
    second = office.get(following).text
    shown = re.findall(r"А-\d\d~1", first) + re.findall(r"А-\d\d~1", second)
    assert len(shown) == len(set(shown)) == 60
    assert "А-07~1" in office.get("/structure/groups?q=а-07").text
    assert "Nothing found" in office.get(f"/structure/groups?unit={school.department}").text
    semester = stored(Semester, id=school.semester).id
    assert "ИВТ-2-23" in office.get(f"/structure/journals?semester={semester}&unit={school.institute}").text
    assert "Nothing found" in office.get(f"/structure/journals?semester={new_id()}").text
    assert office.get(f"/structure/groups?unit={new_id()}").status_code == 404


@pytest.mark.clause("3.1")
def test_a_head_keeps_the_department_and_does_not_see_the_rest(world, enter):
    school = world.school
    head = enter(world.people["department_head"])
    assert "Add a unit" not in head.get("/structure").text
    assert head.get(f"/structure/units/{school.other_department}").status_code == 404
    assert head.get(f"/structure/groups/{school.group}").status_code == 404
    page = head.get("/structure/disciplines").text
    assert "Add a discipline" in page
    foreign = {"id": str(new_id()), "code": "Ч-1", "name_ky": "Чоочун", "unit": str(school.other_department)}
    answer = head.post("/structure/disciplines", **foreign)
    assert answer.status_code == 403 and "a head in the department" in answer.text
    assert (
        head.post("/structure/disciplines", **foreign | {"unit": str(school.department)}).status_code == 302
    )
    auditor = enter(world.hires("auditor", None))
    page = auditor.get(f"/structure/groups/{school.group}").text
    assert "Change the group" not in page and "Curators" in page


def test_a_workbook_is_downloaded_changed_checked_and_imported(world, office):
    office.get("/structure/import")
    taken = office.get("/structure/template.xlsx")
    assert taken.status_code == 200 and taken.data[:2] == b"PK"
    made = str(new_id())
    sent = {"id": made, "file": (io.BytesIO(taken.data), "structure.xlsx")}
    assert office.post("/structure/import", **sent).status_code == 302
    page = office.get(f"/structure/import/{made}").text
    assert "Everything in the workbook is there already." in page
    office.get("/structure/import")
    groups = [["Group", "Institute code"], ["А-1-26", "IT"], ["А-2-26", "ЖОК"]]
    wrong = {"id": str(new_id()), "file": (io.BytesIO(workbook({"Groups": groups})), "x.xlsx")}
    answer = office.post("/structure/import", **wrong)
    assert answer.status_code == 422 and "B3" in answer.text
    assert "This is neither in Depter nor in the workbook: ЖОК." in html.unescape(answer.text)
    good = str(new_id())
    file = io.BytesIO(workbook({"Groups": groups[:2]}))
    office.post("/structure/import", id=good, file=(file, "x.xlsx"))
    assert "Import all of it" in office.get(f"/structure/import/{good}").text
    assert office.post(f"/structure/import/{good}").status_code == 302
    assert stored(StudyGroup, name="А-1-26") and "Imported" in office.get(f"/structure/import/{good}").text
