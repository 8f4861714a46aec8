"""A new process over HTTP: begun by a form, sound at once, put into force by a second person, used by a student."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from app.diagrams import draft_queries, versions
from app.diagrams.checking import check_diagram
from app.diagrams.new_process import (
    UNIT_VARIABLES_BY_ROLE,
    UNIVERSITY_ROLES,
    NewProcess,
    build_new_process_forms,
    draw_new_process,
    make_unused_process_key,
    unit_variable_of_decider,
)
from app.kernel.ids import new_id
from app.operations import STARTS
from tests.web.browser import Browser, hidden
from tests.web.campus import Campus

GENERAL = [start for start in STARTS.values() if start.general]
TEXTS = {"ky": "Кампуска кирүү", "ru": "Вход на <кампус>", "en": 'Access & "campus"'}
TYPED: dict[str, Any] = {
    **{f"title_{language}": text for language, text in TEXTS.items()},
    **{f"about_{language}": f"{text}. {text}." for language, text in TEXTS.items()},
    "start": "about_me",
    "starters": ["student", "teacher"],
    "decider": "directorate",
}


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Iterator[Campus]:
    versions.clear_version_cache()
    yield Campus(app, db_session, clock)
    versions.clear_version_cache()


def enter(campus: Campus, role: str = "process_admin") -> Browser:
    return Browser(campus.app, "en").enter(campus.near[role])


@pytest.mark.parametrize("decider", [*UNIT_VARIABLES_BY_ROLE, *sorted(UNIVERSITY_ROLES)])
@pytest.mark.parametrize("start", GENERAL, ids=lambda start: start.name)
def test_the_first_drawing_is_sound_for_every_start_and_decider(start, decider):
    unit = unit_variable_of_decider(start, decider)
    if unit is None:
        assert decider in UNIT_VARIABLES_BY_ROLE, "a role of the university decides about everything"
        return
    process = NewProcess("access", TEXTS, TEXTS, start, start.roles, decider, unit)
    report = check_diagram(draw_new_process(process).encode(), build_new_process_forms(process))
    assert (report.findings, report.is_sound) == ((), True)


def test_a_key_is_made_of_the_english_title_and_is_nobody_elses():
    assert make_unused_process_key(TEXTS, set()) == "access_campus"
    assert make_unused_process_key(TEXTS, {"access_campus", "access_campus_2"}) == "access_campus_3"
    assert make_unused_process_key({"ky": "Өргүү", "ru": "Отпуск", "en": "休假"}, set()) == "orguu"
    assert make_unused_process_key({"ky": "1", "ru": "—", "en": "休假"}, set()) == "process"
    assert len(make_unused_process_key({"en": "x" * 300}, set())) <= 40


def test_a_process_goes_from_a_form_to_its_first_case(campus):
    browser = enter(campus)
    page = browser.get("/processes/new").text
    answer = browser.post("/processes/new", id=hidden(page, "id"), **TYPED)
    assert answer.status_code == 302
    draft = answer.location
    stored = draft_queries.load_open_draft(UUID(draft.rsplit("/", 1)[1]))
    assert (stored.row.key, stored.row.titles["en"]) == ("access_campus", TEXTS["en"])
    page = browser.get(f"{draft}/propose").text
    assert "The check finds no error" in page and "This process is new" in page
    answer = browser.post(
        f"{draft}/propose", id=hidden(page, "id"), revision="1", why="Students ask for it every week."
    )
    place = answer.location
    other = Browser(campus.app, "en").enter(campus.colleague["process_admin"])
    assert other.post(f"{place}/approve", base="", when="now", reason="").status_code == 302

    student = enter(campus, "student")
    assert "Access &amp; &#34;campus&#34;" in student.get("/requests/new").text
    page = student.get("/cases/start/access_campus").text
    asked = student.post(
        "/cases/start/access_campus", id=hidden(page, "id"), wish="I have a lesson on Sunday."
    )
    assert asked.status_code == 302
    director = enter(campus, "directorate")
    inbox = director.get("/inbox").text
    task = re.findall(r"/inbox\?task=([0-9a-f-]{36})", inbox)
    assert task, "the request waits in the inbox of the directorate"
    decided = [director.post(f"/tasks/{one}", decision="approve").status_code for one in dict.fromkeys(task)]
    assert 302 in decided


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(campus):
    browser = enter(campus)
    browser.get("/processes/new")
    wrong = TYPED | {"title_ru": "", "starters": [], "start": "about_a_student", "decider": "department_head"}
    answer = browser.post("/processes/new", id=str(new_id()), **wrong)
    assert answer.status_code == 422
    for field in ("title_ru", "starters", "decider"):
        assert f'id="{field}-error"' in answer.text, field
    assert 'id="title_ky-error"' not in answer.text and "Кампуска кирүү" in answer.text
    student = TYPED | {"start": "about_a_student", "starters": ["student"], "decider": "directorate"}
    answer = browser.post("/processes/new", id=str(new_id()), **student)
    assert answer.status_code == 422 and 'id="starters-error"' in answer.text


def test_a_repeat_of_the_request_leads_to_the_same_draft_and_a_second_process_gets_another_key(campus):
    browser, made = enter(campus), str(new_id())
    browser.get("/processes/new")
    first = browser.post("/processes/new", id=made, **TYPED)
    assert first.status_code == 302
    again = browser.post("/processes/new", id=str(new_id()), **TYPED)
    key = draft_queries.load_open_draft(UUID(again.location.rsplit("/", 1)[1])).row.key
    assert key == "access_campus_2"


def test_only_process_administrators_begin_one(campus):
    for role in ("teacher", "academic_office", "auditor", "student"):
        browser = enter(campus, role)
        assert browser.get("/processes/new").status_code == 404
        assert browser.post("/processes/new", id=str(new_id()), **TYPED).status_code in (403, 404)
