"""The opening of the journals of a department (P31): generated, assigned, checked, opened, then submitted (1.5.1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.audit.words import unseal_text
from app.cases.commands.start import start_case
from app.journal.courses.journal_states import load_state_changes
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.opening import commands
from app.journal.opening.queries import load_opening_row, load_opening_rows
from app.journal.tables import JournalCheck, Lesson, Offering, TimetableRun
from app.kernel import door
from app.kernel.errors import Denied, Invalid, Refused, Stale
from app.kernel.ids import new_id
from app.outbox.models import Message
from tests.journal.timetable import Timetable
from tests.scenarios.world import Actor, World

PROBLEM = "Эки студент тизмеде жок."


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    made = World(db_session, clock)
    made.session.rollback()
    made.session.execute(text("UPDATE journal.offering SET state = 'DRAFT'"))
    made.session.commit()
    return made


def begins(world: World, actor: Actor | None = None) -> UUID:
    case, by = new_id(), actor or world.office()
    asked = {"department": str(world.school.department), "semester": str(world.school.semester)}
    with door.write(by.act()):
        start_case(by.act(), case, "journal_opening", {"opening": asked})
    return case


def row(world: World) -> Any:
    world.session.rollback()
    return load_opening_row(world.school.offering)


def checks(world: World, problem: str = "", actor: Actor | None = None, seen: str = "") -> None:
    by, digest = actor or world.teacher(), seen or row(world).digest
    with door.write(by.act()):
        commands.check_journal(by.act(), new_id(), world.school.offering, digest, not problem, problem)


def does(world: World, command: Any, actor: Actor, reason: str = "") -> None:
    world.session.rollback()
    with door.write(actor.act(reason)):
        command(actor.act(reason), world.school.offering)


def marks(world: World) -> None:
    lesson = world.school.lesson(world.now() - timedelta(hours=3))
    world.session.rollback()
    with door.write(world.teacher().act()):
        record_mark(
            world.teacher().act(), CellEdit(lesson, world.school.students[0], "ATTENDANCE", "ABSENT", 0)
        )


def told(world: World, kind: str) -> list[Any]:
    world.session.rollback()
    return list(world.session.scalars(select(Message.payload).where(Message.event_type == kind)))


def test_an_opening_goes_from_the_office_to_the_teachers_and_back_and_only_then_marks_are_taken(world):
    with pytest.raises(Refused) as closed:
        marks(world)
    assert (closed.value.code, closed.value.remedy) == ("journal.offering.draft", "journal_state")
    case = begins(world)
    assert world.open_elements(case) == ["assign_head"]
    world.head().completes(case, decision="complete")
    assert told(world, commands.CHECK_ASKED)[0]["recipients"] == [str(world.school.lecturer)]
    checks(world, PROBLEM)
    assert row(world).is_objected and row(world).checks[0].problem == PROBLEM
    stored = world.session.scalars(select(JournalCheck)).one()
    assert PROBLEM.encode() not in stored.problem and unseal_text(stored.made_by, stored.problem) == PROBLEM
    world.head().approves(case)
    world.office().approves(case)
    # An objection keeps the journal closed and the case with the office.
    assert (row(world).state, world.open_elements(case)) == ("DRAFT", ["open_office"])
    checks(world)
    assert not row(world).is_objected and row(world).unchecked_teachers == ()
    world.office().approves(case)
    assert (row(world).state, world.case(case).outcome) == ("OPEN", "opened")
    (change,) = load_state_changes(world.school.offering)
    assert (change.by, change.case) == (world.people["academic_office"], case)
    marks(world)
    world.is_whole()


def test_what_changed_after_a_check_is_to_be_checked_again_and_a_stale_page_is_refused(world):
    seen = row(world).digest
    checks(world)
    world.school.student(77)
    assert row(world).unchecked_teachers and not row(world).checks[0].is_current
    with pytest.raises(Stale):
        checks(world, seen=seen)
    with pytest.raises(Denied):
        checks(world, actor=world.head())


def test_the_silence_of_teachers_hands_the_opening_to_the_office_after_the_deadline(world):
    case = begins(world)
    world.head().completes(case, decision="complete")
    world.days_pass(2)
    assert world.open_elements(case) == ["review_head"]
    world.days_pass(5)
    assert world.open_elements(case) == ["open_office"]
    world.office().completes(case, decision="finish", reason="Кийинки жумада ачылат.")
    assert (world.case(case).outcome, row(world).state) == ("ended", "DRAFT")


def test_what_is_missing_is_named_and_a_journal_without_a_teacher_stays_closed(world):
    found = row(world)
    assert {"no_topics", "no_criteria", "scheme_unconfirmed"} <= set(found.lacking)
    assert "no_teacher" not in found.lacking and found.students == 5
    world.session.execute(text("DELETE FROM journal.teaching"))
    world.session.commit()
    assert row(world).lacking[0] == "no_teacher"
    with pytest.raises(Refused, match="no_teacher"):
        does(world, commands.open_one_journal, world.office())
    case = begins(world)
    world.head().completes(case, decision="complete")
    world.head().approves(case)
    world.office().approves(case)
    assert (row(world).state, world.open_elements(case)) == ("DRAFT", ["open_office"])


def test_a_second_journal_of_one_group_is_named(world):
    school = world.school
    other_group = school._add(
        Offering(id=new_id(), course_id=school.course, group_id=school.group, semester_id=school.semester)
    )
    rows = {one.id: one for one in load_opening_rows(school.semester, [school.department])}
    assert rows[school.offering].duplicates == ("ИВТ-2-23",) == rows[other_group].duplicates


def test_only_the_office_begins_an_opening_and_only_of_what_can_be_opened(world):
    with pytest.raises(Denied):
        begins(world, world.head())
    does(world, commands.open_one_journal, world.office())
    with pytest.raises(Invalid) as nothing:
        begins(world)
    assert nothing.value.fields["opening"][0].code == "journal.opening.nothing"


def test_lessons_of_the_timetable_are_generated_by_one_run_of_the_semester(world):
    timetable = Timetable(world)
    timetable.rings()
    timetable.puts()
    begins(world)
    world.session.rollback()
    (run,) = world.session.scalars(select(TimetableRun))
    assert (run.semester_id, run.unit_id, run.state) == (world.school.semester, None, "RUNNING")


def test_a_journal_is_submitted_confirmed_by_another_person_and_returned_with_a_reason(world):
    does(world, commands.open_one_journal, world.office())
    world.session.execute(text("UPDATE journal.lesson SET roll_taken_at = NULL, roll_taken_by = NULL"))
    world.session.commit()
    with pytest.raises(Refused) as missing:
        does(world, commands.submit_journal, world.teacher())
    assert (missing.value.code, missing.value.clause) == ("journal.state.rolls_missing", "4.2.1")
    world.session.execute(
        text("UPDATE journal.lesson SET roll_taken_at = ends_at, roll_taken_by = :by"),
        {"by": world.school.lecturer},
    )
    world.session.commit()
    does(world, commands.submit_journal, world.teacher())
    assert told(world, commands.JOURNAL_SUBMITTED)[0]["recipients"] == [str(world.people["department_head"])]
    with pytest.raises(Refused, match="submitted"):
        marks(world)
    world.session.rollback()
    world.session.execute(text("DELETE FROM journal.lesson WHERE roll_taken_at IS NULL"))
    world.session.commit()
    does(world, commands.take_back_journal, world.teacher())
    does(world, commands.submit_journal, world.teacher())
    with pytest.raises(Denied):
        does(world, commands.confirm_journal, world.office())
    does(world, commands.confirm_journal, world.head())
    assert row(world).state == "CONFIRMED"
    with pytest.raises(Refused):
        does(world, commands.take_back_journal, world.teacher())
    does(world, commands.return_journal, world.head(), PROBLEM)
    newest = load_state_changes(world.school.offering)[0]
    assert (newest.state, newest.reason) == ("OPEN", PROBLEM)
    assert told(world, commands.JOURNAL_RETURNED)[0]["recipients"] == [str(world.school.lecturer)]


def test_the_boundary_minute_of_the_last_lesson(world):
    does(world, commands.open_one_journal, world.office())
    world.session.execute(
        text("UPDATE journal.lesson SET roll_taken_at = starts_at, roll_taken_by = :by"),
        {"by": world.school.lecturer},
    )
    world.session.commit()
    newest = world.session.scalars(select(Lesson).order_by(Lesson.ends_at.desc())).first()
    newest.ends_at = world.now() + timedelta(minutes=1)
    world.session.commit()
    with pytest.raises(Refused, match="lessons_ahead"):
        does(world, commands.submit_journal, world.teacher())
    newest = world.session.get(Lesson, newest.id)
    newest.ends_at = world.now()
    world.session.commit()
    does(world, commands.submit_journal, world.teacher())
    assert row(world).state == "SUBMITTED"
