"""An order in the middle: a transfer takes the cases along, a leave puts them aside, an expulsion ends what the student
still had to do, and nothing that was entered is deleted: cross-cutting 9 and 10, clause 2.1b."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.cases.commands.claim import claim_pool_task
from app.cases.commands.follow_enrolment import apply_enrolment_to_cases
from app.cases.commands.withdraw import withdraw_case_by_requester
from app.cases.models import Case
from app.cases.queries import inbox
from app.cases.queries.inbox import InboxFilters, InboxOwner
from app.journal.gradebook.roll_call import take_roll
from app.journal.makeups.debt_queries import load_debts_of_student
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Missing, Refused
from tests.scenarios.event_delivery import (
    WHY,
    corrects,
    elsewhere,
    ended,
    heard,
    left,
    news,
    told,
    transferred,
)

pytestmark = pytest.mark.clause("2.1")


def waiting(world, actor):
    """What lies in somebody's inbox."""
    world.session.rollback()
    reader = InboxOwner(actor.person, (), actor.assignments)
    return [row.case_id for row in inbox.load_inbox_page(reader, InboxFilters(), {}).rows]


def again(world):
    """The same news once more, as after a crash of the worker."""
    with door.write(Act.by_system(world.clock())):
        apply_enrolment_to_cases(Act.by_system(world.clock()), [world.student])


# --- a transfer inside the university ---------------------------------------------------------------------


def test_an_open_excuse_follows_the_student_to_his_new_directorate(world):
    world.missed(3)
    case = world.student_actor().hands_in(world.day(3))
    there = elsewhere(world)
    assert waiting(world, world.directorate()) == [case]
    transferred(world, there.group)
    assert waiting(world, world.directorate()) == []
    assert waiting(world, there.directorate) == [case]
    assert told(world, case, "moved") | {"from": "", "to": ""} == {
        "why": "cases.moved.transferred",
        "order": "214-с",
        "from": "",
        "to": "",
    }
    assert str(world.student) in news(world, "cases.case.moved")[-1]["recipients"]
    there.directorate.completes(case, decision="complete")
    assert there.directorate.completes(case, decision="approve").outcome == "confirmed_all"


def test_the_new_directorate_opens_the_case_and_the_old_one_no_more(world):
    world.missed(3)
    case = world.student_actor().hands_in(world.day(3))
    there = elsewhere(world)
    transferred(world, there.group)
    units = world.session.get(Case, case).units
    assert there.unit in units and world.school.institute not in units


def test_a_task_that_was_claimed_comes_to_the_new_directorate_and_its_term_runs_on(world):
    world.missed(3)
    case = world.student_actor().hands_in(world.day(3))
    (before,) = world.open_tasks(case)
    with door.write(world.directorate().act()):
        claim_pool_task(world.directorate().act(), before.id)
    there = elsewhere(world)
    transferred(world, there.group)
    (after,) = world.open_tasks(case)
    assert (after.id, after.due_at) == (before.id, before.due_at)
    assert (after.unit_id, after.assignee) == (there.unit, there.directorate.person)
    assert str(world.people["directorate"]) in news(world, "cases.case.moved")[-1]["recipients"]


def test_steps_that_open_later_open_in_the_new_directorate(world):
    dispute = world.student_actor().disputes(world.missed(1))
    there = elsewhere(world)
    transferred(world, there.group)
    world.teacher().completes(dispute, decision="explain", **WHY)
    world.student_actor().completes(dispute, decision="escalate", **WHY)
    assert waiting(world, there.directorate) == [dispute]


def test_the_work_off_of_the_old_journal_stays_with_its_teacher(world):
    case = world.student_actor().asks_makeup(world.missed(2))
    there = elsewhere(world)
    transferred(world, there.group)
    world.teacher().sets_task(case)
    world.student_actor().performs(case)
    assert world.teacher().accepts(case).outcome == "done"


def test_a_case_about_several_students_stays_where_it_is(world):
    lesson = world.missed(3)
    pair = [world.student, world.school.students[1]]
    case = world.directorate().hands_in(world.day(3), students=pair, ground="event")
    there = elsewhere(world)
    transferred(world, there.group)
    assert world.school.institute in world.session.get(Case, case).units
    assert world.status(lesson) == "ABSENT"


