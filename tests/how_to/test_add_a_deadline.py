"""The deadline of docs/how-to/add-a-deadline.md is migrated, counted for a real task and changed by a dated row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.how_to.pages import blocks, copy_with, run
from tests.scenarios.world import World

PAGE = "add-a-deadline.md"

LIVE = """
import json, os, runpy, sys
from datetime import datetime
from uuid import UUID
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, select, text
from app import create_app
from app.cases.commands.complete import complete_task
from app.cases.commands.start import start_case
from app.cases.models import Task
from app.diagrams.sync import publish_shipped_diagrams
from app.diagrams.versions import read_shipped_diagrams
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.ids import new_id
from app.kernel.settings import SHIPPED_FORMS_DIR, SHIPPED_WORKFLOWS_DIR, Settings

asked = json.loads(sys.argv[1])
at, department = datetime.fromisoformat(asked["at"]), UUID(asked["department"])
teacher = Act(UUID(asked["teacher"]), None, at, (RoleAssignment("teacher", department),))
head = Act(UUID(asked["head"]), None, at, (RoleAssignment("department_head", department),))
settings = Settings.from_env(os.environ)
owner = create_engine(settings.migration_database_url)
with owner.begin() as connection, Operations.context(MigrationContext.configure(connection)):
    runpy.run_path(asked["migration"])["upgrade"]()


def due(kind, student=None):
    answers = {
        "entries": [{"lesson": asked["lesson"], "student": student, "kind": kind}],
        "reason": "There was no network that day.",
    }
    case_id = new_id()
    with door.write(teacher):
        start_case(teacher, case_id, "late_entry", answers)
    open_task = select(Task).where(Task.case_id == case_id, Task.closed_at.is_(None))
    first = db.session.scalar(open_task).id
    with door.write(head):
        complete_task(head, first, {"decision": "approve"})
    task = db.session.scalar(open_task)
    assert task.element == "decide_directorate"
    return local_day(task.due_at).isoformat()


with create_app(settings).test_request_context():
    with door.write(Act.by_system(at)):
        publish_shipped_diagrams(Act.by_system(at), read_shipped_diagrams(SHIPPED_WORKFLOWS_DIR, SHIPPED_FORMS_DIR))
    found = [due("ATTENDANCE")]
    db.session.rollback()
    with owner.begin() as connection:
        connection.execute(text(asked["sql"]))
    found.append(due("GRADE", asked["student"]))
print(json.dumps(found))
"""


@pytest.mark.starts
def test_a_new_deadline_counts_and_a_dated_row_changes_it(world: World, settings: Any, tmp_path: Path):
    root = copy_with(PAGE, tmp_path, ("app", "workflows", "forms"))
    made = blocks(PAGE)
    asked = {
        "at": world.clock().isoformat(),
        "department": str(world.school.department),
        "teacher": str(world.school.lecturer),
        "head": str(world.people["department_head"]),
        "lesson": str(world.untaken),
        "student": str(world.student),
        "migration": next(str(root / one.path) for one in made if one.deed == "file"),
        "sql": next(one.text for one in made if one.deed == "sql"),
    }
    told = json.loads(run(root, LIVE, json.dumps(asked), settings=settings))
    assert told == ["2026-10-16", "2026-10-19"], "Wednesday, then two and four working days of a six-day week"
