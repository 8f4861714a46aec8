"""A dispute of a result goes to its teacher; filed in time, it protects the term of the appeal (6.2, 6.3, P05)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.cases.commands.start import start_case
from app.cases.commands.withdraw import withdraw_case_by_requester
from app.journal.appeals.queries import find_appeal_option
from app.journal.appeals.rules import ResultAppealState, appeal_deadline
from app.kernel import door
from app.kernel.errors import Invalid, Missing, Refused
from app.kernel.ids import new_id
from app.regulation.rules import CalendarDayValue, DeadlineCalendar, Policy
from tests.scenarios import appeals

pytestmark = [pytest.mark.clause("6.2"), pytest.mark.clause("6.3")]
WHY = {"reason": "Экинчи маселенин баллы эсептелген эмес."}


@pytest.fixture
def result(world, sheets):
    appeals.commission(world)
    return appeals.signed(world, sheets)


def disputes(world, result, actor=None, **other):
    case, who = new_id(), actor or world.student_actor()
    with door.write(who.act()):
        start_case(who.act(), case, "result_dispute", {"appeal": {"result": str(result)}, **WHY} | other)
    return case


def chance(world, result):
    world.session.rollback()
    return find_appeal_option(world.student_actor().act(), result)


def test_the_term_of_the_appeal_runs_anew_from_the_answer(world, sheets, result):
    case = disputes(world, result)
    world.clock.set(datetime(2026, 10, 16, 3, 0, tzinfo=UTC))
    assert not chance(world, result).late, "while nobody has answered the term is protected"
    world.teacher().completes(case, decision="explain", **WHY)
    (task,) = world.open_tasks(case)
    assert (task.element, task.assignee, task.policy) == ("appeal_student", world.student, "appeal.term")
    world.clock.set(datetime(2026, 10, 17, 17, 59, 59, tzinfo=UTC))
    assert not chance(world, result).late
    world.clock.advance(seconds=1)
    assert chance(world, result).late


def test_who_appeals_after_the_answer_has_moved_on(world, sheets, result):
    case = disputes(world, result)
    world.teacher().completes(case, decision="agree", **WHY)
    world.student_actor().completes(case, decision="appealed")
    assert world.open_elements(case) == ["appeal_student"], "nothing was filed yet"
    appeals.appeals(world, result)
    assert world.student_actor().completes(case, decision="appealed").outcome == "moved_to_appeal"


def test_an_explanation_is_accepted_or_passes_in_silence(world, sheets, result):
    case = disputes(world, result)
    world.teacher().completes(case, decision="explain", **WHY)
    assert world.student_actor().completes(case, decision="accept").outcome == "explained"


def test_a_silent_teacher_begins_the_term_and_a_silent_student_ends_it(world, sheets, result):
    case = disputes(world, result)
    (task,) = world.open_tasks(case)
    world.clock.set(task.due_at)
    world.days_pass(1 / 86400)
    assert world.open_elements(case) == ["appeal_student"]
    assert not chance(world, result).late
    (task,) = world.open_tasks(case)
    world.clock.set(task.due_at)
    world.days_pass(1 / 86400)
    assert world.case(case).outcome == "explained"


def test_who_appealed_and_said_nothing_more_has_moved_on_too(world, sheets, result):
    case = disputes(world, result)
    world.teacher().completes(case, decision="explain", **WHY)
    appeals.appeals(world, result)
    world.days_pass(3)
    assert world.case(case).outcome == "moved_to_appeal"


def test_a_dispute_after_the_day_or_taken_back_protects_nothing(world, sheets, result):
    case = disputes(world, result)
    act = world.student_actor().act()
    with door.write(act):
        withdraw_case_by_requester(act, case, "Түшүндүм")
    world.clock.set(datetime(2026, 10, 16, 3, 0, tzinfo=UTC))
    assert chance(world, result).late
    disputes(world, result)
    assert chance(world, result).late, "filed after the day of 6.3"


@pytest.mark.undriven
def test_the_working_day_before_a_holiday_counts_over_it():
    """Published on the last working day before Nooruz: 20 and 21 March are off, 22 is Sunday."""
    day_off = CalendarDayValue("off", {})
    term = Policy("appeal.term", "1", "working_days", "6.3", "text")
    terms = DeadlineCalendar({term.key: term}, days={date(2026, 3, 20): day_off, date(2026, 3, 21): day_off})
    published = datetime(2026, 3, 19, 5, 0, tzinfo=UTC)
    end = appeal_deadline(ResultAppealState(1, 1, published), terms, published).moment
    assert end == datetime(2026, 3, 23, 17, 59, 59, tzinfo=UTC)


def test_one_dispute_at_a_time_of_ones_own_result_and_late_only_with_words(world, sheets, result):
    disputes(world, result)
    with pytest.raises(Refused) as refused:
        disputes(world, result)
    assert refused.value.code == "journal.dispute.open_already"
    with pytest.raises(Missing):
        disputes(world, result, world.student_actor(world.school.students[1]))
    other = sheets.result(world.school.students[1]).id
    world.clock.set(datetime(2026, 10, 17, 18, 0, tzinfo=UTC))
    student = world.student_actor(world.school.students[1])
    with pytest.raises(Invalid) as late:
        disputes(world, other, student)
    assert late.value.fields["late"][0].code == "journal.dispute.late_needs_words"
    disputes(world, other, student, late="Ооруп калгам")
