"""An accepted work-off changes the mark, keeps the reason and counts its points (5.4)."""

from __future__ import annotations

from datetime import date

import pytest

from app.audit import history
from app.audit.words import unseal_texts
from app.journal.makeups.commands import propose_makeup_due_day
from app.journal.makeups.debt_queries import load_debts_in_offerings
from app.journal.makeups.queries import load_settled_makeups
from app.journal.tables import MakeupStage
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import Invalid, Refused
from tests.scenarios.excuses import confirmed
from tests.scenarios.grade_sheets import shut_sheet

pytestmark = pytest.mark.clause("5.4.2")


def performed(world, *lessons, **task):
    """A work-off of these lessons, its task set and done; answers the case."""
    case = world.student_actor().asks_makeup(*lessons)
    world.teacher().sets_task(case, **task)
    world.student_actor().performs(case)
    return case


def grade(world, lesson):
    cell = world.school.cell(lesson, world.student, "GRADE")
    return cell.value if cell else None


@pytest.mark.clause("5.4.1")
def test_the_mark_becomes_worked_off_and_the_points_count(world):
    lesson = world.missed(5)
    case = performed(world, lesson)
    assert world.status(lesson) == "ABSENT", "doing the work changes nothing yet"
    assert world.teacher().accepts(case, 80).outcome == "done"
    assert world.status(lesson) == "MADE_UP" and grade(world, lesson) == "80"
    written = history.load_object_audit_entries(world.school.cell(lesson, world.student).id)[-1]
    assert (written.event_type, written.clause, written.case) == ("journal.absence.made_up", "5.4.2", case)
    asked, given, result = (
        world.session.query(MakeupStage).order_by(MakeupStage.made_at, MakeupStage.id).all()
    )
    assert (asked.stage, given.stage, result.stage) == ("REQUESTED", "ASSIGNED", "RESULT")
    assert (result.form, result.given_on, result.accepted_on) == ("summary", world.day(0), world.day(0))
    topic, comment = unseal_texts((result.student_id, one) for one in (result.topic, result.comment))
    assert (topic, comment, result.points) == (
        "Туунду жана анын колдонулушу",
        "Толук жооп берди",
        80,
    )


@pytest.mark.clause("5.4.1")
def test_a_silent_teacher_leaves_the_acceptance_to_the_department(world):
    lesson = world.missed(5)
    case = performed(world, lesson)
    with pytest.raises(AssertionError):
        world.head().accepts(case)
    (task,) = world.open_tasks(case)
    world.clock.set(task.due_at)
    assert world.days_pass(0).advanced == 0
    assert world.days_pass(1 / 86400).advanced == 1
    assert world.open_elements(case) == ["accept_department"]
    with pytest.raises(AssertionError):
        world.teacher().accepts(case)
    assert world.head().accepts(case, 75).outcome == "done"
    assert world.status(lesson) == "MADE_UP" and grade(world, lesson) == "75"
    kept = world.session.query(MakeupStage).filter_by(result="DONE").one()
    assert kept.accepted_by == world.people["department_head"]


def test_the_confirmed_reason_stays_beside_the_work_off(world):
    lesson = world.missed(5, type="PRACTICE")
    confirmed(world, world.student_actor().hands_in(world.day(5)))
    case = performed(world, lesson, form="practical_task")
    assert world.teacher().accepts(case).outcome == "done"
    cell = world.school.cell(lesson, world.student)
    assert (world.status(lesson), cell.reason, cell.made_up) == ("MADE_UP", "SICK", True)


def test_an_excuse_confirmed_after_the_work_off_changes_only_the_reason(world):
    lesson = world.missed(5)
    assert world.teacher().accepts(performed(world, lesson)).outcome == "done"
    confirmed(world, world.student_actor().hands_in(world.day(5)))
    cell = world.school.cell(lesson, world.student)
    assert (world.status(lesson), cell.reason, grade(world, lesson)) == ("MADE_UP", "SICK", "80")


