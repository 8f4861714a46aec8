"""The weekly timetable of journals: who arranges it, what collides, what is generated, and by whom it was changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest
from sqlalchemy import select

from app.audit import history
from app.diagrams import versions
from app.journal.tables import Lesson, LessonPattern, TimetableRun
from app.journal.timetable import generation_commands
from app.journal.timetable.commands import TimetableConflicts, end_pattern
from app.journal.timetable.generation_commands import (
    cancel_timetable_run,
    start_timetable_run,
)
from app.journal.timetable.hours_and_bells import set_bell_schedule, set_planned_hours
from app.journal.timetable.queries import bell_schedule_digest, load_bell_periods
from app.journal.timetable.rules import BellTimes
from app.kernel import door
from app.kernel.clock import local_time
from app.kernel.errors import Denied, Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.notices.models import BellNotice
from tests.journal.timetable import BELLS, FIRST, LAST, Timetable
from tests.scenarios.event_delivery import heard
from tests.scenarios.world import World


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    return World(db_session, clock)


@pytest.fixture
def table(world):
    made = Timetable(world)
    made.rings()
    return made


def codes(refused):
    return {key: [one.code for one in found] for key, found in refused.value.fields.items()}


def test_a_weekly_lesson_gives_lessons_at_the_times_of_its_period_once(world, table):
    pattern = table.puts()
    plan = table.generates()
    made = table.lessons()
    days = [local_time(one.starts_at).date() for one in made]
    assert days[0] == FIRST and date(2026, 12, 7) not in days, "the second module week has no lessons"
    assert {(f"{local_time(one.starts_at):%H:%M}", f"{local_time(one.ends_at):%H:%M}") for one in made} == {
        ("08:00", "09:20")
    }
    assert {(one.teacher_id, one.room, one.type, one.pattern_id) for one in made} == {
        (world.school.lecturer, "204", "LECTURE", pattern)
    }
    assert len(plan.new) == len(made) and table.generates().is_empty and len(table.lessons()) == len(made)
    (written, *_) = [
        one
        for one in history.load_object_audit_entries(table.offering)
        if one.event_type == "journal.timetable.generated"
    ]
    assert written.after["new"] == len(made) and written.clause == "2.1"


def test_a_changed_pattern_moves_its_lessons_and_an_ended_one_takes_them_out(world, table):
    edit = table.edit()
    table.puts(edit)
    table.generates()
    kept, worked_on = table.lessons()[0], table.lessons()[1]
    worked_on.topic = "Туунду"
    world.session.commit()
    table.puts(replace(edit, period=2, room="301"))
    assert len(table.generates().changed) == len(table.lessons()) - 1
    moved = table.lessons()
    assert moved[0].id == kept.id and moved[0].version == 2 and moved[0].room == "301"
    assert moved[1].room == "204", "a lesson that somebody described stays"
    heard(world)
    told = world.session.scalars(
        select(BellNotice.person).where(BellNotice.event_type == "journal.lessons.changed")
    ).all()
    assert sorted(told) == sorted([*world.school.students, world.school.lecturer]), "one lesson is near"
    act = world.office().act()
    with door.write(act), pytest.raises(Refused) as refused:
        end_pattern(act, table.offering, table.version(), edit.id, None)
    assert refused.value.code == "journal.timetable.pattern_has_lessons"
    version = table.version()
    with door.write(act):
        end_pattern(act, table.offering, version, edit.id, date(2026, 10, 26))
    assert [local_time(one.starts_at).date() for one in table.lessons()] == [FIRST, date(2026, 10, 26)]
    assert table.generates().is_empty


def test_a_pattern_nobody_worked_on_is_taken_out_with_its_lessons(world, table):
    pattern = table.puts()
    table.generates()
    act, version = world.office().act(), table.version()
    with door.write(act), pytest.raises(Invalid) as refused:
        end_pattern(act, table.offering, version, pattern, date(2026, 12, 13))
    assert codes(refused) == {"last": ["journal.timetable.last_outside"]}
    with door.write(act):
        assert end_pattern(act, table.offering, version, pattern, None) == 7
    assert table.lessons() == [] and world.session.get(LessonPattern, pattern) is None


def test_conflicts_are_named_and_nothing_is_saved(world, table):
    table.puts()
    same_group = table.other_journal(same_group=True)
    with pytest.raises(TimetableConflicts) as refused:
        table.puts(offering=same_group, room="301")
    assert codes(refused) == {
        "weekday": ["journal.timetable.group_busy"],
        "teacher": ["journal.timetable.teacher_busy"],
    }
    assert refused.value.fields["weekday"][0].params["day"] == FIRST
    assert not refused.value.can_be_stream
    table.puts(offering=same_group, room="301", weeks="ODD", period=2)
    world.session.rollback()
    assert len(world.session.scalars(select(LessonPattern.id)).all()) == 2


def test_a_stream_is_one_only_when_the_person_says_so(world, table):
    first = table.puts()
    other = table.other_journal()
    with pytest.raises(TimetableConflicts) as refused:
        table.puts(offering=other)
    assert refused.value.can_be_stream and set(codes(refused)) == {"teacher", "room"}
    second = table.puts(offering=other, stream=True)
    world.session.rollback()
    one, two = (world.session.get(LessonPattern, id, populate_existing=True) for id in (first, second))
    assert one.stream_id is not None and one.stream_id == two.stream_id
    third = table.other_journal()
    with pytest.raises(TimetableConflicts):
        table.puts(offering=third)
    edit = table.edit(id=second, room="105", period=2)
    table.puts(edit, offering=other)
    world.session.rollback()
    assert world.session.get(LessonPattern, first, populate_existing=True).stream_id is None


def test_whom_another_office_overtook_is_told_by_whom(world, table):
    edit = table.edit()
    table.puts(edit)
    table.puts(edit, seen=0)  # the same form again
    colleague = world.actor("academic_office_deputy")
    table.puts(replace(edit, room="301"), actor=colleague)
    with pytest.raises(Stale) as stale:
        table.puts(replace(edit, room="105"), seen=1)
    assert stale.value.code == "journal.timetable.changed_meanwhile"
    assert "Орунбасар" in stale.value.params["name"] and stale.value.params["at"] == world.clock()


@pytest.mark.clause("3.1")
def test_the_office_and_the_directorate_of_the_group_arrange_it(world, table):
    own = table.puts(actor=world.directorate())
    foreign = table.other_journal(teacher=world.school.lecturer)
    for offering, actor in (
        (foreign, world.directorate()),
        (table.offering, world.teacher()),
        (table.offering, world.head()),
        (table.offering, world.it()),
    ):
        with pytest.raises(Denied) as refused:
            table.puts(offering=offering, actor=actor, weekday=2)
        assert refused.value.code == "journal.timetable.not_yours"
    with pytest.raises(Missing):
        table.puts(offering=world.student)
    with pytest.raises(Missing):
        table.puts(table.edit(id=own), offering=foreign)


def test_a_teacher_gives_lessons_only_on_days_of_the_own_part(world, table):
    colleague = world.school.person("Кадыров", "Бакыт")
    world.school.teaches(colleague, "PRACTICE", since=FIRST, until=date(2026, 11, 2))
    table.puts(teacher=colleague, last=date(2026, 11, 2))
    with pytest.raises(Invalid) as refused:
        table.puts(teacher=colleague, weekday=2, last=date(2026, 11, 3))
    assert codes(refused) == {"teacher": ["journal.timetable.not_teaching"]}
    assert refused.value.fields["teacher"][0].params["day"] == date(2026, 11, 3)


def test_planned_hours_limit_what_is_generated(world, table):
    table.puts()
    act, version = world.office().act(), table.version()
    with door.write(act):
        set_planned_hours(act, table.offering, version, {"LECTURE": 4, "LAB": 6, "PRACTICE": 0})
    # The world's two lessons of the past are lectures of two hours each.
    assert table.generates().is_empty
    with door.write(act):
        set_planned_hours(act, table.offering, version + 1, {"LECTURE": 8, "LAB": 6})
    plan = table.generates()
    assert len(plan.new) == 2 and plan.left == 6
    with pytest.raises(Invalid) as refused, door.write(act):
        set_planned_hours(act, table.offering, version + 2, {"LECTURE": 1001})
    assert list(codes(refused)) == ["hours-LECTURE"]


def test_bells_are_kept_by_the_office_and_move_lessons_when_they_are_generated_again(world, table):
    table.puts()
    table.generates()
    later = replace(BELLS[0], starts_at=time(8, 30), ends_at=time(9, 30))
    act, seen = world.office().act(), bell_schedule_digest(load_bell_periods())
    with door.write(act):
        assert set_bell_schedule(act, [later, BELLS[1]], seen) == 1
    with pytest.raises(Stale), door.write(act):
        set_bell_schedule(act, [BELLS[0]], seen)
    with pytest.raises(Invalid) as refused, door.write(act):
        set_bell_schedule(act, [BellTimes(2, time(9), time(10))], bell_schedule_digest([later, BELLS[1]]))
    assert codes(refused) == {"period-1": ["journal.bells.in_use"]}
    foreign = world.directorate().act()
    with pytest.raises(Denied), door.write(foreign):
        set_bell_schedule(foreign, [later], seen)
    assert len(table.generates().changed) == len(table.lessons())
    assert f"{local_time(table.lessons()[0].starts_at):%H:%M}" == "08:30"


def test_the_worker_generates_a_semester_in_batches_and_tells_who_asked(world, table, monkeypatch):
    monkeypatch.setattr(generation_commands, "JOURNALS_PER_BATCH", 1)
    table.puts()
    second = table.other_journal(same_group=True)
    table.puts(offering=second, weekday=3, room="301")
    office, run = world.office().act(), new_id()
    semester = world.school.semester
    with door.write(office):
        start_timetable_run(office, run, semester, None, FIRST)
    with door.write(office):
        start_timetable_run(office, run, semester, None, FIRST)
    with pytest.raises(Refused) as refused, door.write(office):
        start_timetable_run(office, new_id(), semester, None, FIRST)
    assert refused.value.code == "journal.timetable.run_going_on"
    heard(world)
    kept = world.session.get(TimetableRun, run, populate_existing=True)
    assert (kept.state, kept.done, kept.journals) == ("FINISHED", 2, 2)
    assert kept.inserted == len(table.lessons()) + len(table.lessons(second)) == 14
    told = world.session.scalars(
        select(BellNotice.person).where(BellNotice.event_type == "journal.timetable.run_finished")
    ).all()
    assert list(told) == [office.person]
    again = new_id()
    with door.write(office):
        start_timetable_run(office, again, semester, world.school.institute, FIRST)
    heard(world)
    assert world.session.get(TimetableRun, again).inserted == 0


@pytest.mark.clause("3.1")
def test_a_directorate_generates_for_its_institute_and_a_run_can_be_stopped(world, table):
    table.puts()
    mine, semester = world.directorate().act(), world.school.semester
    with pytest.raises(Denied), door.write(mine):
        start_timetable_run(mine, new_id(), semester, None, FIRST)
    with pytest.raises(Denied), door.write(mine):
        start_timetable_run(mine, new_id(), semester, world.school.university, FIRST)
    with pytest.raises(Invalid) as refused, door.write(mine):
        start_timetable_run(mine, new_id(), semester, world.school.institute, date(2027, 1, 1))
    assert list(codes(refused)) == ["since"]
    run = new_id()
    with door.write(mine):
        start_timetable_run(mine, run, semester, world.school.institute, FIRST)
    stranger = world.head().act()
    with pytest.raises(Missing), door.write(stranger):
        cancel_timetable_run(stranger, run)
    with door.write(mine):
        cancel_timetable_run(mine, run)
    heard(world)
    assert table.lessons() == [] and world.session.get(TimetableRun, run).state == "CANCELLED"


def test_the_database_keeps_one_lesson_for_a_pattern_and_a_day(world, table):
    pattern = table.puts(last=LAST)
    table.generates()
    first = table.lessons()[0]
    double = Lesson(
        id=new_id(),
        offering_id=table.offering,
        starts_at=first.starts_at,
        ends_at=first.ends_at,
        type="LECTURE",
        pattern_id=pattern,
        pattern_day=first.pattern_day,
    )
    world.session.add(double)
    with pytest.raises(Exception, match="uq_lesson_pattern_day"):
        world.session.commit()
    world.session.rollback()
