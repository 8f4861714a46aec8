"""The semester's last day moves, and open work-offs with it: the anchor in the case, its timer, what people read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.audit import history
from app.bpmn import engine
from app.cases.models import CaseState
from app.diagrams.versions import load_version
from app.exchange import plan as plans
from app.exchange.apply import execute_import_plan
from app.exchange.read import read_roster
from app.journal.makeups.debt_queries import load_debts_of_student_at_lessons
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Denied, Invalid, Missing, Stale
from app.kernel.ids import new_id
from app.outbox.models import Message
from app.regulation.models import CalendarChange
from tests.exchange.test_oneroster import MANIFEST, zipped
from tests.scenarios.calendar import counts_anew, listed, puts, sets, timers

pytestmark = pytest.mark.clause("5.3.2")
LAST, EARLIER, LATER = date(2026, 12, 31), date(2026, 12, 12), date(2027, 1, 20)


def anchor(world, case) -> str:
    world.session.rollback()
    body = world.session.get(CaseState, case, populate_existing=True).body
    return engine.read_state_as_step_result(
        load_version(world.case(case).version_id).spec, bytes(body)
    ).variables["start.semester_last"]


def test_an_open_work_off_follows_the_semesters_last_day(world):
    lesson = world.missed(5)
    case = world.student_actor().asks_makeup(lesson)
    world.teacher().sets_task(case)
    assert local_day(timers(world, case)["semester_over"]) == LAST
    change = sets(world, makeup_until=EARLIER)
    (debt,) = load_debts_of_student_at_lessons(world.student, [lesson], world.clock())
    assert local_day(debt.hard_deadline.moment) == EARLIER, "what is not asked for yet follows at once"
    counts_anew(world)
    assert local_day(timers(world, case)["semester_over"]) == EARLIER
    assert anchor(world, case).startswith("2026-12-12")
    assert [(row[0], local_day(row[1]), local_day(row[2])) for row in listed(world, change)] == [
        (case, LAST, EARLIER)
    ]
    written = [
        row for row in history.load_object_audit_entries(case) if row.event_type == "cases.case.redated"
    ]
    assert written[0].before["semester_last"].startswith("2026-12-31")


def test_a_task_set_later_is_counted_from_the_new_day(world):
    case = world.student_actor().asks_makeup(world.missed(5))
    sets(world, ends_on=LATER)
    counts_anew(world)
    world.teacher().sets_task(case)
    assert local_day(timers(world, case)["semester_over"]) == LATER


def test_a_day_of_the_calendar_afterwards_keeps_the_new_anchor(world):
    case = world.student_actor().asks_makeup(world.missed(5))
    world.teacher().sets_task(case)
    sets(world, makeup_until=EARLIER)
    counts_anew(world)
    puts(world.office(), date(2026, 12, 10))
    counts_anew(world)
    assert local_day(timers(world, case)["semester_over"]) == EARLIER


def test_the_first_day_moves_no_deadline(world):
    world.clock.set(datetime(2026, 8, 20, 3, 0, tzinfo=UTC))
    change = sets(world, starts_on=date(2026, 9, 2))
    world.session.rollback()
    row = world.session.get(CalendarChange, change)
    assert row.since is None and row.after["starts_on"] == "2026-09-02"
    assert (
        world.session.scalars(select(Message.id).where(Message.event_type.like("regulation.%"))).all() == []
    )
    (written,) = history.load_object_audit_entries(world.school.semester)
    assert written.event_type == "journal.semester.changed" and written.clause == "5.3.2"


def test_a_session_that_nothing_hangs_on_yet_moves_no_deadline(world):
    case = world.student_actor().asks_makeup(world.missed(5))
    world.teacher().sets_task(case)
    change = sets(world, session_until=date(2026, 12, 28))
    counts_anew(world)
    assert listed(world, change) == []


def test_a_repeat_is_harmless_and_who_saw_other_dates_is_told(world):
    change = sets(world, makeup_until=EARLIER)
    sets(world, makeup_until=EARLIER, id=change)
    sets(world, makeup_until=EARLIER)
    assert len(world.session.scalars(select(CalendarChange.id)).all()) == 1
    with pytest.raises(Stale, match="other_content"):
        sets(world, makeup_until=date(2026, 12, 20), id=change)
    with pytest.raises(Stale, match="changed_meanwhile"):
        sets(world, makeup_until=date(2026, 12, 20), seen="0" * 16)


def test_only_the_academic_office_and_only_with_a_reason(world):
    for actor in (world.directorate(), world.head(), world.it()):
        with pytest.raises(Denied):
            sets(world, actor=actor, makeup_until=EARLIER)
    with pytest.raises(Invalid):
        sets(world, reason="", makeup_until=EARLIER)
    with pytest.raises(Missing):
        sets(world, semester_id=new_id(), makeup_until=EARLIER)


def roster(world, first="2026-09-01", last="2026-12-31"):
    """A file that says of the world's semester when it begins and ends."""
    rows = f"sourcedId,title,type,startDate,endDate\n{world.school.semester},Күзгү семестр,semester,{first},{last}\n"
    others = dict.fromkeys(("orgs", "courses", "classes", "users", "roles", "enrollments"), "")
    manifest = MANIFEST + "file.academicSessions,delta\n"
    return read_roster(zipped(**others, manifest=manifest, academicSessions=rows), inclusive_ends=True)


