"""The pages of docs/processes say what the diagrams say, and nothing of a diagram is left out."""

from __future__ import annotations

import re

import pytest

from app.kernel.settings import PROJECT_DIR
from app.operations import FOLLOW_UP_BY_EVENT_TYPE, OPERATIONS, STARTS
from app.regulation.clauses import clause_by_number
from app.regulation.seed import read_seed_policies
from tools.reference.news import facts_of
from tools.reference.process import named_clauses, page
from tools.reference.processes import FOLDER, index
from tools.reference.shipped import IDS, Process, processes, titles

ALL = processes()
each = pytest.mark.parametrize("process", ALL, ids=lambda process: process.key)


def test_every_shipped_diagram_has_its_page_its_picture_and_its_line():
    keys = {path.stem for path in (PROJECT_DIR / "workflows").glob("*.bpmn")}
    assert {process.key for process in ALL} == keys
    for key in keys:
        assert (FOLDER / f"{key}.md").exists() and (FOLDER / f"{key}.svg").exists()
        assert f"({key}.md)" in index()


def test_every_process_has_an_id_of_its_own():
    given = [IDS.get(process.key, "") for process in ALL]
    assert all(re.fullmatch(r"P\d\d[a-z]?", id_) for id_ in given), (
        "name the process in tools/reference/shipped.py"
    )
    assert len(set(given)) == len(given)


@each
def test_every_step_role_and_end_stands_on_its_page_in_three_languages(process: Process):
    text, model = page(process), process.model
    named = {**model.user_tasks, **model.services, **model.ends, **model.lanes, **model.timers}
    for id_ in named:
        assert all(titles(model)[id_][locale] in text for locale in ("ky", "ru", "en")), id_
    assert all(f"`{end.outcome}`" in text for end in model.ends.values() if end.outcome)
    assert all(model.titles[locale] in text for locale in ("ky", "ru", "en"))
    assert model.about.get("en", "") in text


@each
def test_every_deadline_stands_on_its_page_with_its_value_and_measure(process: Process):
    text, model = page(process), process.model
    keys = {task.deadline for task in model.user_tasks.values() if task.deadline}
    keys |= {timer.policy for timer in model.timers.values()}
    rows = {row["key"]: row for row in read_seed_policies()}
    for key in keys:
        word = rows[key]["measure"].replace("_", " ").removesuffix("s")
        assert re.search(rf"\b{rows[key]['value']} {word}s?\b[^(|]*\(`{key}`", text), key
    for element in (*model.user_tasks.values(), *model.timers.values()):
        assert not element.anchor or f"counted from `{element.anchor}`" in text


@each
def test_every_clause_and_operation_stands_on_its_page(process: Process):
    text, model = page(process), process.model
    for number in named_clauses(process):
        assert f"| {number} | {clause_by_number(number).titles['en']} |" in text
    for service in model.services.values():
        entry = OPERATIONS[service.operation]
        assert f"`{service.operation}`" in text and entry.clause in text
        assert all(f"`{outcome}`" in text for outcome in entry.outcomes)


@each
def test_every_answer_of_a_form_says_where_it_leads(process: Process):
    text = page(process)
    for task in process.model.user_tasks.values():
        form = process.form(task)
        field = form.field_with_key("decision") if form else None
        for value in field.values if field else ():
            assert re.search(rf"{re.escape(value.label['en'])} → \S", text), (task.id, value.value)


@each
def test_who_may_begin_and_who_may_read_its_files_stands_on_its_page(process: Process):
    text, entry = page(process), STARTS[process.model.start_name]
    assert f"Start `{entry.name}`, clause {entry.clause}" in text
    assert ("For themselves" in text) == bool(entry.roles)
    assert ("are for few" in text) == bool(entry.file_reader_roles)


def test_a_process_that_follows_another_says_so_and_the_other_too():
    by_start = {process.model.start_name: process for process in ALL}
    sent = {event_type for entry in OPERATIONS for event_type in facts_of(entry)}
    for event_type, follow in FOLLOW_UP_BY_EVENT_TYPE.items():
        if follow.start in by_start:
            assert f"the event `{event_type}` starts it" in page(by_start[follow.start])
            said = f"by the event `{event_type}`." in page(by_start[follow.start])
            assert said == (event_type in sent), "else the clock tells it"
