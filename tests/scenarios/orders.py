"""Steps around an order about students that several scenarios take (P18): its draft, its check, its signature."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.cases.commands.start import start_case
from app.diagrams.versions import load_published_version_id, load_version
from app.forms.schema import check_form_answers
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.ids import new_id
from app.people.models import StudyGroup
from tests.scenarios.commissions import rector
from tests.scenarios.world import Actor, World


def answers(world: World, kind: str, *lines: dict[str, Any], **other: Any) -> dict[str, Any]:
    """What the form of an order answers, checked by its schema; its number is a new one."""
    today = local_day(world.clock())
    files = other.pop("files", None)
    typed = {
        "contingent_order": {"kind": kind, "entries": list(lines)},
        "order_no": f"{new_id().hex[-6:]}-С",
        "order_date": today.isoformat(),
        "effective_on": other.pop("on", today).isoformat(),
        "signature": "here",
    } | other
    version = load_published_version_id("contingent_order")
    assert version is not None
    clean = check_form_answers(load_version(version).forms["contingent_order.start"], typed)
    return clean | ({"files": files} if files else {})


def drafts(
    world: World,
    kind: str,
    *lines: dict[str, Any],
    by: Actor | None = None,
    case: UUID | None = None,
    **other: Any,
) -> UUID:
    """The directorate drafts an order; answers the case."""
    case_id, who, given = case or new_id(), by or world.directorate(), answers(world, kind, *lines, **other)
    world.session.rollback()
    with door.write(who.act()):
        start_case(who.act(), case_id, "contingent_order", given)
    return case_id


def signed(world: World, kind: str, *lines: dict[str, Any], **other: Any) -> UUID:
    """An order that was drafted, checked and signed; answers the case."""
    case = drafts(world, kind, *lines, **other)
    world.office().approves(case)
    rector(world).approves(case)
    return case


def line(student: UUID, **other: Any) -> dict[str, Any]:
    """A line about a student."""
    return {"student": str(student)} | {
        key: value.isoformat() if isinstance(value, date) else str(value) for key, value in other.items()
    }


def group(world: World, name: str = "ИВТ-1-23", unit: UUID | None = None) -> UUID:
    """Another group, of the same institute unless told otherwise."""
    made = StudyGroup(id=new_id(), name=name, unit_id=unit or world.school.institute)
    world.session.add(made)
    world.session.commit()
    return made.id


def days(number: int) -> timedelta:
    return timedelta(days=number)
