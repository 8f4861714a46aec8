"""4.3.2, 4.4.3: a signature on the first day of the week fixes what it counted and shuts no running deadline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import take_roll
from app.kernel import door
from app.kernel.errors import Refused
from tests.scenarios.calendar import sets
from tests.scenarios.grade_sheets import SECOND_WEEK

pytestmark = pytest.mark.clause("4.3.2")
MONDAY = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)


def enters(world: Any, lesson: UUID, kind: str, value: str, version: int = 0, reason: str = "") -> None:
    act = world.teacher().act()
    world.session.rollback()
    with door.write(act):
        record_mark(act, CellEdit(lesson, world.student, kind, value, version, reason))


@pytest.fixture
def signed(world: Any, sheets: Any) -> UUID:
    """Signed on Monday morning, a minute after the lesson of that day began; a second one is after noon."""
    world.clock.set(MONDAY)
    lesson = world.school.lesson(MONDAY - timedelta(minutes=1))
    sheets.draws()
    sheets.enters()
    sheets.signs()
    world.clock.advance(hours=2)
    return lesson


@pytest.mark.clause("4.2.1")
def test_attendance_is_entered_and_corrected_in_its_own_time(world, sheets, signed):
    act = world.teacher().act()
    with door.write(act):
        take_roll(act, signed)
    world.clock.set(datetime(2026, 10, 15, 17, 59, 59, tzinfo=UTC))
    enters(world, signed, "ATTENDANCE", "ABSENT", 0, "Сабакта жок эле")
    assert world.status(signed) == "ABSENT"
    world.clock.advance(seconds=1)
    with pytest.raises(Refused) as refused:
        enters(world, signed, "ATTENDANCE", "PRESENT", 1, "Кечикти")
    assert (refused.value.code, refused.value.clause) == ("journal.mark.self_window_closed", "4.4.1")


@pytest.mark.clause("4.3.1")
def test_a_grade_is_entered_until_the_fifth_day_and_not_a_second_longer(world, sheets, signed):
    world.clock.set(datetime(2026, 10, 17, 17, 59, 59, tzinfo=UTC))
    enters(world, signed, "GRADE", "70")
    world.clock.advance(seconds=1)
    other = CellEdit(signed, world.school.students[1], "GRADE", "70", 0)
    act = world.teacher().act()
    with pytest.raises(Refused) as refused, door.write(act):
        record_mark(act, other)
    assert refused.value.code == "journal.mark.entry_closed"


@pytest.mark.clause("4.4.3")
def test_a_grade_after_the_signature_changes_no_signed_result_and_counts_in_the_second_module(
    world, sheets, signed
):
    before = sheets.result().total
    enters(world, signed, "GRADE", "100")
    enters(world, signed, "GRADE", "90", 1, "Жаңылыш терилген")
    world.head().approves(sheets.case())
    world.office().approves(sheets.case())
    assert (sheets.result().version, sheets.result().total) == (1, before)
    world.clock.set(SECOND_WEEK)
    sheets.draws()
    sheets.enters("MODULE2", "10")
    sheets.signs("MODULE2")
    assert sheets.result(kind="MODULE2").arithmetic["parts"][0]["grades"] == ["90"]
    assert sheets.result(kind="MODULE1").total == before


@pytest.mark.clause("4.4.3")
def test_what_the_second_signature_counted_is_fixed_too(world, sheets, signed):
    world.clock.set(datetime(2026, 10, 17, 3, 0, tzinfo=UTC))
    enters(world, signed, "GRADE", "70")
    world.clock.advance(days=1)
    week = {"module2_from": world.day(0), "module2_until": world.day(-3)}
    sets(world, **week)
    sheets.draws()
    sheets.enters("MODULE2", "10")
    sheets.signs("MODULE2")
    world.clock.advance(minutes=1)
    with pytest.raises(Refused) as refused:
        enters(world, signed, "GRADE", "80", 1, "Жаңылыш терилген")
    assert (refused.value.code, refused.value.clause) == ("journal.mark.sheet_signed", "4.4.3")


@pytest.mark.clause("4.4.3")
def test_in_the_moment_of_the_signature_no_grade_slips_in_uncounted(world, sheets):
    lesson = world.school.lesson(world.clock() - timedelta(hours=2))
    sheets.draws()
    sheets.enters()
    sheets.signs()
    with pytest.raises(Refused) as refused:
        enters(world, lesson, "GRADE", "70")
    assert refused.value.code == "journal.mark.sheet_signed"
    world.clock.advance(seconds=1)
    enters(world, lesson, "GRADE", "70")


def test_a_permission_for_a_grade_outlives_the_signature(world, sheets):
    entry = world.entry("GRADE", world.student)
    case = world.teacher().asks_for_late_entry(entry)
    world.head().approves(case)
    world.directorate().approves(case)
    sheets.draws()
    sheets.enters()
    sheets.signs()
    world.clock.advance(minutes=1)
    enters(world, world.untaken, "GRADE", "75")
    assert world.school.cell(world.untaken, world.student, "GRADE").value == "75"
