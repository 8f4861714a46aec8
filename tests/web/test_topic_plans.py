"""The topic plan on the pages: what the lesson offers, what is flagged, what comes back after a refusal (4.1.1)."""

from __future__ import annotations

import pytest

from app.diagrams import versions
from app.journal.tables import Lesson
from app.journal.timetable.topic_plans import load_next_topic_of_lesson, load_topic_plan
from tests.scenarios.world import World

pytestmark = pytest.mark.clause("4.1.1")


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    return World(db_session, clock)


def test_a_lesson_offers_the_next_topic_and_flags_another(world, enter):
    offering, lesson = world.school.offering, world.untaken
    teacher = enter(world.school.lecturer)
    page = f"/journal/{offering}/topics"
    teacher.get(page)
    saved = teacher.post(page, topics="Предел; 2\nТуунду; 2", version="0")
    assert saved.status_code == 302
    refused = teacher.post(page, topics="Предел; 2\nТуунду; 999", version="1")
    assert refused.status_code == 422 and "Туунду; 999" in refused.text and "in line 2" in refused.text
    world.session.rollback()
    world.session.get(Lesson, world.lesson).topic = "Предел"
    world.session.commit()
    ahead = world.school.lesson(world.clock())
    shown = teacher.get(f"/journal/lesson/{ahead}").text
    assert "Next in the topic plan: Туунду" in shown and shown.index('value="Туунду"') < shown.index(
        'value="Предел"'
    )
    row = world.session.get(Lesson, lesson)
    plan = load_topic_plan(offering)
    assert load_next_topic_of_lesson(offering, plan, row.starts_at, "LECTURE").topic == "Туунду"
    world.session.get(Lesson, ahead).topic = "Матрицалар"
    world.session.commit()
    assert "is not in the topic plan" in teacher.get(f"/journal/lesson/{ahead}").text
    head = enter(world.people["department_head"])
    listed = head.get(page).text
    assert "Матрицалар" in listed and "<textarea" not in listed
