"""The paths of the diagrams of P01 and P26 that decide nothing by themselves: returns, inquiry, deputies, expiry."""

from __future__ import annotations

import pytest

from app.cases.models import Case
from app.journal.tables import Excuse
from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, Missing
from tests.scenarios.excuses import by_policy, confirmed, doubted, follows, other_directorate, registered
from tests.scenarios.world import Actor


def test_a_return_asks_the_student_and_the_document_stays_when_no_other_is_sent(world):
    world.missed(9)
    case = world.student_actor().hands_in(world.day(9))
    world.directorate().completes(case, decision="return", reason="Мөөрү көрүнбөйт")
    assert world.open_elements(case) == ["rework_student"]
    again = world.student_actor().document(world.day(9), files=[])
    world.student_actor().completes(
        case, decision="resubmit", **{k: v for k, v in again.items() if k != "files"}
    )
    assert world.open_elements(case) == ["register_directorate"]
    assert len(world.session.get(Excuse, world.case(case).subject_id).files) == 1
    assert confirmed(world, case).outcome == "confirmed_all"


def test_a_document_not_completed_in_its_term_expires(world):
    world.missed(9)
    case = world.student_actor().hands_in(world.day(9))
    world.directorate().completes(case, decision="return", reason="Мөөрү көрүнбөйт")
    (task,) = world.open_tasks(case)
    world.clock.set(task.due_at)
    assert world.days_pass(0).advanced == 0
    assert world.days_pass(1 / 86400).advanced == 1 and world.case(case).outcome == "expired"


def test_an_inquiry_to_the_issuer_comes_back_to_the_decision(world):
    world.missed(9)
    case = world.student_actor().hands_in(world.day(9))
    registered(world, case)
    world.directorate().completes(case, decision="inquire", reason="Мөөрү башкача")
    (task,) = world.open_tasks(case)
    assert task.element == "inquiry_issuer" and task.policy == "excuse.inquiry_term"
    world.directorate().completes(case, answer="confirmed", reason="Борбор телефон аркылуу тастыктады")
    assert world.open_elements(case) == ["decide_directorate"]
    assert world.directorate().approves(case).outcome == "confirmed_all"


def test_a_late_directorate_gives_way_to_its_deputy(world):
    lesson = world.missed(9)
    case = world.student_actor().hands_in(world.day(9))
    registered(world, case)
    world.days_pass(5)
    assert world.open_elements(case) == ["decide_deputy"]
    assert world.actor("directorate_deputy").approves(case).outcome == "confirmed_all"
    assert world.status(lesson) == "SICK"


def test_an_order_for_students_of_another_institute_is_missing(world):
    world.missed(9)
    other = world.school._unit(world.school.university, "institute", "OTHER")
    foreign = Actor(world, world.hires("directorate", other), (RoleAssignment("directorate", other),))
    with pytest.raises(Missing):
        foreign.hands_in(world.day(9), students=[world.student])
    with pytest.raises((Denied, Missing)):
        world.teacher().hands_in(world.day(9))


def test_the_case_of_a_teacher_begins_once_however_often_the_news_come(world):
    by_policy(world, "TEACHER_AFTER_CONFIRMATION")
    world.missed(9)
    confirmed(world, world.student_actor().hands_in(world.day(9)))
    assert follows(world) == follows(world)
    assert world.session.query(Case).filter_by(diagram="excuse_entry").count() == 1


def test_a_silent_student_does_not_stop_the_decision(world):
    lesson, case = doubted(world)
    world.days_pass(4)
    assert world.open_elements(case) == ["decide_directorate"]
    done = other_directorate(world).completes(case, decision="reject", reason="Документ чыныгы экен")
    assert done.outcome == "kept" and world.status(lesson) == "SICK"
