"""Demo commissions: one for appeals and one authorised that exist, and a draft that waits for the rector."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.cases.commands.start import start_case
from app.demo.campus import DemoCampus
from app.demo.corrections import complete_case_tasks
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from app.kernel.db import db
from app.people.models import RoleGrant

DEMO_SEAT_PARTS = ("CHAIR", "SECRETARY", "MEMBER", "MEMBER", "RESERVE", "RESERVE")
COMMISSION_ORDERS: tuple[tuple[str, str, tuple[dict[str, str], ...]], ...] = (
    ("APPEAL", "112-К", ({"decision": "approve"}, {})),
    ("AUTHORISED", "113-К", ({"decision": "approve"}, {})),
    ("ARCHIVE", "131-К", ()),
)
"""Kind, number and completed steps of each order: signed, published; the last waits."""


def seed_commissions(campus: DemoCampus) -> int:
    """Start the orders and complete their steps; return their number."""
    people = _commission_candidates(campus)
    by_login = {login: human for login, human, _role, _name in campus.accounts}
    for number, (kind, order_no, steps) in enumerate(COMMISSION_ORDERS):
        seats = people[number : number + len(DEMO_SEAT_PARTS)]
        if kind == "APPEAL":
            known = [by_login["head"], by_login["deputy"]]
            others = [human for human in people if human not in known]
            seats = [*known, *others[: len(DEMO_SEAT_PARTS) - len(known)]]
        _run_commission_order(campus, kind, order_no, seats, steps, number)
    return len(COMMISSION_ORDERS)


def _commission_candidates(campus: DemoCampus) -> list[UUID]:
    """Return heads of department, then teachers; without the demo teacher, whose results are appealed
    against."""
    mine = next(human for login, human, _role, _name in campus.accounts if login == "teacher")
    found = db.session.query(RoleGrant.person_id, RoleGrant.role).filter(
        RoleGrant.role.in_(("department_head", "teacher")), RoleGrant.deputy.is_(False)
    )
    rows = sorted(found.all(), key=lambda row: (row.role != "department_head", row.person_id))
    db.session.rollback()
    return [person for person in dict.fromkeys(row.person_id for row in rows) if person != mine]


def _run_commission_order(
    campus: DemoCampus,
    kind: str,
    order_no: str,
    people: list[UUID],
    steps: tuple[dict[str, str], ...],
    number: int,
) -> None:
    """Start one order and complete its steps."""
    office = next(human for login, human, _role, _name in campus.accounts if login == "office")
    begun = (
        campus.now - timedelta(days=40 if kind == "APPEAL" else 8, hours=number)
        if steps
        else campus.now - timedelta(hours=5)
    )
    day = local_day(begun)
    seats = [
        {"person": str(human), "part": part} for human, part in zip(people, DEMO_SEAT_PARTS, strict=True)
    ]
    answers: dict[str, Any] = {
        "kind": kind,
        "order_no": order_no,
        "order_date": day.isoformat(),
        "valid_from": day.isoformat(),
        "valid_until": (day + timedelta(days=300)).isoformat(),
        "quorum": "2",
        "commission": {"seats": seats},
        "reason": "Сессиянын жана жабылган ведомосттордун маселелери үчүн.",
    }
    act = Act(office, None, begun, (RoleAssignment("academic_office"),), locale="ky")
    case = campus.new_id()
    with door.write(act):
        start_case(act, case, "commission", answers)
    complete_case_tasks(case, steps, begun)
