"""The process of docs/how-to/add-a-process.md runs: published, started, decided, ended by its own end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.how_to.pages import COPIED, copy_with, run, touched
from tests.scenarios.world import World

PAGE = "add-a-process.md"
MOST_FILES, MOST_FOLDERS = 10, 4
"""All files, lists included; the folders of the product."""
LISTS = ("tools/", "tests/")
"""Where files stand that list every process beside the product."""

LIVE = """
import json, os, sys
from datetime import datetime
from uuid import UUID
from sqlalchemy import select
import app
from app import create_app
from app.cases.commands.complete import complete_task
from app.cases.commands.start import start_case
from app.cases.models import Case, Task
from app.diagrams.sync import publish_shipped_diagrams
from app.diagrams.versions import load_version, read_shipped_diagrams
from app.forms.schema import check_form_answers
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.db import db
from app.kernel.ids import new_id
from app.kernel.settings import SHIPPED_FORMS_DIR, PROJECT_DIR, SHIPPED_WORKFLOWS_DIR, Settings
from app.texts.subject_line import case_subject_line
from app.web.labels.cases import classify_outcome_for_requester, case_state_label

asked = json.loads(sys.argv[1])
at, department = datetime.fromisoformat(asked["at"]), UUID(asked["department"])
teacher = Act(UUID(asked["teacher"]), None, at, (RoleAssignment("teacher", department),))
head = Act(UUID(asked["head"]), None, at, (RoleAssignment("department_head", department),))
answers = {"course": "Calculus I", "group": "IVT-2-23", "day": "2026-10-20", "reason": "One lesson was on a holiday."}
ends = []
with create_app(Settings.from_env(os.environ)).test_request_context():
    with door.write(Act.by_system(at)):
        diagrams = read_shipped_diagrams(SHIPPED_WORKFLOWS_DIR, SHIPPED_FORMS_DIR)
        published = publish_shipped_diagrams(Act.by_system(at), diagrams)
    for decision in ("approve", "reject"):
        case_id = new_id()
        with door.write(teacher):
            start_case(teacher, case_id, "extra_lesson", answers)
        task = db.session.scalar(select(Task).where(Task.case_id == case_id, Task.closed_at.is_(None)))
        version = load_version(task.version_id)
        form = version.forms[version.model.user_tasks[task.element].form]
        clean = check_form_answers(form, {"decision": decision, "reason": "The room is taken."})
        opened = [task.element, task.role, str(task.unit_id)]
        task_id = task.id
        with door.write(head):
            complete_task(head, task_id, clean)
        case = db.session.get(Case, case_id, populate_existing=True)
        ends.append([*opened, case.status, case_state_label(case.status, case.outcome, version)])
        line = case_subject_line(case.subject, "en")
print(json.dumps({"home": str(PROJECT_DIR), "published": published, "ends": ends, "line": line}))
"""


def test_the_page_touches_few_files_in_few_folders():
    files = touched(PAGE)
    folders = {str(Path(name).parent) for name in files if not name.startswith(LISTS)}
    assert len(files) <= MOST_FILES and len(folders) <= MOST_FOLDERS, files


@pytest.mark.starts
def test_the_process_of_the_page_is_published_and_lived_through(world: World, settings: Any, tmp_path: Path):
    root = copy_with(PAGE, tmp_path)
    asked = {
        "at": world.clock().isoformat(),
        "department": str(world.school.department),
        "teacher": str(world.school.lecturer),
        "head": str(world.people["department_head"]),
    }
    told = json.loads(run(root, LIVE, json.dumps(asked), settings=settings))
    assert Path(told["home"]) == root and told["published"]["extra_lesson"] == "published"
    step = ["decide_head", "department_head", asked["department"], "done"]
    assert told["ends"] == [[*step, "Уруксат берилди"], [*step, "Четке кагылды"]]
    assert told["line"] == "Calculus I, IVT-2-23"


CHECKS = """
from app.kernel.settings import SHIPPED_WORKFLOWS_DIR
from tests import test_overlaps
from tests.bench import test_ways
from tests.cases import test_processes
from tests.reference import test_pictures, test_processes as test_pages
from tools.reference.shipped import processes

process = next(one for one in processes() if one.key == "extra_lesson")
test_ways.test_every_shipped_process_has_its_way()
test_pages.test_every_process_has_an_id_of_its_own()
test_processes.test_a_process_says_in_two_sentences_a_language_what_it_does(SHIPPED_WORKFLOWS_DIR / "extra_lesson.bpmn")
for module in (test_pictures, test_pages):
    for name, check in vars(module).items():
        if name.startswith("test_") and getattr(check, "pytestmark", ()):
            check(process)
            print(name)
assert process.key not in test_overlaps.shipped()
"""


@pytest.mark.starts
def test_the_tests_that_look_at_every_process_accept_it(tmp_path: Path):
    """They are called as functions, in the copy: a second run of pytest would cost four times as much."""
    told = run(copy_with(PAGE, tmp_path, (*COPIED, "tests", "docs")), CHECKS).split()
    assert "test_nothing_stands_upon_anything_else" in told and len(told) >= 10
