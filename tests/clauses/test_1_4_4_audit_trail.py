"""1.4.4: the system itself keeps who did what, when, why and by whose approval; what did not happen leaves no trace."""

from __future__ import annotations

from datetime import date, timedelta

import psycopg
import pytest
from sqlalchemy import func, select

from app.audit import history
from app.audit.models import AuditRecord
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import take_roll
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.errors import Refused
from tests.journal.school import NOW
from tests.scenarios.grade_sheets import shut_sheet

pytestmark = pytest.mark.clause("1.4.4")
CHAIN = ("department_head", "directorate", "academic_office", "it_admin")


def enter(school, lesson, value, version=0, at=NOW, reason=""):
    act = school.teacher_act(at)
    with door.write(act):
        record_mark(act, CellEdit(lesson, school.students[0], "ATTENDANCE", value, version, reason))


def kept(school):
    school.session.rollback()
    return school.session.scalar(select(func.count()).select_from(AuditRecord))


def test_every_change_of_a_mark_tells_who_when_what_and_why(school):
    lesson, later = school.lesson(), NOW + timedelta(days=2)
    enter(school, lesson, "ABSENT")
    enter(school, lesson, "PRESENT", 1, later, "ал кечигип келген")
    first, second = history.load_object_audit_entries(school.cell(lesson, school.students[0]).id)
    assert (first.person, first.at, first.after["value"], first.clause) == (
        school.lecturer,
        NOW,
        "ABSENT",
        "4.2.1",
    )
    assert (second.person, second.at, second.reason) == (school.lecturer, later, "ал кечигип келген")
    assert (second.before["value"], second.after["value"], second.clause) == ("ABSENT", "PRESENT", "4.4.1")


def test_who_acts_for_another_stands_beside_him(school):
    lesson, substitute = school.lesson(), school.person("Алмаш", "Тируучу")
    act = Act(substitute, school.lecturer, NOW, (RoleAssignment("teacher"),))
    with door.write(act):
        record_mark(act, CellEdit(lesson, school.students[0], "ATTENDANCE", "ABSENT", 0))
    (entry,) = history.load_object_audit_entries(school.cell(lesson, school.students[0]).id)
    assert (entry.person, entry.on_behalf_of) == (substitute, school.lecturer)


def test_the_roll_and_the_closing_of_a_sheet_are_kept_too(school):
    lesson, sheet = school.lesson(), school.sheet(covers_until=date(2026, 10, 14))
    teacher, office = school.teacher_act(), school.act(school.person("Окуу", "Бөлүмү"), "academic_office")
    with door.write(teacher):
        take_roll(teacher, lesson)
    with door.write(office):
        shut_sheet(office, sheet)
    (called,), (closed,) = history.load_object_audit_entries(lesson), history.load_object_audit_entries(sheet)
    assert (called.person, closed.person, closed.clause) == (school.lecturer, office.person, "7.6")
    assert (closed.before["state"], closed.after["state"]) == ("APPROVED", "CLOSED")


def test_what_was_refused_left_no_trace_and_changed_nothing(school):
    lesson = school.lesson()
    enter(school, lesson, "ABSENT")
    before = kept(school)
    with pytest.raises(Refused):
        enter(school, lesson, "PRESENT", 1, NOW + timedelta(days=9), "өтө кеч")
    assert kept(school) == before and school.cell(lesson, school.students[0]).value == "ABSENT"


def test_what_changes_nothing_is_not_told_as_a_change(school):
    lesson = school.lesson()
    enter(school, lesson, "ABSENT")
    before = kept(school)
    enter(school, lesson, "ABSENT", 1)
    assert kept(school) == before


def test_a_case_tells_each_decision_with_its_person_and_moment(world):
    case = world.teacher().requests_correction()
    decided = {}
    for role in CHAIN:
        world.clock.advance(hours=1)
        world.actor(role).approves(case)
        decided[world.people[role]] = world.now()
    world.session.rollback()
    told = [entry for entry in history.load_case_audit_entries(case) if entry.person in decided]
    assert {entry.person: entry.at for entry in told} == decided
    assert world.cell().id in {entry.object[1] for entry in told}, "the change stands under the same case"


@pytest.mark.parametrize("write", ["UPDATE audit.record SET person = NULL", "DELETE FROM audit.record"])
def test_nobody_alters_or_deletes_it(school, database, write):
    enter(school, school.lesson(), "ABSENT")
    before = kept(school)
    with database.connect("depter_app") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(write)
    assert kept(school) == before
