"""6.1: the student sees what each absence still needs and by when, his day, and his marks by semester."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.journal.gradebook.roll_call import take_roll
from app.journal.makeups.debt_queries import load_debts_of_student
from app.journal.student_views import absence_needs as rules
from app.journal.student_views.absences import load_missed_lessons
from app.journal.student_views.marks import load_student_course_marks, load_taught_student_semesters
from app.journal.student_views.today import load_student_day
from app.journal.tables import Semester
from app.kernel import door
from app.kernel.ids import new_id
from app.people.models import Membership
from tests.journal.school import named
from tests.scenarios.excuses import confirmed
from tests.scenarios.grade_sheets import shut_sheet

pytestmark = pytest.mark.clause("6.1")
SECOND = timedelta(seconds=1)


def absence(world, lesson):
    world.session.rollback()
    found = load_missed_lessons(world.student, world.now())
    return next(one for one in found if one.lesson == lesson)


def kinds(world, lesson):
    return [need.kind for need in absence(world, lesson).needs]


def test_an_absence_needs_its_work_and_once_back_a_document_within_the_term(world):
    lesson = world.missed(5)
    assert kinds(world, lesson) == [rules.NEED_RETURN, rules.NEED_MAKEUP]
    world.attended(1)
    paper, work = absence(world, lesson).needs
    assert (paper.kind, paper.start, paper.until.clause) == (rules.NEED_DOCUMENT, "excuse", "4.2.3")
    assert (work.kind, work.start, work.until.clause) == (rules.NEED_MAKEUP, "makeup", "5.3.1")
    assert absence(world, lesson).returned_on == world.day(1)
    world.clock.set(paper.until.moment)
    assert kinds(world, lesson)[0] == rules.NEED_DOCUMENT
    world.clock.set(paper.until.moment + SECOND)
    assert kinds(world, lesson)[0] == rules.NEED_LATE_DOCUMENT


def test_the_work_is_late_a_second_after_the_14_days_and_a_plea_after_the_last_day(world):
    lesson = world.missed(5)
    soft = absence(world, lesson).needs[-1].until
    world.clock.set(soft.moment)
    assert kinds(world, lesson)[-1] == rules.NEED_MAKEUP
    world.clock.set(soft.moment + SECOND)
    late = absence(world, lesson).needs[-1]
    assert (late.kind, late.start) == (rules.NEED_OVERDUE_MAKEUP, "makeup")
    world.clock.set(late.until.moment)
    assert kinds(world, lesson)[-1] == rules.NEED_OVERDUE_MAKEUP
    world.clock.set(late.until.moment + SECOND)
    plea = absence(world, lesson).needs[-1]
    assert (plea.kind, plea.start, plea.until.clause) == (rules.NEED_EXTENSION, "makeup_extension", "5.3.2")


def test_under_a_closed_sheet_after_the_last_day_only_a_commission_is_left(world):
    lesson = world.missed(5)
    sheet = world.school.sheet(world.day(0))
    closed = world.school.act(world.people["academic_office"], "academic_office", at=world.now())
    with door.write(closed):
        shut_sheet(closed, sheet)
    assert kinds(world, lesson) == [rules.NEED_MAKEUP]
    world.clock.set(datetime(2027, 1, 2, tzinfo=UTC))
    (left,) = absence(world, lesson).needs
    assert (left.kind, left.start) == (rules.NEED_COMMISSION, None)


@pytest.mark.parametrize("kind, needs", [("LECTURE", []), ("LAB", [rules.NEED_MAKEUP])])
def test_a_confirmed_absence_needs_only_what_the_policy_says(world, kind, needs):
    lesson = world.missed(5, type=kind)
    confirmed(world, world.student_actor().hands_in(world.day(5)))
    assert (absence(world, lesson).status, kinds(world, lesson)) == ("SICK", needs)
    assert not absence(world, lesson).unconfirmed


def test_what_is_worked_off_needs_nothing(world):
    lesson = world.missed(5)
    case = world.student_actor().asks_makeup(lesson)
    world.teacher().sets_task(case)
    world.student_actor().performs(case)
    world.teacher().accepts(case)
    assert (absence(world, lesson).status, kinds(world, lesson)) == ("MADE_UP", [])


def test_nothing_is_missed_or_owed_outside_the_days_in_the_group(world):
    lesson = world.missed(5)
    stay = world.session.query(Membership).filter_by(person_id=world.student).one()
    stay.ends_on = world.day(6)
    world.session.commit()
    assert [one for one in load_missed_lessons(world.student, world.now()) if one.lesson == lesson] == []
    assert [one for one in load_debts_of_student(world.student, world.now()) if one.lesson == lesson] == []


def test_absences_cost_the_same_for_one_and_for_twenty(world, counted):
    world.missed(3)
    load_missed_lessons(world.student, world.now())
    counts = []
    for more in (0, 20):
        for number in range(more):
            world.missed(6 + number)
        world.session.rollback()
        with counted() as statements:
            load_missed_lessons(world.student, world.now())
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 10


def test_his_day_has_today_in_order_with_the_roll_and_the_next_lesson(world):
    morning = world.clock() - timedelta(hours=1)
    begun = world.school.lesson(morning, room="101", topic="Limits", task="p. 12")
    later = world.school.lesson(world.clock() + timedelta(hours=3), type="LAB")
    world.school.lesson(world.clock() + timedelta(hours=2), state="CANCELLED")
    world.school.lesson(world.clock() + timedelta(days=1))
    day = load_student_day(world.student, world.now())
    assert [(one.status, one.is_held) for one in day.lessons] == [
        ("NOT_RECORDED", True),
        ("NOT_APPLICABLE", False),
        ("NOT_RECORDED", True),
    ]
    first = day.lessons[0]
    assert (first.id, first.room, first.topic, first.task, first.teachers) == (
        begun,
        "101",
        "Limits",
        "p. 12",
        ("Осмонова А.",),
    )
    assert day.next is not None and day.next.id == later
    act = world.school.teacher_act(world.now())
    with door.write(act):
        take_roll(act, begun)
    assert load_student_day(world.student, world.now()).lessons[0].status == "PRESENT"


@pytest.mark.undriven
def test_a_day_without_lessons_still_says_what_comes_next(world):
    ahead = world.school.lesson(world.clock() + timedelta(days=2))
    day = load_student_day(world.student, world.now())
    assert (list(day.lessons), day.next.id if day.next else None) == ([], ahead)
    stranger = world.school.person("Жок", "Студент")
    assert load_student_day(stranger, world.now()).next is None


def test_marks_are_shown_by_semester(world):
    world.missed(3)
    [term] = load_taught_student_semesters(world.student)
    assert len(load_student_course_marks(world.student, world.now(), term.id)) == 1
    other = Semester(
        id=new_id(),
        names=named(ky="Жазгы"),
        academic_year="2026/27",
        starts_on=date(2027, 2, 1),
        ends_on=date(2027, 6, 1),
    )
    world.session.add(other)
    world.session.commit()
    assert load_student_course_marks(world.student, world.now(), other.id) == []
    assert [one.id for one in load_taught_student_semesters(world.student)] == [term.id]
