"""7.1: what a student and his directorate say of an illness is for them, like the paper; others see status and days."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.cases.commands.comments import add_case_comment
from app.cases.incidents import record_incident
from app.diagrams import versions
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.worker.event_handlers import event_handlers_by_type
from tests.scenarios.excuses import excused
from tests.scenarios.grade_sheets import Sheets
from tests.scenarios.world import World
from tests.web.browser import Browser
from tests.web.test_dossiers import make, text_of

pytestmark = pytest.mark.clause("7.1")

NOTE, ASKED, ANSWER, DOUBT = (
    "Операциядан кийин төшөктө жаттым",
    "Дарыгердин диагнозу окулбайт",
    "Госпитализация тастыкталды",
    "Диагноз чындыкка туура келбейт",
)
NUMBER, ISSUER, FILE = "Мед-17", "үй-бүлөлүк медицина", "маалымкат"
GROUND = {"en": "medical document", "ky": "медициналык", "ru": "медицинск"}
SECRETS = (NOTE, ASKED, ANSWER, DOUBT, NUMBER, ISSUER, FILE)


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    made = World(db_session, clock)
    made._grant(made.student, "student", made.school.institute)
    return made


@pytest.fixture
def told(world: World, settings: Any) -> dict[str, UUID]:
    """A running excuse with words of both sides, and another one that was confirmed and is questioned."""
    lesson = world.missed(9)
    first = world.student_actor().hands_in(world.day(9), note=NOTE)
    world.directorate().completes(first, decision="complete")
    world.directorate().completes(first, decision="approve", reason=ANSWER)
    doubted = world.directorate().questions(excused(world)[0].id, reason=DOUBT)
    world.missed(5)
    case = world.student_actor().hands_in(world.day(5), note=NOTE)
    for actor in (world.student_actor(), world.directorate()):
        with door.write(actor.act()):
            add_case_comment(actor.act(), case, new_id(), ASKED)
    act = Act.by_system(world.clock())
    with door.write(act):
        record_incident(act, case, "cases.timer.failed", {"why": "x"}, quarantine=False)
    Sheets(world, event_handlers_by_type(settings)).delivers()
    (task,) = world.open_tasks(case)
    return {"lesson": lesson, "confirmed": first, "doubted": doubted, "case": case, "task": task.id}


def cases(told: dict[str, UUID]) -> list[str]:
    mine = (told["case"], told["confirmed"], told["doubted"])
    return [*(f"/cases/{case}{tail}" for case in mine for tail in ("", "/print")), f"/tasks/{told['task']}"]


def pages(world: World, told: dict[str, UUID]) -> dict[str, list[str]]:
    """The pages on which something of an excuse stands for each of those who only look on."""
    number, student = world.case(told["case"]).number, f"/students/{world.student}"
    cell = f"/journal/cell?lesson={told['lesson']}&student={world.student}"
    running = ["/processes/excuse", "/processes/excuse_revocation"]
    own = [f"{student}{tail}" for tail in ("", "/absences?show=all", "/requests", "/documents")]
    return {
        "curator": [*cases(told), *own, f"/groups/{world.school.group}", "/requests", "/notices", cell],
        "academic_office": [*cases(told), "/excuses", *running, "/inbox", f"/search?q={number}"],
        "it_admin": [*cases(told), *running, "/incidents", "/notices", "/notices/latest"],
        "auditor": [*cases(told), "/excuses", *running],
        "programme_head": [*cases(told), *running],
        "department_head": [*running, cell],
        "teacher": [cell, "/notices", f"/journal/{world.school.offering}/students/{world.student}"],
    }


def reads(browser: Browser, paths: list[str]) -> str:
    """Everything these pages say to him."""
    said = []
    for path in paths:
        answer = browser.get(path)
        assert answer.status_code in (200, 302), (path, answer.status_code)
        said.append(answer.text)
    return "\n".join(said)


def person_of(world: World, role: str) -> UUID:
    if role == "curator":
        return world.curator().person
    if role == "teacher":
        return world.school.lecturer
    if role in world.people:
        return world.people[role]
    return world.hires(role, None if role == "auditor" else world.school.institute)


def test_nobody_who_only_looks_on_reads_them_anywhere(world, told, enter):
    for role, paths in pages(world, told).items():
        browser = enter(person_of(world, role))
        said = reads(browser, paths)
        for secret in (*SECRETS, GROUND["en"]):
            assert secret not in said, (
                role,
                secret,
                [path for path in paths if secret in browser.get(path).text],
            )


def test_a_curator_does_not_read_them_in_another_language_either(world, told, enter):
    for locale in ("ky", "ru"):
        said = reads(
            enter(person_of(world, "curator"), locale), [*cases(told)[:1], f"/students/{world.student}"]
        )
        assert GROUND[locale] not in said and NOTE not in said


def test_they_see_that_there_is_one_for_which_days_and_where_it_stands(world, told, enter):
    for role in ("curator", "academic_office", "auditor"):
        page = enter(person_of(world, role)).get(f"/cases/{told['confirmed']}")
        assert page.status_code == 200 and "Confirmed" in page.text
        assert "Words kept for the directorate and the student" in page.text
        assert "A document kept for the directorate and the student" in page.text
        day = world.clock() - timedelta(days=9)
        assert f"{day.day} " in page.text
    register = enter(world.people["academic_office"]).get("/excuses")
    assert register.status_code == 200 and ("excused" in register.text or "sick" in register.text)


def test_a_dossier_holds_them_for_the_student_and_for_nobody_who_only_looks_on(world, told, enter):
    texts = {}
    for role, person in (("auditor", person_of(world, "auditor")), ("student", world.student)):
        pdf = make(enter(person), told["confirmed"], "en")
        # The diagram, on its own page, says nothing of this case but its path; to read it takes long.
        texts[role] = text_of(pdf, 2)
    assert NOTE in texts["student"] and ANSWER in texts["student"] and "SHA-256" in texts["student"]
    for secret in (*SECRETS, GROUND["en"]):
        assert secret not in texts["auditor"], secret
    assert "Words, answers and files of this case are kept" in texts["auditor"]
    assert "Confirmed" in texts["auditor"] and "are kept" not in texts["student"]


def test_the_student_and_his_directorate_read_all_of_it(world, told, enter):
    student, directorate = enter(world.student), enter(world.people["directorate"])
    for browser in (student, directorate):
        said = reads(browser, [f"/cases/{told['confirmed']}", f"/cases/{told['case']}/print"])
        assert all(words in said for words in (NOTE, ANSWER, ASKED)) and GROUND["en"] in said
        assert DOUBT in browser.get(f"/cases/{told['doubted']}").text
    task = directorate.get(f"/tasks/{told['task']}").text
    assert NOTE in task and NUMBER in task and ISSUER in task
    assert GROUND["en"] in directorate.get("/excuses").text
    assert ANSWER in student.get(f"/journal/cell?lesson={told['lesson']}&student={world.student}").text


def test_the_curator_who_handed_it_in_reads_what_he_wrote(world, enter):
    world.missed(5)
    case = world.curator().hands_in(world.day(5), behalf=world.student, note=NOTE)
    page = enter(world.curator().person).get(f"/cases/{case}").text
    assert NOTE in page and GROUND["en"] in page


@pytest.mark.clause("4.2.3")
def test_rework_keeps_number_and_issuer_for_who_asked_and_asks_for_no_other_scan(enter, world):
    world.missed(9)
    case = world.student_actor().hands_in(world.day(9), note=NOTE)
    world.directorate().completes(case, decision="return", reason="Мөөрү окулбайт")
    (task,) = world.open_tasks(case)
    page = html.unescape(enter(world.student).get(f"/tasks/{task.id}").text)
    assert NUMBER in page and ISSUER in page
    start = enter(world.student).get("/cases/start/excuse").text
    scan = re.search(r'<label[^>]*for="f-files".*?<input[^>]*name="files"[^>]*>', start, re.DOTALL)
    assert scan and "required" in scan[0] and "optional" not in scan[0]
    reader = enter(world.people["department_head"]).get(f"/tasks/{task.id}")
    assert NUMBER not in reader.text
