"""A large workbook of the structure: compared and imported by the worker with progress, stopped whole, two at once."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest

from app.exchange import structure_planning as planning
from app.exchange.models import StructureImport, StructureProgress
from app.exchange.structure_commands import run_structure_step
from app.files.store import FileStore
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.db import db
from app.kernel.errors import Missing, Refused, Stale
from app.kernel.ids import new_id
from app.people.commands import groups
from app.people.models import RoleGrant, StudyGroup, Unit
from app.people.row_changes import MAX_LOCK_SECONDS, lock_structure
from app.worker import due_work
from tests.exchange.test_imports import bells
from tests.exchange.test_structure_workbook import moving_in, workbook
from tests.journal.school import School

OFFICE = (RoleAssignment("academic_office", None),)


@pytest.fixture
def school(db_session):
    made = School(db_session)
    made._add(
        RoleGrant(id=new_id(), person_id=made.lecturer, role="academic_office", valid_from=date(2020, 1, 1))
    )
    return made


@pytest.fixture
def act(school, clock):
    return Act(school.lecturer, None, clock(), OFFICE)


@pytest.fixture
def store(settings):
    return FileStore(settings.data_dir)


@pytest.fixture
def works(app):
    return lambda: due_work.run_due_work(app)


def sends(act, store, content):
    made = new_id()
    for _twice in range(2):
        with door.write(act):
            planning.queue_structure_planning(act, store, made, "structure.xlsx", content)
    return made


def row(act, made):
    db.session.rollback()
    return planning.find_own_structure_import(act, made)


def units():
    db.session.rollback()
    return {code for (code,) in db.session.query(Unit.code)}


def test_the_worker_compares_then_imports_what_was_seen_and_tells_the_sender(act, store, works):
    made = sends(act, store, moving_in())
    assert row(act, made).state == "planning"
    with pytest.raises(Stale), door.write(act):
        planning.queue_structure_import(act, made)
    works()
    planned = row(act, made)
    assert (planned.state, planned.findings, planned.counts["units"]["new"]) == ("previewed", (), 2)
    assert "ЖИ" not in units() and db.session.query(StructureProgress).count() == 0
    for _twice in range(2):
        with door.write(act):
            planning.queue_structure_import(act, made)
    works()
    done = row(act, made)
    assert (done.state, done.problem) == ("finished", None) and done.done_at is not None and "ЖИ" in units()
    assert [name for name, _ in bells()] == ["exchange.import.planned", "exchange.import.finished"]
    with pytest.raises(Stale), door.write(act):
        planning.stop_structure_import(act, made)
    with pytest.raises(Missing):
        row(Act(new_id(), None, act.at, OFFICE), made)


def test_findings_of_the_worker_name_the_cell_and_survive_being_stored(act, store, works):
    wrong = workbook({"Groups": [["Group", "Institute code"], ["А-1", "ЖОК"]]})
    made = sends(act, store, wrong)
    works()
    found = row(act, made)
    assert [(one.sheet, one.cell, one.params["text"]) for one in found.findings] == [("Groups", "B2", "ЖОК")]
    with pytest.raises(Stale), door.write(act):
        planning.queue_structure_import(act, made)


def test_an_import_stopped_before_or_in_its_middle_changes_nothing(act, store, works):
    made = sends(act, store, moving_in())
    with door.write(act):
        planning.stop_structure_import(act, made)
    works()
    assert row(act, made).state == "cancelled"
    made = sends(act, store, moving_in())
    works()
    with door.write(act):
        planning.queue_structure_import(act, made)
    report = planning._Progress(made, "queued").report
    report(1, 9)
    assert (row(act, made).done, row(act, made).whole) == (1, 9), "others see the progress at once"
    with door.write(act):
        steps = db.session.get(StructureImport, made).steps
        with pytest.raises(planning.StructureImportStopped), db.session.begin_nested():
            for step in steps[:3]:
                run_structure_step(act, step)
            with db.engine.begin() as beside:
                table = StructureImport.__table__
                beside.execute(table.update().where(table.c.id == made).values(state="cancelled"))
            report(2, 9)
    works()
    assert row(act, made).state == "cancelled" and "ЖИ" not in units()


def test_the_second_of_two_offices_is_told_and_changes_nothing(act, store, works, school):
    first, second = sends(act, store, moving_in()), sends(act, store, moving_in())
    works()
    for made in (first, second):
        with door.write(act):
            planning.queue_structure_import(act, made)
    works()
    states = sorted((row(act, made).state, row(act, made).problem) for made in (first, second))
    assert states == [
        ("failed", "exchange.structure_file.changed_meanwhile"),
        ("finished", None),
    ]
    assert db.session.query(StudyGroup).filter_by(name="ЖИ-1-26").count() == 1


def test_a_page_does_not_wait_for_an_import_without_end(act, school, app):
    edit = groups.GroupEdit("А-9", school.institute, None, 1)
    with db.engine.connect() as other, other.begin():
        other.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('people.structure'))")
        with door.rehearse(act):
            lock_structure()
        with pytest.raises(Refused) as refused, door.write(act):
            groups.add_group(act, new_id(), edit)
    assert refused.value.code == "people.structure.busy" and MAX_LOCK_SECONDS <= 5


def test_what_is_small_is_compared_at_once(school):
    def sized(count):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("xl/workbook.xml", b"0" * count)
        return content.getvalue()

    most = planning.MAX_BYTES_PLANNED_AT_ONCE
    assert planning.is_small_workbook(sized(most)) and not planning.is_small_workbook(sized(most + 1))
    assert planning.is_small_workbook(b"no file")
