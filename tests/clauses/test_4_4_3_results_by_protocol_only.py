"""4.4.3b: after signing nothing but a protocol changes a result; what rests on it follows."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest
from sqlalchemy.exc import ProgrammingError

from app.audit import history
from app.journal.grade_sheets.result_commands import ResultAmendment, amend_result
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Invalid, Refused
from app.kernel.ids import new_id
from tests.scenarios.grade_sheets import EXAM_DAY, SECOND_WEEK

pytestmark = pytest.mark.clause("4.4.3")


def amends(world, sheets, kind="MODULE1", protocol=None, version=None, **change):
    now = sheets.result(kind=kind)
    said = ResultAmendment(
        sheets.row(kind).id, world.student, protocol or new_id(), version or now.version, **change
    )
    act = Act.by_system(world.clock())
    world.session.rollback()
    with door.write(act):
        return amend_result(act, said)


@pytest.fixture
def signed(world, sheets):
    lesson = world.attended(0)
    sheets.grades(lesson, world.student, "50")
    sheets.draws()
    sheets.enters()
    sheets.signs()
    return lesson


def test_the_teacher_changes_no_point_under_a_signed_sheet(world, sheets, signed):
    act = world.teacher().act()
    with pytest.raises(Refused) as refused, door.write(act):
        record_mark(act, CellEdit(signed, world.student, "GRADE", "60", 1, "жаңылыш"))
    assert (refused.value.code, refused.value.clause) == ("journal.mark.sheet_signed", "4.4.3")
    with pytest.raises(Refused):
        sheets.enters("MODULE1", "9", world.student, version=1)
    assert sheets.result().total == 18


def test_a_correction_of_points_is_not_even_asked_for(world, sheets, signed):
    world.clock.advance(days=5)
    edit = world.edit(lesson=str(signed), kind="GRADE", version=1, new="60")
    with pytest.raises(Refused) as refused:
        world.teacher().requests_correction(edit)
    assert (refused.value.code, refused.value.clause) == ("journal.correction.sheet_signed", "4.4.3")


@pytest.mark.undriven
def test_the_database_itself_refuses_entries_on_a_signed_sheet(world, sheets, signed):
    with pytest.raises((ProgrammingError, psycopg.errors.InsufficientPrivilege)):
        world.session.execute(_text("UPDATE journal.sheet_entry SET points = 10, version = 2"))
    world.session.rollback()


@pytest.mark.parametrize("statement", ["UPDATE journal.result SET total = 100", "DELETE FROM journal.result"])
@pytest.mark.undriven
def test_results_and_signatures_are_never_rewritten(world, sheets, signed, statement):
    for table in ("journal.result", "journal.sheet_signing", "journal.grading_scheme"):
        with pytest.raises(ProgrammingError):
            world.session.execute(_text(f"DELETE FROM {table}"))
        world.session.rollback()
    with pytest.raises(ProgrammingError):
        world.session.execute(_text(statement))
    world.session.rollback()


def test_a_protocol_writes_the_next_version_and_says_its_ground(world, sheets, signed):
    protocol = new_id()
    assert amends(world, sheets, protocol=protocol, entered=Decimal("9.5")) == "amended"
    result = sheets.result()
    assert (result.version, result.total, result.protocol_id) == (2, 20, protocol)
    (entry,) = history.load_object_audit_entries(result.id)
    assert (entry.event_type, entry.clause, entry.before["total"]) == (
        "journal.result.amended",
        "4.4.3",
        "18",
    )
    assert amends(world, sheets, protocol=protocol, entered=Decimal("9.5")) == "amended"
    assert sheets.result().version == 2, "a repeat writes nothing"


def test_points_of_a_late_work_off_are_added_to_the_grades(world, sheets, signed):
    assert amends(world, sheets, grades=(Decimal(100),)) == "amended"
    result = sheets.result()
    assert result.arithmetic["parts"][0]["grades"] == ["50", "100"] and result.total == 23


def test_another_version_than_the_commission_saw_is_not_amended(world, sheets, signed):
    amends(world, sheets, entered=Decimal(9))
    assert amends(world, sheets, version=1, entered=Decimal(10)) == "result_changed"
    assert sheets.result().entered == 9


@pytest.mark.parametrize("points", ["10.5", "-1"])
def test_a_protocol_does_not_give_more_than_there_is(world, sheets, signed, points):
    with pytest.raises(Invalid):
        amends(world, sheets, entered=Decimal(points))


def test_a_returned_sheet_keeps_what_a_protocol_decided(world, sheets, signed):
    amends(world, sheets, entered=Decimal(10))
    world.head().returns(sheets.case())
    assert amends(world, sheets, entered=Decimal(1)) == "result_changed", "given back: the commission waits"
    sheets.signs()
    assert (sheets.result().version, sheets.result().entered) == (2, 10)


def test_the_final_follows_its_module_under_the_same_protocol(world, sheets):
    day = world.attended(1)
    sheets.grades(day, world.student, "100")
    sheets.draws()
    sheets.enters("MODULE1", "5")
    sheets.approved()
    world.clock.set(SECOND_WEEK)
    day = world.attended(1)
    for student in world.school.students:
        sheets.grades(day, student, "100")
    sheets.draws()
    sheets.enters("MODULE2", "10")
    sheets.approved("MODULE2")
    world.clock.set(EXAM_DAY)
    sheets.draws()
    sheets.enters("FINAL", "31")
    sheets.signs("FINAL")
    assert (sheets.result(kind="FINAL").total, sheets.result(kind="FINAL").letter) == (86, "B")
    protocol = new_id()
    amends(world, sheets, protocol=protocol, entered=Decimal(6))
    final = sheets.result(kind="FINAL")
    assert (final.total, final.letter, final.version, final.protocol_id) == (87, "A", 2, protocol)


def _text(statement):
    from sqlalchemy import text

    return text(statement)
