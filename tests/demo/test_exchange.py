"""The demo university as a roster: what goes out comes in again, and a repeat changes nothing."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from sqlalchemy import func, select

from app.exchange import plan as plans
from app.exchange.apply import execute_import_plan
from app.exchange.export import export_roster_zip
from app.exchange.read import Roster, read_roster
from app.journal.tables import Lesson
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.people.models import StudyGroup
from tests.demo.university import Demo
from tests.exchange.rostering import tables_of

GROUPS_OF_DEMO = 8


@pytest.fixture
def written(demo: Demo, clock: Any) -> bytes:
    with door.read():
        return export_roster_zip(local_day(clock()))


def changes(roster: Roster, clock: Any) -> Any:
    with door.read():
        return plans.make_import_plan(roster, local_day(clock()))


def test_what_goes_out_changes_nothing_when_it_comes_back(written: bytes, clock: Any):
    with door.read():
        assert export_roster_zip(local_day(clock())) == written
    assert changes(read_roster(written), clock).changes == ()


def test_what_goes_out_fills_an_empty_university_once_and_goes_out_the_same(
    written: bytes, clock: Any, database: Any, db_session: Any
):
    db_session.rollback()
    database.restore()
    roster = read_roster(written)
    act, plan = Act.by_system(clock()), changes(roster, clock)
    with door.write(act):
        execute_import_plan(act, roster, plan.fingerprint)
    assert plan.change_counts[("person", "insert")] > 220
    assert db_session.scalar(select(func.count()).select_from(StudyGroup)) == GROUPS_OF_DEMO
    db_session.rollback()
    assert changes(roster, clock).changes == ()
    with door.read():
        again = export_roster_zip(local_day(clock()))
    assert tables_of(again) == tables_of(written)
    lessons = tables_of(written)["lessons.csv"]
    assert db_session.scalar(select(func.count()).select_from(Lesson)) == len(lessons) - 1 > 500
    states = {row.rpartition(",")[2] for row in lessons[1:]}
    assert states == set(db_session.scalars(select(Lesson.state)))


def test_a_wrong_lesson_is_named_and_nothing_is_imported(written: bytes, clock: Any):
    header = tables_of(written)["lessons.csv"][0]
    journal, one = tables_of(written)["classes.csv"][1].partition(",")[0], "2026-10-19,08:00,09:20,LECTURE"
    lines = [
        f"a,,,{journal},,{one},2,101,,PLANNED",
        f"b,,,{journal},,2026-10-19,09:20,09:20,LECTURE,2,,,",
        f"c,,,{journal},,2026-10-19,8 am,09:20,TALK,2,,,",
        f"d,,,nowhere,nobody,{one},9,,,",
        f"e,,,{journal},,{one},1,,{'x' * 501},",
    ]
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(written)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            text = "\n".join([header, *lines]) if entry.filename == "lessons.csv" else old.read(entry)
            new.writestr(entry.filename, text)
    read = read_roster(out.getvalue())
    assert {(one.line, one.column) for one in read.findings} == {
        (4, "type"),
        (5, "classSourcedId"),
        (5, "teacherSourcedId"),
    }
    kept = [line for number, line in enumerate(lines, 2) if number not in (4, 5)]
    with zipfile.ZipFile(out, "w") as new, zipfile.ZipFile(io.BytesIO(written)) as old:
        for entry in old.infolist():
            text = "\n".join([header, *kept]) if entry.filename == "lessons.csv" else old.read(entry)
            new.writestr(entry.filename, text)
    plan = changes(read_roster(out.getvalue()), clock)
    assert {(one.line, one.column) for one in plan.findings} == {(3, "endTime"), (4, "topic")}
    assert plan.changes == ()