def test_news_that_come_twice_move_a_case_once(world):
    world.missed(3)
    case = world.student_actor().hands_in(world.day(3))
    transferred(world, elsewhere(world).group)
    again(world)
    assert len(news(world, "cases.case.moved")) == 1
    assert ended(world, case) == ("open", None)


def test_a_transfer_of_the_day_after_tomorrow_moves_nothing_before_its_first_minute(world):
    world.missed(3)
    case = world.student_actor().hands_in(world.day(3))
    there = elsewhere(world)
    transferred(world, there.group, world.day(-2))
    assert waiting(world, world.directorate()) == [case]
    world.clock.set(datetime(2026, 10, 15, 17, 59, 59, tzinfo=UTC))
    heard(world)
    assert waiting(world, world.directorate()) == [case]
    world.clock.advance(seconds=1)
    heard(world)
    assert waiting(world, there.directorate) == [case]


# --- academic leave ---------------------------------------------------------------------------------------


def test_on_leave_a_work_off_is_put_aside_and_nobody_is_asked_for_anything(world):
    case = world.student_actor().asks_makeup(world.missed(2))
    assert waiting(world, world.teacher()) == [case]
    left(world, "LEAVE")
    assert ended(world, case) == ("suspended", None)
    assert waiting(world, world.teacher()) == []
    assert told(world, case, "suspended") == {"why": "cases.suspended.leave", "order": "77-с"}
    assert {str(world.student), str(world.school.lecturer)} <= set(
        news(world, "cases.case.suspended")[-1]["recipients"]
    )
    assert world.days_pass(60).advanced == 0, "no timer of it fires"


@pytest.mark.clause("5.3.1")
def test_back_from_leave_it_goes_on_and_its_terms_moved_by_the_length_of_the_leave(world):
    case = world.student_actor().asks_makeup(world.missed(2))
    world.teacher().sets_task(case)
    (before,) = world.open_tasks(case)
    due = before.due_at
    left(world, "LEAVE")
    world.clock.advance(days=30)
    transferred(world, world.school.group, order="91-с")
    assert ended(world, case) == ("open", None)
    (after,) = world.open_tasks(case)
    assert after.id == before.id and after.due_at == due + timedelta(days=30)
    assert after.computation["steps"][-1]["at"] == after.due_at.isoformat(), (
        "and the page tells how it was computed"
    )
    assert told(world, case, "resumed") == {"why": "cases.resumed.returned", "order": "91-с"}
    world.student_actor().performs(case)
    assert world.teacher().accepts(case).outcome == "done"


@pytest.mark.clause("5.3.1")
def test_the_fourteen_days_of_a_debt_stand_still_during_the_leave(world):
    lesson = world.missed(2)
    left(world, "LEAVE")
    world.clock.advance(days=30)
    transferred(world, world.school.group, order="91-с")
    (debt,) = [one for one in load_debts_of_student(world.student, world.clock()) if one.lesson == lesson]
    assert debt.soft_deadline.moment == datetime(2026, 11, 25, 17, 59, 59, tzinfo=UTC), (
        "26 October and thirty days"
    )


@pytest.mark.clause("4.2.3")
def test_an_excuse_is_put_aside_too_and_a_dispute_goes_on(world):
    world.missed(3)
    lesson = world.missed(1)
    excuse = world.student_actor().hands_in(world.day(3))
    dispute = world.student_actor().disputes(lesson)
    left(world, "LEAVE")
    assert ended(world, excuse) == ("suspended", None)
    assert waiting(world, world.directorate()) == []
    world.teacher().completes(dispute, decision="explain", **WHY)
    assert world.student_actor().completes(dispute, decision="accept").outcome == "explained"


def test_what_is_put_aside_nobody_completes_and_who_asked_may_still_withdraw_it(world):
    case = world.student_actor().asks_makeup(world.missed(2))
    (task,) = world.open_tasks(case)
    left(world, "LEAVE")
    with pytest.raises(Refused) as refused:
        world.teacher().completes_task(
            task.id, task.version_id, task.element, decision="not_required", reason="Кереги жок экен"
        )
    assert refused.value.code == "cases.case.suspended"
    with door.write(world.student_actor().act()):
        withdraw_case_by_requester(world.student_actor().act(), case, "Кереги жок")
    assert ended(world, case) == ("withdrawn", "withdrawn")


