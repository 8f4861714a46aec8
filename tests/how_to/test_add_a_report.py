"""The report of docs/how-to/add-a-report.md shows a department head the own journals, and another head none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.people.models import Account
from tests.how_to.pages import copy_with
from tests.how_to.visits import new_routes, visit
from tests.scenarios.world import World


@pytest.mark.starts
def test_the_report_lists_what_its_reader_may_see(world: World, settings: Any, tmp_path: Path):
    people = {
        "head": world.people["department_head"],
        "other_head": world.hires("department_head", world.school.other_department, name="Чоочун"),
        "student": world.student,
    }
    for person in people.values():
        world.session.merge(Account(person_id=person, login=str(person), password="never"))
    world.session.commit()
    root = copy_with("add-a-report.md", tmp_path)
    visitors = {name: str(person) for name, person in people.items()}
    found = visit(root, settings, world.clock().isoformat(), "/journal/reports/rolls", visitors)
    assert found["seen"] == {"guest": 401, "head": 200, "other_head": 200, "student": 404}
    link = f"/journal/{world.school.offering}"
    assert "Занятия без отметки посещаемости" in found["texts"]["head"] and link in found["texts"]["head"]
    assert link not in found["texts"]["other_head"]
    assert new_routes(found["routes"]) == ["/journal/reports/rolls  GET  reports.missing_rolls  journal.read"]
    assert found["untranslated"] == []
