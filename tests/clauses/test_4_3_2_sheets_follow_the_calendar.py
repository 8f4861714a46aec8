"""4.3.2, 4.3.3: a drawn sheet has the days that the academic calendar says now, and the terms of its case move with
them; what is over or signed stays."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.audit import history
from app.cases.queries.moved_deadlines import load_previewed_deadline_moves
from app.journal.semesters.queries import PreviewDates, find_semester
from app.kernel.clock import local_day
from app.kernel.errors import Refused
from app.notices.models import BellNotice
from app.regulation.models import CalendarChange
from app.regulation.queries import load_regulation_snapshot
from tests.scenarios.calendar import counts_anew, due, listed, sets, timers

pytestmark = pytest.mark.clause("4.3.2")
LATER = {"module1_until": date(2026, 10, 21)}
LAST_BEFORE = datetime(2026, 10, 17, 17, 59, 59, tzinfo=UTC)
LAST = datetime(2026, 10, 21, 17, 59, 59, tzinfo=UTC)
"""The end of the module week before and after the change: 23:59:59 in Bishkek."""


def days(sheets, kind="MODULE1"):
    row = sheets.row(kind)
    return row.enter_from, row.enter_until, row.covers_until


def test_a_longer_week_opens_the_sheet_until_its_new_last_second(world, sheets):
    sheets.draws()
    sets(world, **LATER)
    assert days(sheets) == (date(2026, 10, 12), date(2026, 10, 21), date(2026, 10, 21))
    world.clock.set(LAST)
    assert sheets.enters() == 5
    world.clock.advance(seconds=1)
    with pytest.raises(Refused) as refused:
        sheets.enters("MODULE1", "9", world.student, version=1)
    assert (refused.value.code, refused.value.params["at"]) == ("journal.sheet.entry_closed", LAST)


def test_a_shorter_week_shuts_it_earlier(world, sheets):
    sheets.draws()
    sets(world, module1_until=date(2026, 10, 15))
    world.clock.set(datetime(2026, 10, 15, 17, 59, 59, tzinfo=UTC))
    assert sheets.enters() == 5
    world.clock.advance(seconds=1)
    with pytest.raises(Refused):
        sheets.enters("MODULE1", "9", world.student, version=1)


def test_the_signing_moves_with_it_its_list_names_it_and_the_teacher_is_told(world, sheets):
    sheets.draws()
    case = sheets.case()
    assert due(world, case) == LAST_BEFORE
    change = sets(world, **LATER)
    sheets.delivers()
    assert due(world, case) == LAST
    assert listed(world, change) == [(case, LAST_BEFORE, LAST)]
    assert all(at <= LAST for at in timers(world, case).values())
    told = world.session.scalars(
        select(BellNotice).where(
            BellNotice.person == world.school.lecturer, BellNotice.event_type == "cases.deadlines.moved"
        )
    ).all()
    assert len(told) == 1


def test_the_change_says_which_sheets_moved_and_the_audit_of_each_why(world, sheets):
    sheets.draws()
    row = sheets.row()
    change = sets(world, **LATER)
    world.session.rollback()
    assert world.session.get(CalendarChange, change).after["sheets"] == [row.number]
    (_drawn, moved) = history.load_object_audit_entries(row.id)
    assert (moved.event_type, moved.clause) == ("journal.sheet.redated", "4.3.2")
    assert (moved.before["until"], moved.after["until"]) == ("2026-10-17", "2026-10-21")
    assert moved.after["change"] == str(change)


def test_the_preview_says_the_same_as_the_change(world, sheets):
    sheets.draws()
    world.session.rollback()
    dates = find_semester(world.school.semester).dates
    new = type(dates)(**{**{name: getattr(dates, name) for name in dates.__slots__}, **LATER})
    now = world.clock()
    instead = PreviewDates(local_day(now), semesters={world.school.semester: new})
    found = load_previewed_deadline_moves(load_regulation_snapshot(world.session), now, None, now, instead)
    assert [(row.before, row.after) for row in found.rows] == [(LAST_BEFORE, LAST)]
    assert days(sheets)[1] == date(2026, 10, 17), "nothing was written"


def test_a_signed_sheet_stays_as_it_was_signed(world, sheets):
    sheets.draws()
    sheets.enters()
    sheets.signs()
    before = days(sheets)
    case = sheets.case()
    visa = due(world, case)
    change = sets(world, **LATER)
    counts_anew(world)
    assert days(sheets) == before and due(world, case) == visa
    assert listed(world, change) == []


def test_a_sheet_whose_week_is_over_stays_over(world, sheets):
    sheets.draws()
    world.clock.set(datetime(2026, 10, 19, 3, 0, tzinfo=UTC))
    sets(world, module2_until=date(2026, 12, 11), session_from=date(2026, 12, 15))
    counts_anew(world)
    assert days(sheets)[1] == date(2026, 10, 17)


def test_a_week_taken_out_of_the_calendar_leaves_the_sheet_its_days(world, sheets):
    world.clock.set(datetime(2026, 10, 12, 3, 0, tzinfo=UTC))
    sheets.draws()
    sets(world, module1_from=None, module1_until=None)
    assert days(sheets)[:2] == (date(2026, 10, 12), date(2026, 10, 17))


def test_a_week_put_off_shuts_the_sheet_until_it_comes_and_keeps_what_was_entered(world, sheets):
    world.clock.set(datetime(2026, 10, 12, 3, 0, tzinfo=UTC))
    sheets.draws()
    sheets.enters("MODULE1", "8", world.student)
    sets(world, module1_from=date(2026, 10, 19), module1_until=date(2026, 10, 24))
    with pytest.raises(Refused) as refused:
        sheets.enters("MODULE1", "9", world.student, version=1)
    assert refused.value.code == "journal.sheet.not_open_yet"
    world.clock.set(datetime(2026, 10, 18, 18, 0, tzinfo=UTC))
    assert sheets.enters("MODULE1", "9", world.student, version=1) == 1, "Monday, 00:00 in Bishkek"


def test_given_back_within_its_week_it_follows_but_covers_no_lesson_after_its_first_signing(world, sheets):
    sheets.draws()
    sheets.enters()
    sheets.signs()
    world.head().returns(sheets.case())
    sets(world, **LATER)
    assert days(sheets) == (date(2026, 10, 12), date(2026, 10, 21), world.day(0))


@pytest.mark.clause("4.3.3")
def test_a_final_without_an_exam_day_follows_the_session(world, sheets):
    world.school.exam_on(None)
    world.clock.set(datetime(2026, 12, 14, 3, 0, tzinfo=UTC))
    sheets.draws()
    assert days(sheets, "FINAL")[:2] == (date(2026, 12, 14), date(2026, 12, 31))
    sets(world, session_until=date(2026, 12, 28))
    counts_anew(world)
    assert days(sheets, "FINAL")[:2] == (date(2026, 12, 14), date(2026, 12, 28))
    assert local_day(due(world, sheets.case("FINAL"))) == date(2026, 12, 28)


@pytest.mark.clause("4.3.3")
def test_a_final_with_an_exam_day_does_not_follow_the_session(world, sheets):
    world.clock.set(datetime(2026, 12, 14, 3, 0, tzinfo=UTC))
    sheets.draws()
    sets(world, session_until=date(2026, 12, 28))
    assert days(sheets, "FINAL")[:2] == (date(2026, 12, 18), date(2026, 12, 18))
