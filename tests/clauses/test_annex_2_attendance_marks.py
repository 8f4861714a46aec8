"""Annex 2, items 1 to 5: what an attendance cell shows, and that an empty cell is presence only after the roll."""

from __future__ import annotations

from typing import Any

import pytest

from app.journal.gradebook.access import require_readable_offering
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import take_roll
from app.journal.gradebook_views.grid import build_gradebook_grid
from app.journal.student_views.marks import load_student_course_marks
from app.kernel import door
from tests.journal.school import NOW

pytestmark = pytest.mark.clause("7.7")


@pytest.fixture
def lesson(school: Any) -> Any:
    return school.lesson()


def absent(school: Any, lesson: Any, **beside: Any) -> None:
    """The first student was absent; `beside` are the facts that stand beside the absence."""
    act = school.teacher_act()
    with door.write(act):
        record_mark(act, CellEdit(lesson, school.students[0], "ATTENDANCE", "ABSENT", 0))
    cell = school.cell(lesson, school.students[0])
    for name, value in beside.items():
        setattr(cell, name, value)
    school.session.commit()


def calls(school: Any, lesson: Any) -> None:
    act = school.teacher_act()
    with door.write(act):
        take_roll(act, lesson)


def teacher_sees(school: Any, student: int = 0) -> tuple[str, int]:
    """The status the teacher's grid shows, and the student's absences."""
    school.session.rollback()
    act = school.teacher_act()
    (row,) = [
        row
        for row in build_gradebook_grid(require_readable_offering(act, school.offering), act).rows
        if row.student == school.students[student]
    ]
    return row.cells[0].status, row.absences


def student_sees(school: Any, student: int = 0) -> tuple[str, int]:
    [course] = load_student_course_marks(school.students[student], NOW)
    return course.marks[0].status, len(course.absences_not_made_up)


def both_see(school: Any, status: str, absences: int) -> bool:
    return teacher_sees(school) == student_sees(school) == (status, absences)


def test_item_1_an_empty_cell_is_presence_once_the_roll_was_taken(school, lesson):
    calls(school, lesson)
    assert both_see(school, "PRESENT", 0)
    assert school.cell(lesson, school.students[0]) is None, "presence by the roll needs no row"


@pytest.mark.undriven
def test_item_1_before_the_roll_it_is_neither_presence_nor_absence(school, lesson):
    assert both_see(school, "NOT_RECORDED", 0)


def test_item_2_absence_without_a_confirmed_reason(school, lesson):
    absent(school, lesson)
    assert both_see(school, "ABSENT", 1)


@pytest.mark.parametrize(("item", "reason"), [(3, "EXCUSED"), (4, "SICK")])
def test_items_3_and_4_a_confirmed_reason_is_still_an_absence(school, lesson, item, reason):
    absent(school, lesson, reason=reason)
    assert both_see(school, reason, 1)


@pytest.mark.parametrize("reason", [None, "EXCUSED", "SICK"])
def test_item_5_what_was_worked_off_counts_no_more_whatever_the_reason_was(school, lesson, reason):
    absent(school, lesson, reason=reason, made_up=True)
    assert both_see(school, "MADE_UP", 0)
    assert school.cell(lesson, school.students[0]).reason == reason, "the reason is kept beside it"


def test_a_roll_taken_later_changes_no_mark_that_stands(school, lesson):
    absent(school, lesson)
    calls(school, lesson)
    assert both_see(school, "ABSENT", 1)
    assert teacher_sees(school, 1) == ("PRESENT", 0)
