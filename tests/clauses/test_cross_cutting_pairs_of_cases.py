"""The pairs of `docs/overlaps.md` that no other file lives through: two cases about one cell, each to its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.tables import Semester
from app.kernel import door
from app.kernel.errors import DepterError, Missing, Refused
from tests.scenarios.event_delivery import WHY, corrects, ended, heard, sheet_closed
from tests.scenarios.excuses import by_policy, confirmed, excused, follows, other_directorate

pytestmark = [pytest.mark.clause("4.2.4"), pytest.mark.clause("5.3.2"), pytest.mark.clause("4.2.1")]
TEACHER_WRITES = "TEACHER_AFTER_CONFIRMATION"
APPROVED = {"decision": "approve", "reason": "Борбор тастыктаган жок"}


@pytest.fixture
def late(world):
    """A missed practical class whose semester's last date for work-offs has passed."""
    return after_the_last_date(world, world.missed(3, type="PRACTICE"))


def after_the_last_date(world, lesson):
    world.session.get(Semester, world.school.semester).makeup_until = world.day(1)
    world.session.commit()
    return lesson


def doubted(world):
    """The one confirmed excuse that stands is questioned, and the student has explained himself."""
    (stands,) = [one for one in excused(world) if one.revoked_at is None]
    doubt = world.directorate().questions(stands.id)
    world.student_actor().completes(doubt, reason="Түшүндүрмө берем")
    return doubt


def enters(world, value="ABSENT"):
    act = world.teacher().act()
    with door.write(act):
        record_mark(act, CellEdit(world.untaken, world.student, "ATTENDANCE", value, 0))


def door_opened(world):
    case = world.teacher().asks_for_late_entry()
    world.head().approves(case)
    assert world.directorate().approves(case).outcome == "opened"


# --- late entry -------------------------------------------------------------------------------------------


def test_a_second_late_entry_of_the_same_roll_is_refused_with_the_way_to_the_first(world):
    first = world.teacher().asks_for_late_entry()
    with pytest.raises(Refused) as refused:
        world.teacher().asks_for_late_entry()
    assert refused.value.params["case"] == str(first)


@pytest.mark.clause("4.4.2")
def test_a_late_roll_and_the_correction_of_a_single_mark_leave_each_other_alone(world):
    correction = world.teacher().requests_correction()
    entry = world.teacher().asks_for_late_entry(world.entry() | {"lesson": str(world.lesson)})
    for actor in (world.head(), world.directorate()):
        actor.approves(entry)
    for actor in (world.head(), world.directorate(), world.office(), world.it()):
        actor.approves(correction)
    assert ended(world, entry) == ("done", "opened") and ended(world, correction) == ("done", "applied")
    assert world.status(world.lesson) == "PRESENT"


@pytest.mark.parametrize("policy", ["SYSTEM_ON_DIRECTORATE", TEACHER_WRITES])
def test_what_is_entered_late_inside_a_confirmed_excuse_has_its_reason_at_once(world, policy):
    by_policy(world, policy)
    day = (world.clock() - timedelta(days=19)).date()
    confirmed(world, world.student_actor().hands_in(day, note="Кеч алдым"))
    door_opened(world)
    enters(world)
    assert world.status(world.untaken) == "SICK"


def test_a_lesson_that_nobody_entered_has_nothing_to_make_up(world):
    world.teacher().asks_for_late_entry()
    with pytest.raises((Refused, Missing)):
        world.student_actor().asks_makeup(world.untaken)
    after_the_last_date(world, world.untaken)
    with pytest.raises((Refused, Missing)):
        world.student_actor().pleads(world.untaken)


# --- two documents ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["SYSTEM_ON_DIRECTORATE", TEACHER_WRITES])
def test_an_absence_that_has_its_reason_keeps_it_when_another_document_is_confirmed(world, policy):
    lesson = world.missed(3)
    confirmed(world, world.student_actor().hands_in(world.day(3)))
    by_policy(world, policy)
    second = world.student_actor().hands_in(
        world.day(3), ground="event", document_number="Б-9", issuer="Деканат"
    )
    confirmed(world, second)
    heard(world)
    assert world.status(lesson) == "SICK"


def test_when_one_of_two_excuses_is_taken_back_the_other_takes_its_place(world):
    lesson = world.missed(3)
    confirmed(world, world.student_actor().hands_in(world.day(3)))
    doubt = doubted(world)
    second = world.student_actor().hands_in(
        world.day(3), ground="event", document_number="Б-9", issuer="Деканат"
    )
    confirmed(world, second)
    other_directorate(world).completes(doubt, **APPROVED)
    heard(world)
    assert world.status(lesson) == "EXCUSED"


# --- the teacher writes the confirmed status --------------------------------------------------------------


@pytest.mark.clause("4.4.2")
def test_a_mark_corrected_before_the_status_is_written_gets_none(world):
    by_policy(world, TEACHER_WRITES)
    lesson = world.missed(2)
    confirmed(world, world.student_actor().hands_in(world.day(2)))
    entry = follows(world)
    corrects(world, lesson)
    assert world.teacher().approves(entry).outcome == "entered"
    assert world.status(lesson) == "PRESENT"


@pytest.mark.clause("5.4.2")
def test_a_status_written_after_the_work_off_changes_only_the_reason(world):
    by_policy(world, TEACHER_WRITES)
    lesson = world.missed(2)
    confirmed(world, world.student_actor().hands_in(world.day(2)))
    entry = follows(world)
    case = world.student_actor().asks_makeup(lesson)
    world.teacher().sets_task(case)
    world.student_actor().performs(case)
    world.teacher().accepts(case)
    assert world.teacher().approves(entry).outcome == "entered"
    row = world.school.cell(lesson, world.student)
    assert (world.status(lesson), row.reason) == ("MADE_UP", "SICK")


