"""The page of docs/how-to/add-a-page.md registers itself, opens for the roles of its policy, and is translated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.how_to.pages import copy_with
from tests.how_to.visits import new_routes, visit
from tests.people.staff import Staff


@pytest.mark.starts
def test_the_page_opens_for_its_policy_only(db_session: Any, clock: Any, settings: Any, tmp_path: Path):
    staff = Staff(clock)
    people = {role: staff.person(role, login=role) for role in ("teacher", "student")}
    for role, person in people.items():
        staff.grants(person, role, staff.department)
    root = copy_with("add-a-page.md", tmp_path)
    visitors = {role: str(person) for role, person in people.items()}
    found = visit(root, settings, clock().isoformat(), "/calendar/deadlines", visitors)
    assert found["seen"] == {"guest": 401, "teacher": 200, "student": 404}
    page = found["texts"]["teacher"]
    assert "Действующие сроки" in page and "attendance.entry_term" in page and "24 часа" in page
    assert new_routes(found["routes"]) == ["/calendar/deadlines  GET  deadlines.deadlines  calendar.read"]
    assert found["untranslated"] == []