def test_nothing_of_this_kind_is_asked_while_he_is_away(world):
    lesson = world.missed(2)
    left(world, "LEAVE")
    with pytest.raises(Refused) as refused:
        world.student_actor().asks_makeup(lesson)
    assert refused.value.code == "cases.start.on_leave"
    world.student_actor().disputes(lesson)


def test_a_mark_corrected_while_it_waited_ends_it_all_the_same(world):
    lesson = world.missed(2)
    case = world.student_actor().asks_makeup(lesson)
    left(world, "LEAVE")
    corrects(world, lesson)
    heard(world)
    assert ended(world, case) == ("done", "cancelled")


# --- expulsion and readmission ----------------------------------------------------------------------------


@pytest.mark.parametrize(("order", "why"), [("EXPEL", "expelled"), ("GRADUATE", "graduated")])
def test_who_has_left_has_nothing_to_make_up_or_to_prove(world, order, why):
    world.missed(3)
    makeup = world.student_actor().asks_makeup(world.missed(2))
    excuse = world.student_actor().hands_in(world.day(3))
    left(world, order)
    for case in (makeup, excuse):
        assert ended(world, case) == ("done", "superseded")
        assert told(world, case) == {"why": f"cases.superseded.{why}", "order": "77-с"}
    assert waiting(world, world.directorate()) == []
    outcomes = [one["outcome"] for one in news(world, "cases.case.ended")]
    assert outcomes == ["superseded", "superseded"]
    again(world)
    assert len(news(world, "cases.case.ended")) == 2


def test_disputes_and_corrections_of_results_continue(world):
    dispute = world.student_actor().disputes(world.missed(1))
    correction = world.teacher().requests_correction()
    left(world, "EXPEL")
    assert world.open_elements(dispute) == ["answer_teacher"]
    assert world.open_elements(correction) == ["endorse_department_head"]


def test_who_is_readmitted_asks_anew(world):
    lesson = world.missed(2)
    case = world.student_actor().asks_makeup(lesson)
    left(world, "EXPEL")
    world.clock.advance(days=2)
    transferred(world, world.school.group, order="92-с")
    assert ended(world, case) == ("done", "superseded")
    assert world.open_elements(world.student_actor().asks_makeup(lesson)) == ["assign_teacher"]


def test_an_end_without_a_word_why_ends_nothing(world):
    case = world.student_actor().asks_makeup(world.missed(2))
    left(world, None)
    assert world.open_elements(case) == ["assign_teacher"]


# --- days that do not count any more, and days that count anew --------------------------------------------


def test_an_order_that_reaches_back_leaves_the_marks_and_tells_the_teacher(world):
    lesson, kept = world.missed(2), world.missed(6)
    left(world, "EXPEL", world.day(4))
    assert (world.status(lesson), world.status(kept)) == ("NOT_APPLICABLE", "ABSENT")
    assert world.school.cell(lesson, world.student).value == "ABSENT", "nothing is deleted"
    (review,) = news(world, "journal.membership.review")
    assert (review["kind"], review["order"]) == ("lost", "77-с")
    assert review["subject"]["days"] == [world.day(2).isoformat()]
    assert review["recipients"] == [str(world.school.lecturer)]
    assert review["url"] == f"/journal/{world.school.offering}/students/{world.student}"


def test_lessons_before_the_entry_are_not_applicable_and_a_roll_taken_without_him_is_looked_at(world):
    there = elsewhere(world)
    offering = there.journal(world, world.school.lecturer)
    before = world.missed(5, world.student, offering=world.school.offering)
    missed_him = world.school.lesson(world.clock() - timedelta(days=2), offering=offering)
    act = world.school.teacher_act(world.clock() - timedelta(days=2) + timedelta(hours=2))
    with door.write(act):
        take_roll(act, missed_him)
    transferred(world, there.group, world.day(3))
    gained = [one for one in news(world, "journal.membership.review") if one["kind"] == "gained"]
    assert [one["subject"]["days"] for one in gained] == [[world.day(2).isoformat()]]
    assert world.status(before) == "ABSENT", "he belonged to the old group then"


def test_an_order_of_today_leaves_nothing_to_look_at(world):
    world.missed(2)
    left(world, "EXPEL", world.day(0))
    assert news(world, "journal.membership.review") == []


def test_a_student_of_nobody_hands_in_nothing(world):
    world.missed(3)
    left(world, "EXPEL")
    with pytest.raises((Missing, Refused)):
        world.student_actor().hands_in(world.day(3))
