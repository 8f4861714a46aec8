"""The first leaf of a journal: title data (2.1a), the list by orders (2.1b), the study calendar with hours (2.1c)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.journal.courses.title_page import TitlePage, load_title_page
from app.journal.gradebook.access import require_readable_offering
from app.journal.tables import Lesson, Offering
from app.kernel.ids import new_id
from app.people.models import Membership, Programme, StudyGroup
from tests.support.query_counter import statements

pytestmark = pytest.mark.clause("2.1")


@pytest.fixture
def leaf(school: Any, clock: Any) -> Any:
    """The first leaf as it is at the clock's moment."""

    def read() -> TitlePage:
        school.session.rollback()
        return load_title_page(require_readable_offering(school.teacher_act(clock()), school.offering))

    return read


def test_it_says_what_is_taught_to_whom_by_whom_and_when(school, leaf):
    school.session.execute(update(Offering).values(planned_hours=60, credits=4))
    programme = Programme(
        id=new_id(), code="710400", names={"ky": "Программалык инженерия"}, unit_id=school.institute
    )
    school.session.add(programme)
    school.session.flush()
    school.session.execute(update(StudyGroup).values(programme_id=programme.id, year_of_study=2))
    school.session.commit()
    found = leaf()
    assert (found.planned_hours, str(found.credits), found.year_of_study) == (60, "4.0", 2)
    assert found.programme["ky"] == "Программалык инженерия" and found.group
    assert {teacher.part for teacher in found.teachers} >= {"LECTURER"}
    assert found.institute and found.department and found.starts_on < found.ends_on


def test_the_list_keeps_who_left_with_the_days_and_the_order(school, clock, leaf):
    gone = school.students[0]
    last = clock().date() - timedelta(days=3)
    school.session.execute(
        update(Membership).where(Membership.person_id == gone).values(ends_on=last, order_no="18-С")
    )
    school.session.commit()
    (member,) = [member for member in leaf().members if member.person == gone]
    assert (member.ends_on, member.order_no) == (last, "18-С")
    assert len(leaf().members) == len(school.students)


def test_hours_are_taught_when_the_lesson_is_over_and_its_roll_taken(school, clock, leaf):
    lesson = school.lesson(clock() - timedelta(days=1))
    before = leaf().hours_taught(clock())
    school.session.execute(
        update(Lesson)
        .where(Lesson.id == lesson)
        .values(hours=2, roll_taken_at=clock(), roll_taken_by=school.lecturer)
    )
    school.session.commit()
    assert leaf().hours_taught(clock()) == before + 2
    ends = school.session.get(Lesson, lesson).ends_at
    assert leaf().hours_taught(ends) == before + 2
    assert leaf().hours_taught(ends - timedelta(seconds=1)) == before


@pytest.mark.parametrize("state", ["CANCELLED", "MOVED"])
def test_a_lesson_that_did_not_take_place_has_no_hours(school, clock, leaf, state):
    lesson = school.lesson(clock() - timedelta(days=1))
    school.session.execute(
        update(Lesson)
        .where(Lesson.id == lesson)
        .values(state=state, roll_taken_at=clock(), roll_taken_by=school.lecturer)
    )
    school.session.commit()
    (found,) = [each for each in leaf().lessons if each.id == lesson]
    assert not found.is_in_study_calendar and not found.is_taught(clock())


def test_its_statements_do_not_grow_with_lessons(school, clock, leaf):
    with statements() as few:
        leaf()
    for day in range(1, 12):
        school.lesson(clock() - timedelta(days=day))
    with statements() as many:
        leaf()
    assert len(many) == len(few)
