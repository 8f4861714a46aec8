"""The page of the exam timetable: what one sees, what comes back, who may not."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest

from app.diagrams import versions
from app.journal.tables import Offering
from tests.scenarios.world import World

pytestmark = pytest.mark.clause("4.3.3")


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    return World(db_session, clock)


@pytest.fixture
def office(world, enter):
    return enter(world.people["academic_office"])


def form_of(page: str, action: str) -> dict[str, str]:
    """The fields of a form as a browser would send them."""
    form = page[page.index(f'action="{action}"') :]
    form = form[: form.index("</form>")]
    found = {}
    for field in re.findall(r"<input\s[^>]+>", form):
        name, value = re.search(r'name="([^"]+)"', field), re.search(r' value="([^"]*)"', field)
        if name and name[1] != "csrf_token":
            found[name[1]] = html.unescape(value[1]) if value else ""
    return found


def exam(world, offering=None):
    world.session.rollback()
    return world.session.get(Offering, offering or world.school.offering, populate_existing=True).exam_on


def test_a_day_is_previewed_set_and_stands_in_the_list_of_changes(world, office):
    field = f"exam-{world.school.offering}"
    typed = form_of(office.get("/calendar/exams").text, "/calendar/exams/preview")
    assert typed[field] == "18.12.2026"
    seen = office.post("/calendar/exams/preview", **typed | {field: "2026-12-22", "reason": "Аудитория"})
    assert seen.status_code == 200 and exam(world) == date(2026, 12, 18), "nothing is written yet"
    assert "No open deadline moves by it" in seen.text
    sent = form_of(seen.text, "/calendar/exams")
    answer = office.post("/calendar/exams", **sent)
    assert answer.status_code == 302 and exam(world) == date(2026, 12, 22)
    assert office.post("/calendar/exams", **sent).status_code == 302, "a repeat is harmless"
    page = html.unescape(office.get(answer.location).text)
    assert "Exam timetable" in page and "ИВТ-2-23, Математика: Fri 18 Dec 2026 → Tue 22 Dec 2026" in page


def test_what_is_refused_comes_back_with_all_that_was_typed(world, office):
    other = world.school.offering_of_another_course()
    first, second = f"exam-{world.school.offering}", f"exam-{other}"
    typed = form_of(office.get("/calendar/exams").text, "/calendar/exams/preview")
    sent = office.post("/calendar/exams/preview", **typed | {first: "2027-02-01", second: "2026-12-20"})
    page = html.unescape(sent.text)
    assert sent.status_code == 422 and page.count('aria-invalid="true"') == 2
    assert 'value="01.02.2027"' in page and 'value="20.12.2026"' in page
    assert "The session lasts from" in page and "does not work on this day" in page


def test_who_was_overtaken_sees_the_day_as_it_is_and_keeps_what_he_typed(world, office):
    field = f"exam-{world.school.offering}"
    typed = form_of(office.get("/calendar/exams").text, "/calendar/exams/preview")
    world.school.exam_on(date(2026, 12, 23))
    sent = office.post("/calendar/exams/preview", **typed | {field: "2026-12-22", "reason": "Аудитория"})
    assert sent.status_code == 409 and "Someone else changed the day of this exam" in sent.text
    again = form_of(sent.text, "/calendar/exams/preview")
    assert (again[field], again[f"seen-{world.school.offering}"]) == ("22.12.2026", "2026-12-23")
    assert office.post("/calendar/exams/preview", **again).status_code == 200


def test_the_address_narrows_it_to_a_group_or_a_department(world, office):
    world.school.offering_of_another_course()
    assert "Физика" in office.get("/calendar/exams").text
    page = office.get(f"/calendar/exams?department={world.school.department}").text
    assert "Математика" in page and "Физика" not in page
    page = office.get(f"/calendar/exams?after={world.school.offering}").text
    assert "Физика" not in page, "F1 stands before M1"
    assert office.get(f"/calendar/exams?semester={world.student}").status_code == 404


@pytest.mark.clause("3.1")
@pytest.mark.parametrize("role", ["teacher", "department_head", "directorate", "it_admin"])
def test_the_staff_read_it_and_do_not_change_it(world, enter, role):
    reader = enter(world.school.lecturer if role == "teacher" else world.people[role])
    page = reader.get("/calendar/exams")
    assert page.status_code == 200 and 'type="date"' not in page.text and "Математика" in page.text
    typed = {"semester": str(world.school.semester), f"exam-{world.school.offering}": "2026-12-22"}
    answer = reader.post("/calendar/exams/preview", **typed)
    assert answer.status_code in (403, 404) and exam(world) == date(2026, 12, 18)


def test_a_day_that_became_a_day_off_is_pointed_out(world, office):
    world.school.exam_on(date(2026, 12, 20))
    assert "a day off now" in office.get("/calendar/exams").text
