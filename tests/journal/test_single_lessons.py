"""Single lessons: added, cancelled with a reason, moved with their marks, given to a substitute; who is told."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.audit import history
from app.diagrams import versions
from app.journal.courses.timetable import load_lessons_of_teacher
from app.journal.tables import Lesson, LessonChange, Teaching
from app.journal.timetable.lesson_commands import (
    ConsequencesNotSeen,
    LessonPlace,
    NewLesson,
    add_lesson,
    cancel_lesson,
    move_lesson,
    name_substitute,
)
from app.journal.timetable.lesson_queries import load_lesson_changes
from app.kernel import door
from app.kernel.clock import UNIVERSITY_ZONE
from app.kernel.errors import Denied, Invalid, Refused, Stale
from app.kernel.ids import new_id
from app.notices.models import BellNotice
from app.notices.texts import compose_notice_text
from tests.journal.timetable import FIRST, Timetable
from tests.scenarios.event_delivery import heard
from tests.scenarios.world import World

WHY = "Окутуучу ооруп калды"


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


def at(day, hour=8, minutes=80, room="204"):
    starts = datetime(day.year, day.month, day.day, hour, tzinfo=UNIVERSITY_ZONE)
    return LessonPlace(starts, starts + timedelta(minutes=minutes), room)


def row(world, lesson):
    world.session.rollback()
    return world.session.get(Lesson, lesson, populate_existing=True)


def changes(world, deed, reason="", actor=None):
    act = (actor or world.office()).act(reason)
    world.session.rollback()
    with door.write(act):
        return deed(act)


def told(world):
    heard(world)
    wanted = select(BellNotice).where(BellNotice.event_type == "journal.lessons.changed")
    return list(world.session.scalars(wanted))


def test_a_cancelled_lesson_keeps_its_reason_sealed_and_is_never_generated_again(world, table):
    table.puts()
    table.generates()
    lesson = table.lessons()[0]
    with pytest.raises(Invalid) as refused:
        changes(world, lambda act: cancel_lesson(act, lesson.id, 1, ""))
    assert codes(refused) == {"reason": ["forms.field.required"]}
    with pytest.raises(Stale):
        changes(world, lambda act: cancel_lesson(act, lesson.id, 2, ""), WHY)
    changes(world, lambda act: cancel_lesson(act, lesson.id, 1, ""), WHY)
    changes(world, lambda act: cancel_lesson(act, lesson.id, 1, ""), WHY)
    assert row(world, lesson.id).state == "CANCELLED" and table.generates().is_empty
    (kept,) = world.session.scalars(select(LessonChange)).all()
    assert WHY.encode() not in kept.reason and load_lesson_changes(lesson.id)[0].reason == WHY
    (written,) = history.load_object_audit_entries(lesson.id)
    assert written.event_type == "journal.lesson.cancelled"
    people = {notice.person for notice in told(world)}
    assert people == {*world.school.students, world.school.lecturer}
    text = compose_notice_text("journal.lessons.changed", told(world)[0].params, "en")
    assert "cancelled: Mon 19 Oct, 08:00" in text.text and WHY not in text.text
    with pytest.raises(Refused) as refused:
        changes(world, lambda act: move_lesson(act, lesson.id, 2, at(FIRST, hour=14), ""), WHY)
    assert refused.value.code == "journal.lesson.is_cancelled"


def test_a_lesson_with_marks_is_not_cancelled_and_moves_only_when_what_moves_was_seen(world):
    marked, today = world.lesson, world.clock()
    with pytest.raises(Refused) as refused:
        changes(world, lambda act: cancel_lesson(act, marked, 1, ""), WHY)
    assert refused.value.code == "journal.lesson.has_marks" and refused.value.params["count"] == 1
    place = at(date(2026, 9, 23), room="105")
    with pytest.raises(Invalid) as invalid:
        changes(world, lambda act: move_lesson(act, marked, 1, place, ""))
    assert codes(invalid) == {"reason": ["forms.field.required"]}
    with pytest.raises(ConsequencesNotSeen) as first:
        changes(world, lambda act: move_lesson(act, marked, 1, place, ""), WHY)
    seen = first.value.consequences
    assert seen.marks == 1 and seen.deadline_after - place.ends_at == timedelta(hours=24)
    case = world.teacher().requests_correction()
    assert case is not None
    with pytest.raises(ConsequencesNotSeen) as second:
        changes(world, lambda act: move_lesson(act, marked, 1, place, seen.digest), WHY)
    assert len(second.value.consequences.cases) == 1, "a case was opened meanwhile"
    digest = second.value.consequences.digest
    changes(world, lambda act: move_lesson(act, marked, 1, place, digest), WHY)
    assert row(world, marked).starts_at == place.starts_at and row(world, marked).version == 2
    assert world.school.cell(marked, world.student).value == "ABSENT", "its marks went with it"
    assert told(world) == [], "a lesson of last month is no news"
    assert today == world.clock()


def test_where_a_lesson_can_be_moved(world, table):
    table.puts()
    table.generates()
    lesson, other = table.lessons()[:2]

    def moves(place):
        changes(world, lambda act: move_lesson(act, lesson.id, 1, place, ""))

    for place, field, code in (
        (at(date(2026, 10, 25)), "day", "journal.lesson.on_day_off"),
        (at(date(2026, 12, 14)), "day", "journal.lesson.on_session"),
        (at(date(2027, 1, 4)), "day", "journal.semester.outside"),
        (at(date(2026, 10, 13)), "day", "journal.lesson.into_the_past"),
        (at(FIRST, minutes=10), "starts_at", "journal.timetable.lesson_length"),
        (at(date(2026, 10, 26)), "day", "journal.timetable.group_busy"),
    ):
        with pytest.raises(Invalid) as refused:
            moves(place)
        assert codes(refused)[field] == [code]
    moves(at(date(2026, 10, 15), hour=14))
    assert row(world, lesson.id).pattern_day == FIRST and table.generates().is_empty
    assert {one.person for one in told(world)} >= set(world.school.students)
    assert other.id != lesson.id


@pytest.mark.clause("3.1")
def test_single_lessons_are_added_by_those_who_arrange_the_timetable(world, table):
    table.puts()
    table.generates()
    new = NewLesson(new_id(), "LAB", world.school.lecturer, 2, at(date(2026, 10, 20), hour=14, room="301"))
    with pytest.raises(Denied):
        changes(world, lambda act: add_lesson(act, table.offering, new), actor=world.teacher())
    changes(world, lambda act: add_lesson(act, table.offering, new), actor=world.directorate())
    changes(world, lambda act: add_lesson(act, table.offering, new))
    assert row(world, new.id).room == "301" and row(world, new.id).pattern_id is None
    clash = NewLesson(new_id(), "LAB", world.school.lecturer, 2, new.place)
    with pytest.raises(Invalid) as refused:
        changes(world, lambda act: add_lesson(act, table.offering, clash))
    assert set(codes(refused)) == {"day", "starts_at", "room"}
    stranger = NewLesson(new_id(), "LAB", world.people["it_admin"], 9, at(date(2026, 10, 21), hour=14))
    with pytest.raises(Invalid) as refused:
        changes(world, lambda act: add_lesson(act, table.offering, stranger))
    assert set(codes(refused)) == {"teacher", "hours"}


def test_a_substitute_teaches_in_the_own_name_on_these_days(world, table):
    table.puts()
    table.generates()
    colleague = world.hires("teacher", world.school.department, name="Кадыров")
    first, last = FIRST, date(2026, 10, 26)
    with pytest.raises(Invalid) as refused:
        changes(world, lambda act: name_substitute(act, table.offering, world.student, None, first, last))
    assert codes(refused) == {"substitute": ["journal.lesson.no_teacher"]}
    with pytest.raises(Invalid) as refused:
        changes(
            world, lambda act: name_substitute(act, table.offering, world.school.lecturer, None, first, last)
        )
    assert codes(refused) == {"substitute": ["journal.lesson.teaches_already"]}
    given = changes(world, lambda act: name_substitute(act, table.offering, colleague, None, first, last))
    again = changes(world, lambda act: name_substitute(act, table.offering, colleague, None, first, last))
    assert (given, again) == (2, 0)
    world.session.rollback()
    (part,) = world.session.scalars(select(Teaching).where(Teaching.person_id == colleague)).all()
    assert (part.part, part.starts_on, part.ends_on) == ("SUBSTITUTE", first, last)
    assert [one.teacher_id for one in table.lessons()[:3]] == [colleague, colleague, world.school.lecturer]
    since, until = world.clock(), world.clock() + timedelta(days=20)
    mine = load_lessons_of_teacher(colleague, since, until, 50)
    theirs = load_lessons_of_teacher(world.school.lecturer, since, until, 50)
    assert len(mine) == 2 and not {one.id for one in mine} & {one.id for one in theirs}
    assert {colleague, world.school.lecturer} <= {one.person for one in told(world)}
    assert table.generates().is_empty, "what was given away stays given away"
