"""Reads of commissions for their case, the list and appeals (6.3, 7.4, 7.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from app.journal.commissions.rules import (
    SEAT_PARTS,
    PublishedCommission,
    Seat,
    choose_deciding_commission,
    commission_state,
)
from app.journal.tables import Commission, CommissionOrder, CommissionSeat, Course, Offering
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people import queries as people
from app.people.models import StudyGroup
from app.people.queries import PersonName


def load_commission_row(id: UUID) -> Commission:
    """Return the commission; raise Missing."""
    row = db.session.get(Commission, id)
    if row is None:
        raise Missing
    return row


def load_commission_seats(ids: Iterable[UUID]) -> dict[UUID, tuple[Seat, ...]]:
    """Return the seats of these commissions in the order of the draft, by commission id; one statement."""
    found: dict[UUID, list[Seat]] = {id: [] for id in ids}
    if found:
        rows = db.session.scalars(
            select(CommissionSeat)
            .where(CommissionSeat.commission_id.in_(list(found)))
            .order_by(CommissionSeat.place)
        )
        for row in rows:
            found[row.commission_id].append(Seat(row.person_id, row.part))
    return {id: tuple(seats) for id, seats in found.items()}


def commission_content_to_hash(row: Commission, seats: Iterable[Seat]) -> dict[str, Any]:
    """Return the hashed content of an order."""
    return {
        "id": str(row.id),
        "kind": row.kind,
        "order_no": row.order_no,
        "order_date": row.order_date.isoformat(),
        "unit": str(row.unit_id) if row.unit_id else None,
        "course": str(row.course_id) if row.course_id else None,
        "from": row.valid_from.isoformat(),
        "until": row.valid_until.isoformat(),
        "quorum": row.quorum,
        "seats": [[str(seat.person), seat.part] for seat in seats],
    }


def recompute_commission_fingerprint(id: UUID) -> str | None:
    """Return the SHA-256 of a drafted commission, recomputed from its rows; None when it does not exist."""
    row = db.session.get(Commission, id)
    return (
        canonical_sha256(commission_content_to_hash(row, load_commission_seats([id])[id]))
        if row is not None
        else None
    )


def describe_commission(id: UUID) -> dict[str, Any]:
    """Return an order as JSON: {kind: "commission", of, order_no, order_date, scope (names), scope_id,
    from, until, quorum, seats: [{person, name, part}]}. Raise Missing."""
    row = load_commission_row(id)
    seats = load_commission_seats([id])[id]
    names = people.load_names(seat.person for seat in seats)
    scope = _load_commission_scope_names([row])[id]
    return {
        "kind": "commission",
        "of": row.kind,
        "order_no": row.order_no,
        "order_date": row.order_date.isoformat(),
        "scope": dict(scope) if scope else None,
        "scope_id": f"course:{row.course_id}"
        if row.course_id
        else f"unit:{row.unit_id}"
        if row.unit_id
        else "",
        "from": row.valid_from.isoformat(),
        "until": row.valid_until.isoformat(),
        "quorum": row.quorum,
        "seats": [
            {"person": str(seat.person), "name": names[seat.person].short, "part": seat.part}
            for seat in seats
        ],
    }


def load_commission_institute_id(id: UUID) -> UUID | None:
    """Return the institute of a commission; None for one of the whole university. Raise Missing."""
    row = load_commission_row(id)
    course = db.session.get(Course, row.course_id) if row.course_id else None
    unit = course.department_id if course else row.unit_id
    return people.load_institute_id_or_own_unit_id(unit) if unit else None


def is_order_number_taken(order_no: str) -> bool:
    """Return whether a published order has this number."""
    return bool(db.session.scalar(select(exists().where(CommissionOrder.order_no == order_no))))


def load_all_published_commissions() -> list[PublishedCommission]:
    """Return every published commission, a few each semester; one statement."""
    found = db.session.execute(
        select(
            Commission.id,
            Commission.kind,
            Commission.unit_id,
            Commission.course_id,
            Commission.valid_from,
            Commission.valid_until,
            CommissionOrder.published_at,
        ).join(CommissionOrder, CommissionOrder.commission_id == Commission.id)
    )
    return [PublishedCommission(*row) for row in found]


def find_deciding_commission_id(kind: str, offering: UUID, on: date) -> UUID | None:
    """Return the commission that decides a matter of this journal on a day, None
    if there is none; raise Missing.

    Narrowest scope first: the discipline, the units above it, the group's institute, the university; of
    the same scope the latest order.
    """
    row = db.session.execute(
        select(Course.id, Course.department_id, StudyGroup.unit_id)
        .select_from(Offering)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(Offering.id == offering)
    ).one_or_none()
    if row is None:
        raise Missing
    units = list(dict.fromkeys([*people.load_unit_and_ancestor_ids(row.department_id), row.unit_id]))
    one = choose_deciding_commission(load_all_published_commissions(), kind, row.id, units, on)
    return one.id if one else None


@dataclass(frozen=True, slots=True)
class CommissionListRow:
    """A published commission in the list: order, scope (names; None: the university), state, seats."""

    id: UUID
    kind: str
    order_no: str
    order_date: date
    scope: Mapping[str, str] | None
    valid_from: date
    valid_until: date
    quorum: int
    state: str
    published_at: datetime
    case: UUID | None
    seats: tuple[tuple[PersonName, str], ...]
    unit: UUID | None = None


def load_commission_list_rows(on: date, member: UUID | None = None) -> list[CommissionListRow]:
    """Return every published commission, latest order first; with `member` only those
    with this person. `unit` is that of the scope, for a discipline its department. Six statements."""
    known = load_all_published_commissions()
    rows = db.session.execute(
        select(Commission, CommissionOrder)
        .join(CommissionOrder, CommissionOrder.commission_id == Commission.id)
        .order_by(CommissionOrder.published_at.desc(), Commission.id)
    ).all()
    seats = load_commission_seats([row.id for row, _order in rows])
    mine = [
        (row, order)
        for row, order in rows
        if member is None or any(seat.person == member for seat in seats[row.id])
    ]
    names = people.load_names(seat.person for row, _order in mine for seat in seats[row.id])
    scopes = _load_commission_scope_names([row for row, _order in mine])
    by_id = {one.id: one for one in known}
    courses = [row.course_id for row, _order in mine if row.course_id]
    departments: dict[UUID | None, UUID] = {
        row.id: row.department_id
        for row in db.session.execute(select(Course.id, Course.department_id).where(Course.id.in_(courses)))
    }
    return [
        CommissionListRow(
            id=row.id,
            kind=row.kind,
            order_no=row.order_no,
            order_date=row.order_date,
            scope=scopes[row.id],
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            quorum=row.quorum,
            state=commission_state(by_id[row.id], known, on),
            published_at=order.published_at,
            case=order.case_id,
            seats=tuple(
                (names[seat.person], seat.part)
                for seat in sorted(seats[row.id], key=lambda seat: SEAT_PARTS.index(seat.part))
            ),
            unit=row.unit_id or departments.get(row.course_id),
        )
        for row, order in mine
    ]


def _load_commission_scope_names(rows: Iterable[Commission]) -> dict[UUID, Mapping[str, str] | None]:
    """Return the names of unit or discipline by commission id; None for the whole university."""
    rows = list(rows)
    units = people.load_unit_tree() if any(row.unit_id for row in rows) else {}
    wanted = [row.course_id for row in rows if row.course_id]
    course_names: dict[UUID, Mapping[str, str]] = (
        {
            row.id: row.names
            for row in db.session.execute(select(Course.id, Course.names).where(Course.id.in_(wanted)))
        }
        if wanted
        else {}
    )
    return {
        row.id: course_names[row.course_id]
        if row.course_id
        else units[row.unit_id].names
        if row.unit_id
        else None
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class CourseRow:
    """A discipline for which a commission can be formed."""

    id: UUID
    names: Mapping[str, str]
    department: UUID


def load_all_courses() -> list[CourseRow]:
    """Return every discipline by code; one statement."""
    found = db.session.execute(select(Course.id, Course.names, Course.department_id).order_by(Course.code))
    return [CourseRow(*row) for row in found]
