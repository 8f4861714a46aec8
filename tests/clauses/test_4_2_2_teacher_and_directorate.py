"""4.2.2: the teacher marks presence and absence; what the directorate confirms he neither sets nor takes away.

The directorate's own way to confirm a reason (4.2.3, 4.2.4) is not in force yet; here it stands in the cell already.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import mark_rest_present, take_roll
from app.journal.gradebook_views.cell_card import load_cell_card
from app.kernel import door
from app.kernel.errors import Invalid, Refused

pytestmark = pytest.mark.clause("4.2.2")


def enters(school: Any, lesson: Any, value: str | None, version: int = 0, reason: str = "") -> Any:
    act = school.teacher_act()
    with door.write(act):
        return record_mark(act, CellEdit(lesson, school.students[0], "ATTENDANCE", value, version, reason))


def shown(school: Any, lesson: Any) -> str:
    school.session.rollback()
    return load_cell_card(school.teacher_act(), lesson, school.students[0]).status


@pytest.fixture
def absent(school: Any) -> Any:
    """A lesson at which the first student was absent."""
    lesson = school.lesson()
    enters(school, lesson, "ABSENT")
    return lesson


@pytest.fixture(params=["EXCUSED", "SICK"])
def confirmed(request: Any, school: Any, absent: Any) -> tuple[Any, str]:
    """The same absence with the reason the directorate confirmed."""
    cell = school.cell(absent, school.students[0])
    cell.reason, cell.version = request.param, 2
    school.session.commit()
    return absent, request.param


@pytest.mark.parametrize("value", ["PRESENT", "ABSENT"])
def test_the_teacher_marks_present_and_absent(school, value):
    lesson = school.lesson()
    assert enters(school, lesson, value).status == value
    assert shown(school, lesson) == value


@pytest.mark.parametrize("value", ["EXCUSED", "SICK", "MADE_UP"])
def test_over_an_absence_he_writes_no_reason_of_his_own(school, absent, value):
    with pytest.raises(Invalid) as invalid:
        enters(school, absent, value, 1, "маалымкат көрсөттү")
    assert invalid.value.fields["value"][0].code == "journal.mark.not_yours_to_set"
    assert shown(school, absent) == "ABSENT"


@pytest.mark.undriven
def test_a_confirmed_reason_is_shown_in_place_of_the_absence(school, confirmed):
    lesson, reason = confirmed
    assert shown(school, lesson) == reason


@pytest.mark.parametrize("value", ["PRESENT", "ABSENT", None])
def test_a_confirmed_reason_he_neither_overwrites_nor_takes_back(school, confirmed, value):
    lesson, reason = confirmed
    if value == "ABSENT":
        assert enters(school, lesson, value, 2, "менимче себепсиз").version == 2, "it is what stands already"
    else:
        with pytest.raises(Refused) as refused:
            enters(school, lesson, value, 2, "менимче келген")
        assert (refused.value.code, refused.value.clause) == ("journal.mark.absence_settled", "4.2.4")
    assert shown(school, lesson) == reason


def test_the_roll_leaves_a_confirmed_reason_alone(school, confirmed):
    lesson, reason = confirmed
    act = school.teacher_act()
    for command in (mark_rest_present, take_roll):
        with door.write(act):
            command(act, lesson)
    assert shown(school, lesson) == reason
