"""A mark is disputed and corrected at once: the two find each other, and the dispute ends when the mark is another one.

Processes P02 and P05: "already disputed: linked"; both rest on their own clauses.
"""

from __future__ import annotations

from datetime import date

import pytest

from app.cases.models import Case
from app.cases.queries.related import load_open_cell_cases, load_related_cases
from app.kernel.clock import local_day
from app.kernel.errors import Refused
from tests.scenarios.event_delivery import (
    WHY,
    corrected_by_case,
    corrects,
    ended,
    heard,
    news,
    sheet_closed,
    told,
)
from tests.scenarios.excuses import confirmed

pytestmark = [pytest.mark.clause("6.2"), pytest.mark.clause("4.4.2")]


def disputed_late(world, lesson):
    """A dispute of a mark whose own days of correcting are over."""
    return world.student_actor().disputes(lesson, late="Кеч көрдүм")


def related(world, actor, case):
    return [one.id for one in load_related_cases(actor.act(), world.session.get(Case, case))]


def test_a_correction_and_a_dispute_of_one_cell_show_each_other(world):
    lesson = world.missed(6)
    dispute = disputed_late(world, lesson)
    edit = world.edit(lesson=str(lesson), version=1, new="PRESENT")
    correction = world.teacher().requests_correction(edit)
    other = world.teacher().requests_correction()
    world.session.rollback()
    assert related(world, world.teacher(), dispute) == [correction]
    assert related(world, world.directorate(), correction) == [dispute]
    assert other not in related(world, world.directorate(), dispute), "another cell of the same student"
    day = local_day(world.clock()).fromordinal(local_day(world.clock()).toordinal() - 6)
    seen = load_open_cell_cases(world.teacher().act(), world.student, lesson, day)
    assert {one.id for one in seen} == {dispute, correction}


def test_nobody_sees_a_related_case_that_he_may_not_open(world):
    lesson = world.missed(6)
    dispute = disputed_late(world, lesson)
    correction = world.teacher().requests_correction(world.edit(lesson=str(lesson), version=1))
    stranger = world.student_actor(world.school.students[2])
    world.session.rollback()
    assert related(world, stranger, dispute) == []
    assert load_open_cell_cases(stranger.act(), world.student, lesson, date(2026, 10, 8)) == []
    assert related(world, world.student_actor(), dispute) == [correction], "he is the one it is about"


@pytest.mark.parametrize("answered", [True, False])
def test_an_applied_correction_ends_the_dispute_as_corrected(world, answered):
    lesson = world.missed(6)
    dispute = disputed_late(world, lesson)
    if answered:
        world.teacher().completes(dispute, decision="agree", **WHY)
    corrected_by_case(world, lesson)
    heard(world)
    assert ended(world, dispute) == ("done", "corrected")
    assert told(world, dispute) == {"why": "cases.superseded.mark_changed"}
    assert world.status(lesson) == "PRESENT"
    last = news(world, "cases.case.ended")[-1]
    assert str(world.student) in last["recipients"] and last["why"] == "cases.superseded.mark_changed"


def test_a_teacher_who_corrects_it_himself_has_answered(world):
    lesson = world.missed(1)
    dispute = world.student_actor().disputes(lesson)
    corrects(world, lesson)
    heard(world)
    assert ended(world, dispute) == ("done", "corrected")
    heard(world)
    assert ended(world, dispute) == ("done", "corrected"), "told again it changes nothing"


def test_a_dispute_of_another_cell_goes_on(world):
    lesson, other = world.missed(1), world.missed(2)
    dispute = world.student_actor().disputes(other)
    corrects(world, lesson)
    heard(world)
    assert world.open_elements(dispute) == ["answer_teacher"]


def test_a_rejected_correction_leaves_the_dispute_open(world):
    lesson = world.missed(6)
    dispute = disputed_late(world, lesson)
    correction = world.teacher().requests_correction(world.edit(lesson=str(lesson), version=1))
    world.head().rejects(correction)
    heard(world)
    assert world.open_elements(dispute) == ["answer_teacher"]


def test_a_second_dispute_of_the_same_mark_is_refused_with_the_way_to_the_first(world):
    lesson = world.missed(1)
    first = world.student_actor().disputes(lesson)
    with pytest.raises(Refused) as refused:
        world.student_actor().disputes(lesson)
    assert (refused.value.code, refused.value.remedy) == ("cases.start.under_way", "case")
    assert refused.value.params["case"] == str(first)
    with pytest.raises(Refused):
        world.curator().disputes(lesson, behalf=world.student)
    world.student_actor().disputes(world.missed(2))


def test_after_the_first_has_ended_the_new_mark_is_disputed_anew(world):
    lesson = world.missed(1)
    world.student_actor().disputes(lesson)
    corrects(world, lesson)
    heard(world)
    assert world.open_elements(world.student_actor().disputes(lesson, version=2)) == ["answer_teacher"]


def test_attendance_and_grade_of_one_lesson_are_two_disputes(world):
    lesson = world.attended(1)
    corrects(world, lesson, "40", 0, "GRADE")
    world.student_actor().disputes(lesson, version=0)
    world.student_actor().disputes(lesson, "GRADE", 1)


@pytest.mark.clause("4.2.4")
def test_an_excuse_for_the_day_does_not_answer_who_says_that_he_was_there(world):
    lesson = world.missed(3)
    dispute = world.student_actor().disputes(lesson)
    excuse = world.student_actor().hands_in(world.day(3))
    world.session.rollback()
    assert related(world, world.directorate(), dispute) == [excuse]
    assert related(world, world.directorate(), excuse) == [dispute]
    confirmed(world, excuse)
    heard(world)
    assert world.status(lesson) == "SICK"
    assert world.open_elements(dispute) == ["answer_teacher"]
    world.teacher().completes(dispute, decision="explain", **WHY)
    assert world.student_actor().completes(dispute, decision="accept").outcome == "explained"


@pytest.mark.clause("4.2.4")
def test_an_excuse_settles_a_dispute_that_was_agreed_with(world):
    lesson = world.missed(3)
    dispute = world.student_actor().disputes(lesson)
    world.teacher().completes(dispute, decision="agree", **WHY)
    confirmed(world, world.student_actor().hands_in(world.day(3)))
    heard(world)
    assert world.teacher().completes(dispute, **WHY).outcome == "corrected"


@pytest.mark.clause("7.6")
def test_a_sheet_closed_before_the_correction_leaves_it_to_the_commission(world):
    lesson = world.missed(3)
    dispute = world.student_actor().disputes(lesson)
    world.teacher().completes(dispute, decision="agree", **WHY)
    sheet_closed(world)
    assert world.teacher().completes(dispute, **WHY).outcome == "sheet_closed"
    assert world.status(lesson) == "ABSENT"


@pytest.mark.clause("7.6")
def test_under_a_closed_sheet_a_dispute_is_still_answered(world):
    lesson = world.missed(3)
    dispute = world.student_actor().disputes(lesson)
    sheet_closed(world)
    world.teacher().completes(dispute, decision="explain", **WHY)
    world.student_actor().completes(dispute, decision="escalate", **WHY)
    assert world.directorate().completes(dispute, decision="reject", **WHY).outcome == "refused"
