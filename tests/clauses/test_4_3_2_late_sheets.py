"""4.3.2, 4.3.3 after the term: head and academic office open the sheet for named lines, and it shuts itself (P21)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.cases.commands.start import start_case
from app.kernel import door
from app.kernel.errors import Denied, Invalid, Missing, Refused
from app.kernel.ids import new_id

pytestmark = pytest.mark.clause("4.3.2", "4.3.3")
LAST = datetime(2026, 10, 17, 17, 59, 59, tzinfo=UTC)
WHY = "Студент ооруп, рубеждик көзөмөлгө жума бүткөндө гана келди."


def asks(world, sheets, *students, actor=None, reason=WHY):
    case, actor = new_id(), actor or world.teacher()
    lines = {"sheet": str(sheets.row().id), "students": [str(student) for student in students]}
    world.session.rollback()
    with door.write(actor.act()):
        start_case(actor.act(), case, "late_sheet", {"lines": lines, "reason": reason})
    return case


@pytest.fixture
def late(world, sheets):
    """The module week is over, the first student's line is empty."""
    sheets.draws()
    sheets.enters("MODULE1", "8", *world.school.students[1:])
    world.clock.set(datetime(2026, 10, 19, 3, 0, tzinfo=UTC))
    return sheets


def test_head_and_office_open_exactly_the_named_line_for_two_working_days(world, late):
    case = asks(world, late, world.student)
    world.head().approves(case)
    assert world.open_elements(case) == ["decide_office"]
    assert world.office().approves(case).outcome == "opened"
    row = late.row()
    assert row.open_until == datetime(2026, 10, 21, 17, 59, 59, tzinfo=UTC)
    assert late.enters("MODULE1", "7", world.student) == 1
    with pytest.raises(Refused):
        late.enters("MODULE1", "10", world.school.students[1], version=1)
    late.signs()
    assert late.result().entered == 7


def test_the_last_second_of_the_door_and_the_next(world, late):
    case = asks(world, late, world.student)
    world.head().approves(case)
    world.office().approves(case)
    end = late.row().open_until
    world.clock.set(end)
    assert late.enters("MODULE1", "7", world.student) == 1
    world.clock.advance(seconds=1)
    with pytest.raises(Refused) as refused:
        late.enters("MODULE1", "8", world.student, version=1)
    assert (refused.value.code, refused.value.remedy) == ("journal.sheet.entry_closed", "late_sheet")


def test_what_is_entered_through_the_door_counts_as_late(world, late):
    from app.journal.tables import SheetEntry

    case = asks(world, late, world.student)
    world.head().approves(case)
    world.office().approves(case)
    late.enters("MODULE1", "7", world.student)
    world.session.rollback()
    found = {row.student_id: row.late for row in world.session.query(SheetEntry)}
    assert found.pop(world.student) is True and set(found.values()) == {False}


def test_within_the_week_nobody_has_to_ask(world, sheets):
    sheets.draws()
    world.clock.set(LAST)
    with pytest.raises(Refused) as refused:
        asks(world, sheets, world.student)
    assert refused.value.code == "journal.entry.still_open"
    world.clock.advance(seconds=1)
    asks(world, sheets, world.student)


def test_only_a_teacher_asks_for_students_of_the_sheet_with_a_reason(world, late):
    with pytest.raises(Denied):
        asks(world, late, world.student, actor=world.head())
    with pytest.raises(Missing):
        asks(world, late, new_id())
    with pytest.raises(Invalid):
        asks(world, late)
    with pytest.raises(Invalid):
        asks(world, late, world.student, reason="  ")


def test_a_rejection_opens_nothing(world, late):
    case = asks(world, late, world.student)
    world.head().approves(case)
    assert world.office().rejects(case).outcome == "rejected"
    with pytest.raises(Refused):
        late.enters("MODULE1", "7", world.student)


def test_a_sheet_signed_on_the_way_stays_shut(world, late):
    case = asks(world, late, world.student)
    world.head().approves(case)
    other = asks(world, late, world.student)
    world.head().approves(other)
    world.office().approves(other)
    late.enters("MODULE1", "7", world.student)
    late.signs()
    assert world.office().approves(case).outcome == "sheet_signed"
    assert late.row().open_until is None


def test_a_silent_office_leaves_it_to_its_deputy(world, late):
    case = asks(world, late, world.student)
    world.head().approves(case)
    (task,) = world.open_tasks(case)
    world.clock.set(task.due_at)
    assert world.days_pass(0).advanced == 1, "the head is told that the sheet is not signed, and no more"
    assert world.open_elements(case) == ["decide_office"]
    assert world.days_pass(1 / 86400).advanced == 1
    assert world.open_elements(case) == ["decide_deputy"]
    assert world.actor("academic_office_deputy").approves(case).outcome == "opened"
