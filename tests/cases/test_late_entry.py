"""P21 from end to end: who opens the door, for which cells, until when, and that it shuts by itself (4.2.1, 4.3.1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.audit import history
from app.journal.gradebook.lesson_description import LessonDescriptionEdit, write_lesson_description
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import take_roll
from app.journal.tables import LateEntryPermit, Lesson
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import Denied, Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.outbox.models import Message
from tests.scenarios.grade_sheets import shut_sheet

pytestmark = pytest.mark.clause("4.2.1")


def opened(world):
    """A late entry of the world's untaken roll, approved by both; answers the case."""
    case = world.teacher().asks_for_late_entry()
    world.head().approves(case)
    assert world.directorate().approves(case).outcome == "opened"
    return case


def takes(world):
    with door.write(world.teacher().act()):
        return take_roll(world.teacher().act(), world.untaken)


def windows(world):
    world.session.rollback()
    return world.session.scalars(select(LateEntryPermit)).all()


def test_two_approvals_open_the_roll_and_what_is_entered_counts_as_late(world):
    with pytest.raises(Refused):
        takes(world)
    case = opened(world)
    (window,) = windows(world)
    assert window.lesson_id == world.untaken and window.student_id is None and window.case_id == case
    assert takes(world).late
    written = history.load_object_audit_entries(window.id)
    assert [entry.event_type for entry in written] == ["journal.late_entry_permit.opened"]
    assert written[0].case == case and written[0].clause == "4.2.1"


def test_the_door_opens_only_after_the_directorate_and_only_for_the_named_lesson(world):
    other = world.school.lesson(world.clock() - timedelta(days=18))
    case = world.teacher().asks_for_late_entry()
    world.head().approves(case)
    with pytest.raises(Refused):
        takes(world)
    world.directorate().approves(case)
    with door.write(world.teacher().act()), pytest.raises(Refused) as refused:
        take_roll(world.teacher().act(), other)
    assert refused.value.code == "journal.mark.entry_closed" and refused.value.remedy == "late_entry"


def test_the_last_second_of_the_open_door_and_the_first_after_it(world):
    opened(world)
    (window,) = windows(world)
    world.clock.set(window.closes_at + timedelta(seconds=1))
    with pytest.raises(Refused):
        takes(world)
    world.clock.set(window.closes_at)
    assert takes(world).late


def test_the_door_stays_open_over_a_weekend_and_a_holiday(world):
    world.clock.set(datetime(2026, 12, 30, 4, 0, tzinfo=UTC))
    opened(world)
    (window,) = windows(world)
    assert local_day(window.closes_at) == date(2027, 1, 8)


def test_through_an_open_door_absences_grades_and_the_topic_are_entered(world):
    case = world.teacher().asks_for_late_entry(world.entry(), world.entry("GRADE", world.school.students[1]))
    world.head().approves(case)
    world.directorate().approves(case)
    act = world.teacher().act()
    with door.write(act):
        absent = record_mark(act, CellEdit(world.untaken, world.student, "ATTENDANCE", "ABSENT", 0))
        grade = record_mark(act, CellEdit(world.untaken, world.school.students[1], "GRADE", "71", 0))
        version = world.session.get(Lesson, world.untaken).version
        edit = LessonDescriptionEdit(
            world.untaken, topic="Туунду", type="LECTURE", methods="", task="", hours=2, version=version
        )
        write_lesson_description(act, edit)
    assert absent.late and grade.late
    with door.write(act), pytest.raises(Refused):
        record_mark(act, CellEdit(world.untaken, world.school.students[2], "GRADE", "71", 0))


def test_what_was_entered_late_has_its_own_three_days_of_correction(world):
    opened(world)
    act = world.teacher().act()
    with door.write(act):
        record_mark(act, CellEdit(world.untaken, world.student, "ATTENDANCE", "ABSENT", 0))
        take_roll(act, world.untaken)
    world.days_pass(3)
    act = world.teacher().act()
    with door.write(act):
        edit = CellEdit(world.untaken, world.student, "ATTENDANCE", "PRESENT", 1, "Кийин келди")
        assert record_mark(act, edit).value == "PRESENT"
    world.days_pass(1)
    with door.write(act), pytest.raises(Refused):
        act = world.teacher().act()
        edit = CellEdit(world.untaken, world.student, "ATTENDANCE", "ABSENT", 2, "Жок эле")
        record_mark(act, edit)


