"""News reach their handlers, as the worker delivers them: what scenarios of overlapping cases wait for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app.cases.models import History
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.tables import Offering
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.ids import new_id
from app.outbox.dispatch import deliver_due_messages
from app.outbox.models import Message
from app.people.commands import end_group_membership, start_group_membership
from app.people.models import StudyGroup
from app.worker.event_handlers import event_handlers_by_type
from tests.scenarios.grade_sheets import shut_sheet
from tests.scenarios.world import Actor

WHY = {"reason": "Тизмени карап чыктым"}


def heard(world: Any) -> None:
    """Everything posted so far is delivered; no handler may fail."""
    world.session.rollback()
    menu = event_handlers_by_type(current_app.extensions["depter"].settings)
    while deliver_due_messages(menu, world.clock()).total:
        pass
    world.session.rollback()
    failed = world.session.scalars(select(Message.last_error).where(Message.last_error.is_not(None))).all()
    assert list(failed) == []


def corrects(
    world: Any, lesson: UUID, value: str = "PRESENT", version: int = 1, kind: str = "ATTENDANCE"
) -> None:
    """The teacher corrects a mark himself, within his days."""
    act = world.teacher().act()
    with door.write(act):
        record_mark(act, CellEdit(lesson, world.student, kind, value, version, "Тизмеде ката кетти"))


def corrected_by_case(world: Any, lesson: UUID, version: int = 1, new: str = "PRESENT") -> UUID:
    """A correction of the attendance goes its whole way."""
    case = world.teacher().requests_correction(world.edit(lesson=str(lesson), version=version, new=new))
    for actor in (world.head(), world.directorate(), world.office(), world.it()):
        actor.approves(case)
    return case


def ended(world: Any, case: UUID) -> tuple[str, str | None]:
    """How a case stands: its status and its outcome."""
    row = world.case(case)
    return row.status, row.outcome


def told(world: Any, case: UUID, kind: str = "overtaken") -> dict[str, Any]:
    """What the history says of the last step of this kind that nobody of the case took."""
    world.session.rollback()
    steps = select(History.answers).where(History.case_id == case, History.kind == kind)
    return world.session.scalars(steps.order_by(History.id.desc())).first() or {}


def news(world: Any, event_type: str) -> list[dict[str, Any]]:
    """Return every message of this event type, oldest first."""
    world.session.rollback()
    return list(
        world.session.scalars(
            select(Message.payload).where(Message.event_type == event_type).order_by(Message.id)
        )
    )


def sheet_closed(world: Any) -> None:
    """A sheet over every lesson until today is closed by the office."""
    sheet = world.school.sheet(world.day(0))
    world.session.rollback()
    with door.write(world.office().act()):
        shut_sheet(world.office().act(), sheet)


@dataclass(frozen=True)
class Elsewhere:
    """Another institute of the university, with a group, its directorate and, on demand, the same discipline."""

    unit: UUID
    group: UUID
    directorate: Any

    def journal(self, world: Any, teacher: UUID | None = None) -> UUID:
        """The same discipline, taught to this group in the same semester."""
        made = Offering(
            id=new_id(),
            course_id=world.school.course,
            group_id=self.group,
            semester_id=world.school.semester,
            planned_hours=60,
            state="OPEN",
        )
        world.session.add(made)
        world.session.commit()
        world.school.teaches(teacher or world.school.person("Турдубаева", "Нургүл"), offering=made.id)
        return made.id


def elsewhere(world: Any) -> Elsewhere:
    """Another institute."""
    unit = world.school._unit(world.school.university, "institute", "ISA")
    group = world.school._add(StudyGroup(id=new_id(), name="ПГС-2-24", unit_id=unit, year_of_study=2))
    person = world.hires("directorate", unit, name="Жаңы дирекция")
    return Elsewhere(unit, group, Actor(world, person, (RoleAssignment("directorate", unit),)))


def transferred(world: Any, group: UUID, since: date | None = None, order: str = "214-с") -> None:
    """An order moves the student to another group; the news are heard."""
    act = Act.by_system(world.clock())
    world.session.rollback()
    with door.write(act):
        start_group_membership(act, new_id(), world.student, group, since or world.day(0), order)
    heard(world)


def left(world: Any, ended_as: str | None, last_day: date | None = None, order: str = "77-с") -> None:
    """An order ends the student's stay in his group; the news are heard."""
    act = Act.by_system(world.clock())
    world.session.rollback()
    with door.write(act):
        last = last_day or world.day(1)
        end_group_membership(act, world.student, world.school.group, last, order, ended_as)
    heard(world)


def joined(world: Any, student: UUID, group: UUID, since: date, order: str = "12-к") -> None:
    """An order enrols somebody; the news are heard."""
    act = Act.by_system(world.clock())
    world.session.rollback()
    with door.write(act):
        start_group_membership(act, new_id(), student, group, since, order)
    heard(world)
