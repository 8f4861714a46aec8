"""After the last date of the semester only head and directorate together allow a work-off, with reasons (5.3.2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.journal.tables import MakeupExtension, Semester
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import Invalid, Missing, Refused
from tests.scenarios.grade_sheets import shut_sheet

pytestmark = pytest.mark.clause("5.3.2")
WHY = {"reason": "Студент ооруканада жаткан, документ бар."}


@pytest.fixture
def missed(world):
    """A missed lesson whose semester's last date for work-offs has passed."""
    lesson = world.missed(5)
    world.session.get(Semester, world.school.semester).makeup_until = world.day(1)
    world.session.commit()
    return lesson


def opinion(world, case, value="support"):
    world.teacher().completes(case, opinion=value, reason="Теманы өздөштүрүүгө жөндөмдүү")


def allowed(world, lesson):
    case = world.student_actor().pleads(lesson)
    opinion(world, case)
    world.head().completes(case, decision="approve", **WHY)
    assert world.directorate().completes(case, decision="approve", **WHY).outcome == "allowed"
    return case


def extension(world):
    world.session.rollback()
    return world.session.query(MakeupExtension).one()


def test_both_decide_and_the_student_gets_a_personal_last_day(world, missed):
    with pytest.raises(Refused) as late:
        world.student_actor().asks_makeup(missed)
    assert (late.value.code, late.value.remedy) == ("journal.makeup.semester_over", "makeup_extension")
    case = allowed(world, missed)
    stands = extension(world)
    assert (stands.until, stands.case_id) == (world.day(0) + timedelta(days=14), case)
    makeup = world.student_actor().asks_makeup(missed)
    world.teacher().sets_task(makeup)
    world.student_actor().performs(makeup)
    assert world.teacher().accepts(makeup).outcome == "done" and world.status(missed) == "MADE_UP"


def test_the_last_second_of_the_personal_day_and_the_first_after_it(world, missed):
    allowed(world, missed)
    world.clock.set(datetime(2026, 10, 28, 17, 59, 59, tzinfo=UTC))
    assert extension(world).until == local_day(world.clock())
    world.student_actor().asks_makeup(missed)
    world.clock.advance(seconds=1)
    with pytest.raises(Refused):
        world.student_actor().asks_makeup(missed)


@pytest.mark.parametrize("who", ["head", "directorate"])
def test_one_refusal_is_enough(world, missed, who):
    case = world.student_actor().pleads(missed)
    opinion(world, case)
    if who == "directorate":
        world.head().completes(case, decision="approve", **WHY)
    done = getattr(world, who)().completes(case, decision="reject", **WHY)
    assert done.outcome == "rejected"
    assert world.session.query(MakeupExtension).count() == 0
    with pytest.raises(Refused):
        world.student_actor().asks_makeup(missed)


def test_a_decision_without_a_reason_is_none(world, missed):
    case = world.student_actor().pleads(missed)
    opinion(world, case)
    with pytest.raises(Invalid) as refused:
        world.head().completes(case, decision="approve")
    assert "reason" in refused.value.fields


def test_a_silent_teacher_and_late_deciders_do_not_stop_it(world, missed):
    case = world.student_actor().pleads(missed)
    world.days_pass(4)
    assert world.open_elements(case) == ["decide_head"]
    world.days_pass(4)
    assert world.open_elements(case) == ["decide_head_deputy"]
    world.actor("department_head_deputy").completes(case, decision="approve", **WHY)
    world.days_pass(4)
    assert world.open_elements(case) == ["decide_directorate_deputy"]
    done = world.actor("directorate_deputy").completes(case, decision="approve", **WHY)
    assert done.outcome == "allowed"


def test_before_the_last_date_nobody_pleads(world):
    lesson = world.missed(5)
    with pytest.raises(Refused) as refused:
        world.student_actor().pleads(lesson)
    assert (refused.value.code, refused.value.remedy) == ("journal.makeup.still_in_time", "makeup")


def test_only_the_student_his_own_and_his_teacher_plead(world, missed):
    with pytest.raises(Missing):
        world.student_actor(world.school.students[1]).pleads(missed)
    case = world.teacher().pleads(missed, student=world.student)
    assert world.case(case).requester == world.student


def test_a_sheet_closed_meanwhile_leaves_it_to_the_commission(world, missed):
    case = world.student_actor().pleads(missed)
    opinion(world, case)
    world.head().completes(case, decision="approve", **WHY)
    sheet = world.school.sheet(date(2026, 12, 1))
    with door.write(world.office().act()):
        shut_sheet(world.office().act(), sheet)
    assert world.directorate().completes(case, decision="approve", **WHY).outcome == "sheet_closed"
    assert world.session.query(MakeupExtension).count() == 0
