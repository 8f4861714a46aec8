"""6.1: the student sees his attendance, grades and tasks as soon as they are saved, and nobody else's."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.journal.gradebook.record_marks import CellEdit, record_marks
from app.journal.gradebook.roll_call import take_roll
from app.journal.gradebook_views.cell_card import load_cell_card
from app.journal.student_views.marks import load_student_course_marks
from app.kernel import door
from app.kernel.errors import Missing
from tests.journal.school import NOW

pytestmark = pytest.mark.clause("6.1")


def enter(school, *edits, roll=None):
    act = school.teacher_act()
    with door.write(act):
        record_marks(act, list(edits))
        if roll:
            take_roll(act, roll)


def shown(school, student):
    return [
        (mark.status, mark.grade)
        for course in load_student_course_marks(student, NOW)
        for mark in course.marks
    ]


def test_what_is_saved_is_seen_at_once(school):
    lesson, student = school.lesson(topic="Limits", task="p. 12"), school.students[0]
    assert shown(school, student) == [("NOT_RECORDED", "")]
    enter(
        school,
        CellEdit(lesson, student, "ATTENDANCE", "ABSENT", 0),
        CellEdit(lesson, student, "GRADE", "7.5", 0),
    )
    assert shown(school, student) == [("ABSENT", "7.5")]
    [course] = load_student_course_marks(student, NOW)
    assert (course.marks[0].topic, course.marks[0].task, course.teachers) == (
        "Limits",
        "p. 12",
        ("Осмонова А.",),
    )
    assert [mark.lesson for mark in course.absences_not_made_up] == [lesson]


def test_the_others_see_nothing_of_it(school):
    lesson, student, other = school.lesson(), *school.students[:2]
    enter(school, CellEdit(lesson, student, "ATTENDANCE", "ABSENT", 0), roll=lesson)
    assert shown(school, other) == [("PRESENT", "")]
    assert load_cell_card(school.act(student, "student"), lesson, student).status == "ABSENT"
    with pytest.raises(Missing):
        load_cell_card(school.act(other, "student"), lesson, student)


@pytest.mark.undriven
def test_lessons_to_come_and_lessons_outside_the_membership_are_not_listed(school):
    newcomer = school.student(9, since=date(2026, 10, 14))
    school.lesson(NOW - timedelta(days=1))
    school.lesson(NOW + timedelta(hours=1))
    assert shown(school, newcomer) == []
    school.lesson()
    assert shown(school, newcomer) == [("NOT_RECORDED", "")]


@pytest.mark.undriven
def test_a_moved_student_sees_both_groups_once_each(school):
    student = school.student(9, until=date(2026, 10, 13))
    school.joins(student, date(2026, 10, 14))
    school.lesson(NOW - timedelta(days=1))
    school.lesson()
    assert len(shown(school, student)) == 2


@pytest.mark.undriven
def test_his_marks_cost_the_same_for_many_lessons(school, counted):
    counts = []
    for more in (1, 20):
        school.lessons(more, NOW - timedelta(days=more))
        with counted() as statements:
            load_student_course_marks(school.students[0], NOW)
        counts.append(len(statements))
    assert counts[0] == counts[1] == 2
