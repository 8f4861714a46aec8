"""1.5.2: signed by the teacher, vised by the head, official once the academic office approved it; closed after that."""

from __future__ import annotations

from datetime import date

import pytest

from app.audit import history
from app.journal.sheet_closing.commands import close_sheet
from app.journal.tables import GradeSheet
from app.kernel import door
from app.kernel.errors import Refused

pytestmark = pytest.mark.clause("1.5.2")


@pytest.mark.parametrize("state", ["DRAFT", "SIGNED", "ENDORSED"])
def test_nobody_closes_a_sheet_that_the_office_has_not_approved(school, state):
    sheet = school.sheet(date(2026, 10, 14), state=state)
    act = school.act(school.person("Окуу", "Бөлүмү"), "academic_office")
    with pytest.raises(Refused) as refused, door.write(act):
        close_sheet(act, sheet)
    assert (refused.value.code, refused.value.clause) == ("journal.sheet.not_approved", "1.5.2")
    school.session.rollback()
    assert school.session.get(GradeSheet, sheet).state == state


def signed(sheets):
    sheets.draws()
    sheets.enters()
    sheets.signs()
    return sheets.case()


def test_it_goes_from_the_teacher_to_the_head_to_the_office_and_is_closed(world, sheets):
    case = signed(sheets)
    states = [sheets.row().state]
    world.head().approves(case)
    states.append(sheets.row().state)
    world.office().approves(case)
    states.append(sheets.row().state)
    assert world.open_elements(case) == [], "nobody is asked for anything until the semester is over"
    sheets.day_comes()
    sheets.closes()
    row = sheets.row()
    assert [*states, row.state] == ["SIGNED", "ENDORSED", "APPROVED", "CLOSED"]
    assert (row.closed_by, world.case(case).outcome) == (world.people["academic_office"], "closed")
    facts = [entry.event_type.rpartition(".")[2] for entry in history.load_object_audit_entries(row.id)]
    assert facts == ["created", "signed", "endorsed", "approved", "closed"]


def test_a_returned_sheet_is_mended_and_signed_again_and_every_approval_given_anew(world, sheets):
    case = signed(sheets)
    world.head().approves(case)
    world.office().returns(case)
    assert (sheets.row().state, sheets.row().signing_id) == ("DRAFT", None)
    sheets.enters("MODULE1", "9", world.student, version=1)
    first = sheets.result().version
    sheets.signs()
    assert world.open_elements(case) == ["endorse_head"]
    world.head().approves(case)
    world.office().approves(case)
    assert sheets.row().state == "APPROVED"
    assert (first, sheets.result().version, sheets.result().entered) == (1, 2, 9)


def test_only_results_that_changed_get_a_new_version(world, sheets):
    case = signed(sheets)
    world.head().returns(case)
    sheets.enters("MODULE1", "9", world.student, version=1)
    sheets.signs()
    others = {sheets.result(student).version for student in world.school.students[1:]}
    assert (sheets.result().version, others) == (2, {1})


def test_after_the_week_a_returned_sheet_stays_open_for_one_working_day(world, sheets):
    world.clock.set(world.clock().replace(day=16))
    case = signed(sheets)
    world.clock.set(world.clock().replace(day=19))
    world.head().returns(case)
    end = sheets.row().open_until
    world.clock.set(end)
    assert sheets.enters("MODULE1", "9", world.student, version=1) == 1
    world.clock.advance(seconds=1)
    with pytest.raises(Refused):
        sheets.enters("MODULE1", "7", world.student, version=2)


def test_a_silent_head_leaves_the_visa_to_his_deputy(world, sheets):
    case = signed(sheets)
    (task,) = world.open_tasks(case)
    world.clock.set(task.due_at)
    assert world.days_pass(0).advanced == 0
    assert world.days_pass(1 / 86400).advanced == 1
    assert world.open_elements(case) == ["visa_deputy"]
    world.actor("department_head_deputy").approves(case)
    assert sheets.row().state == "ENDORSED"


def test_the_head_who_signed_as_teacher_does_not_vise_his_own_sheet(world, sheets):
    world._grant(world.school.lecturer, "department_head", world.school.department)
    case = signed(sheets)
    (task,) = world.open_tasks(case)
    assert task.assignee == world.people["department_head"]
    assert world.school.lecturer in task.excluded


def test_signing_twice_is_signing_once(world, sheets):
    signed(sheets)
    with pytest.raises(AssertionError, match="no task"):
        sheets.signs()
    assert sheets.result().version == 1
