"""A work-off and an excuse about one absence, whichever comes first: cross-cutting 6, 7 and 8."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.cases.commands.revalidate import revalidate_student_cases
from app.cases.models import Task, Timer
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Refused
from tests.scenarios.event_delivery import corrected_by_case, corrects, ended, heard, news, told
from tests.scenarios.excuses import confirmed, excused, other_directorate

pytestmark = [pytest.mark.clause("5.3.1"), pytest.mark.clause("5.2.2")]


def asked(world, lesson, *, set_task=False):
    case = world.student_actor().asks_makeup(lesson)
    if set_task:
        world.teacher().sets_task(case)
    return case


def revoked(world):
    (stands,) = [one for one in excused(world) if one.revoked_at is None]
    doubt = world.directorate().questions(stands.id)
    world.student_actor().completes(doubt, reason="Түшүндүрмө берем")
    other_directorate(world).completes(doubt, decision="approve", reason="Борбор тастыктаган жок")
    heard(world)


# --- 6: the fourteen days, from the end of a confirmed excuse ---------------------------------------------


def test_an_excuse_confirmed_on_the_way_moves_the_term_of_the_open_task_and_its_reminders(world):
    lesson = world.missed(9, type="PRACTICE")
    case = asked(world, lesson)
    world.teacher().sets_task(case, form="practical_task")
    (before,) = world.open_tasks(case)
    assert before.due_at == datetime(2026, 10, 19, 17, 59, 59, tzinfo=UTC), (
        "14 days from the lesson of 5 October"
    )
    confirmed(world, world.student_actor().hands_in(world.day(9), world.day(2)))
    heard(world)
    (after,) = world.open_tasks(case)
    assert (after.id, after.element) == (before.id, "perform_student")
    assert after.due_at == datetime(2026, 10, 26, 17, 59, 59, tzinfo=UTC), "14 days from 12 October"
    reminders = world.session.query(Timer).filter(Timer.task_id == after.id, Timer.kind != "diagram").all()
    assert all(timer.due_at <= after.due_at for timer in reminders) and len(reminders) >= 2
    assert told(world, case, "retimed")["why"] == "cases.retimed.counted_anew"
    assert str(world.student) in news(world, "cases.case.retimed")[-1]["recipients"]


def test_a_task_set_after_the_confirmation_counts_from_its_end_too(world):
    lesson = world.missed(9, type="PRACTICE")
    case = asked(world, lesson)
    confirmed(world, world.student_actor().hands_in(world.day(9), world.day(2)))
    heard(world)
    world.teacher().sets_task(case, form="practical_task")
    (task,) = world.open_tasks(case)
    assert task.due_at == datetime(2026, 10, 26, 17, 59, 59, tzinfo=UTC)


def test_an_excuse_taken_back_on_the_way_begins_the_days_with_that_decision(world):
    lesson = world.missed(9, type="PRACTICE")
    confirmed(world, world.student_actor().hands_in(world.day(9)))
    case = asked(world, lesson)
    world.teacher().sets_task(case, form="practical_task")
    world.clock.advance(days=3)
    revoked(world)
    (task,) = world.open_tasks(case)
    assert task.due_at == datetime(2026, 10, 31, 17, 59, 59, tzinfo=UTC), "14 days from 17 October"


def test_news_that_come_twice_move_nothing_twice(world):
    lesson = world.missed(9, type="PRACTICE")
    case = asked(world, lesson)
    confirmed(world, world.student_actor().hands_in(world.day(9), world.day(2)))
    heard(world)
    for _ in range(2):
        with door.write(Act.by_system(world.clock())):
            assert revalidate_student_cases(Act.by_system(world.clock()), [world.student]) == 0
    assert len(news(world, "cases.case.retimed")) == 0, "no task of his had a term yet"
    assert ended(world, case) == ("open", None)


def test_a_lecture_that_is_excused_is_not_made_up_and_the_open_work_off_ends(world):
    lesson = world.missed(4)
    case = asked(world, lesson, set_task=True)
    confirmed(world, world.student_actor().hands_in(world.day(4)))
    heard(world)
    assert ended(world, case) == ("done", "not_required")
    assert told(world, case) == {"why": "cases.superseded.excused"}


def test_work_handed_in_before_is_still_looked_at(world):
    lesson = world.missed(4)
    case = asked(world, lesson, set_task=True)
    world.student_actor().performs(case)
    confirmed(world, world.student_actor().hands_in(world.day(4)))
    heard(world)
    assert world.teacher().accepts(case).outcome == "done"
    assert world.status(lesson) == "MADE_UP"


def test_an_excuse_refused_on_the_way_changes_nothing(world):
    lesson = world.missed(4)
    case = asked(world, lesson)
    excuse = world.student_actor().hands_in(world.day(4))
    world.directorate().completes(excuse, decision="complete")
    world.directorate().rejects(excuse)
    heard(world)
    assert world.open_elements(case) == ["assign_teacher"]


# --- P03: the absence was none ----------------------------------------------------------------------------


def test_an_absence_corrected_away_ends_the_open_work_off_by_itself(world):
    lesson = world.missed(2)
    case = asked(world, lesson, set_task=True)
    corrects(world, lesson)
    heard(world)
    assert ended(world, case) == ("done", "cancelled")
    assert told(world, case) == {"why": "cases.superseded.no_absence"}
    last = news(world, "cases.case.ended")[-1]
    assert {str(world.student)} <= set(last["recipients"])
    world.session.rollback()
    closed = world.session.query(Task).filter_by(case_id=case, element="perform_student").one()
    assert (closed.closed_how, closed.closed_by) == ("cancelled", None)


@pytest.mark.clause("4.4.2")
def test_a_correction_by_the_other_process_ends_it_too(world):
    lesson = world.missed(6)
    case = asked(world, lesson)
    corrected_by_case(world, lesson)
    heard(world)
    assert ended(world, case) == ("done", "cancelled")


@pytest.mark.clause("5.4.2")
def test_of_several_lessons_those_still_missed_are_made_up(world):
    first, second = world.missed(2), world.missed(1)
    case = world.student_actor().asks_makeup(first, second)
    world.teacher().sets_task(case)
    corrects(world, first)
    heard(world)
    world.student_actor().performs(case)
    assert world.teacher().accepts(case).outcome == "done"
    assert [world.status(lesson) for lesson in (first, second)] == ["PRESENT", "MADE_UP"]


def test_a_second_work_off_of_the_same_lesson_is_refused_with_the_way_to_the_first(world):
    lesson = world.missed(2)
    first = asked(world, lesson)
    with pytest.raises(Refused) as refused:
        world.teacher().asks_makeup(lesson, world.missed(1), student=world.student)
    assert refused.value.params["case"] == str(first)


@pytest.mark.clause("4.4.2")
def test_a_settled_absence_is_not_corrected(world):
    lesson = world.missed(6)
    case = asked(world, lesson, set_task=True)
    world.student_actor().performs(case)
    world.teacher().accepts(case)
    with pytest.raises(Refused) as refused:
        world.teacher().requests_correction(world.edit(lesson=str(lesson), version=2))
    assert refused.value.code == "journal.mark.absence_settled"


@pytest.mark.clause("4.4.2")
def test_a_correction_asked_before_the_work_off_was_accepted_comes_back(world):
    lesson = world.missed(6)
    correction = world.teacher().requests_correction(world.edit(lesson=str(lesson), version=1))
    case = asked(world, lesson, set_task=True)
    world.student_actor().performs(case)
    world.teacher().accepts(case)
    heard(world)
    for actor in (world.head(), world.directorate(), world.office(), world.it()):
        actor.approves(correction)
    assert world.open_elements(correction) == ["rework_teacher"], "the cell had changed meanwhile"
    assert world.status(lesson) == "MADE_UP"


@pytest.mark.clause("4.4.2")
def test_a_correction_asked_before_the_excuse_was_confirmed_comes_back(world):
    lesson = world.missed(6)
    correction = world.teacher().requests_correction(world.edit(lesson=str(lesson), version=1))
    confirmed(world, world.student_actor().hands_in(world.day(6)))
    heard(world)
    for actor in (world.head(), world.directorate(), world.office(), world.it()):
        actor.approves(correction)
    assert world.open_elements(correction) == ["rework_teacher"]
    assert world.status(lesson) == "SICK"


# --- 7 and 8: after the work-off --------------------------------------------------------------------------


@pytest.mark.clause("5.4.2")
def test_confirmed_after_the_work_off_the_reason_changes_and_nothing_else(world):
    lesson = world.missed(4)
    case = asked(world, lesson, set_task=True)
    world.student_actor().performs(case)
    world.teacher().accepts(case, points=80)
    points = world.school.cell(lesson, world.student, "GRADE").value
    confirmed(world, world.student_actor().hands_in(world.day(4)))
    heard(world)
    row = world.school.cell(lesson, world.student)
    assert (world.status(lesson), row.reason, row.made_up) == ("MADE_UP", "SICK", True)
    assert world.school.cell(lesson, world.student, "GRADE").value == points == "80"


@pytest.mark.clause("4.2.4")
def test_taken_back_after_the_work_off_the_work_off_stays_valid(world):
    lesson = world.missed(4)
    case = asked(world, lesson, set_task=True)
    world.student_actor().performs(case)
    world.teacher().accepts(case, points=80)
    confirmed(world, world.student_actor().hands_in(world.day(4)))
    revoked(world)
    row = world.school.cell(lesson, world.student)
    assert (world.status(lesson), row.reason, row.made_up) == ("MADE_UP", None, True)


@pytest.mark.clause("4.2.4")
def test_one_confirmed_excuse_is_not_questioned_twice_at_once(world):
    world.missed(9)
    confirmed(world, world.student_actor().hands_in(world.day(9)))
    (stands,) = excused(world)
    first = world.directorate().questions(stands.id)
    with pytest.raises(Refused) as refused:
        other_directorate(world).questions(stands.id)
    assert refused.value.params["case"] == str(first)
