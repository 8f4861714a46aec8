"""The pages of closing a sheet: what is open is listed with links, ticked, and stays on the sheet with the reason."""

from __future__ import annotations

import html
from typing import Any

import pytest

from app.worker.event_handlers import event_handlers_by_type
from tests.scenarios.grade_sheets import Sheets
from tests.scenarios.world import World

WHY = "Семестр бүттү, арыздар комиссияга өткөрүлөт."


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    return World(db_session, clock)


@pytest.fixture
def closing(world: World, settings: Any) -> Sheets:
    """An approved sheet on the day on which it may be closed, with two corrections and a late entry asked for."""
    other = world.missed(4, world.school.students[1])
    sheets = Sheets(world, event_handlers_by_type(settings))
    sheets.draws()
    sheets.enters()
    sheets.approved()
    sheets.day_comes()
    world.teacher().requests_correction()
    student = str(world.school.students[1])
    world.teacher().requests_correction(world.edit(lesson=str(other), student=student, version=1))
    world.teacher().asks_for_late_entry()
    return sheets


def test_the_office_sees_what_is_open_notes_it_with_a_reason_and_the_sheet_tells_it(world, closing, enter):
    (task,) = world.open_tasks(closing.case())
    office, address = enter(world.people["academic_office"]), f"/tasks/{task.id}"
    page = html.unescape(office.get(address).text)
    assert 'Requests for a correction: <strong translate="no">2</strong>' in page
    assert page.count('href="/cases/') >= 3 and 'value="corrections:2"' in page
    nothing = office.post(address, reason=WHY)
    assert nothing.status_code == 422 and "tick each kind" in nothing.text and WHY in nothing.text
    some = office.post(address, blockers=["corrections:2"], reason=WHY)
    assert some.status_code == 422 and 'value="corrections:2" checked' in some.text
    both = ["corrections:2", "entries:1"]
    silent = office.post(address, blockers=both)
    assert silent.status_code == 422 and "State why the sheet is closed" in silent.text
    assert office.post(address, blockers=both, reason=WHY).status_code == 302
    assert closing.row().state == "CLOSED"
    teacher = enter(world.school.lecturer)
    told = html.unescape(teacher.get(f"/sheets/{closing.row().id}").text)
    assert "Still open when it was closed" in told and WHY in told


def test_the_whole_list_is_paged_and_for_the_office_alone(world, closing, enter, monkeypatch):
    monkeypatch.setattr("app.web.grade_sheets.closing_presenter.PAGE_SIZE", 1)
    address = f"/sheets/{closing.row().id}/blockers?kind=corrections"
    office = enter(world.people["academic_office"])
    first = office.get(address)
    assert first.status_code == 200 and "page=1" in first.text and "page=2" not in first.text
    assert "page=0" in office.get(f"{address}&page=1").text
    assert office.get(address.replace("corrections", "nothing")).status_code == 404
    assert enter(world.school.lecturer).get(address).status_code == 404


def test_a_signed_sheet_says_from_when_it_may_be_closed(world, settings, enter):
    sheets = Sheets(world, event_handlers_by_type(settings))
    sheets.draws()
    sheets.enters()
    lesson = world.school.lesson()
    teacher = enter(world.school.lecturer)
    (task,) = world.open_tasks(sheets.case())
    page = html.unescape(teacher.get(f"/tasks/{task.id}").text)
    assert 'Lessons inside their own deadline: <strong translate="no">1</strong>' in page
    assert "it counts in the second module" in page and lesson
    sheets.signs()
    assert "May be closed after" in teacher.get(f"/sheets/{sheets.row().id}").text
