"""A student says that a mark is wrong: to his teacher first, then to head or directorate (6.2, P05)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.cases.access import can_see_case
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.kernel import door
from app.kernel.errors import Denied, Invalid, Missing, Refused, Stale
from tests.scenarios.excuses import by_policy, news

pytestmark = pytest.mark.clause("6.2")
WHY = {"reason": "Тизмени карап чыктым"}


def corrects(world, lesson, version=1, value="PRESENT"):
    act = world.teacher().act()
    with door.write(act):
        record_mark(act, CellEdit(lesson, world.student, "ATTENDANCE", value, version, "Тизмеде ката"))


def escalated(world, case):
    """The teacher explains, the student does not agree."""
    world.teacher().completes(case, decision="explain", **WHY)
    world.student_actor().completes(case, decision="escalate", **WHY)


def test_the_teacher_who_entered_it_answers_within_three_working_days(world):
    case = world.student_actor().disputes(world.missed(1))
    (task,) = world.open_tasks(case)
    assert (task.element, task.assignee, task.policy) == (
        "answer_teacher",
        world.school.lecturer,
        "dispute.teacher_answer",
    )


def test_an_agreeing_teacher_corrects_it_and_the_case_sees_that_he_did(world):
    lesson = world.missed(1)
    case = world.student_actor().disputes(lesson)
    world.teacher().completes(case, decision="agree", **WHY)
    world.teacher().completes(case, **WHY)
    assert world.open_elements(case) == ["correct_teacher"], "nothing was corrected yet"
    corrects(world, lesson)
    assert world.teacher().completes(case, **WHY).outcome == "corrected"
    assert world.status(lesson) == "PRESENT"


def test_after_his_own_days_a_correction_by_the_other_process_settles_it_too(world):
    lesson = world.missed(6)
    case = world.student_actor().disputes(lesson, late="Кеч көрдүм")
    world.teacher().completes(case, decision="agree", **WHY)
    edit = world.edit(lesson=str(lesson), version=1, new="PRESENT")
    correction = world.teacher().requests_correction(edit)
    for actor in (world.head(), world.directorate(), world.office(), world.it()):
        actor.approves(correction)
    assert world.status(lesson) == "PRESENT"
    assert world.teacher().completes(case, **WHY).outcome == "corrected"


def test_an_explanation_the_student_accepts_settles_it(world):
    lesson = world.missed(1)
    case = world.student_actor().disputes(lesson)
    world.teacher().completes(case, decision="explain", **WHY)
    assert world.student_actor().completes(case, decision="accept").outcome == "explained"
    assert world.status(lesson) == "ABSENT"


def test_a_silent_teacher_leaves_the_word_to_the_student(world):
    case = world.student_actor().disputes(world.missed(1))
    (task,) = world.open_tasks(case)
    world.clock.set(task.due_at)
    assert world.days_pass(0).advanced == 0
    assert world.days_pass(1 / 86400).advanced == 1
    assert world.open_elements(case) == ["confirm_student"]


def test_attendance_goes_on_to_the_directorate(world):
    lesson = world.missed(1)
    case = world.student_actor().disputes(lesson)
    escalated(world, case)
    assert world.open_elements(case) == ["decide_directorate"]
    world.directorate().completes(case, decision="agree", **WHY)
    corrects(world, lesson)
    assert world.teacher().completes(case, **WHY).outcome == "corrected"


def test_a_grade_goes_on_to_the_head_of_department(world):
    lesson = world.attended(1)
    act = world.teacher().act()
    with door.write(act):
        record_mark(act, CellEdit(lesson, world.student, "GRADE", "40", 0))
    case = world.student_actor().disputes(lesson, "GRADE", 1)
    escalated(world, case)
    assert world.open_elements(case) == ["decide_head"]
    assert world.head().completes(case, decision="reject", **WHY).outcome == "refused"


def graded(world):
    """A disputed grade that its teacher defended and the student passed on."""
    lesson = world.attended(1)
    act = world.teacher().act()
    with door.write(act):
        record_mark(act, CellEdit(lesson, world.student, "GRADE", "40", 0))
    case = world.student_actor().disputes(lesson, "GRADE", 1)
    escalated(world, case)
    return case


def test_the_directorate_is_told_of_a_grade_that_the_head_reviews_and_may_read_it(world):
    case = graded(world)
    (told,) = news(world, "journal.dispute.escalated")
    assert told["recipients"] == [str(world.people["directorate"])] and told["url"] == f"/cases/{case}"
    assert can_see_case(world.directorate().act(), world.case(case))
    assert world.directorate().task(case) is None, "it reads, and waits for nothing"


def test_by_policy_a_grade_goes_to_the_directorate(world):
    by_policy(world, "DIRECTORATE", "dispute.grade_reviewer", "6.2")
    case = graded(world)
    assert world.open_elements(case) == ["decide_directorate"]
    assert news(world, "journal.dispute.escalated") == []
    assert world.directorate().completes(case, decision="reject", **WHY).outcome == "refused"


@pytest.mark.parametrize("head", ["agree", "reject"])
def test_by_policy_both_review_it_the_head_first_and_the_directorate_decides(world, head):
    by_policy(world, "BOTH", "dispute.grade_reviewer", "6.2")
    case = graded(world)
    assert world.open_elements(case) == ["decide_head"]
    world.head().completes(case, decision=head, **WHY)
    assert world.open_elements(case) == ["decide_directorate"]
    world.directorate().completes(case, decision="agree", **WHY)
    assert world.open_elements(case) == ["correct_teacher"]


def test_by_policy_attendance_still_goes_to_the_directorate(world):
    by_policy(world, "HEAD", "dispute.grade_reviewer", "6.2")
    case = world.student_actor().disputes(world.missed(1))
    escalated(world, case)
    assert world.open_elements(case) == ["decide_directorate"]


def test_a_refusal_of_the_directorate_leaves_the_mark(world):
    lesson = world.missed(1)
    case = world.student_actor().disputes(lesson)
    escalated(world, case)
    assert world.directorate().completes(case, decision="reject", **WHY).outcome == "refused"
    assert world.status(lesson) == "ABSENT"


def test_a_student_who_says_nothing_more_has_accepted(world):
    case = world.student_actor().disputes(world.missed(1))
    world.teacher().completes(case, decision="explain", **WHY)
    world.days_pass(8)
    assert world.case(case).outcome == "explained"


def test_the_last_second_of_the_third_working_day_and_words_after_it(world):
    lesson, other = world.missed(1), world.missed(1, type="PRACTICE")
    world.clock.set(datetime(2026, 10, 16, 17, 59, 59, tzinfo=UTC))
    world.student_actor().disputes(lesson)
    world.clock.advance(seconds=1)
    with pytest.raises(Invalid) as late:
        world.student_actor().disputes(other)
    assert late.value.fields["late"][0].code == "journal.dispute.late_needs_words"
    world.student_actor().disputes(other, late="Оруп калгам")


def test_a_new_change_of_the_mark_begins_the_term_anew(world):
    lesson = world.missed(3)
    act = world.teacher().act()
    with door.write(act):
        record_mark(act, CellEdit(lesson, world.student, "ATTENDANCE", "PRESENT", 1, "Келген"))
    world.student_actor().disputes(lesson, version=2)


def test_nobody_disputes_the_mark_of_another_nor_what_he_did_not_see(world):
    lesson = world.missed(1)
    with pytest.raises(Missing):
        other = world.student_actor(world.school.students[1])
        other.disputes(
            lesson,
            dispute={
                "lesson": str(lesson),
                "kind": "ATTENDANCE",
                "version": 1,
                "student": str(world.student),
            },
        )
    with pytest.raises(Denied):
        world.teacher().disputes(lesson)
    with pytest.raises(Stale):
        world.student_actor().disputes(lesson, version=7)
    with pytest.raises(Refused):
        world.student_actor().disputes(world.untaken, version=0)


@pytest.mark.clause("3.1")
def test_the_curator_disputes_for_his_student_and_both_are_recorded(world):
    case = world.curator().disputes(world.missed(1), behalf=world.student)
    row = world.case(case)
    assert (row.requester, row.on_behalf_of) == (world.people["curator"], world.student)
