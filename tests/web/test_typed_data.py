"""What was typed reaches the journal by every button, comes back after a refusal, and a decision is never guessed."""

from __future__ import annotations

import html
import re

import pytest

from app.journal.tables import Lesson
from app.kernel.clock import local_day
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

    def entering(person):
        world.session.rollback()
        if world.session.get(Account, person) is None:
            world.session.add(Account(person_id=person, login=str(person), password="never"))
            world.session.commit()
        return Browser(app).enter(person)

    return entering


def lesson_of(world, id):
    world.session.rollback()
    return world.session.get(Lesson, id, populate_existing=True)


# --- the page of a lesson ---------------------------------------------------------------------------------


def typed(page, **fields):
    """The form of a lesson as a browser without a script sends it."""
    seen = re.findall(r'name="seen" value="([^"]+)"', page)
    drawn = {name: hidden(page, name) for name in ("version", "described")}
    return (
        drawn
        | {"seen": seen, "topic": "", "type": "LECTURE", "methods": "", "task": "", "hours": "2"}
        | fields
    )


def test_the_topic_is_kept_whichever_button_is_pressed(world, enter):
    lesson, absent = world.school.lesson(), str(world.school.students[2])
    teacher, address = enter(world.school.lecturer), f"/journal/lesson/{lesson}"
    sent = teacher.post(
        f"{address}/roll", **typed(teacher.get(address).text, topic="Матрицалар", absent=[absent])
    )
    assert sent.status_code == 302
    assert lesson_of(world, lesson).topic == "Матрицалар" and lesson_of(world, lesson).roll_taken_at
    page = teacher.get(address).text
    assert "Attendance recorded." in page and "What the lesson is about is saved." in page
    assert world.school.cell(lesson, world.school.students[2]).value == "ABSENT"

    other = world.school.lesson(type="PRACTICE")
    address = f"/journal/lesson/{other}"
    kept = teacher.post(
        f"{address}/describe", **typed(teacher.get(address).text, topic="Векторлор", absent=[absent])
    )
    assert kept.status_code == 200 and lesson_of(world, other).topic == "Векторлор"
    assert "Attendance is not recorded yet" in kept.text and lesson_of(world, other).roll_taken_at is None
    assert re.search(rf'name="absent" value="{absent}" checked', kept.text), "the ticks stay as they were set"


def test_a_refused_description_does_not_lose_the_roll_nor_a_refused_roll_the_description(world, enter):
    lesson = world.school.lesson()
    teacher, address = enter(world.school.lecturer), f"/journal/lesson/{lesson}"
    form = typed(teacher.get(address).text, topic="Матрицалар", hours="77")
    half = teacher.post(f"{address}/roll", **form)
    assert (
        half.status_code == 422
        and "Attendance recorded." in half.text
        and lesson_of(world, lesson).roll_taken_at
    )
    assert (
        'value="Матрицалар"' in half.text
        and 'value="77"' in half.text
        and lesson_of(world, lesson).topic == ""
    )
    assert "What the lesson is about is saved." not in half.text

    later = world.school.lesson(world.clock())
    address = f"/journal/lesson/{later}"
    page = teacher.get(address).text
    first = str(world.school.students[0])
    stale = typed(page, topic="Векторлор", seen=[f"{first}:7:"], absent=[first])
    half = teacher.post(f"{address}/roll", **stale)
    assert half.status_code == 409 and lesson_of(world, later).topic == "Векторлор"
    assert "What the lesson is about is saved." in half.text and "Attendance recorded." not in half.text
    assert lesson_of(world, later).roll_taken_at is None


def test_a_page_left_open_does_not_write_over_what_somebody_else_wrote(world, enter):
    lesson = world.school.lesson()
    teacher, address = enter(world.school.lecturer), f"/journal/lesson/{lesson}"
    old = typed(teacher.get(address).text)
    body = {"topic": "Жаңы", "type": "LECTURE", "methods": "", "task": "", "hours": "2", "version": 0}
    body["version"] = int(old["version"])
    saved = teacher.json("PUT", f"{address}/description", body)
    assert saved.status_code == 200 and saved.json["version"] == body["version"] + 1
    assert teacher.post(f"{address}/roll", **old).status_code == 302, "the description was not touched here"
    assert lesson_of(world, lesson).topic == "Жаңы"
    stale = teacher.json("PUT", f"{address}/description", body | {"topic": "Башка"})
    assert stale.status_code == 409 and stale.json["current"]["topic"] == "Жаңы"
    wrong = teacher.json("PUT", f"{address}/description", body | {"hours": "77"})
    assert wrong.status_code == 422 and list(wrong.json["error"]["fields"]) == ["hours"]
    for odd in (["x"], body | {"topic": ["x"]}, body | {"version": -1}, body | {"hours": 10**20}):
        assert teacher.json("PUT", f"{address}/description", odd).status_code == 422


# --- one line of a grade sheet ----------------------------------------------------------------------------