@pytest.mark.clause("6.2")
def test_a_status_written_does_not_answer_who_says_that_he_was_there(world):
    by_policy(world, TEACHER_WRITES)
    lesson = world.missed(2)
    dispute = world.student_actor().disputes(lesson)
    confirmed(world, world.student_actor().hands_in(world.day(2)))
    assert world.teacher().approves(follows(world)).outcome == "entered"
    heard(world)
    assert world.open_elements(dispute) == ["answer_teacher"]


def test_an_excuse_taken_back_before_its_status_was_written_ends_the_writing(world):
    by_policy(world, TEACHER_WRITES)
    world.missed(2)
    confirmed(world, world.student_actor().hands_in(world.day(2)))
    entry = follows(world)
    other_directorate(world).completes(doubted(world), **APPROVED)
    heard(world)
    assert ended(world, entry) == ("done", "superseded")


@pytest.mark.clause("7.6")
def test_under_a_closed_sheet_no_status_is_written_and_none_taken_back(world):
    by_policy(world, TEACHER_WRITES)
    lesson = world.missed(2)
    confirmed(world, world.student_actor().hands_in(world.day(2)))
    entry = follows(world)
    sheet_closed(world)
    assert world.teacher().approves(entry).outcome == "entered"
    assert world.status(lesson) == "ABSENT"


@pytest.mark.clause("7.6")
def test_under_a_closed_sheet_a_taken_back_excuse_leaves_the_mark(world):
    lesson = world.missed(2)
    confirmed(world, world.student_actor().hands_in(world.day(2)))
    doubt = doubted(world)
    sheet_closed(world)
    assert other_directorate(world).completes(doubt, **APPROVED).outcome == "revoked"
    assert world.status(lesson) == "SICK"


# --- a doubted excuse -------------------------------------------------------------------------------------


@pytest.mark.clause("4.4.2")
def test_an_excused_absence_is_corrected_only_after_its_excuse_was_taken_back(world):
    lesson = world.missed(5)
    confirmed(world, world.student_actor().hands_in(world.day(5)))
    doubt = doubted(world)
    edit = {"lesson": str(lesson), "version": 2}
    with pytest.raises(Refused) as refused:
        world.teacher().requests_correction(world.edit(**edit))
    assert refused.value.code == "journal.mark.absence_settled"
    other_directorate(world).completes(doubt, **APPROVED)
    heard(world)
    correction = world.teacher().requests_correction(world.edit(**edit | {"version": 3}))
    assert world.open_elements(correction) == ["endorse_department_head"]


@pytest.mark.clause("6.2")
def test_an_excuse_taken_back_does_not_answer_a_dispute(world):
    lesson = world.missed(2)
    confirmed(world, world.student_actor().hands_in(world.day(2)))
    dispute = world.student_actor().disputes(lesson, version=2)
    other_directorate(world).completes(doubted(world), **APPROVED)
    heard(world)
    assert world.open_elements(dispute) == ["answer_teacher"]
    world.teacher().completes(dispute, decision="explain", **WHY)
    assert world.student_actor().completes(dispute, decision="accept").outcome == "explained"


# --- a late work-off --------------------------------------------------------------------------------------


def test_a_plea_ends_when_the_absence_was_none(world, late):
    case = world.student_actor().pleads(late)
    corrects(world, late)
    heard(world)
    assert ended(world, case) == ("done", "cancelled")


@pytest.mark.parametrize(("kind", "outcome"), [("LECTURE", "not_required"), ("PRACTICE", None)])
@pytest.mark.parametrize("policy", ["SYSTEM_ON_DIRECTORATE", TEACHER_WRITES])
def test_a_plea_ends_when_the_confirmed_reason_leaves_nothing_to_make_up(world, kind, outcome, policy):
    by_policy(world, policy)
    lesson = after_the_last_date(world, world.missed(3, type=kind))
    case = world.student_actor().pleads(lesson)
    confirmed(world, world.student_actor().hands_in(world.day(3)))
    if policy == TEACHER_WRITES:
        world.teacher().approves(follows(world))
    heard(world)
    assert world.case(case).outcome == outcome


def test_a_plea_goes_on_when_an_excuse_is_taken_back(world, late):
    confirmed(world, world.student_actor().hands_in(world.day(3)))
    case = world.student_actor().pleads(late)
    other_directorate(world).completes(doubted(world), **APPROVED)
    heard(world)
    assert world.open_elements(case) == ["opinion_teacher"]


def test_a_second_plea_for_the_same_lesson_is_refused(world, late):
    first = world.student_actor().pleads(late)
    with pytest.raises(DepterError) as refused:
        world.student_actor().pleads(late)
    assert refused.value.params["case"] == str(first)


@pytest.mark.clause("6.2")
def test_one_correction_ends_the_dispute_the_work_off_and_the_plea_about_its_mark(world, late):
    earlier = world.missed(2)
    dispute, other = world.student_actor().disputes(late), world.student_actor().disputes(earlier)
    plea = world.student_actor().pleads(late)
    corrects(world, late)
    heard(world)
    assert ended(world, dispute) == ("done", "corrected") and ended(world, plea) == ("done", "cancelled")
    assert world.open_elements(other) == ["answer_teacher"]


@pytest.mark.clause("6.2")
def test_one_correction_ends_the_dispute_and_the_work_off_about_its_mark(world):
    lesson = world.missed(2)
    dispute = world.student_actor().disputes(lesson)
    makeup = world.student_actor().asks_makeup(lesson)
    corrects(world, lesson)
    heard(world)
    assert ended(world, dispute) == ("done", "corrected")
    assert ended(world, makeup) == ("done", "cancelled")