def test_one_work_off_makes_up_several_lessons_and_its_points_count_once(world):
    first, second = world.missed(5), world.missed(4)
    assert world.teacher().accepts(performed(world, first, second), 70).outcome == "done"
    assert (world.status(first), world.status(second)) == ("MADE_UP", "MADE_UP")
    assert sorted([grade(world, first) or "", grade(world, second) or ""]) == ["", "70"]


def test_without_points_only_the_mark_changes(world):
    lesson = world.missed(5)
    assert world.teacher().accepts(performed(world, lesson), None).outcome == "done"
    assert world.status(lesson) == "MADE_UP" and grade(world, lesson) is None


@pytest.mark.clause("5.4.3")
def test_after_the_sheet_was_closed_the_points_wait_for_the_commission(world):
    lesson, sheet = world.missed(5), world.school.sheet(date(2026, 12, 1))
    case = performed(world, lesson)
    with door.write(world.office().act()):
        shut_sheet(world.office().act(), sheet)
    assert world.teacher().accepts(case).outcome == "awaiting_commission"
    assert world.status(lesson) == "ABSENT" and grade(world, lesson) is None
    kept = world.session.query(MakeupStage).filter_by(result="DONE").one()
    assert kept.points == 80


def test_an_absence_that_was_none_cancels_the_work_off(world):
    lesson = world.missed(1)
    case = performed(world, lesson)
    from app.journal.gradebook.record_marks import CellEdit, record_mark

    act = world.teacher().act()
    with door.write(act):
        record_mark(act, CellEdit(lesson, world.student, "ATTENDANCE", "PRESENT", 1, "Келген экен"))
    assert world.teacher().accepts(case).outcome == "cancelled"
    assert world.status(lesson) == "PRESENT"


@pytest.mark.clause("5.4.1")
def test_twice_at_most_and_a_failed_work_leaves_the_absence(world):
    lesson = world.missed(5)
    case = performed(world, lesson)
    again = {"decision": "again", "comment": "Кайра даярданыңыз"}
    for day in (1, -200):
        with pytest.raises(Invalid) as wrong:
            world.teacher().accepts(case, None, due_on=world.day(day).isoformat(), **again)
        assert wrong.value.fields["due_on"][0].code == "journal.makeup.due_out_of_range"
    assert propose_makeup_due_day(world.teacher().act(), world.case(case).subject_id) == world.day(-9)
    world.teacher().accepts(case, None, due_on=world.day(-16).isoformat(), **again)
    assert world.open_elements(case) == ["perform_student"]
    due = world.student_actor().task(case).due_at
    assert local_day(due) == world.day(-16), "the later of the fourteen days (5.3.1) and the new day"
    assert world.case(case).subject["due_on"] == world.day(-16).isoformat()
    world.student_actor().performs(case)
    with pytest.raises(Refused) as refused:
        world.teacher().accepts(
            case, None, decision="again", comment="Дагы бир жолу", due_on=world.day(-17).isoformat()
        )
    assert refused.value.code == "journal.makeup.no_more_tries"
    assert world.teacher().accepts(case, None, decision="reject").outcome == "failed"
    assert world.status(lesson) == "ABSENT"


@pytest.mark.clause("5.4.1")
@pytest.mark.parametrize(
    "change, field", [({"comment": "  "}, "comment"), ({"points": 101}, "points"), ({"points": -1}, "points")]
)
def test_a_result_that_cannot_be_is_refused_by_its_field(world, change, field):
    case = performed(world, world.missed(5))
    with pytest.raises(Invalid) as refused:
        world.teacher().accepts(case, **change)
    assert field in refused.value.fields
    assert world.open_elements(case) == ["accept_teacher"]


@pytest.mark.clause("5.6")
@pytest.mark.clause("1.4.3")
def test_the_log_of_work_offs_and_the_journal_are_one_store(world):
    owed, done = world.missed(5), world.missed(4)

    def log():
        world.session.rollback()
        return [debt.lesson for debt in load_debts_in_offerings([world.school.offering], world.clock())]

    assert {owed, done} <= set(log())
    world.teacher().accepts(performed(world, done))
    assert owed in log() and done not in log()
    assert [step.lessons for step in load_settled_makeups([world.school.offering])] == [[done]]
