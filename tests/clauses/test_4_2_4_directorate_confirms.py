"""The directorate confirms all, a part or none, and takes back what proves false (4.2.4, P26)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.audit import history
from app.journal.excuses.refused_lessons import load_refused_lessons_of_excuses
from app.journal.excuses.review_checks import load_decided_excuse_rows, load_excuse_review_checks
from app.journal.excuses.submission_commands import compute_excuse_fingerprint
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.makeups.debt_queries import load_debts_of_student
from app.journal.student_views.absences import load_missed_lessons
from app.journal.tables import Excuse
from app.kernel import door
from app.kernel.errors import Invalid, Missing, Refused, Stale
from app.web.excuses.refused_reasons import load_refused_reasons
from app.worker.recipients import resolve_recipients
from tests.scenarios.excuses import (
    by_policy,
    confirmed,
    doubted,
    excused,
    follows,
    news,
    other_directorate,
    registered,
)
from tests.scenarios.grade_sheets import shut_sheet
from tests.scenarios.world import Actor

pytestmark = pytest.mark.clause("4.2.4")


@pytest.mark.clause("4.2.3")
def test_one_document_covers_every_absence_of_its_days_in_all_disciplines(world):
    first, second, outside = world.missed(9), world.missed(8), world.missed(5)
    case = world.student_actor().hands_in(world.day(9), world.day(8))
    assert world.open_elements(case) == ["register_directorate"]
    done = confirmed(world, case)
    assert done.outcome == "confirmed_all"
    assert [world.status(lesson) for lesson in (first, second, outside)] == ["SICK", "SICK", "ABSENT"]
    (stands,) = excused(world)
    assert stands.student_id == world.student and stands.reason == "SICK" and stands.case_id == case
    written = history.load_object_audit_entries(world.school.cell(first, world.student).id)[-1]
    assert (written.event_type, written.clause, written.case) == ("journal.absence.excused", "4.2.4", case)
    assert written.before["reason"] is None and written.after["reason"] == "SICK"


@pytest.mark.parametrize("ground", ["event", "trip", "other"])
def test_sick_rests_on_a_medical_document_alone(world, ground):
    lesson = world.missed(9)
    case = world.student_actor().hands_in(world.day(9), ground=ground)
    confirmed(world, case)
    assert world.status(lesson) == "EXCUSED"


@pytest.mark.clause("5.2.2")
def test_nobody_writes_a_status_before_the_directorate_has_decided(world):
    lesson = world.missed(9)
    case = world.student_actor().hands_in(world.day(9))
    registered(world, case)
    assert world.status(lesson) == "ABSENT"
    world.directorate().rejects(case)
    assert world.case(case).outcome == "rejected" and world.status(lesson) == "ABSENT"
    assert excused(world) == []


WHY = "Маалымкат бул күндү камтыбайт"


def without(*places, why=WHY):
    """What the form answers when these places are taken out for this reason."""
    return {"left_out": list(places), "reasons": dict.fromkeys(places, why)}


def test_a_part_is_confirmed_and_the_rest_stays_unexcused(world):
    first, second = world.missed(9), world.missed(8)
    case = world.student_actor().hands_in(world.day(9), world.day(8))
    done = confirmed(world, case, absences=without(f"{second}:{world.student}"))
    assert done.outcome == "confirmed_part"
    assert (world.status(first), world.status(second)) == ("SICK", "ABSENT")
    whole, narrowed = world.session.scalars(select(Excuse).order_by(Excuse.made_at, Excuse.id)).all()
    assert narrowed.narrows == whole.id and narrowed.sha256 != whole.sha256
    assert world.case(case).subject_hash == narrowed.sha256 == compute_excuse_fingerprint(narrowed)
    assert WHY.encode() not in bytes(narrowed.left_out_reasons), "the words are sealed (ADR 7)"


def test_a_lesson_is_not_refused_without_a_reason(world):
    world.missed(9)
    second = world.missed(8)
    case = world.student_actor().hands_in(world.day(9), world.day(8))
    registered(world, case)
    place = f"{second}:{world.student}"
    for absences in ({"left_out": [place]}, without(place, why="  "), without(place, why="жок")):
        with pytest.raises(Invalid) as refused:
            world.directorate().completes(case, decision="approve", absences=absences)
        assert refused.value.fields["absences"][0].code == "journal.excuse.refusal_needs_reason"
    assert world.open_elements(case) == ["decide_directorate"] and world.status(second) == "ABSENT"


def test_which_lessons_were_refused_and_why_is_kept_for_student_teacher_and_register(world):
    first, second = world.missed(9), world.missed(8)
    case = world.student_actor().hands_in(world.day(9), world.day(8))
    confirmed(world, case, absences=without(f"{second}:{world.student}"))
    missed = {one.lesson: one for one in load_missed_lessons(world.student, world.clock())}
    assert missed[first].refused is None
    assert (missed[second].refused.reason, missed[second].refused.case) == (WHY, case)
    assert [need.start for need in missed[second].needs] == ["excuse", "makeup"], "it is still owed"
    (row,) = load_decided_excuse_rows(frozenset({world.school.institute}))
    (refused,) = load_refused_lessons_of_excuses([row.excuse])
    assert (refused.lesson, refused.student, refused.reason) == (second, world.student, WHY)
    (told,) = news(world, "journal.excuse.confirmed")
    assert told["subject"]["refused"] == [world.day(8).isoformat()] and WHY not in str(told)
    again = world.student_actor().hands_in(world.day(8), document_number="Мед-18")
    confirmed(world, again)
    missed = {one.lesson: one for one in load_missed_lessons(world.student, world.clock())}
    assert missed[second].refused is None, "another document has answered it"


@pytest.mark.clause("5.3.1")
def test_a_refused_lesson_keeps_its_own_fourteen_days_when_the_excuse_is_taken_back(world):
    first, second = world.missed(9), world.missed(8)
    confirmed(
        world,
        world.student_actor().hands_in(world.day(9), world.day(8)),
        absences=without(f"{second}:{world.student}"),
    )
    (stands,) = excused(world)
    doubt = world.directorate().questions(stands.id)
    world.student_actor().completes(doubt, reason="Документти таанышым алып берген")
    other_directorate(world).completes(doubt, decision="approve", reason="Борбор тастыктаган жок")
    debts = {debt.lesson: debt.rule_state for debt in load_debts_of_student(world.student, world.clock())}
    assert debts[first].counted_from == world.day(0), "from the revocation"
    assert debts[second].counted_from == world.day(8), "it was never excused"


def test_one_lesson_is_questioned_and_the_others_keep_their_reason(world):
    first, second = world.missed(9), world.missed(8)
    confirmed(world, world.student_actor().hands_in(world.day(9), world.day(8)))
    (stands,) = excused(world)
    other = world.missed(5)
    with pytest.raises(Invalid) as foreign:
        world.directorate().questions(stands.id, lessons=[other])
    assert foreign.value.fields["excused"][0].code == "journal.excuse.other_lesson"
    doubt = world.directorate().questions(stands.id, lessons=[second])
    assert [one["lesson"] for one in world.case(doubt).subject["doubted"]] == [str(second)]
    with pytest.raises(Refused) as twice:
        other_directorate(world).questions(stands.id)
    assert twice.value.params["case"] == str(doubt), "all of it includes the lesson in question"
    at_once = other_directorate(world).questions(stands.id, lessons=[first])
    assert at_once != doubt, "another lesson may be questioned meanwhile"
    world.student_actor().completes(doubt, reason="Ал күнү ооруканада болгом")
    done = other_directorate(world).completes(doubt, decision="approve", reason="Ал күнү чыгарылган экен")
    assert done.outcome == "revoked"
    assert (world.status(first), world.status(second)) == ("SICK", "ABSENT")
    (stands,) = excused(world)
    assert stands.revoked_at is None and list(stands.revoked_lessons) == [str(second)]
    refused = load_refused_reasons([world.student])
    places = ((first, world.day(9)), (second, world.day(8)), (other, world.day(5)))
    assert [refused.is_refused(lesson, world.student, day) for lesson, day in places] == [False, True, False]
    with pytest.raises(Invalid):
        world.directorate().questions(stands.id, lessons=[second])
    assert world.status(world.missed(8)) == "SICK", "what is entered later on its days is still excused"


def test_leaving_everything_out_is_a_refusal_and_has_to_be_said_as_one(world):
    lesson = world.missed(9)
    case = world.student_actor().hands_in(world.day(9))
    registered(world, case)
    with pytest.raises(Invalid) as nothing:
        world.directorate().completes(case, decision="approve", absences=without(f"{lesson}:{world.student}"))
    assert nothing.value.fields["absences"][0].code == "journal.excuse.nothing_left"
    assert world.open_elements(case) == ["decide_directorate"]


def test_a_refusal_of_everything_keeps_a_reason_for_each_lesson(world):
    first, second = world.missed(9), world.missed(8)
    case = world.student_actor().hands_in(world.day(9), world.day(8))
    registered(world, case)
    refuses = {
        "decision": "reject",
        "reason": "Шаардык бейтапкана мындай кагаз бербегенин жазды.",
        "absences": without(f"{second}:{world.student}"),
    }
    with pytest.raises(Invalid):
        world.directorate().completes(
            case, **refuses | {"absences": without(f"{second}:{world.student}", why="жок")}
        )
    assert world.directorate().completes(case, **refuses).outcome == "rejected"
    missed = {one.lesson: one for one in load_missed_lessons(world.student, world.clock())}
    assert (missed[second].refused.reason, missed[second].refused.case) == (WHY, case)
    assert missed[first].refused.reason == refuses["reason"], (
        "what has no reason of its own has the common one"
    )
    assert (world.status(first), world.status(second)) == ("ABSENT", "ABSENT")
    (row,) = load_decided_excuse_rows(frozenset({world.school.institute}))
    assert (row.reason, row.case) == (None, case)
    assert {one.lesson for one in load_refused_lessons_of_excuses([row.excuse])} == {first, second}
    assert world.case(case).subject["lessons"] == 2, "it is still about both"
    again = world.student_actor().hands_in(world.day(8), document_number="Мед-18")
    confirmed(world, again)
    missed = {one.lesson: one for one in load_missed_lessons(world.student, world.clock())}
    assert missed[second].refused is None and missed[first].refused is not None


def test_lessons_still_to_come_are_expected_and_an_absence_there_has_its_reason_at_once(world):
    world.missed(1)
    tomorrow = world.school.lesson(world.clock() + timedelta(days=1))
    case = world.student_actor().hands_in(world.day(1), world.day(-2), document_date=world.day(0).isoformat())
    confirmed(world, case)
    assert world.status(tomorrow) == "NOT_RECORDED"
    world.clock.advance(days=1, hours=1)
    act = world.teacher().act()
    with door.write(act):
        entered = record_mark(act, CellEdit(tomorrow, world.student, "ATTENDANCE", "ABSENT", 0))
    assert entered.status == "SICK" and world.status(tomorrow) == "SICK"
    with door.write(act):
        seen = record_mark(act, CellEdit(tomorrow, world.student, "ATTENDANCE", "PRESENT", 1, "Келген экен"))
    assert seen.status == "PRESENT", "what the teacher saw himself is his to say"


def test_who_was_present_stays_present_and_the_directorate_sees_the_conflict(world):
    world.missed(9)
    present = world.attended(8)
    case = world.student_actor().hands_in(world.day(9), world.day(8), note="Кеч")
    checks = load_excuse_review_checks(world.case(case).subject_id)
    assert [one.cell.lesson.id for one in checks.attended_lessons] == [present]
    confirmed(world, case)
    assert world.status(present) == "PRESENT"


def test_the_same_document_twice_is_noticed_whatever_its_spelling(world):
    world.missed(9)
    world.missed(5)
    world.student_actor().hands_in(world.day(9))
    case = world.student_actor().hands_in(world.day(5), document_number="мед - 17")
    used = load_excuse_review_checks(world.case(case).subject_id).earlier_document_uses
    assert [(who, first) for who, first, _last, _at in used] == [("Асанова С.", world.day(9))]


def test_an_absence_worked_off_before_changes_only_its_reason(world):
    lesson = world.missed(9)
    cell = world.school.cell(lesson, world.student)
    cell.made_up, cell.version = True, 2
    world.session.commit()
    confirmed(world, world.student_actor().hands_in(world.day(9)))
    cell = world.school.cell(lesson, world.student)
    assert (world.status(lesson), cell.reason, cell.made_up) == ("MADE_UP", "SICK", True)


def test_under_a_closed_sheet_nothing_is_written(world):
    lesson, sheet = world.missed(9), world.school.sheet(date(2026, 12, 1))
    case = world.student_actor().hands_in(world.day(9))
    with door.write(world.office().act()):
        shut_sheet(world.office().act(), sheet)
    confirmed(world, case)
    assert world.status(lesson) == "ABSENT"


@pytest.mark.clause("3.1")
def test_the_curator_hands_in_for_his_student_and_both_are_recorded(world):
    lesson = world.missed(9)
    case = world.curator().hands_in(world.day(9), behalf=world.student)
    row = world.case(case)
    assert (row.requester, row.on_behalf_of) == (world.people["curator"], world.student)
    confirmed(world, case)
    assert world.status(lesson) == "SICK"
    stranger = Actor(world, world.hires("curator", world.school.institute), world.curator().assignments)
    with pytest.raises(Missing):
        stranger.hands_in(world.day(9), behalf=world.student)


def test_who_hands_in_for_a_student_does_not_decide(world):
    world.missed(9)
    case = world.directorate().hands_in(world.day(9), behalf=world.student)
    (task,) = world.open_tasks(case)
    assert world.people["directorate"] in task.excluded
    with pytest.raises(Refused):
        world.directorate().completes_task(task.id, task.version_id, task.element, decision="complete")


def test_an_order_excuses_many_students_at_once(world):
    students = world.school.students[:3]
    lesson = world.school.lesson(world.clock() - timedelta(days=6))
    act = world.school.teacher_act(world.clock() - timedelta(days=6) + timedelta(hours=2))
    with door.write(act):
        for student in students:
            record_mark(act, CellEdit(lesson, student, "ATTENDANCE", "ABSENT", 0))
    case = world.directorate().hands_in(
        world.day(6), ground="event", students=students, document_number="Буйрук 44", issuer="ОшТУ"
    )
    second = other_directorate(world)
    second.completes(case, decision="complete")
    left = f"{lesson}:{students[2]}"
    assert second.completes(case, decision="approve", absences=without(left)).outcome == "confirmed_part"
    assert [world.status(lesson, student) for student in students] == ["EXCUSED", "EXCUSED", "ABSENT"]


def test_the_teachers_learn_of_it_without_the_document(world):
    world.missed(9)
    case = world.student_actor().hands_in(world.day(9))
    confirmed(world, case)
    (told,) = news(world, "journal.excuse.confirmed")
    assert told["recipients"] == [str(world.school.lecturer)]
    assert "ground" not in told["subject"] and "Мед-17" not in str(told)
    assert [one.person for one in resolve_recipients(told, world.clock()).recipients] == [
        world.school.lecturer
    ]


@pytest.mark.clause("4.2.2")
def test_by_the_other_policy_the_teacher_writes_the_confirmed_status_in_a_task(world):
    by_policy(world, "TEACHER_AFTER_CONFIRMATION")
    lesson = world.missed(9)
    confirmed(world, world.student_actor().hands_in(world.day(9)))
    assert world.status(lesson) == "ABSENT", "nobody writes before the teacher does"
    entry = follows(world)
    (task,) = world.open_tasks(entry)
    assert (task.element, task.assignee) == ("enter_teacher", world.school.lecturer)
    assert world.teacher().approves(entry).outcome == "entered"
    assert world.status(lesson) == "SICK"


@pytest.mark.clause("4.2.2")
def test_what_was_taken_back_meanwhile_the_teacher_does_not_write(world):
    by_policy(world, "TEACHER_AFTER_CONFIRMATION")
    lesson = world.missed(9)
    confirmed(world, world.student_actor().hands_in(world.day(9)))
    entry = follows(world)
    (stands,) = excused(world)
    doubt = world.directorate().questions(stands.id)
    world.student_actor().completes(doubt, reason="Документти ооруканадан алгам")
    other_directorate(world).completes(doubt, decision="approve", reason="Борбор тастыктаган жок")
    with pytest.raises(Refused) as refused:
        world.teacher().approves(entry)
    assert refused.value.code == "journal.excuse.revoked" and world.status(lesson) == "ABSENT"


def test_a_false_document_is_taken_back_after_the_student_was_heard(world):
    lesson, case = doubted(world)
    (task,) = world.open_tasks(case)
    assert (task.element, task.assignee) == ("explain_student", world.student)
    world.student_actor().completes(case, reason="Документти таанышым алып берген")
    done = other_directorate(world).completes(case, decision="approve", reason="Борбор тастыктаган жок")
    assert done.outcome == "revoked" and world.status(lesson) == "ABSENT"
    (stands,) = excused(world)
    assert stands.revoked_at == world.clock() and stands.revoked_case == case
    refused = load_refused_reasons([world.student, world.school.students[1]])
    assert refused.is_refused(lesson, world.student, world.day(9))
    assert not refused.is_refused(lesson, world.student, world.day(8)), "a day outside the period"
    assert not refused.is_refused(lesson, world.school.students[1], world.day(9)), "of another student"
    written = history.load_object_audit_entries(world.school.cell(lesson, world.student).id)[-1]
    assert (written.event_type, written.clause) == ("journal.absence.unexcused", "4.2.4")


def test_an_accepted_work_off_outlives_the_excuse_it_followed(world):
    lesson, case = doubted(world)
    cell = world.school.cell(lesson, world.student)
    cell.made_up, cell.version = True, cell.version + 1
    world.session.commit()
    world.student_actor().completes(case, reason="Түшүндүрмө берем")
    other_directorate(world).completes(case, decision="approve", reason="Борбор тастыктаган жок")
    cell = world.school.cell(lesson, world.student)
    assert (world.status(lesson), cell.reason) == ("MADE_UP", None)


def test_who_doubts_does_not_decide_and_nothing_is_questioned_twice(world):
    _lesson, case = doubted(world)
    world.student_actor().completes(case, reason="Түшүндүрмө берем")
    (task,) = world.open_tasks(case)
    with pytest.raises((Refused, Stale)):
        world.directorate().completes_task(
            task.id, task.version_id, task.element, decision="approve", reason="Өзүм чечем"
        )
    other_directorate(world).completes(case, decision="approve", reason="Борбор тастыктаган жок")
    (stands,) = excused(world)
    with pytest.raises(Refused):
        world.directorate().questions(stands.id)


def test_an_absence_entered_after_the_revocation_has_no_reason(world):
    _lesson, case = doubted(world)
    world.student_actor().completes(case, reason="Түшүндүрмө берем")
    other_directorate(world).completes(case, decision="approve", reason="Борбор тастыктаган жок")
    assert world.status(world.missed(9)) == "ABSENT"
