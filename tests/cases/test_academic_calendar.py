"""The semester's last day moves, and open work-offs with it: the anchor in the case, its timer, what people read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.audit import history
from app.bpmn import engine
from app.cases.models import CaseState
from app.diagrams.versions import load
from app.journal.queries import debts_at
from app.kernel.clock import local_day
from app.kernel.errors import Denied, Invalid, Missing, Stale
from app.kernel.ids import new_id
from app.outbox.models import Message
from app.regulation.models import CalendarChange
from tests.calendaring import counts_anew, listed, puts, sets, timers

pytestmark = pytest.mark.clause("5.3.2")
LAST, EARLIER, LATER = date(2026, 12, 31), date(2026, 12, 12), date(2027, 1, 20)


def anchor(world, case) -> str:
    world.session.rollback()
    body = world.session.get(CaseState, case, populate_existing=True).body
    return engine.look(load(world.case(case).version_id).spec, bytes(body)).facts["start.semester_last"]


def test_an_open_work_off_follows_the_semesters_last_day(world):
    lesson = world.missed(5)
    case = world.student_actor().asks_workoff(lesson)
    world.teacher().sets_task(case)
    assert local_day(timers(world, case)["semester_over"]) == LAST
    change = sets(world, workoff_until=EARLIER)
    (debt,) = debts_at(world.student, [lesson], world.clock())
    assert local_day(debt.hard.moment) == EARLIER, "what is not asked for yet follows at once"
    counts_anew(world)
    assert local_day(timers(world, case)["semester_over"]) == EARLIER
    assert anchor(world, case).startswith("2026-12-12")
    assert [(row[0], local_day(row[1]), local_day(row[2])) for row in listed(world, change)] == [
        (case, LAST, EARLIER)
    ]
    written = [row for row in history.of_object(case) if row.fact == "cases.case.redated"]
    assert written[0].before["semester_last"].startswith("2026-12-31")


def test_a_task_set_later_is_counted_from_the_new_day(world):
    case = world.student_actor().asks_workoff(world.missed(5))
    sets(world, ends_on=LATER)
    counts_anew(world)
    world.teacher().sets_task(case)
    assert local_day(timers(world, case)["semester_over"]) == LATER


def test_a_day_of_the_calendar_afterwards_keeps_the_new_anchor(world):
    case = world.student_actor().asks_workoff(world.missed(5))
    world.teacher().sets_task(case)
    sets(world, workoff_until=EARLIER)
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
    assert world.session.scalars(select(Message.id).where(Message.fact.like("regulation.%"))).all() == []
    (written,) = history.of_object(world.school.semester)
    assert written.fact == "journal.semester.changed" and written.clause == "5.3.2"


def test_a_session_that_nothing_hangs_on_yet_moves_no_deadline(world):
    case = world.student_actor().asks_workoff(world.missed(5))
    world.teacher().sets_task(case)
    change = sets(world, session_until=date(2026, 12, 28))
    counts_anew(world)
    assert listed(world, change) == []


def test_a_repeat_is_harmless_and_who_saw_other_dates_is_told(world):
    change = sets(world, workoff_until=EARLIER)
    sets(world, workoff_until=EARLIER, id=change)
    sets(world, workoff_until=EARLIER)
    assert len(world.session.scalars(select(CalendarChange.id)).all()) == 1
    with pytest.raises(Stale, match="other_content"):
        sets(world, workoff_until=date(2026, 12, 20), id=change)
    with pytest.raises(Stale, match="changed_meanwhile"):
        sets(world, workoff_until=date(2026, 12, 20), seen="0" * 16)


def test_only_the_academic_office_and_only_with_a_reason(world):
    for actor in (world.directorate(), world.head(), world.it()):
        with pytest.raises(Denied):
            sets(world, actor=actor, workoff_until=EARLIER)
    with pytest.raises(Invalid):
        sets(world, reason="", workoff_until=EARLIER)
    with pytest.raises(Missing):
        sets(world, semester_id=new_id(), workoff_until=EARLIER)
