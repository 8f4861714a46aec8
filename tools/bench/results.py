"""Ways about results: a sheet, its signature, a dispute, an appeal, points that wait, what a protocol changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.cases.commands.start import start_follow_up_case_once
from app.journal.appeals.hearing_queries import find_latest_hearing_stage
from app.journal.appeals.rules import HEARING_NOTICE_POLICY
from app.journal.grade_sheets.entry_commands import SheetEntryEdit, create_due_sheets, enter_sheet_points
from app.journal.grade_sheets.line_queries import find_current_result
from app.journal.grade_sheets.queries import compute_sheet_from_journal, sheet_lines_to_sign
from app.journal.tables import Appeal, GradeSheet, Offering, Semester
from app.kernel import door
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.ids import new_id
from app.people.models import Membership
from app.regulation.models import PolicyRow
from tests.scenarios import appeals, commissions
from tests.scenarios.world import LATE, World
from tools.bench.way import WORDS, Asked

MINUTES = 2
"""So soon after it is set a hearing is held here: the clock of all the other ways hardly moves."""


def another_offering(world: World, semester: UUID) -> UUID:
    """One more journal of the group and its teacher."""
    school, offering = world.school, new_id()
    world.session.add(
        Offering(
            id=offering,
            course_id=school.course,
            group_id=school.group,
            semester_id=semester,
            planned_hours=60,
            state="OPEN",
        )
    )
    world.session.commit()
    school.teaches(school.lecturer, offering=offering)
    return offering


def sheet(world: World, many: int) -> Asked:
    """The sheet of the first module of one more journal, drawn as the clock draws it and filled by its teacher; then
    its semester is said to be over long ago, so that the sheet may be closed."""
    semester = _short_semester(world)
    drawn = _filled(world, another_offering(world, semester))
    world.session.rollback()
    world.session.get_one(Semester, semester).ends_on = world.day(60)
    world.session.commit()
    return Asked(world.teacher(), "grade_sheet", {"sheet": str(drawn)}, news=True)


def _short_semester(world: World) -> UUID:
    """One more semester, whose first module week is now."""
    running = world.session.get_one(Semester, world.school.semester)
    made = Semester(
        id=new_id(),
        names=dict(running.names),
        academic_year=running.academic_year,
        starts_on=world.day(200),
        ends_on=world.day(-3),
        module1_from=world.day(1),
        module1_until=world.day(-3),
    )
    world.session.add(made)
    world.session.commit()
    return made.id


def _filled(world: World, offering: UUID) -> UUID:
    act = Act.by_system(world.now())
    world.session.rollback()
    with door.write(act):
        create_due_sheets(act)
    drawn = world.session.scalars(select(GradeSheet.id).where(GradeSheet.offering_id == offering)).one()
    group = select(Membership.person_id).where(Membership.group_id == world.school.group)
    edits = [SheetEntryEdit(student, "GRADED", Decimal(8), 0) for student in world.session.scalars(group)]
    world.session.rollback()
    with door.write(world.teacher().act()):
        enter_sheet_points(world.teacher().act(), drawn, edits)
    return drawn


def late_sheet(world: World, many: int) -> Asked:
    """Lines of a sheet whose week is over."""
    today = world.now().date()
    sheet = GradeSheet(
        id=new_id(),
        offering_id=another_offering(world, world.school.semester),
        kind="MODULE1",
        covers_until=today - timedelta(days=5),
        enter_from=today - timedelta(days=10),
        enter_until=today - timedelta(days=5),
    )
    world.session.add(sheet)
    world.session.commit()
    students = [str(student) for student in world.school.students[:many]]
    answers = {"lines": {"sheet": str(sheet.id), "students": students}, "reason": LATE}
    fields = {"sheet": str(sheet.id), "line": students, "reason": LATE}
    return Asked(world.teacher(), "late_sheet", answers, fields, f"sheet={sheet.id}")


def signing(world: World, asked: Asked) -> Mapping[str, Any]:
    """What the teacher saw is what he signs."""
    sheet = world.session.get(GradeSheet, UUID(asked.answers["sheet"]))
    return {
        "signing": {
            "seen": canonical_sha256(sheet_lines_to_sign(compute_sheet_from_journal(sheet, world.now())))
        }
    }


def _signed(world: World, offering: UUID) -> UUID:
    """A filled sheet of this journal signed by its teacher; answers the student's published result."""
    drawn, case, teacher = _filled(world, offering), new_id(), world.teacher()
    asked = Asked(teacher, "grade_sheet", {"sheet": str(drawn)}, news=True)
    with door.write(teacher.act()):
        start_follow_up_case_once(teacher.act(), case, asked.start, asked.answers, teacher.person)
    teacher.completes(case, **signing(world, asked))
    result = find_current_result(drawn, world.student)
    assert result is not None
    return result.id


