"""4.3.3: the academic office sets the exam days of a semester; a final that is drawn and not signed follows its day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.audit import history
from app.journal.exams import queries as exam_queries
from app.journal.exams.commands import check_exam_days, set_exam_days
from app.journal.exams.rules import SubmittedExamDay, exam_form_field_name
from app.journal.tables import Offering
from app.kernel import door
from app.kernel.errors import Denied, Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.notices.models import BellNotice
from app.notices.texts import compose_notice_text
from app.regulation.models import CalendarChange
from tests.scenarios.calendar import due, listed, puts, sets, works_week

pytestmark = pytest.mark.clause("4.3.3")
FIRST, SECOND = date(2026, 12, 18), date(2026, 12, 22)
SESSION = datetime(2026, 12, 14, 3, 0, tzinfo=UTC)
WHY = "Аудитория бош эмес"


def exam(world, offering=None):
    world.session.rollback()
    return world.session.get(Offering, offering or world.school.offering).exam_on


def puts_exam(world, day, *, reason=WHY, actor=None, id=None, seen=..., semester=None, offering=None):
    """Set the exam of the world's journal; answers the change."""
    change, of = id or new_id(), offering or world.school.offering
    showed = exam(world) if seen is ... else seen
    world.session.rollback()
    act = (actor or world.office()).act(reason)
    with door.write(act):
        set_exam_days(act, change, semester or world.school.semester, [SubmittedExamDay(of, day, showed)])
    return change


def problems(refused):
    return {key: [one.code for one in found] for key, found in refused.value.fields.items()}


def test_the_final_is_entered_on_the_new_day_from_its_first_to_its_last_second(world, sheets):
    world.clock.set(SESSION)
    sheets.draws()
    puts_exam(world, SECOND)
    row = sheets.row("FINAL")
    assert (row.enter_from, row.enter_until, row.covers_until) == (SECOND, SECOND, SECOND)
    world.clock.set(datetime(2026, 12, 21, 17, 59, 59, tzinfo=UTC))
    with pytest.raises(Refused) as refused:
        sheets.enters("FINAL", "30", world.student)
    assert refused.value.code == "journal.sheet.not_open_yet"
    world.clock.set(datetime(2026, 12, 22, 17, 59, 59, tzinfo=UTC))
    assert sheets.enters("FINAL", "30", world.student) == 1
    world.clock.advance(seconds=1)
    with pytest.raises(Refused) as refused:
        sheets.enters("FINAL", "31", world.student, version=1)
    assert refused.value.code == "journal.sheet.entry_closed"


def test_the_signing_of_the_final_moves_and_the_change_lists_it(world, sheets):
    world.clock.set(SESSION)
    sheets.draws()
    case = sheets.case("FINAL")
    change = puts_exam(world, SECOND)
    sheets.delivers()
    before, after = (
        datetime(2026, 12, 18, 17, 59, 59, tzinfo=UTC),
        datetime(2026, 12, 22, 17, 59, 59, tzinfo=UTC),
    )
    assert due(world, case) == after
    assert listed(world, change) == [(case, before, after)]
    world.session.rollback()
    kept = world.session.get(CalendarChange, change)
    assert kept.kind == "exams_set" and kept.after["sheets"] == [sheets.row("FINAL").number]
    (written,) = history.load_object_audit_entries(world.school.offering)
    assert (written.event_type, written.clause) == ("journal.exam.set", "4.3.3")
    assert (written.before["day"], written.after["day"]) == ("2026-12-18", "2026-12-22")


def test_a_cleared_day_gives_the_final_the_whole_session(world, sheets):
    world.clock.set(SESSION)
    sheets.draws()
    puts_exam(world, None)
    row = sheets.row("FINAL")
    assert (row.enter_from, row.enter_until) == (date(2026, 12, 14), date(2026, 12, 31))


def test_a_final_not_yet_drawn_is_drawn_by_the_day_that_stands(world, sheets):
    puts_exam(world, SECOND)
    world.clock.set(SESSION)
    sheets.draws()
    assert sheets.row("FINAL").enter_until == SECOND


def test_on_the_exam_day_it_can_still_be_put_off_and_after_its_last_second_not(world, sheets):
    world.clock.set(datetime(2026, 12, 18, 17, 59, 59, tzinfo=UTC))
    sheets.draws()
    puts_exam(world, SECOND)
    assert sheets.row("FINAL").enter_until == SECOND
    world.clock.set(datetime(2026, 12, 22, 18, 0, tzinfo=UTC))
    with pytest.raises(Invalid) as refused:
        puts_exam(world, date(2026, 12, 24))
    assert problems(refused) == {exam_form_field_name(world.school.offering): ["journal.exam.passed"]}
    assert exam(world) == SECOND and sheets.row("FINAL").enter_until == SECOND


def test_the_day_of_a_signed_final_stays(world, sheets):
    for kind in ("MODULE1", "MODULE2"):
        world.school.sheet(date(2026, 10, 17), kind)
    world.clock.set(datetime(2026, 12, 18, 3, 0, tzinfo=UTC))
    sheets.draws()
    sheets.enters("FINAL", "30")
    sheets.signs("FINAL")
    with pytest.raises(Invalid) as refused:
        puts_exam(world, SECOND)
    assert problems(refused) == {exam_form_field_name(world.school.offering): ["journal.exam.signed"]}


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 12, 13), "journal.exam.outside"),
        (date(2027, 1, 2), "journal.exam.outside"),
        (date(2026, 12, 20), "journal.exam.day_off"),
        (date(2026, 12, 14), None),
        (date(2026, 12, 31), None),
        (date(2026, 12, 19), None),
    ],
)
def test_an_exam_lies_in_the_session_and_on_a_working_day(world, day, code):
    """20 December 2026 is a Sunday, the 19th a Saturday of a week of six days."""
    if code is None:
        puts_exam(world, day)
        assert exam(world) == day
        return
    with pytest.raises(Invalid) as refused:
        puts_exam(world, day)
    assert problems(refused) == {exam_form_field_name(world.school.offering): [code]}
    assert exam(world) == FIRST


