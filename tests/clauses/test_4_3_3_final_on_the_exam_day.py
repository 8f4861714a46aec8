"""4.3.3: the final is entered on the exam day, once, on the sheet; it rests on the fixed results of both modules."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.kernel.errors import Refused
from tests.scenarios.grade_sheets import EXAM_DAY, SECOND_WEEK

pytestmark = pytest.mark.clause("4.3.3")
LAST = datetime(2026, 12, 18, 17, 59, 59, tzinfo=UTC)


@pytest.fixture
def exam(world, sheets):
    """Both modules are approved and the exam day has come; the first student has 10 and 10 points, the others 30."""
    day = world.attended(1)
    for student in world.school.students[1:]:
        sheets.grades(day, student, "100")
    sheets.draws()
    sheets.enters("MODULE1", "10")
    sheets.approved()
    world.clock.set(SECOND_WEEK)
    day = world.attended(1)
    for student in world.school.students[1:]:
        sheets.grades(day, student, "100")
    sheets.draws()
    sheets.enters("MODULE2", "10")
    sheets.approved("MODULE2")
    world.clock.set(EXAM_DAY)
    assert sheets.draws() == 1
    return sheets


def test_it_adds_the_modules_and_the_exam_and_earns_a_letter(world, exam):
    exam.enters("FINAL", "30", *world.school.students[1:])
    exam.signs("FINAL")
    result = exam.result(world.school.students[1], "FINAL")
    assert [part["points"] for part in result.arithmetic["parts"]] == ["30", "30", "30"]
    assert (result.total, result.letter) == (90, "A")


@pytest.mark.clause("2.3")
def test_who_has_less_than_the_scheme_asks_for_is_not_admitted(world, exam):
    with pytest.raises(Refused) as refused:
        exam.enters("FINAL", "30", world.student)
    assert (refused.value.code, refused.value.clause) == ("journal.sheet.not_admitted", None)
    exam.enters("FINAL", "30", *world.school.students[1:])
    exam.signs("FINAL")
    assert (exam.result(kind="FINAL").status, exam.result(kind="FINAL").letter) == ("NOT_ADMITTED", None)


def test_the_last_second_of_the_exam_day_is_in_time_and_the_next_is_not(world, exam):
    world.clock.set(LAST)
    assert exam.enters("FINAL", "30", world.school.students[1]) == 1
    world.clock.advance(seconds=1)
    with pytest.raises(Refused) as refused:
        exam.enters("FINAL", "30", world.school.students[2])
    assert (refused.value.code, refused.value.clause) == ("journal.sheet.entry_closed", "4.3.3")


def test_before_the_exam_day_nothing_is_entered(world, sheets):
    world.clock.set(datetime(2026, 12, 14, 3, 0, tzinfo=UTC))
    assert sheets.draws() == 3
    with pytest.raises(Refused) as refused:
        sheets.enters("FINAL", "30", world.student)
    assert refused.value.code == "journal.sheet.not_open_yet"


def test_a_final_is_not_signed_before_both_modules(world, sheets):
    world.clock.set(EXAM_DAY)
    sheets.draws()
    sheets.enters("FINAL", "30")
    with pytest.raises(Refused) as refused:
        sheets.signs("FINAL")
    assert refused.value.code == "journal.sheet.modules_first"
    assert refused.value.params["kinds"] == ["MODULE1", "MODULE2"]
