"""8.7: the pages of the acquaintance of students, each person with what is his."""

from __future__ import annotations

from typing import Any

import pytest

from app.diagrams import versions
from tests.scenarios.world import World

pytestmark = pytest.mark.clause("8.7")


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    return World(db_session, clock)


def test_pages_show_the_sheet_to_its_people_and_keep_what_was_typed(world, enter):
    curator = world.curator()
    path = f"/acknowledgements/{world.school.semester}/{world.school.group}"
    own = enter(curator.person)
    assert path in own.get("/acknowledgements").text and "Annex 4" in own.get(f"{path}/print").text
    own.get(path)
    wrong = own.post(path, student=str(world.student), way="DECLINED", day="x", note="Typed by the curator")
    assert wrong.status_code == 422 and "Typed by the curator" in wrong.text and " checked" in wrong.text
    assert own.post(path, student=str(world.student), way="PAPER", day="02.09.2026").status_code == 302
    assert own.post(f"{path}/sign").status_code == 302
    world._grant(world.student, "student", None)
    student = enter(world.student)
    assert student.get(path).status_code == 404
    assert "signed on paper" in student.get("/student/acknowledgement").text
    assert student.post("/student/acknowledgement").status_code == 409
    idle = enter(world.hires("curator", world.school.institute, name="Тобу жок"))
    assert idle.get(path).status_code == 404 and path not in idle.get("/acknowledgements").text
    directorate = enter(world.directorate().person)
    assert "Taken for keeping" in directorate.get(path).text
    assert directorate.post(f"{path}/keep").status_code == 302
