"""4.3.2: module results are entered in the module week on a sheet drawn from the journal; then the sheet is signed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.audit import history
from app.journal.grade_sheets.entry_commands import SheetEntryEdit, enter_sheet_points
from app.journal.tables import SheetEntry
from app.kernel import door
from app.kernel.errors import Denied, Invalid, Refused, Stale
from tests.scenarios.excuses import news

pytestmark = pytest.mark.clause("4.3.2")
LAST = datetime(2026, 10, 17, 17, 59, 59, tzinfo=UTC)
"""Saturday, 23:59:59 in Bishkek: the end of the module week."""


def test_the_sheet_is_drawn_on_the_first_day_of_the_module_week(world, sheets):
    world.clock.set(datetime(2026, 10, 11, 17, 59, 59, tzinfo=UTC))
    assert sheets.draws() == 0
    world.clock.advance(seconds=1)
    assert sheets.draws() == 1
    assert sheets.draws() == 0, "a second look draws nothing twice"
    row = sheets.row()
    assert (row.kind, row.state) == ("MODULE1", "DRAFT") and re.fullmatch(r"2026-\d{5}", row.number)
    (task,) = world.open_tasks(sheets.case())
    assert (task.element, task.assignee, task.due_at) == ("sign_teacher", world.school.lecturer, LAST)


def test_points_are_entered_until_the_last_second_of_the_week(world, sheets):
    sheets.draws()
    world.clock.set(LAST)
    assert sheets.enters() == 5
    assert sheets.enters() == 0, "a repeat changes nothing"
    world.clock.advance(seconds=1)
    with pytest.raises(Refused) as refused:
        sheets.enters("MODULE1", "9", world.student, version=1)
    error = refused.value
    assert (error.code, error.clause) == ("journal.sheet.entry_closed", "4.3.2")
    assert error.params["at"] == LAST and error.params["computation"]


def test_the_module_is_computed_from_current_grades_and_the_midterm(world, sheets):
    for days, value in ((1, "80"), (2, "75"), (3, "90")):
        sheets.grades(world.attended(days), world.student, value)
    sheets.draws()
    sheets.enters("MODULE1", "8")
    sheets.signs()
    result = sheets.result()
    assert (result.total, result.version, result.status) == (Decimal(24), 1, "GRADED")
    assert result.arithmetic["parts"][0]["grades"] == ["90", "75", "80"], "in the order of the lessons"
    assert result.arithmetic["sum"] == "24.33"


def test_who_did_not_come_is_said_so_and_gets_no_points(world, sheets):
    sheets.draws()
    sheets.enters("MODULE1", "8", *world.school.students[1:])
    sheets.enters("MODULE1", None, world.student)
    sheets.signs()
    assert (sheets.result().status, sheets.result().total) == ("NOT_ATTENDED", 0)


def test_a_sheet_with_an_empty_line_is_not_signed(world, sheets):
    sheets.draws()
    sheets.enters("MODULE1", "8", *world.school.students[1:])
    with pytest.raises(Refused) as refused:
        sheets.signs()
    error = refused.value
    assert (error.code, error.clause, error.params["n"]) == ("journal.sheet.incomplete", "4.3.2", 1)
    assert sheets.row().state == "DRAFT" and sheets.result() is None


@pytest.mark.parametrize("points", ["10.1", "-0.1", "7.55", "NaN"])
def test_points_outside_of_the_midterm_are_refused_by_name(world, sheets, points):
    sheets.draws()
    with pytest.raises(Invalid) as refused:
        sheets.enters("MODULE1", points, world.student)
    assert set(refused.value.fields) == {"points"}


def test_the_most_and_the_least_are_taken(world, sheets):
    sheets.draws()
    assert sheets.enters("MODULE1", "10", world.student) == 1
    assert sheets.enters("MODULE1", "0", world.school.students[1]) == 1


def test_two_teachers_at_one_line_the_second_sees_that_it_changed(world, sheets):
    sheets.draws()
    sheets.enters("MODULE1", "8", world.student)
    with pytest.raises(Stale):
        sheets.enters("MODULE1", "9", world.student)
    assert sheets.enters("MODULE1", "9", world.student, version=1) == 1


def test_nobody_but_a_teacher_of_the_journal_fills_it(world, sheets):
    sheets.draws()
    act, sheet = world.head().act(), sheets.row().id
    world.session.rollback()
    with pytest.raises(Denied), door.write(act):
        enter_sheet_points(act, sheet, [SheetEntryEdit(world.student, "GRADED", Decimal(8), 0)])


def test_he_signs_exactly_what_he_saw(world, sheets):
    sheets.draws()
    sheets.enters()
    seen = sheets.seen()
    sheets.enters("MODULE1", "9", world.student, version=1)
    with pytest.raises(Stale):
        sheets.signs(seen=seen)
    assert sheets.row().state == "DRAFT"


def test_who_left_before_is_not_on_the_sheet_and_who_came_is(world, sheets):
    school = world.school
    gone = school.student(6, until=world.day(2))
    came = school.student(7, since=world.day(0))
    sheets.draws()
    sheets.enters("MODULE1", "8", *school.students, came)
    sheets.signs()
    assert sheets.result(came) is not None and sheets.result(gone) is None


def test_every_line_that_was_entered_is_in_the_audit(world, sheets):
    sheets.draws()
    sheets.enters("MODULE1", "8", world.student)
    sheets.enters("MODULE1", "9", world.student, version=1)
    entry = world.session.scalars(select(SheetEntry).where(SheetEntry.student_id == world.student)).one()
    told = history.load_object_audit_entries(entry.id)
    assert [(one.clause, one.after["value"]) for one in told] == [("4.3.2", "8"), ("4.3.2", "9")]


def test_the_second_module_counts_the_grades_after_the_first(world, sheets):
    sheets.grades(world.attended(1), world.student, "50")
    sheets.draws()
    sheets.enters("MODULE1", "8")
    sheets.approved()
    world.clock.set(datetime(2026, 12, 8, 3, 0, tzinfo=UTC))
    sheets.grades(world.attended(1), world.student, "100")
    assert sheets.draws() == 1
    sheets.enters("MODULE2", "10")
    sheets.signs("MODULE2")
    assert sheets.result(kind="MODULE2").total == 30
    assert sheets.result(kind="MODULE1").total == 18


def test_a_lesson_after_the_signing_belongs_to_the_next_module(world, sheets):
    sheets.draws()
    sheets.enters()
    sheets.signs()
    world.clock.advance(days=1)
    lesson = world.attended(0)
    sheets.grades(lesson, world.student, "70")
    assert world.school.cell(lesson, world.student, "GRADE").value == "70"
    assert sheets.row().covers_until == world.day(1)
    assert timedelta(0) <= LAST - world.clock()


@pytest.mark.clause("1.5.2")
def test_of_a_sheet_that_is_not_signed_in_time_the_head_is_told_once_and_the_teacher_still_signs(
    world, sheets
):
    sheets.draws()
    sheets.enters("MODULE1", "8")
    (task,) = world.open_tasks(sheets.case())
    world.clock.set(task.due_at)
    world.days_pass(0)
    assert news(world, "journal.sheet.unsigned") == []
    world.days_pass(1 / 86400)
    (told,) = news(world, "journal.sheet.unsigned")
    assert told["recipients"] == [str(world.people["department_head"])]
    assert told["url"] == f"/sheets/{sheets.row().id}"
    assert world.open_elements(sheets.case()) == ["sign_teacher"]
    world.days_pass(3)
    assert len(news(world, "journal.sheet.unsigned")) == 1
    sheets.signs()
    assert world.open_elements(sheets.case()) == ["endorse_head"]
