"""A refused reason and one that is not confirmed yet have the same mark; the pages tell them apart (4.2.4, 7.7)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.excuses import confirmed, registered
from tests.web.browser import Browser
from tests.web.campus import Campus

WHY = "Маалымкат бул күндү камтыбайт"
NOT_YET, REFUSED = "reason not confirmed yet", "the directorate did not confirm the reason"


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Campus:
    return Campus(app, db_session, clock)


@pytest.mark.clause("4.2.4")
def test_student_teacher_and_statistics_see_what_was_refused(campus):
    world = campus.world
    waiting, whole, part, _confirmed = (world.missed(days) for days in (4, 8, 9, 10))
    student = world.student_actor()
    registered(world, first := student.hands_in(world.day(8)))
    world.directorate().rejects(first)
    place = f"{part}:{world.student}"
    confirmed(
        world,
        student.hands_in(world.day(10), world.day(9)),
        absences={"left_out": [place], "reasons": {place: WHY}},
    )
    assert {world.status(lesson) for lesson in (waiting, whole, part)} == {"ABSENT"}, "the mark is one (7.7)"
    pages = Browser(campus.app, "en").enter(campus.near["student"])
    text = pages.get("/student/absences?show=unconfirmed").text
    assert text.count(REFUSED) == 2 and NOT_YET in text
    teacher = Browser(campus.app, "en").enter(campus.near["teacher"])
    for lesson, word in ((waiting, NOT_YET), (whole, REFUSED), (part, REFUSED)):
        assert word in teacher.get(f"/journal/cell?lesson={lesson}&student={world.student}").text
    numbers = teacher.get(f"/journal/{world.school.offering}/attendance").text
    assert '<td data-label="of them refused" translate="no">2</td>' in numbers

    confirmed(world, student.hands_in(world.day(8)))
    assert world.status(whole) == "SICK", "a document that was confirmed later counts"
    assert REFUSED not in teacher.get(f"/journal/cell?lesson={whole}&student={world.student}").text