def test_a_return_asks_again_and_the_visa_is_given_again(world):
    case = world.teacher().asks_for_late_entry()
    world.head().approves(case)
    world.directorate().returns(case)
    assert world.open_elements(case) == ["rework_teacher"]
    world.teacher().completes(
        case, decision="resubmit", entries=[world.entry()], reason="Толук себеби ушул эле."
    )
    assert world.open_elements(case) == ["endorse_department_head"]
    world.head().approves(case)
    assert world.directorate().approves(case).outcome == "opened"


@pytest.mark.parametrize("step", [0, 1])
def test_a_refusal_leaves_the_journal_shut(world, step):
    case = world.teacher().asks_for_late_entry()
    way = [world.head(), world.directorate()]
    for actor in way[:step]:
        actor.approves(case)
    assert way[step].rejects(case).outcome == "rejected"
    assert windows(world) == []


def test_the_teacher_withdraws_in_rework(world):
    case = world.teacher().asks_for_late_entry()
    world.head().returns(case)
    assert world.teacher().completes(case, decision="withdraw").outcome == "withdrawn"


def test_a_late_head_and_a_late_directorate_give_way_to_their_deputies(world):
    case = world.teacher().asks_for_late_entry()
    world.days_pass(3)
    assert world.open_elements(case) == ["visa_deputy"]
    world.actor("department_head_deputy").approves(case)
    world.days_pass(3)
    assert world.open_elements(case) == ["decide_deputy"]
    assert world.actor("directorate_deputy").approves(case).outcome == "opened"


def test_a_sheet_closed_meanwhile_keeps_the_door_shut(world):
    case = world.teacher().asks_for_late_entry()
    world.head().approves(case)
    sheet = world.school.sheet(date(2026, 12, 1))
    with door.write(world.office().act()):
        shut_sheet(world.office().act(), sheet)
    assert world.directorate().approves(case).outcome == "sheet_closed"
    assert windows(world) == []


def test_while_the_own_term_runs_nobody_has_to_ask(world):
    fresh = world.school.lesson(world.clock() - timedelta(days=2))
    with pytest.raises(Refused) as refused:
        world.teacher().asks_for_late_entry(world.entry(lesson=str(fresh)))
    assert refused.value.code == "journal.entry.still_open" and refused.value.clause == "4.2.1"


def test_what_is_entered_is_corrected_and_not_entered_again(world):
    cell = {"lesson": str(world.lesson), "student": str(world.student), "kind": "ATTENDANCE"}
    with pytest.raises(Refused) as refused:
        world.teacher().asks_for_late_entry(cell)
    assert refused.value.code == "journal.entry.entered" and refused.value.remedy == "late_correction"
    with pytest.raises(Refused) as back:
        world.teacher().requests_correction(world.edit(lesson=str(world.untaken), version=0, new="ABSENT"))
    assert back.value.code == "journal.correction.nothing_entered" and back.value.remedy == "late_entry"


def test_only_a_teacher_of_the_journal_asks_and_nonsense_is_named(world):
    stranger = world.school.person("Башка", "Окутуучу")
    with pytest.raises(Missing):
        world.actor("teacher", stranger).asks_for_late_entry()
    with pytest.raises(Denied):
        world.head().asks_for_late_entry()
    with pytest.raises(Missing):
        world.teacher().asks_for_late_entry(world.entry(lesson=str(new_id())))
    with pytest.raises(Invalid) as twice:
        world.teacher().asks_for_late_entry(world.entry(), world.entry())
    assert "entries" in twice.value.fields
    later = world.school.lesson(world.clock() + timedelta(days=2))
    with pytest.raises(Refused) as early:
        world.teacher().asks_for_late_entry(world.entry(lesson=str(later)))
    assert early.value.code == "journal.lesson.not_begun"


def test_the_requester_is_told_that_the_journal_is_open(world):
    case = opened(world)
    told = world.session.scalars(
        select(Message.payload).where(Message.event_type == "cases.case.ended")
    ).all()
    assert [(one["case"], one["outcome"]) for one in told] == [(str(case), "opened")]


def test_a_second_approval_of_the_same_case_opens_nothing_twice(world):
    case = world.teacher().asks_for_late_entry()
    world.head().approves(case)
    (task,) = world.open_tasks(case)
    world.directorate().approves(case)
    again = world.directorate().completes_task(task.id, task.version_id, task.element, decision="approve")
    assert again.repeated and len(windows(world)) == 1
    with pytest.raises(Stale):
        world.directorate().completes_task(
            task.id, task.version_id, task.element, decision="reject", reason="Ойлонуп көрдүм"
        )
