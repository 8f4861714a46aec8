"""1.4.2: which results a sheet confirms, from when it exists, and that the calendar draws it, nobody else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.cases.commands.start import start_case
from app.cases.commands.withdraw import withdraw_case_by_requester
from app.journal.tables import GradeSheet, Teaching
from app.kernel import door
from app.kernel.errors import Denied, Refused
from app.kernel.ids import new_id

pytestmark = pytest.mark.clause("1.4.2")
FIRST_DAYS = {
    "MODULE1": datetime(2026, 10, 11, 18, 0, tzinfo=UTC),
    "MODULE2": datetime(2026, 12, 6, 18, 0, tzinfo=UTC),
    "FINAL": datetime(2026, 12, 13, 18, 0, tzinfo=UTC),
}
"""The first seconds of the module weeks and of the session, in Bishkek."""


def drawn(world):
    world.session.rollback()
    return [row.kind for row in world.session.scalars(select(GradeSheet).order_by(GradeSheet.number))]


def test_each_kind_is_drawn_from_the_first_second_of_its_week_and_once(world, sheets):
    seen = []
    for kind, first in FIRST_DAYS.items():
        world.clock.set(first)
        world.clock.advance(seconds=-1)
        assert (sheets.draws(), drawn(world)) == (0, seen)
        world.clock.advance(seconds=1)
        assert (sheets.draws(), sheets.draws()) == (1, 0)
        seen.append(kind)
        assert sorted(drawn(world)) == sorted(seen)
        assert sheets.row(kind).number and world.open_elements(sheets.case(kind)) == ["sign_teacher"]


def test_a_journal_without_a_teacher_waits_until_somebody_can_sign(world, sheets):
    world.clock.set(FIRST_DAYS["MODULE1"])
    for teaching in world.session.scalars(select(Teaching)):
        teaching.ends_on = world.day(1)
    world.session.commit()
    assert (sheets.draws(), drawn(world)) == (0, [])
    world.school.teaches(world.school.lecturer, "LECTURER", world.day(0))
    assert (sheets.draws(), drawn(world)) == (1, ["MODULE1"])


@pytest.mark.parametrize("role", ["teacher", "department_head", "academic_office"])
def test_nobody_begins_a_sheet_by_hand(world, sheets, role):
    world.clock.set(FIRST_DAYS["MODULE1"])
    sheets.draws()
    act = (world.teacher() if role == "teacher" else world.actor(role)).act()
    with pytest.raises(Denied) as refused, door.write(act):
        start_case(act, new_id(), "grade_sheet", {})
    assert (refused.value.code, refused.value.clause) == ("cases.start.not_for_your_role", "1.4.2")
    assert drawn(world) == ["MODULE1"]


def test_what_the_calendar_began_its_teacher_does_not_take_back(world, sheets):
    world.clock.set(FIRST_DAYS["MODULE1"])
    sheets.draws()
    case = sheets.case()
    with pytest.raises(Refused) as refused, door.write(world.teacher().act()):
        withdraw_case_by_requester(world.teacher().act(), case, "Кереги жок")
    assert (refused.value.code, refused.value.clause) == ("cases.case.started_by_event", None)
    assert world.case(case).status == "open" and sheets.row().state == "DRAFT"
