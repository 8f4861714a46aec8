"""Who changes the calendar, what of it can still be changed, and what a change leaves behind."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import ProgrammingError

from app.audit import history
from app.diagrams import versions
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Denied, Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.outbox.models import Message
from app.people.rules import PERMISSIONS
from app.regulation import calendar_permissions
from app.regulation.commands import CALENDAR_CHANGED_EVENT, confirm_calendar_year
from app.regulation.models import CalendarChange, CalendarDay, Pause
from app.regulation.queries import load_regulation_snapshot, load_unit_deadline_calendar
from app.regulation.rules import CalendarDayValue
from app.regulation.seed import seed_regulation
from tests.scenarios.calendar import ends, pauses, puts, takes_out, value, works_week
from tests.scenarios.excuses import news
from tests.scenarios.world import World

WEDNESDAY, THURSDAY, SATURDAY = (date(2026, 10, day) for day in (14, 15, 17))


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    return World(db_session, clock)


def works(world, day, unit=None) -> bool:
    world.session.rollback()
    return load_unit_deadline_calendar(world.session, unit, WEDNESDAY).is_workday(day)


def changes(world) -> list[CalendarChange]:
    world.session.rollback()
    return list(world.session.scalars(select(CalendarChange).order_by(CalendarChange.at, CalendarChange.id)))


def refused(error, call, *args, **more):
    with pytest.raises(error) as caught:
        call(*args, **more)
    found = caught.value
    return found.fields if isinstance(found, Invalid) else found.code


def confirms(actor, year, source="Токтом № 12", id=None):
    change = id or new_id()
    with door.write(actor.act()):
        confirm_calendar_year(actor.act(), change, year, source)
    return change


def test_the_office_puts_a_day_off_into_the_calendar_and_the_rooms_above_hear_of_it(world):
    change = puts(world.office(), THURSDAY)
    assert not works(world, THURSDAY) and not works(world, THURSDAY, world.school.department)
    (row,) = changes(world)
    assert (row.id, row.kind, row.person, row.before) == (
        change,
        "day_set",
        world.people["academic_office"],
        None,
    )
    (written,) = history.load_object_audit_entries(change)
    assert written.event_type == "regulation.day.set" and written.after["names"]["ky"] == "Шаар күнү"
    assert news(world, CALENDAR_CHANGED_EVENT) == [
        {"change": str(change), "since": "2026-10-14T18:00:00+00:00"}
    ]


def test_a_repeat_is_harmless_and_other_content_under_its_id_is_stale(world):
    change = puts(world.office(), THURSDAY)
    puts(world.office(), THURSDAY, id=change)
    assert len(changes(world)) == 1
    assert refused(Stale, puts, world.office(), SATURDAY, id=change) == "people.form.other_content"
    assert refused(Stale, puts, world.office(), THURSDAY, "short", id=change) == "people.form.other_content"


def test_the_same_content_once_more_changes_nothing(world):
    puts(world.office(), THURSDAY)
    puts(world.office(), THURSDAY)
    assert len(changes(world)) == 1 and len(news(world, CALENDAR_CHANGED_EVENT)) == 1


def test_who_saw_another_day_than_stands_there_is_told_so(world):
    puts(world.office(), THURSDAY)
    assert refused(Stale, puts, world.office(), THURSDAY, "short", mark="") == (
        "regulation.calendar.changed_meanwhile"
    )


def test_a_day_is_taken_out_again(world):
    puts(world.office(), THURSDAY)
    change = takes_out(world.office(), THURSDAY)
    assert works(world, THURSDAY)
    takes_out(world.office(), THURSDAY, id=change)
    assert [row.kind for row in changes(world)] == ["day_set", "day_removed"]


def test_an_upgrade_does_not_bring_back_what_was_taken_out(world):
    kurman = date(2026, 5, 27)
    with door.write(Act.by_system(world.clock())) as session:
        session.execute(delete(CalendarDay).where(CalendarDay.day == kurman))
        seed_regulation(session.connection())
    assert (None, kurman) not in load_regulation_snapshot(world.session).days


def test_a_directorate_keeps_its_own_institute_and_what_lies_below_it(world):
    directorate, school = world.directorate(), world.school
    puts(directorate, THURSDAY, unit=school.institute)
    assert not works(world, THURSDAY, school.department) and works(world, THURSDAY)
    puts(directorate, SATURDAY, unit=school.department)
    assert refused(Denied, puts, directorate, SATURDAY) == "regulation.calendar.not_yours"
    for actor in (world.head(), world.teacher(), world.it()):
        assert (
            refused(Denied, puts, actor, SATURDAY, unit=school.department) == "regulation.calendar.not_yours"
        )


def test_a_unit_nobody_knows_is_missing(world):
    assert refused(Missing, puts, world.office(), THURSDAY, unit=new_id()) == "kernel.object.missing"


def test_a_day_that_has_begun_becomes_a_day_off_by_the_office_with_a_reason_and_nothing_else(world):
    office, directorate = world.office(), world.directorate()
    assert "reason" in refused(Invalid, puts, office, WEDNESDAY)
    assert refused(Denied, puts, directorate, WEDNESDAY, unit=world.school.institute, reason="Өрт") == (
        "regulation.calendar.begun_by_office"
    )
    assert refused(Refused, puts, office, WEDNESDAY, "working", reason="Иштедик") == (
        "regulation.calendar.day_begun"
    )
    puts(office, WEDNESDAY, reason="Өрт болду")
    assert not works(world, WEDNESDAY)
    assert refused(Refused, takes_out, office, WEDNESDAY) == "regulation.calendar.day_begun"


def test_the_reason_is_sealed_and_never_stands_in_the_open(world):
    puts(world.office(), WEDNESDAY, reason="Өрт болду")
    (row,) = changes(world)
    assert row.words is not None and "Өрт".encode() not in bytes(row.words)


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (CalendarDayValue("holiday", {}, "university", "x"), "kind"),
        (CalendarDayValue("off", {"ky": "Күн", "ru": "День"}, "university", "x"), "name_en"),
        (CalendarDayValue("off", {"ky": "К" * 81, "ru": "День", "en": "Day"}, "university", "x"), "name_ky"),
        (CalendarDayValue("working", {}, "nobody", "x"), "origin"),
        (CalendarDayValue("working", {}, "university", ""), "source"),
        (CalendarDayValue("working", {}, "university", "x" * 201), "source"),
    ],
)
def test_a_day_names_its_kind_its_names_and_its_paper(value, field):
    refusal = calendar_permissions.refusal_to_set_calendar_day(
        calendar_permissions.NewDay(THURSDAY, None, value), (), WEDNESDAY, ""
    )
    assert isinstance(refusal, Invalid) and list(refusal.fields) == [field]


@pytest.mark.parametrize("day", [date(2029, 1, 1), date(2025, 10, 12)])
def test_a_day_lies_near(world, day):
    assert "day" in refused(Invalid, puts, world.office(), day, reason="Көптөн бери")


def test_a_working_saturday_and_a_short_day_work(world):
    works_week(world.office(), 5, THURSDAY)
    assert not works(world, SATURDAY)
    puts(world.office(), SATURDAY, "working", origin="government")
    puts(world.office(), date(2026, 10, 16), "short")
    assert works(world, SATURDAY) and works(world, date(2026, 10, 16))


def test_a_week_begins_tomorrow_at_the_earliest(world):
    assert "since" in refused(Invalid, works_week, world.office(), 5, WEDNESDAY)
    assert "days" in refused(Invalid, works_week, world.office(), 4, THURSDAY)
    change = works_week(world.office(), 5, THURSDAY)
    works_week(world.office(), 5, THURSDAY, id=change)
    works_week(world.office(), 5, THURSDAY)
    assert works(world, date(2026, 10, 10)) and not works(world, SATURDAY)
    (row,) = changes(world)
    assert (row.before, row.after) == ({"days": 6}, {"days": 5, "since": "2026-10-15"})
    works_week(world.office(), 6, THURSDAY)
    assert works(world, SATURDAY)


def test_terms_stand_still_by_the_academic_office_on_a_paper(world):
    noon = world.clock() + timedelta(hours=3)
    assert refused(Denied, pauses, world.directorate(), noon, 5, unit=world.school.institute) == (
        "regulation.calendar.pause_by_office"
    )
    assert "ends_at" in refused(Invalid, pauses, world.office(), noon, 0)
    assert "ends_at" in refused(Invalid, pauses, world.office(), noon, 24 * 181)
    assert "kind" in refused(Invalid, pauses, world.office(), noon, 5, kind="siesta")
    assert "reason" in refused(Invalid, pauses, world.office(), noon - timedelta(days=1), 5)
    pause = pauses(world.office(), noon - timedelta(days=1), 5, reason="Сервер күйдү")
    pauses(world.office(), noon - timedelta(days=1), 5, reason="Сервер күйдү", id=pause)
    assert world.session.get(Pause, pause).reference == "Акт № 3"
    assert refused(Refused, ends, world.office(), pause) == "regulation.pause.over"


def test_a_pause_ends_now_or_never_begins(world):
    running = pauses(world.office(), world.clock() + timedelta(hours=1), 48)
    ahead = pauses(world.office(), world.clock() + timedelta(days=9), 5)
    world.clock.advance(hours=2)
    change, gone = ends(world.office(), running), ends(world.office(), ahead)
    ends(world.office(), running, id=change)
    ends(world.office(), ahead, id=gone)
    world.session.rollback()
    assert world.session.get(Pause, running, populate_existing=True).ends_at == world.clock()
    assert world.session.get(Pause, ahead) is None
    assert refused(Missing, ends, world.office(), ahead) == "kernel.object.missing"
    assert [row.kind for row in changes(world)] == ["pause_added"] * 2 + ["pause_ended"] * 2


def test_a_year_is_confirmed_by_the_office_against_a_decree(world):
    assert load_unit_deadline_calendar(world.session, None, WEDNESDAY).confirmed_years == {2026}
    assert refused(Denied, confirms, world.directorate(), 2027) == "regulation.calendar.not_yours"
    assert "source" in refused(Invalid, confirms, world.office(), 2027, "")
    assert "year" in refused(Invalid, confirms, world.office(), 2030)
    change = confirms(world.office(), 2027)
    confirms(world.office(), 2027, id=change)
    world.session.rollback()
    assert load_unit_deadline_calendar(world.session, None, WEDNESDAY).confirmed_years == {2026, 2027}
    assert len(changes(world)) == 1 and news(world, CALENDAR_CHANGED_EVENT) == []


def test_a_refused_change_leaves_nothing(world):
    refused(Denied, puts, world.head(), THURSDAY)
    assert (
        changes(world) == []
        and world.session.scalars(
            select(Message.id).where(Message.event_type == CALENDAR_CHANGED_EVENT)
        ).all()
        == []
    )


def test_who_may_change_is_who_may_open_the_page():
    assert set(PERMISSIONS["calendar.manage"]) == {
        calendar_permissions.OFFICE_ROLE,
        calendar_permissions.DIRECTORATE_ROLE,
    }


def test_a_change_is_never_rewritten(world):
    puts(world.office(), THURSDAY)
    (row,) = changes(world)
    row.at = datetime(2020, 1, 1, tzinfo=world.clock().tzinfo)
    with pytest.raises(ProgrammingError, match="permission denied"):
        world.session.commit()
    world.session.rollback()


def test_a_move_names_its_mark():
    assert calendar_permissions.calendar_day_digest(None) == "" and calendar_permissions.calendar_day_digest(
        value()
    ) != calendar_permissions.calendar_day_digest(value("short"))
