"""7.6: what a closed sheet covers is changed by nobody alone. How it is closed: test_7_6_closing_a_sheet.py."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.audit import history
from app.journal.gradebook.lesson_description import LessonDescriptionEdit, write_lesson_description
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import take_roll
from app.journal.gradebook_views.cell_card import load_cell_card
from app.kernel import door
from app.kernel.errors import Refused
from tests.journal.school import NOW
from tests.scenarios.grade_sheets import shut_sheet

pytestmark = pytest.mark.clause("7.6")
TODAY = date(2026, 10, 14)
MIDNIGHT = datetime(2026, 10, 13, 18, 0, tzinfo=UTC)
"""The beginning of Wednesday the 14th in Bishkek."""
CHAIN = ("department_head", "directorate", "academic_office", "it_admin")


def closes(school: Any, until: date = TODAY, kind: str = "MODULE1") -> Any:
    """A sheet that covers lessons up to this day was closed by the academic office."""
    sheet = school.sheet(until, kind)
    act = school.act(school.person("Окуу", "Бөлүмү"), "academic_office")
    with door.write(act):
        shut_sheet(act, sheet)
    school.session.rollback()
    return sheet


def grades(school: Any, lesson: Any, value: str = "70", version: int = 0, reason: str = "") -> Any:
    act = school.teacher_act()
    with door.write(act):
        return record_mark(act, CellEdit(lesson, school.students[0], "GRADE", value, version, reason))


def what_the_teacher_does(school: Any, lesson: Any, act: Any) -> list[Any]:
    """Each act of a teacher on a lesson."""
    words = {"topic": "Предел", "methods": "", "task": "", "hours": 2}
    student = school.students[0]
    return [
        lambda: record_mark(act, CellEdit(lesson, student, "ATTENDANCE", "ABSENT", 0)),
        lambda: record_mark(act, CellEdit(lesson, student, "GRADE", "70", 0)),
        lambda: take_roll(act, lesson),
        lambda: write_lesson_description(act, LessonDescriptionEdit(lesson, 1, "LECTURE", **words)),
    ]


def test_nothing_of_a_covered_lesson_is_entered_called_or_described(school):
    lesson, act = school.lesson(), school.teacher_act()
    closes(school)
    for does in what_the_teacher_does(school, lesson, act):
        with pytest.raises(Refused) as refused, door.write(act):
            does()
        assert refused.value.clause == "7.6" and refused.value.params["at"] == NOW
    assert school.cell(lesson, school.students[0]) is None


def test_within_his_three_days_a_teacher_does_not_correct_it_and_no_button_is_offered(school):
    lesson = school.lesson()
    grades(school, lesson)
    closes(school)
    with pytest.raises(Refused) as refused:
        grades(school, lesson, "80", 1, "жаңылыш")
    error = refused.value
    assert (error.code, error.clause, error.remedy) == ("journal.mark.sheet_closed", "7.6", None)
    half = load_cell_card(school.teacher_act(), lesson, school.students[0]).marks_by_kind["GRADE"]
    assert (half.closing.open, half.closing.clause, half.remedy_start) == (False, "7.6", None)


def test_it_covers_the_last_day_to_midnight_in_bishkek_and_nothing_after(school):
    closes(school, TODAY - timedelta(days=1))
    covered, free = school.lesson(MIDNIGHT - timedelta(minutes=1)), school.lesson(MIDNIGHT)
    assert grades(school, free).value == "70"
    with pytest.raises(Refused):
        grades(school, covered)


def test_an_open_sheet_closes_nothing(school):
    lesson = school.lesson()
    school.sheet(TODAY, state="DRAFT")
    assert grades(school, lesson).value == "70"


def test_of_two_sheets_the_closed_one_counts(school):
    lesson = school.lesson()
    school.sheet(TODAY, "FINAL", "DRAFT")
    closes(school, TODAY, "MODULE1")
    with pytest.raises(Refused):
        grades(school, lesson)


def test_a_late_correction_is_not_asked_for_under_it(world):
    closes(world.school)
    with pytest.raises(Refused) as refused:
        world.teacher().requests_correction()
    error = refused.value
    assert (error.code, error.clause) == ("journal.correction.sheet_closed", "7.6")


@pytest.mark.parametrize("approvals", range(4))
def test_closed_on_the_way_it_stops_a_correction_however_far_that_was(world, approvals):
    case = world.teacher().requests_correction()
    for role in CHAIN[:approvals]:
        world.actor(role).approves(case)
    closes(world.school)
    for role in CHAIN[approvals:]:
        world.actor(role).approves(case)
    assert world.open_elements(case) == ["rework_teacher"]
    assert (world.cell().value, world.cell().version) == ("ABSENT", 1)


def test_what_was_corrected_before_it_closed_stands_with_its_history(world):
    case = world.teacher().requests_correction()
    for role in CHAIN:
        world.actor(role).approves(case)
    closes(world.school)
    assert world.cell().value == "PRESENT"
    assert [entry.after["value"] for entry in history.load_object_audit_entries(world.cell().id)] == [
        "ABSENT",
        "PRESENT",
    ]