def _about_result(world: World, start: str) -> Asked:
    result = str(_signed(world, another_offering(world, world.school.semester)))
    fields = {"appeal_result": result} | WORDS
    return Asked(
        world.student_actor(), start, {"appeal": {"result": result}} | WORDS, fields, f"result={result}"
    )


def result_dispute(world: World, many: int) -> Asked:
    """A published result that its student holds to be wrong."""
    return _about_result(world, "result_dispute")


def appeal(world: World, many: int) -> Asked:
    """A published result, and a commission that may decide about it."""
    _commission_there(world)
    return _about_result(world, "appeal")


def _commission_there(world: World) -> None:
    """A commission, whose hearings here need no day of notice: in a thousand rounds the semester would end."""
    if commissions.published(world):
        return
    commissions.formed(world, order_no=f"{new_id().hex[-8:]}-К")
    world.session.add(
        PolicyRow(
            id=new_id(),
            key=HEARING_NOTICE_POLICY,
            unit_id=None,
            value="0",
            measure="hours",
            clause="6.3",
            source="default",
            effective_from=date(2026, 9, 1),
        )
    )
    world.session.commit()


def proposal(world: World, many: int) -> Asked:
    """Points of so many lessons, accepted after the sheet over them was signed."""
    _commission_there(world)
    offering = another_offering(world, world.school.semester)
    lessons = [world.missed(3 + number / 12, offering=offering) for number in range(many)]
    student, teacher = world.student_actor(), world.teacher()
    case = student.asks_makeup(*lessons)
    teacher.sets_task(case)
    student.performs(case)
    _signed(world, offering)
    assert teacher.accepts(case).outcome == "awaiting_commission"
    return Asked(teacher, "proposal", {"makeup": str(world.case(case).subject_id)}, news=True)


def academic_correction(world: World, many: int) -> Asked:
    """A signed protocol that counts the points of so many lessons."""
    asked, case = proposal(world, many), new_id()
    with door.write(asked.actor.act()):
        start_follow_up_case_once(asked.actor.act(), case, asked.start, asked.answers, asked.actor.person)
    chair = appeals.chair(world, case)
    chair.completes(case, **setting(world, asked))
    appeals.secretary(world, case).completes(case, **minutes(world, asked))
    assert chair.approves(case).outcome == "changed"
    protocol = world.case(case).subject_id
    return Asked(chair, "academic_correction", {"protocol": str(protocol)}, news=True)


def setting(world: World, asked: Asked) -> Mapping[str, Any]:
    """The hearing is soon."""
    return {"decision": "schedule", "hearing": appeals.when(world, MINUTES / 60)}


def minutes(world: World, asked: Asked) -> Mapping[str, Any]:
    """The hour of the hearing has come, and all who vote raise the points."""
    world.clock.advance(minutes=MINUTES)
    result, makeup = asked.answers.get("appeal", {}).get("result"), asked.answers.get("makeup")
    about = Appeal.makeup_id == UUID(makeup) if makeup else Appeal.result_id == UUID(result)
    hearing = find_latest_hearing_stage(world.session.scalars(select(Appeal.id).where(about)).one())
    assert hearing is not None
    votes = [{"person": str(one), "vote": "RAISE"} for one in (hearing.chair_id, *hearing.members)]
    said = {"protocol": {"votes": votes}, "motive": appeals.MOTIVE} | ({} if makeup else {"points": 9})
    return {"decision": "complete"} | said
