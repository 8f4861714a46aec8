"""The demo university: the same every time, with something to do for everybody, and whole."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import func, select

from app.cases.models import Case, Task
from app.demo.load import ACCOUNTS_FILE, fill_demo_database
from app.journal.tables import Offering
from app.people import commands
from app.people.models import Person, StudyGroup
from tests.demo.university import Demo


def test_the_demo_has_people_lessons_and_cases_at_every_step(demo: Demo, db_session: Any, clock: Any):
    assert demo.made >= 28
    outcomes = Counter(db_session.execute(select(Case.outcome)).scalars())
    assert {"applied", "rejected", "reclassified", "withdrawn", "confirmed_all", "changed", None} <= set(
        outcomes
    )
    open_tasks = Counter(db_session.scalars(select(Task.element).where(Task.closed_at.is_(None))))
    steps = (
        "endorse_department_head",
        "forward_directorate",
        "decide_academic_office",
        "release_it",
        "rework_teacher",
        "register_directorate",
        "decide_directorate",
        "inquiry_issuer",
        "assign_teacher",
        "perform_student",
        "accept_teacher",
        "rework_student",
        "admit_secretary",
        "answer_teacher",
    )
    assert set(steps) <= set(open_tasks)
    assert db_session.scalar(select(func.count()).select_from(StudyGroup)) == 8
    days = Counter(
        (row.group_id, row.exam_on) for row in db_session.execute(select(Offering.group_id, Offering.exam_on))
    )
    assert all(count == 1 for (_group, day), count in days.items() if day is not None)
    assert {day is None for _group, day in days} == {True, False}, "one group waits for its exam days"
    assert db_session.scalar(select(func.count()).select_from(Person)) > 220
    lines = [line.split("\t") for line in (demo.folder / ACCOUNTS_FILE).read_text().splitlines()]
    assert {"teacher", "head", "directorate", "office", "it", "student", "auditor"} <= {
        line[0] for line in lines
    }
    assert commands.authenticate_person(lines[0][0], lines[0][1])
    db_session.rollback()
    assert fill_demo_database(clock(), demo.folder) == 0
