"""3.1: who looks into what is not his adds nothing to it; an auditor writes nothing anywhere but in his settings."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import func, literal, select, union_all

from app.kernel.db import Base
from app.kernel.ids import new_id
from app.people.models import ROLES
from tests.files.pictures import pdf
from tests.web.browser import Browser
from tests.web.campus import WIDE, Campus, places

pytestmark = pytest.mark.clause("3.1")

OWN = frozenset({"account", "audit", "login", "bell", "channels", "feed"})
"""Blueprints whose posts are about oneself: language, password, sessions, what one has read, saved searches."""
EMPTY = frozenset({"inbox.claim_or_release_tasks", "sheets.save_points"})
"""A list of tasks each answered for itself, and a sheet sent without a line: nothing is asked or refused."""
PRIVATE = frozenset({"login_session", "audit.read_log"})
"""A session notes that it was used; the register of reads is not about what is read (7.1)."""
PARTICIPANTS = frozenset({"teacher", "student", "department_head"})
"""The campus's request is the teacher's, about the student, and waits for the head."""


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Campus:
    return Campus(app, db_session, clock)


def rows(session: Any) -> dict[str, int]:
    """How many rows each table has; one statement."""
    session.rollback()
    tables = [table for table in Base.metadata.sorted_tables if not {table.name, str(table)} & PRIVATE]
    counts = [
        select(func.count().label("rows"), literal(str(table)).label("name")).select_from(table)
        for table in tables
    ]
    return {row.name: row.rows for row in session.execute(union_all(*counts))}


@pytest.mark.parametrize("whose", ["near", "colleague"])
def test_an_auditor_sends_every_form_there_is_and_nothing_is_written(app, campus, whose):
    browser = Browser(app).enter(getattr(campus, whose)["auditor"])
    before = rows(campus.world.session)
    for place in places(app):
        if place.method != "GET" and place.endpoint.split(".")[0] not in OWN:
            answer = campus.visits(browser, place, campus.things, "application/json")
            refused = answer.status_code >= 400
            assert refused or place.endpoint in EMPTY, (place, answer.status_code)
    assert rows(campus.world.session) == before


@pytest.mark.parametrize("role", sorted(set(ROLES)))
def test_the_forms_of_a_case_are_drawn_and_taken_for_who_has_a_part_in_it(app, campus, role):
    case = campus.things["case_id"]
    browser = Browser(app).enter(campus.near[role])
    page = browser.get(f"/cases/{case}")
    if page.status_code == 404:
        assert role in ("process_admin", "rector")
        return
    drawn = "comments" in page.text and 'name="file"' in page.text
    assert drawn == (role in PARTICIPANTS), role
    assert ("You read this case." in page.text) == (role not in PARTICIPANTS)
    said = browser.post(f"/cases/{case}/comments", id=str(new_id()), text="Скан кайда?")
    file = {"id": str(new_id()), "file": (io.BytesIO(pdf()), "барак.pdf")}
    sent = browser.post(f"/cases/{case}/files", **file)
    wanted = 302 if role in PARTICIPANTS else 403
    assert (said.status_code, sent.status_code) == (wanted, wanted)


@pytest.mark.parametrize("role", sorted(WIDE))
def test_who_cannot_complete_a_task_keeps_no_draft_of_it(app, campus, role):
    browser = Browser(app).enter(campus.near[role])
    kept = browser.json("PUT", f"/tasks/{campus.things['task_id']}/draft", {"values": {"reason": "x"}})
    assert kept.status_code >= 400
