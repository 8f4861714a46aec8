"""On which days weekly patterns give lessons, what is left over, and who would be in two places at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.journal.courses.semester_dates import SemesterDates
from app.journal.gradebook.cell_state import TeachingPeriod
from app.journal.timetable.lesson_plan import (
    LessonPlan,
    StoredLesson,
    StudyDays,
    plan_lessons,
)
from app.journal.timetable.rules import (
    BellTimes,
    WeeklyLesson,
    bell_schedule_problems,
    can_be_one_stream,
    find_pattern_conflicts,
    iterate_pattern_days,
    pattern_value_problems,
    read_typed_time,
    refusal_to_arrange_timetable,
    semester_week_number,
)
from app.kernel.act import RoleAssignment
from app.kernel.clock import UNIVERSITY_ZONE
from app.regulation.rules import CalendarDayValue, DeadlineCalendar

ONE, TWO, TEACHER, COLLEAGUE, GROUP, OTHER_GROUP, STREAM = (UUID(int=number) for number in range(1, 8))
DATES = SemesterDates(
    date(2026, 9, 1),
    date(2026, 12, 31),
    module1_from=date(2026, 10, 12),
    module1_until=date(2026, 10, 17),
    session_from=date(2026, 12, 14),
    session_until=date(2026, 12, 31),
)
BEFORE = datetime(2026, 8, 20, 9, tzinfo=UNIVERSITY_ZONE)
MONDAYS = WeeklyLesson(
    id=ONE,
    offering=UUID(int=20),
    group=GROUP,
    weekday=1,
    weeks="EVERY",
    starts_at=time(8, 30),
    ends_at=time(9, 50),
    type="LECTURE",
    teacher=TEACHER,
    room="204",
    hours=2,
    first=DATES.starts_on,
    last=DATES.ends_on,
    week_one=DATES.starts_on,
)
OTHER = replace(MONDAYS, id=TWO, offering=UUID(int=21), group=OTHER_GROUP)


def days(off: dict[date, str] | None = None, *, skips: bool = True) -> StudyDays:
    table = {day: CalendarDayValue("off", {"en": name}) for day, name in (off or {}).items()}
    return StudyDays(DATES, (DeadlineCalendar({}, days=table),), skips)


def plan(*patterns: WeeklyLesson, stored=(), now=BEFORE, since=DATES.starts_on, **more) -> LessonPlan:
    planned, total = more.pop("planned", {}), more.pop("total", 0)
    return plan_lessons(patterns, more.pop("days", days()), planned, total, stored, now, since)


def as_stored(made: LessonPlan, **other) -> list[StoredLesson]:
    kept = {"state": "PLANNED", "is_touched": False} | other
    return [
        StoredLesson(
            UUID(int=100 + number),
            one.key,
            one.starts_at,
            one.ends_at,
            one.type,
            one.teacher,
            one.room,
            one.hours,
            kept["state"],
            kept["is_touched"],
        )
        for number, one in enumerate(made.new)
    ]


def test_weeks_are_counted_from_the_monday_of_the_first_week():
    numbers = [
        semester_week_number(DATES.starts_on, date(2026, 8, 31) + timedelta(days=n)) for n in (0, 6, 7)
    ]
    assert numbers == [1, 1, 2]
    odd, even = (list(iterate_pattern_days(replace(MONDAYS, weeks=weeks))) for weeks in ("ODD", "EVEN"))
    assert even[0] == date(2026, 9, 7) and odd[0] == date(2026, 9, 14), "1 September is a Tuesday of week one"
    assert sorted(odd + even) == list(iterate_pattern_days(MONDAYS))


def test_lessons_go_around_days_off_the_session_and_the_module_week():
    made = plan(MONDAYS, days=days({date(2026, 9, 21): "Day of the university"}))
    taught = {one.key[1] for one in made.new}
    assert date(2026, 9, 21) not in taught and date(2026, 10, 12) not in taught
    assert max(taught) == date(2026, 12, 7), "the session begins on 14 December"
    assert {(day, kind) for day, kind, _names in made.skipped} >= {
        (date(2026, 9, 21), "day_off"),
        (date(2026, 10, 12), "module_week"),
        (date(2026, 12, 14), "session"),
    }
    assert date(2026, 10, 12) in {one.key[1] for one in plan(MONDAYS, days=days(skips=False)).new}
    first = min(made.new, key=lambda one: one.starts_at)
    assert first.starts_at.astimezone(UNIVERSITY_ZONE) == datetime(2026, 9, 7, 8, 30, tzinfo=UNIVERSITY_ZONE)


def test_the_hours_of_each_type_are_the_limit_and_what_is_left_is_counted():
    labs = replace(MONDAYS, id=TWO, type="LAB", weekday=2)
    made = plan(MONDAYS, labs, planned={"LECTURE": 6, "LAB": 100, "PRACTICE": 4})
    by_type = {one.type: one for one in made.hours}
    lectures, practice = by_type["LECTURE"], by_type["PRACTICE"]
    assert (lectures.placed, lectures.left) == (6, 0) and lectures.spare_lessons > 0
    assert (practice.placed, practice.left) == (0, 4), "planned hours without a weekly lesson are left over"
    assert by_type["LAB"].left == 100 - by_type["LAB"].placed > 0
    assert made.left == by_type["LAB"].left + 4
    assert sum(one.type == "LECTURE" for one in made.new) == 3
    assert len(plan(MONDAYS, total=5).new) == 2, "a lesson of two hours does not fit into one"


def test_generating_twice_plans_nothing_and_a_change_moves_what_nobody_touched():
    made = plan(MONDAYS, planned={"LECTURE": 6})
    assert plan(MONDAYS, stored=as_stored(made), planned={"LECTURE": 6}).is_empty
    moved = plan(replace(MONDAYS, room="301"), stored=as_stored(made), planned={"LECTURE": 6})
    assert len(moved.changed) == 3 and not moved.new and not moved.removed
    touched = plan(
        replace(MONDAYS, room="301"), stored=as_stored(made, is_touched=True), planned={"LECTURE": 6}
    )
    assert touched.is_empty
    later = plan(
        MONDAYS, stored=as_stored(made), planned={"LECTURE": 6}, days=days({date(2026, 9, 14): "off"})
    )
    assert [one.key for one in later.removed] == [(ONE, date(2026, 9, 14))]
    assert [one.key[1] for one in later.new] == [date(2026, 9, 28)], "the hours find a day at the end"
    cancelled = as_stored(made)
    cancelled[0] = replace(cancelled[0], state="CANCELLED")
    again = plan(MONDAYS, stored=cancelled, planned={"LECTURE": 6})
    assert [one.key[1] for one in again.new] == [date(2026, 9, 28)]


def test_what_has_begun_stays_and_earlier_days_are_not_filled():
    made = plan(MONDAYS)
    now = datetime(2026, 9, 14, 8, 30, tzinfo=UNIVERSITY_ZONE)
    without = plan(stored=as_stored(made), now=now)
    gone = {one.starts_at for one in without.removed}
    assert min(gone) > now and len(gone) == len(made.new) - 2, "the lesson that begins this minute stays"
    late = plan(MONDAYS, now=now, since=date(2026, 9, 14))
    assert late.passed_days == 1 and min(one.key[1] for one in late.new) == date(2026, 9, 14)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(1, 6), st.sampled_from(("EVERY", "ODD", "EVEN"))), max_size=4),
    st.integers(0, 80),
)
def test_a_plan_written_is_never_planned_again_and_never_passes_its_hours(slots, hours):
    patterns = [
        replace(MONDAYS, id=UUID(int=50 + number), weekday=weekday, weeks=weeks)
        for number, (weekday, weeks) in enumerate(slots)
    ]
    made = plan(*patterns, planned={"LECTURE": hours} if hours else {})
    assert hours == 0 or sum(one.hours for one in made.new) <= hours
    assert all(days().skip_reason(one.key[1]) is None for one in made.new)
    assert plan(*patterns, stored=as_stored(made), planned={"LECTURE": hours} if hours else {}).is_empty


def kinds(one: WeeklyLesson, *others: WeeklyLesson) -> list[str]:
    return [conflict.kind for conflict in find_pattern_conflicts(one, others)]


def test_teacher_group_and_room_are_in_one_place_at_a_time():
    assert kinds(MONDAYS, OTHER) == ["teacher", "room"]
    assert kinds(MONDAYS, replace(OTHER, group=GROUP, teacher=COLLEAGUE, room="")) == ["group"]
    assert kinds(MONDAYS, replace(OTHER, teacher=COLLEAGUE, room="20 4")) == ["room"], (
        "spaces make no other room"
    )
    assert kinds(replace(MONDAYS, room=""), replace(OTHER, teacher=COLLEAGUE, room="")) == []
    assert kinds(MONDAYS, MONDAYS) == [] and kinds(MONDAYS, replace(OTHER, weekday=2)) == []


@pytest.mark.parametrize(
    ("change", "meets"),
    [
        ({"starts_at": time(9, 50), "ends_at": time(11, 10)}, False),
        ({"starts_at": time(9, 49), "ends_at": time(11, 10)}, True),
        ({"first": date(2026, 9, 8)}, True),
        ({"last": date(2026, 9, 6)}, False),
        ({"last": date(2026, 9, 7)}, True),
    ],
)
def test_lessons_meet_from_the_minute_and_the_day_they_share(change, meets):
    assert bool(kinds(MONDAYS, replace(OTHER, **change))) is meets


def test_odd_and_even_weeks_never_meet_unless_their_semesters_count_otherwise():
    odd, even = replace(MONDAYS, weeks="ODD"), replace(OTHER, weeks="EVEN")
    assert kinds(odd, even) == []
    assert kinds(odd, replace(even, week_one=DATES.starts_on - timedelta(days=7))) == ["teacher", "room"]


def test_a_stream_shares_teacher_and_room_but_no_group_is_in_it_twice():
    one, two = replace(MONDAYS, stream=STREAM), replace(OTHER, stream=STREAM)
    assert can_be_one_stream(MONDAYS, OTHER) and kinds(one, two) == []
    assert kinds(one, replace(two, group=GROUP)) == ["group"]
    assert not can_be_one_stream(MONDAYS, replace(OTHER, room="301"))
    assert not can_be_one_stream(replace(MONDAYS, room=""), replace(OTHER, room=""))


def test_the_values_of_a_pattern():
    teaches = (TeachingPeriod(TEACHER, "LECTURER", DATES.starts_on, date(2026, 12, 27)),)
    assert pattern_value_problems(replace(MONDAYS, last=date(2026, 12, 28)), DATES, teaches) is not None
    assert pattern_value_problems(replace(MONDAYS, last=date(2026, 12, 27)), DATES, teaches) is None
    wrong = pattern_value_problems(
        replace(MONDAYS, weekday=8, weeks="x", type="x", hours=9, room="x" * 61, last=date(2027, 1, 1)),
        DATES,
        teaches,
    )
    assert wrong is not None
    assert set(wrong.fields) == {"weekday", "weeks", "type", "hours", "room", "until"}
    backwards = pattern_value_problems(replace(MONDAYS, ends_at=time(8, 30)), DATES, teaches)
    assert backwards is not None and set(backwards.fields) == {"starts_at"}


def test_the_bell_schedule():
    first, second = BellTimes(1, time(8, 30), time(9, 50)), BellTimes(2, time(9, 50), time(11, 10))
    assert bell_schedule_problems([second, first], [1]) is None
    overlap = bell_schedule_problems([first, replace(second, starts_at=time(9, 49))], [])
    gone = bell_schedule_problems([first], [2])
    assert overlap is not None and set(overlap.fields) == {"period-2"}
    assert gone is not None and gone.fields["period-2"][0].code == "journal.bells.in_use"


def test_times_are_read_as_people_write_them():
    assert [read_typed_time(text) for text in ("08:30", " 8.30 ", "8:30:00", "23:59")] == [
        time(8, 30),
        time(8, 30),
        time(8, 30),
        time(23, 59),
    ]
    assert [read_typed_time(text) for text in ("24:00", "8:60", "830", "", "8:3", "٨:٣٠")] == [None] * 6


def test_who_arranges_it():
    office, own, foreign = (
        RoleAssignment("academic_office"),
        RoleAssignment("directorate", ONE),
        RoleAssignment("directorate", TWO),
    )
    assert refusal_to_arrange_timetable([office], ONE) is None
    assert refusal_to_arrange_timetable([own], ONE) is None
    assert refusal_to_arrange_timetable([office]) is None and refusal_to_arrange_timetable([own]) is not None
    for roles in ([foreign], [RoleAssignment("teacher")], [RoleAssignment("it_admin")], []):
        assert refusal_to_arrange_timetable(roles, ONE) is not None
