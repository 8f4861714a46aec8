"""7.7 and annex 2: five marks of attendance for all units, no others; 4.2.2: a teacher sets two of them."""

from __future__ import annotations

import pytest

from app.journal.gradebook.cell_state import ATTENDANCE_STATUSES, parse_cell_value
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.kernel import door
from app.kernel.errors import Invalid
from app.web.labels.gradebook import MARK_STATUS_LABELS as WORDS

pytestmark = [pytest.mark.clause("7.7"), pytest.mark.clause("4.2.2")]


@pytest.mark.undriven
def test_the_list_is_that_of_annex_2():
    five, ours = {"PRESENT", "ABSENT", "EXCUSED", "SICK", "MADE_UP"}, {"NOT_RECORDED", "NOT_APPLICABLE"}
    assert set(ATTENDANCE_STATUSES) == five | ours, "the two of the product say that there is no mark"
    assert {status.lower() for status in ATTENDANCE_STATUSES} <= set(WORDS), "each has its word"


@pytest.mark.parametrize("mark", ["PRESENT", "ABSENT"])
@pytest.mark.undriven
def test_a_teacher_sets_presence_and_absence(mark):
    assert parse_cell_value("ATTENDANCE", mark) == mark


@pytest.mark.parametrize("mark", ["EXCUSED", "SICK", "MADE_UP"])
def test_what_others_confirm_a_teacher_does_not_set(school, mark):
    lesson = school.lesson()
    act = school.teacher_act()
    with pytest.raises(Invalid) as raised, door.write(act):
        record_mark(act, CellEdit(lesson, school.students[0], "ATTENDANCE", mark, 0))
    assert raised.value.fields["value"][0].code == "journal.mark.not_yours_to_set"
    assert school.cell(lesson, school.students[0]) is None


@pytest.mark.parametrize("mark", ["LATE", "нб", "Н", "absent ", "1", "EXCUSED2"])
def test_no_unit_has_a_mark_of_its_own(school, mark):
    lesson = school.lesson()
    act = school.teacher_act()
    with pytest.raises(Invalid) as raised, door.write(act):
        record_mark(act, CellEdit(lesson, school.students[0], "ATTENDANCE", mark, 0))
    assert raised.value.fields["value"][0].code == "journal.mark.unknown_status"
