"""7.1: who needs a person's data for his duty sees them; for everybody else they do not exist."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest

from app.cases.commands.attach import attach_file_to_case
from app.files.store import FileStore
from app.kernel import door
from app.kernel.ids import new_id
from tests.files.pictures import pdf
from tests.web.browser import Browser
from tests.web.campus import Campus

pytestmark = pytest.mark.clause("7.1")


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Campus:
    return Campus(app, db_session, clock)


@pytest.fixture
def evidence(campus: Campus) -> UUID:
    """A paper attached to a request of the campus."""
    act = campus.world.teacher().act()
    store = FileStore(campus.app.extensions["depter"].settings.data_dir)
    with door.write(act):
        found = store.store_upload(act, new_id(), "маалымкат.pdf", io.BytesIO(pdf())).id
        attach_file_to_case(act, campus.things["case_id"], found)
    return found


@pytest.mark.parametrize("role", ["department_head", "directorate", "academic_office", "it_admin"])
def test_who_decides_about_a_request_opens_its_papers(campus, evidence, role):
    assert Browser(campus.app).enter(campus.near[role]).get(f"/files/{evidence}").status_code == 200


@pytest.mark.parametrize("role", ["teacher", "department_head", "directorate", "curator", "student"])
def test_for_everybody_else_the_paper_is_as_one_that_never_was(campus, evidence, role):
    browser = Browser(campus.app).enter(campus.far[role])
    foreign, absent = browser.get(f"/files/{evidence}"), browser.get(f"/files/{new_id()}")
    assert foreign.status_code == absent.status_code == 404


def test_who_looks_after_diagrams_reads_no_request(campus):
    browser = Browser(campus.app).enter(campus.near["process_admin"])
    assert browser.get(f"/cases/{campus.things['case_id']}").status_code == 404


def test_a_student_reads_no_other_students_row(campus):
    browser = Browser(campus.app).enter(campus.near["student"])
    other = campus.school.students[1]
    assert browser.get(f"/journal/{campus.school.offering}/students/{other}").status_code == 404


@pytest.mark.parametrize("role", ["teacher", "department_head", "directorate", "academic_office"])
def test_who_teaches_him_or_answers_for_his_journal_reads_his_row(campus, role):
    row = f"/journal/{campus.school.offering}/students/{campus.world.student}"
    near = Browser(campus.app).enter(campus.near[role])
    page = near.get(row)
    assert page.status_code == 200 and "ИВТ-2-23" in page.text
    if role in campus.far:
        assert Browser(campus.app).enter(campus.far[role]).get(row).status_code == 404


@pytest.mark.parametrize("role", ["curator", "directorate"])
def test_who_looks_after_him_opens_his_absences_and_a_stranger_finds_nobody(campus, role):
    absences = f"/students/{campus.world.student}/absences"
    assert Browser(campus.app).enter(campus.near[role]).get(absences).status_code == 200
    stranger = Browser(campus.app).enter(campus.far[role])
    assert (
        stranger.get(absences).status_code
        == stranger.get(f"/students/{new_id()}/absences").status_code
        == 404
    )


@pytest.mark.parametrize("role", ["teacher", "department_head", "student"])
def test_his_cabinet_is_for_nobody_who_only_teaches_or_studies(campus, role):
    browser = Browser(campus.app).enter(campus.colleague[role])
    assert browser.get(f"/students/{campus.world.student}/documents").status_code in (403, 404)
