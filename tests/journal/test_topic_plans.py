"""Topic plans (4.1.1): how lines are read, which topic a lesson is offered, what deviates, who writes, who is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.diagrams import versions
from app.journal.tables import Offering
from app.journal.timetable.topic_plans import (
    copy_topic_plan,
    load_copy_sources,
    load_topic_plan,
    write_topic_plan,
)
from app.journal.timetable.topic_rules import (
    LessonTopic,
    TopicLine,
    deviates_from_plan,
    find_next_topic,
    read_topic_lines,
)
from app.kernel import door
from app.kernel.errors import Denied, Invalid, Missing, Stale
from tests.journal.timetable import Timetable
from tests.scenarios.world import World

pytestmark = pytest.mark.clause("4.1.1")
LIMIT, DERIVATIVE = TopicLine("LECTURE", 4, "Предел"), TopicLine("LECTURE", 2, "Туунду")
PLAN = (LIMIT, TopicLine("PRACTICE", 2, "Предел"), DERIVATIVE)


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    return World(db_session, clock)


def test_lines_are_read_as_they_are_typed_or_pasted():
    text = "1. Предел\t4\nПрактика; 2; Предел\n\nЛЕКЦИЯ\tТуунду\t2\n  Интеграл; анын касиеттери  "
    assert read_topic_lines(text) == [
        *PLAN,
        TopicLine("LECTURE", 2, "Интеграл; анын касиеттери"),
    ]
    with pytest.raises(Invalid) as refused:
        read_topic_lines("Лаб; 2\n" + "x" * 201 + "\nТема; 0\nТема; 201")
    found = refused.value.fields["topics"]
    assert [(one.code.split(".")[-1], one.params["line"]) for one in found] == [
        ("no_topic", 1),
        ("long_topic", 2),
        ("wrong_hours", 3),
        ("wrong_hours", 4),
    ]
    assert len(read_topic_lines("Т\n" * 200)) == 200
    with pytest.raises(Invalid):
        read_topic_lines("Т\n" * 201)


def test_the_next_topic_is_the_first_whose_hours_are_not_taught():
    taught = [LessonTopic("LECTURE", 2, "предел."), LessonTopic("LECTURE", 2, "")]
    assert find_next_topic(PLAN, taught, "LECTURE") == LIMIT, "two of its four hours are taught"
    taught.append(LessonTopic("LECTURE", 2, "Предел"))
    assert find_next_topic(PLAN, taught, "LECTURE") == DERIVATIVE
    assert find_next_topic(PLAN, taught, "PRACTICE") == PLAN[1] and find_next_topic(PLAN, [], "LAB") is None
    assert find_next_topic([LIMIT, LIMIT], [replace(taught[0], hours=4)], "LECTURE") == LIMIT


def test_a_topic_outside_the_plan_deviates():
    assert deviates_from_plan("Интеграл", PLAN) and not deviates_from_plan(" предел ", PLAN)
    assert not deviates_from_plan("", PLAN) and not deviates_from_plan("Интеграл", ())


def test_teachers_write_and_copy_the_plan_and_overtaken_ones_are_told_by_whom(world):
    offering = world.school.offering
    act = world.teacher().act()
    with door.write(act):
        write_topic_plan(act, offering, 0, PLAN)
    with door.write(act):
        write_topic_plan(act, offering, 0, PLAN)
    assert load_topic_plan(offering).lines == PLAN and load_topic_plan(offering).version == 1
    with pytest.raises(Stale) as stale, door.write(act):
        write_topic_plan(act, offering, 0, PLAN[:1])
    assert "Осмонова" in stale.value.params["name"]
    for other in (world.head(), world.office(), world.directorate()):
        theirs = other.act()
        with pytest.raises(Denied) as refused, door.write(theirs):
            write_topic_plan(theirs, offering, 1, PLAN[:1])
        assert refused.value.code == "journal.topics.not_yours"
    second = Timetable(world).other_journal(same_group=True)
    with pytest.raises(Missing), door.write(act):
        copy_topic_plan(act, second, 0, offering)
    world.session.rollback()
    world.session.get(Offering, second).course_id = world.school.course
    world.session.commit()
    assert [one.offering for one in load_copy_sources(second)] == [offering]
    with door.write(act):
        assert copy_topic_plan(act, second, 0, offering) == 3
    assert load_topic_plan(second).lines == PLAN
