"""What is to be decided as a page shows it, and what one who asked sees of it afterwards (P04, P21, P26)."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select

from app.diagrams import versions
from app.journal.tables import LateEntryPermit
from app.kernel.i18n import moment_text
from tests.scenarios import excuses
from tests.scenarios.event_delivery import corrects, ended, heard
from tests.scenarios.world import World
from tests.web.browser import hidden


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    return World(db_session, clock)


def styles(page: str) -> dict[str, str]:
    """The style of each button that decides."""
    return {
        value: style
        for style, value in re.findall(r'class="btn( btn-\w+)?" name="decision" value="(\w+)"', page)
    }


def test_a_refusal_is_red_and_an_excuse_that_stands_is_not(world, enter):
    case = world.teacher().asks_for_late_entry()
    (task,) = world.open_tasks(case)
    page = enter(task.assignee).get(f"/tasks/{task.id}").text
    assert styles(page) == {"approve": " btn-primary", "return": "", "reject": " btn-lost"}

    _lesson, doubt = excuses.doubted(world)
    world.student_actor().completes(doubt, reason="Документ чыныгы.")
    (task,) = world.open_tasks(doubt)
    page = enter(excuses.other_directorate(world).person).get(f"/tasks/{task.id}").text
    assert styles(page) == {"approve": " btn-primary", "reject": ""}


def test_who_was_let_in_reads_in_the_list_of_his_requests_until_when(world, enter):
    case = world.teacher().asks_for_late_entry()
    teacher = enter(world.school.lecturer)
    assert "Open until" not in teacher.get("/requests").text
    assert "Where this case is now" in teacher.get(f"/cases/{case}").text
    world.head().approves(case)
    world.directorate().approves(case)
    end = world.session.scalar(select(LateEntryPermit.closes_at))
    for address, with_year in (("/requests", False), (f"/cases/{case}", True)):
        page = html.unescape(teacher.get(address).text)
        assert "Open until" in page and moment_text(end, "en", with_year=with_year) in page, address
    assert "The way this case went" in page and "Where this case is now" not in page


def test_the_next_step_of_the_same_person_opens_at_once(world, enter):
    case = world.student_actor().disputes(world.missed(1))
    (task,) = world.open_tasks(case)
    teacher = enter(world.school.lecturer)
    token = hidden(teacher.get(f"/tasks/{task.id}").text, "token")
    sent = teacher.post(f"/tasks/{task.id}", token=token, decision="agree", reason="Тизмени карап чыктым")
    (following,) = world.open_tasks(case)
    assert sent.headers["Location"] == f"/inbox?task={following.id}"
    assert "The next step is yours, too" in teacher.get(sent.headers["Location"]).text


def test_the_next_step_of_somebody_else_leads_back_to_the_list(world, enter):
    case = world.teacher().asks_for_late_entry()
    (task,) = world.open_tasks(case)
    head = enter(task.assignee)
    token = hidden(head.get(f"/tasks/{task.id}").text, "token")
    sent = head.post(f"/tasks/{task.id}", token=token, decision="approve", reason="Макул")
    assert sent.headers["Location"] == "/inbox"


def test_the_next_step_of_a_pool_is_nobodys_own(world, enter):
    world.hires("directorate", world.school.institute, name="Кесиптеш")
    case = world.teacher().asks_for_late_entry()
    (task,) = world.open_tasks(case)
    head = enter(task.assignee)
    token = hidden(head.get(f"/tasks/{task.id}").text, "token")
    sent = head.post(f"/tasks/{task.id}", token=token, decision="approve", reason="Макул")
    (following,) = world.open_tasks(case)
    assert following.assignee is None and sent.headers["Location"] == "/inbox"


def test_a_step_that_was_done_outside_of_its_case_counts_as_done(world, enter):
    lesson = world.missed(1)
    case = world.student_actor().disputes(lesson)
    world.teacher().completes(case, decision="agree", reason="Тизмени карап чыктым")
    corrects(world, lesson)
    heard(world)
    assert ended(world, case) == ("done", "corrected")
    page = enter(world.student).get(f"/cases/{case}").text
    line = page.split('<ol class="trail">', 1)[1].split("</ol>")[0]
    assert re.findall(r"trail-step step-(\w+)", line) == ["done"] * 4
