"""What is to be decided as a page shows it, and what one who asked sees of it afterwards (P04, P21, P26)."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select

from app.diagrams import versions
from app.journal.models import EntryWindow
from app.kernel.i18n import moment_text
from tests import excusing
from tests.world import World


@pytest.fixture
def world(db_session, clock):
    versions.forget()
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

    _lesson, doubt = excusing.doubted(world)
    world.student_actor().completes(doubt, reason="Документ чыныгы.")
    (task,) = world.open_tasks(doubt)
    page = enter(excusing.other_directorate(world).person).get(f"/tasks/{task.id}").text
    assert styles(page) == {"approve": " btn-primary", "reject": ""}


def test_who_was_let_in_reads_in_the_list_of_his_requests_until_when(world, enter):
    case = world.teacher().asks_for_late_entry()
    teacher = enter(world.school.lecturer)
    assert "Open until" not in teacher.get("/requests").text
    assert "Where this case is now" in teacher.get(f"/cases/{case}").text
    world.head().approves(case)
    world.directorate().approves(case)
    end = moment_text(world.session.scalar(select(EntryWindow.closes_at)), "en")
    for address in ("/requests", f"/cases/{case}"):
        page = html.unescape(teacher.get(address).text)
        assert "Open until" in page and end in page, address
    assert "The way this case went" in page and "Where this case is now" not in page