@pytest.mark.clause("4.3.2")
def test_a_line_is_saved_as_it_is_left_and_the_signature_sees_it(world, sheets, enter):
    sheets.grades(world.attended(1), world.student, "80")
    sheets.draws()
    teacher, address = enter(world.school.lecturer), f"/sheets/{sheets.row().id}"
    teacher.get(address)
    students = world.school.students

    def line(student, points, version=0, absent=False):
        body = {"student": str(student), "points": points, "absent": absent, "version": version}
        return teacher.json("PUT", f"{address}/line", body)

    first = line(world.student, "8,5")
    assert first.status_code == 200, first.text
    assert (first.json["version"], first.json["points"], first.json["missing"]) == (
        1,
        "8.5",
        len(students) - 1,
    )
    assert "16 + 8.5 = 24.5" in html.unescape(first.json["result"])
    assert line(world.student, "8.5").json["version"] == 1, "a repeat changes nothing"
    wrong = line(students[1], "11")
    assert wrong.status_code == 422 and list(wrong.json["error"]["fields"]) == ["points"]
    stale = line(world.student, "9")
    assert stale.status_code == 409
    assert (stale.json["current"]["version"], stale.json["current"]["points"]) == (1, "8.5")
    for odd in ("sNaN", "Infinity", "1e999999"):
        assert line(students[1], odd).status_code == 422
    assert line(students[1], "8", -1).status_code == 422
    emptied = line(world.student, "", 1)
    assert emptied.status_code == 422 and "is not emptied" in emptied.json["error"]["fields"]["points"][0]
    for student in students:
        if student != world.student:
            assert line(student, "", absent=True).status_code == 200
    (task,) = world.open_tasks(sheets.case())
    drawn = teacher.get(f"/tasks/{task.id}").text
    assert teacher.post(f"/tasks/{task.id}", signing=hidden(drawn, "signing")).status_code == 302
    assert sheets.row().state == "SIGNED" and sheets.result().total == 25
    shut = line(world.student, "9", 1)
    assert shut.status_code == 409 and "current" not in shut.json


def test_the_form_without_a_script_says_that_a_line_is_not_emptied(world, sheets, enter):
    sheets.draws()
    sheets.enters(points="8")
    teacher, address = enter(world.school.lecturer), f"/sheets/{sheets.row().id}"
    page = teacher.get(address).text
    fields = {f"version-{id}": v for id, v in re.findall(r'name="version-([^"]+)" value="(\d+)"', page)}
    fields |= {f"points-{id}": "8" for id in world.school.students} | {f"points-{world.student}": ""}
    sent = teacher.post(address, **fields)
    assert sent.status_code == 422 and "is not emptied" in sent.text
    again = teacher.post(address, **(fields | {f"points-{world.student}": "8"}))
    assert again.status_code == 302 and "was saved already" in teacher.get(address).text


# --- decisions and drafts ---------------------------------------------------------------------------------


@pytest.fixture
def acceptance(world):
    """The task of the teacher who accepts a performed work-off; answers case and task."""
    case = world.student_actor().asks_makeup(world.missed(3))
    world.teacher().sets_task(case)
    world.student_actor().performs(case)
    (task,) = world.open_tasks(case)
    return case, task.id


def test_a_task_sent_without_a_decision_is_refused_and_keeps_what_was_typed(world, enter, acceptance):
    case, task = acceptance
    teacher = enter(world.school.lecturer)
    drawn = teacher.get(f"/tasks/{task}").text
    form = re.search(r'<form[^>]*class="task-form".*?</form>', drawn, re.DOTALL)[0]
    assert 'formmethod="dialog"' in re.search(r"<button[^>]*>", form)[0]
    sent = teacher.post(f"/tasks/{task}", points="8", comment="Кайра тапшырат")
    assert sent.status_code == 422 and 'value="8"' in sent.text and "Кайра тапшырат" in sent.text
    assert 'href="#f-decision"' in sent.text and 'id="f-decision"' in sent.text
    assert world.open_elements(case) == ["accept_teacher"]


def test_a_form_that_was_taken_is_told_so_and_a_refused_one_is_not(world, enter, acceptance):
    _case, task = acceptance
    teacher = enter(world.school.lecturer)
    teacher.get(f"/tasks/{task}")
    refused = teacher.post(f"/tasks/{task}", draft="a-1", points="8")
    assert refused.status_code == 422 and "draft_sent" not in refused.headers.get("Set-Cookie", "")
    taken = teacher.post(f"/tasks/{task}", draft="a-1", decision="approve", points="8", comment="Толук жооп")
    assert taken.status_code == 302 and "draft_sent=a-1;" in ";".join(taken.headers.getlist("Set-Cookie"))
    odd = teacher.post("/account/theme", draft='x"; evil', theme="dark")
    assert "draft_sent" not in ";".join(odd.headers.getlist("Set-Cookie"))


@pytest.mark.clause("2.3")
def test_a_refused_version_of_a_scheme_comes_back_as_it_was_typed(world, enter):
    office = enter(world.people["academic_office"])
    page = office.get("/schemes").text
    address = re.search(r'action="(/schemes/[^"]+/next)"', page)[1]
    since = local_day(world.clock()).isoformat()
    sent = office.post(address, source="Кеңештин чечими № 6", letters="A 90", since=since, **{"pass": "77"})
    assert sent.status_code == 422
    page = html.unescape(sent.text)
    assert 'value="Кеңештин чечими № 6"' in page and ">A 90<" in page and 'value="77"' in page
