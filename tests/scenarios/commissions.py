"""Steps around a commission that several scenarios take (P07): its draft, its order, its people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.cases.commands.start import start_case
from app.cases.models import Case
from app.diagrams.versions import load_published_version_id, load_version
from app.forms.schema import check_form_answers
from app.journal.commissions.queries import load_commission_seats
from app.journal.commissions.rules import Seat
from app.journal.tables import Commission, CommissionOrder
from app.kernel import door
from app.kernel.act import RoleAssignment
from app.kernel.clock import local_day
from app.kernel.ids import new_id
from tests.scenarios.world import Actor, World

LAST_CASE = select(Case.id).order_by(Case.opened_at.desc(), Case.number.desc()).limit(1)
WORDS = {"reason": "Курамда адистик боюнча эки окутуучу болсун."}


def rector(world: World) -> Actor:
    """The rector, hired when he is first needed, with a vice-rector beside him."""
    return _ruler(world, "rector")


def vice_rector(world: World) -> Actor:
    """Who signs when the rector is late."""
    return _ruler(world, "rector_deputy")


def _ruler(world: World, name: str) -> Actor:
    if "rector" not in world.people:
        world.people["rector"] = world.hires("rector", None)
        world.people["rector_deputy"] = world.hires("rector", None, deputy=True)
    return Actor(world, world.people[name], (RoleAssignment("rector", None),))


def colleagues(world: World, count: int = 6) -> list[UUID]:
    """Teachers of the department who do not teach the world's group; the same ones every time."""
    known = world.people
    for number in range(count):
        if f"colleague{number}" not in known:
            known[f"colleague{number}"] = world.hires(
                "teacher", world.school.department, name=f"Кесиптеш{number}"
            )
    return [known[f"colleague{number}"] for number in range(count)]


def seats(world: World, *parts: str) -> list[dict[str, str]]:
    """Seats for colleagues in order; by default a chair, a secretary, two members and two reserves."""
    wanted = parts or ("CHAIR", "SECRETARY", "MEMBER", "MEMBER", "RESERVE", "RESERVE")
    people = colleagues(world, len(wanted))
    return [{"person": str(person), "part": part} for person, part in zip(people, wanted, strict=True)]


def order(world: World, **other: Any) -> dict[str, Any]:
    """What the form of an order answers, checked by its schema."""
    today = local_day(world.clock())
    scope = other.pop("scope", {})
    answers = {
        "kind": "APPEAL",
        "order_no": "41-К",
        "order_date": today.isoformat(),
        "valid_from": today.isoformat(),
        "valid_until": (today + timedelta(days=120)).isoformat(),
        "quorum": 2,
        "commission": {"seats": other.pop("seats", None) or seats(world), **scope},
    } | other
    version = load_published_version_id("commission")
    assert version is not None
    return check_form_answers(load_version(version).forms["commission.start"], answers)


def drafts(world: World, case: UUID | None = None, **other: Any) -> UUID:
    """The office drafts an order; answers the case."""
    case_id, answers = case or new_id(), order(world, **other)
    with door.write(world.office().act()):
        start_case(world.office().act(), case_id, "commission", answers)
    return case_id


def formed(world: World, **other: Any) -> UUID:
    """A commission of the university that exists; answers its id."""
    case = drafts(world, **other)
    rector(world).approves(case)
    assert world.office().completes(case).outcome == "formed"
    return world.case(case).subject_id


def published(world: World) -> list[Commission]:
    world.session.rollback()
    return list(
        world.session.query(Commission).join(CommissionOrder, CommissionOrder.commission_id == Commission.id)
    )


def sitting(world: World, commission: UUID) -> tuple[Seat, ...]:
    world.session.rollback()
    return load_commission_seats([commission])[commission]


def day(world: World, days: int) -> date:
    return local_day(world.clock()) + timedelta(days=days)