def planned(world, **days):
    world.session.rollback()
    with door.read():
        return plans.make_import_plan(roster(world, **days), local_day(world.clock()))


def brought(world, **days):
    plan, act = planned(world, **days), Act.by_system(world.clock())
    with door.write(act):
        return execute_import_plan(act, roster(world, **days), plan.fingerprint)


def test_a_roster_that_ends_a_semester_later_moves_what_hangs_on_its_end(world):
    case = world.student_actor().asks_makeup(world.missed(5))
    world.teacher().sets_task(case)
    brought(world, last="2027-01-20")
    (change,) = world.session.scalars(select(CalendarChange)).all()
    assert (change.kind, change.after["ends_on"], change.before["ends_on"]) == (
        "semester_set",
        "2027-01-20",
        "2026-12-31",
    )
    counts_anew(world)
    assert local_day(timers(world, case)["semester_over"]) == LATER
    assert [row[0] for row in listed(world, change.id)] == [case]
    assert not brought(world, last="2027-01-20").changes, "a second time nothing changes"
    assert len(world.session.scalars(select(CalendarChange)).all()) == 1


@pytest.mark.parametrize(
    ("days", "today", "column", "code"),
    [
        ({"last": "2026-12-30"}, date(2026, 10, 12), "endDate", "exchange.row.semester_weeks"),
        ({"last": "2026-10-01"}, date(2026, 10, 12), "endDate", "exchange.row.semester_weeks"),
        ({"first": "2026-09-02"}, date(2026, 10, 12), "startDate", "exchange.row.semester_passed"),
        ({"last": "2027-01-20"}, date(2027, 1, 1), "endDate", "exchange.row.semester_over"),
    ],
)
def test_a_roster_does_not_cut_a_semester_off_from_its_weeks_nor_change_what_has_passed(
    world, days, today, column, code
):
    world.clock.set(datetime(today.year, today.month, today.day, 3, 0, tzinfo=UTC))
    plan = planned(world, **days)
    found = [(one.file, one.line, one.column, one.code) for one in plan.findings]
    assert found == [("academicSessions.csv", 2, column, code)] and plan.changes == ()


def test_on_the_last_day_of_a_semester_a_roster_may_still_make_it_longer(world):
    world.clock.set(datetime(2026, 12, 31, 17, 59, 59, tzinfo=UTC))
    assert len(planned(world, last="2027-01-20").changes) == 1
    world.clock.advance(seconds=1)
    assert [one.code for one in planned(world, last="2027-01-20").findings] == ["exchange.row.semester_over"]