def test_a_saturday_of_a_five_day_week_only_when_it_is_made_a_working_day(world):
    works_week(world.office(), 5, date(2026, 11, 1))
    with pytest.raises(Invalid):
        puts_exam(world, date(2026, 12, 19))
    puts(world.office(), date(2026, 12, 19), "working", origin="government")
    puts_exam(world, date(2026, 12, 19))
    assert exam(world) == date(2026, 12, 19)


def test_while_the_session_is_not_said_a_day_of_the_semester_will_do(world):
    sets(world, session_from=None, session_until=None)
    puts_exam(world, date(2026, 12, 5))
    assert exam(world) == date(2026, 12, 5)


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_written(world):
    other = world.school.offering_of_another_course()
    wanted = [
        SubmittedExamDay(world.school.offering, date(2026, 12, 20), FIRST),
        SubmittedExamDay(other, date(2026, 11, 2), None),
    ]
    world.session.rollback()
    act = world.office().act(WHY)
    with pytest.raises(Invalid) as refused, door.write(act):
        set_exam_days(act, new_id(), world.school.semester, wanted)
    assert problems(refused) == {
        exam_form_field_name(world.school.offering): ["journal.exam.day_off"],
        exam_form_field_name(other): ["journal.exam.outside"],
    }
    assert exam(world) == FIRST and exam(world, other) is None


@pytest.mark.clause("3.1")
@pytest.mark.parametrize("role", ["directorate", "department_head", "it_admin", "teacher"])
def test_only_the_academic_office_sets_them(world, role):
    actor = world.teacher() if role == "teacher" else world.actor(role)
    with pytest.raises(Denied):
        puts_exam(world, SECOND, actor=actor)
    assert exam(world) == FIRST


def test_a_day_that_people_know_moves_with_a_reason_and_a_first_one_needs_none(world):
    with pytest.raises(Invalid) as refused:
        puts_exam(world, SECOND, reason=" ")
    assert problems(refused) == {"reason": ["journal.exam.reason_needed"]}
    world.school.exam_on(None)
    puts_exam(world, SECOND, reason="")
    assert exam(world) == SECOND


def test_a_repeat_is_harmless_and_who_saw_another_day_is_told(world):
    change = puts_exam(world, SECOND)
    puts_exam(world, SECOND, id=change, seen=FIRST)
    world.session.rollback()
    assert world.session.query(CalendarChange).count() == 1
    with pytest.raises(Stale, match="other_content"):
        puts_exam(world, date(2026, 12, 23), id=change, seen=FIRST)
    with pytest.raises(Stale) as stale:
        puts_exam(world, date(2026, 12, 23), seen=FIRST)
    assert stale.value.current == {"offering": str(world.school.offering), "day": "2026-12-22"}


def test_a_journal_of_another_semester_is_not_there(world):
    with pytest.raises(Missing):
        puts_exam(world, SECOND, semester=new_id())
    with pytest.raises(Missing):
        puts_exam(world, SECOND, offering=new_id())


@pytest.mark.undriven
def test_two_exams_of_a_group_on_one_day_are_pointed_out(world):
    other = world.school.offering_of_another_course()
    world.session.rollback()
    act = world.office().act(WHY)
    found = check_exam_days(act, world.school.semester, [SubmittedExamDay(other, FIRST, None)])
    assert exam_queries.load_same_day_group_exams(found.semester, found.changed_days) == [
        ("ИВТ-2-23", FIRST, 2)
    ]
    found = check_exam_days(act, world.school.semester, [SubmittedExamDay(other, SECOND, None)])
    assert exam_queries.load_same_day_group_exams(found.semester, found.changed_days) == []


def test_a_form_carries_two_hundred_days_and_one_more_is_refused_by_its_field(world):
    many = [SubmittedExamDay(new_id(), FIRST, None) for _ in range(201)]
    act = world.office().act(WHY)
    world.session.rollback()
    with pytest.raises(Missing), door.write(act):
        set_exam_days(act, new_id(), world.school.semester, many[:200])
    with pytest.raises(Invalid) as refused, door.write(act):
        set_exam_days(act, new_id(), world.school.semester, many)
    assert problems(refused) == {"exams": ["journal.exam.too_many"]}


def test_whose_exam_it_is_hears_once_of_each_change(world, sheets):
    gone = world.school.student(7, until=world.day(1))
    puts_exam(world, None)
    change = puts_exam(world, SECOND)
    puts_exam(world, SECOND, id=change, seen=None)
    sheets.delivers()
    bells = world.session.scalars(
        select(BellNotice).where(BellNotice.event_type == "journal.exams.set").order_by(BellNotice.id)
    ).all()
    assert sorted(bell.person for bell in bells) == sorted(
        [*world.school.students, world.school.lecturer] * 2
    )
    assert gone not in {bell.person for bell in bells}
    mine = [
        compose_notice_text(bell.event_type, bell.params, "ru")
        for bell in bells
        if bell.person == world.student
    ]
    assert [one.lines[0] for one in mine] == [
        "Математика, ИВТ-2-23: без дня, было: пт, 18 дек.",
        "Математика, ИВТ-2-23: вт, 22 дек.",
    ]
    assert {bell.url for bell in bells if bell.person == world.school.lecturer} == {"/journal"}
