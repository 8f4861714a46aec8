"""Steps of an appeal and of the academic correction after it that several scenarios take (P06, P08)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.cases.commands.start import start_case
from app.cases.models import Case
from app.journal.appeals.hearing_queries import find_latest_hearing_stage
from app.journal.tables import AppealEnd, Hearing, Protocol, ProtocolSigned, Result
from app.kernel import door
from app.kernel.act import RoleAssignment
from app.kernel.clock import local_time
from app.kernel.ids import new_id
from tests.scenarios import commissions
from tests.scenarios.world import Actor, World

WHY = {"reason": "Экинчи маселе туура чыгарылган, бирок балл берилген эмес."}
MOTIVE = "Комиссия ишти карап, экинчи маселеге балл берүүнү туура деп тапты."


def signed(world: World, sheets: Any, points: str = "8") -> UUID:
    """A signed module sheet; answers the student's published result."""
    sheets.draws()
    sheets.enters("MODULE1", points)
    sheets.signs()
    return sheets.result().id


def appeals(
    world: World, result: UUID, actor: Actor | None = None, behalf: UUID | None = None, **other: Any
) -> UUID:
    """Appeal against a result; answers the case."""
    case, who = other.pop("case", None) or new_id(), actor or world.student_actor()
    answers = {"appeal": {"result": str(result)}, **WHY} | other
    world.session.rollback()
    with door.write(who.act()):
        start_case(who.act(), case, "appeal", answers, behalf)
    return case


def hearing(world: World, case: UUID) -> Hearing:
    """The newest step of the hearing of this case."""
    appeal = UUID(world.case(case).subject["appeal"])
    found = find_latest_hearing_stage(appeal)
    assert found is not None
    return found


def person(world: World, id: UUID) -> Actor:
    """Somebody of the commission, with the role of his own work."""
    return Actor(world, id, (RoleAssignment("teacher", world.school.department),))


def secretary(world: World, case: UUID) -> Actor:
    return person(world, hearing(world, case).secretary_id)


def chair(world: World, case: UUID) -> Actor:
    return person(world, hearing(world, case).chair_id)


def when(
    world: World, hours: float = 24, conflicts: tuple[UUID, ...] = (), place: str = "205-кабинет"
) -> Any:
    """A hearing some hours from now, by default on the next day, as the form answers it."""
    at = local_time(world.clock() + timedelta(hours=hours)).replace(tzinfo=None)
    return {
        "at": at.isoformat(timespec="minutes"),
        "place": place,
        "conflicts": [str(one) for one in conflicts],
    }


def heard(world: World, case: UUID, **other: Any) -> None:
    """Admitted, scheduled, explained by the teacher, and the hour has come."""
    secretary(world, case).completes(case, decision=other.pop("decision", "admit"), **other)
    chair(world, case).completes(case, decision="schedule", hearing=when(world))
    world.teacher().completes(case, note="Экинчи маселенин жолу жазылган эмес.")
    world.clock.advance(hours=25)


def votes(world: World, case: UUID, *given: str) -> dict[str, Any]:
    """Votes of chair and members in their order."""
    now = hearing(world, case)
    persons = [str(now.chair_id), *now.members]
    return {"votes": [{"person": one, "vote": vote} for one, vote in zip(persons, given, strict=True)]}


def writes(world: World, case: UUID, *given: str, **other: Any) -> None:
    """The secretary writes the protocol; by default the points are raised to 9, those of a work-off just count."""
    cast = given or ("RAISE", "RAISE", "KEEP")
    wanted = set(cast) & {"RAISE", "LOWER"} and world.case(case).diagram != "proposal"
    points = {"points": 9} if wanted else {}
    answers = {"decision": "complete", "protocol": votes(world, case, *cast), "motive": MOTIVE}
    secretary(world, case).completes(case, **answers | points | other)


def decided(world: World, case: UUID, *given: str, **other: Any) -> str:
    """Heard, written and signed; answers how the appeal ended."""
    heard(world, case)
    writes(world, case, *given, **other)
    return str(chair(world, case).approves(case).outcome)


def correction(world: World, sheets: Any) -> UUID:
    """The academic correction that followed, as the worker begins it."""
    sheets.delivers()
    return world.session.query(Case).filter_by(diagram="academic_correction").one().id


def released(world: World, sheets: Any) -> UUID:
    """Verified by the office and released by IT; answers the case."""
    case = correction(world, sheets)
    world.office().approves(case)
    assert world.it().approves(case).outcome == "applied"
    return case


def ended(world: World) -> list[AppealEnd]:
    world.session.rollback()
    return world.session.query(AppealEnd).order_by(AppealEnd.ended_at).all()


def protocols(world: World) -> list[tuple[Protocol, ProtocolSigned]]:
    world.session.rollback()
    return (
        world.session.query(Protocol, ProtocolSigned)
        .join(ProtocolSigned, ProtocolSigned.protocol_id == Protocol.id)
        .order_by(ProtocolSigned.number)
        .all()
    )


def versions(world: World, sheets: Any) -> list[Result]:
    world.session.rollback()
    return (
        world.session.query(Result)
        .filter_by(sheet_id=sheets.row().id, student_id=world.student)
        .order_by(Result.version)
        .all()
    )


def commission(world: World, **other: Any) -> UUID:
    """A commission of colleagues that exists."""
    return commissions.formed(world, **other)
