"""3.1: the curator and the directorate enter for a student of theirs; both are recorded, and nobody of another unit."""

from __future__ import annotations

from datetime import date

import pytest

from app.cases.models import History
from app.journal.overview.group_statistics import load_group_statistics, load_student_statistics
from app.journal.student_views.absences import load_missed_lessons
from app.journal.tables import Teaching
from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, Missing
from app.kernel.ids import new_id
from app.people.models import StudyGroup
from tests.scenarios.world import Actor

pytestmark = pytest.mark.clause("3.1")


def teaching_curator(world):
    """A curator who also teaches, but not this journal: the usual curator."""
    actor = world.curator()
    return Actor(
        world, actor.person, (RoleAssignment("teacher", world.school.other_department), *actor.assignments)
    )


def both(world, case):
    row = world.case(case)
    return row.requester, row.on_behalf_of


def test_a_curator_who_teaches_something_else_asks_in_the_students_name(world):
    curator = teaching_curator(world)
    case = curator.asks_makeup(world.missed(5), student=world.student)
    assert both(world, case) == (curator.person, world.student)


def test_a_curator_who_teaches_the_journal_offers_it_and_may_then_accept_it(world):
    curator = teaching_curator(world)
    lesson = world.missed(5)
    world.session.add(
        Teaching(
            id=new_id(),
            offering_id=world.school.offering,
            person_id=curator.person,
            part="PRACTICE",
            starts_on=date(2026, 9, 1),
        )
    )
    world.session.commit()
    case = curator.asks_makeup(lesson, student=world.student)
    assert both(world, case) == (world.student, None)


def test_the_directorate_disputes_a_mark_in_the_students_name(world):
    case = world.directorate().disputes(world.missed(1), behalf=world.student)
    assert both(world, case) == (world.people["directorate"], world.student)
    told = world.session.query(History).filter_by(case_id=case, kind="started").one()
    assert (told.person, told.on_behalf_of) == (world.people["directorate"], world.student)


def test_the_curator_of_another_group_and_another_directorate_find_no_such_student(world):
    lesson = world.missed(5)
    world.curator()
    stranger = world.hires("curator", world.school.institute, name="Башка")
    other = world.school._unit(world.school.university, "institute", "ECON")
    group = StudyGroup(id=new_id(), name="ЭК-1-25", unit_id=other, year_of_study=1, curator_id=stranger)
    world.session.add(group)
    world.session.commit()
    for assignment in (
        RoleAssignment("curator", world.school.institute),
        RoleAssignment("directorate", other),
    ):
        with pytest.raises(Missing):
            Actor(world, stranger, (assignment,)).asks_makeup(lesson, student=world.student)


def test_who_acts_for_somebody_else_does_not_ask_for_a_third(world):
    curator = world.curator()
    substitute = world.hires("teacher", world.school.department, name="Алмаш")
    acting = Actor(world, substitute, curator.assignments, behalf=curator.person)
    with pytest.raises(Denied):
        acting.asks_makeup(world.missed(5), student=world.student)


def test_the_numbers_of_a_group_are_those_of_the_lists_behind_them(world):
    lesson = world.missed(5)
    world.missed(30)
    now = world.now()
    [row] = [one for one in load_student_statistics(world.school.group, now) if one.student == world.student]
    absences = load_missed_lessons(world.student, now)
    assert row.unconfirmed_absence_count == sum(one.unconfirmed for one in absences)
    assert row.lessons_to_make_up == sum(bool(one.needs) for one in absences)
    soft = next(one for one in absences if one.lesson == lesson).needs[-1].until
    assert row.nearest_makeup_deadline == soft
    [group] = load_group_statistics([world.school.group], now)
    assert (group.student_count, group.unconfirmed_absence_count) == (
        len(world.school.students),
        row.unconfirmed_absence_count,
    )


def test_a_group_costs_the_same_however_many_students_miss_something(world, counted):
    load_student_statistics(world.school.group, world.now())
    counts = []
    for students in (world.school.students[:1], world.school.students[1:]):
        for student in students:
            world.missed(5, student=student)
        world.session.rollback()
        with counted() as statements:
            load_student_statistics(world.school.group, world.now())
            load_group_statistics([world.school.group], world.now())
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 12
