"""Queries of orders of the contingent: one order, its students, pages of orders, and whom an order can be about."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on

from app.audit.words import unseal_texts
from app.kernel.act import RoleAssignment
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.search_text import every_word_condition
from app.kernel.workbook_reading import word_key
from app.people.models import Membership, Person, StudyGroup, Unit
from app.people.order_models import ContingentOrder, ContingentOrderEnd, ContingentOrderStudent
from app.people.order_rules import APPLIED, OrderedGroup, OrderEntry, OrderHead, OrderNames
from app.people.queries.audit_reach import audited_rows_condition
from app.people.queries.persons import PersonName, build_person_name, load_names

MAX_FOUND_STUDENTS = 60
"""Students that a search offers at once."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order without its lines; `how` is the end of its way (None: it is being checked), `students` their number."""

    id: UUID
    head: OrderHead
    unit: UUID
    case: UUID | None
    drafted_by: UUID
    made_at: datetime
    how: str | None
    ended_at: datetime | None
    students: int


@dataclass(frozen=True, slots=True)
class OrderPageKey:
    """The last order of a page: its date and its id."""

    ordered_on: date
    id: UUID


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders a page lists: among these units (None: all), of a kind, in a state, dated in a period, with a text
    in the number. States: OPEN, COMING (applied, takes effect later), DONE, or an end of `order_rules.ORDER_ENDS`."""

    units: Collection[UUID] | None = None
    kind: str = ""
    state: str = ""
    first: date | None = None
    last: date | None = None
    number: str = ""


def order_content_to_hash(row: ContingentOrder) -> dict[str, Any]:
    """Return the whole content of an order as it is approved, id included."""
    return {
        "id": str(row.id),
        "kind": row.kind,
        "number": row.number,
        "ordered_on": row.ordered_on.isoformat(),
        "effective_on": row.effective_on.isoformat(),
        "signing": row.signing,
        "unit": str(row.unit_id),
        "drafted_by": str(row.drafted_by),
        "files": sorted(str(one) for one in row.files),
        "entries": [dict(entry) for entry in row.entries],
    }


def recompute_order_fingerprint(order: UUID) -> str | None:
    """Return the SHA-256 of an order, recomputed from its row; None when it does not exist."""
    row = db.session.get(ContingentOrder, order)
    return canonical_sha256(order_content_to_hash(row)) if row is not None else None


def load_order(order: UUID) -> ContingentOrder:
    """Return an order as it was drafted. Raises Missing."""
    row = db.session.get(ContingentOrder, order)
    if row is None:
        raise Missing
    return row


def order_head(row: ContingentOrder) -> OrderHead:
    """Return what an order says of itself."""
    return OrderHead(row.kind, row.number, row.ordered_on, row.effective_on, row.signing)


def order_entries(row: ContingentOrder) -> list[OrderEntry]:
    """Return the lines of an order with their names readable; erased names are empty. At most one statement."""
    sealed = [(UUID(one["student"]), _sealed_bytes(one.get("names"))) for one in row.entries]
    names = unseal_texts(sealed)
    return [
        OrderEntry(
            student=UUID(one["student"]),
            group=UUID(one["group"]) if one.get("group") else None,
            until=date.fromisoformat(one["until"]) if one.get("until") else None,
            names=_names_of_text(text) if one.get("names") else None,
            came_from=UUID(one["came_from"]) if one.get("came_from") else None,
        )
        for one, text in zip(row.entries, names, strict=True)
    ]


def _sealed_bytes(text: str | None) -> bytes | None:
    return base64.b64decode(text) if text else None


def _names_of_text(text: str) -> OrderNames:
    return OrderNames(*json.loads(text)) if text else OrderNames("", "")


def names_of_entries(entries: Sequence[OrderEntry]) -> dict[UUID, PersonName]:
    """Return the name of each student of these lines: of a person his present one, of a new student the one that the
    order gives. One statement."""
    known = load_names(entry.student for entry in entries)
    return {entry.student: known.get(entry.student) or _name_of_new_student(entry.names) for entry in entries}


def _name_of_new_student(names: OrderNames | None) -> PersonName:
    """Return the name that an order gives a new student; "" when it was erased."""
    family, given, patronymic = (
        (names.family_name, names.given_name, names.patronymic) if names else ("", "", "")
    )
    return build_person_name(None, family, given, patronymic)


MAX_DESCRIBED_STUDENTS = 20
"""Names of students that the case of an order keeps; the page of the order shows all of them."""


def describe_order(order: UUID) -> dict[str, Any]:
    """Return an order as JSON: {kind: "contingent_order", of, order, order_no, order_date, effective_on, signing, unit
    (names), groups (names), students (short names, at most `MAX_DESCRIBED_STUDENTS`), count}. Raise Missing."""
    row = load_order(order)
    entries = order_entries(row)
    names = names_of_entries(entries)
    groups = load_ordered_groups(entry.group for entry in entries)
    unit = db.session.get(Unit, row.unit_id)
    return {
        "kind": "contingent_order",
        "of": row.kind,
        "order": str(row.id),
        "order_no": row.number,
        "order_date": row.ordered_on.isoformat(),
        "effective_on": row.effective_on.isoformat(),
        "signing": row.signing,
        "unit": dict(unit.names) if unit else None,
        "groups": sorted(group.name for group in groups.values()),
        "students": [names[entry.student].short for entry in entries[:MAX_DESCRIBED_STUDENTS]],
        "count": len(entries),
    }


def find_same_order(number: str, ordered_on: date) -> ContingentOrder | None:
    """Return the order with this number and date that is being checked or was applied; one statement."""
    return db.session.scalars(
        select(ContingentOrder)
        .outerjoin(ContingentOrderEnd, ContingentOrderEnd.order_id == ContingentOrder.id)
        .where(
            func.upper(ContingentOrder.number) == number.upper(),
            ContingentOrder.ordered_on == ordered_on,
            or_(ContingentOrderEnd.how.is_(None), ContingentOrderEnd.how == APPLIED),
        )
        .limit(1)
    ).first()


def find_order_end(order: UUID) -> ContingentOrderEnd | None:
    """Return how the way of an order ended; None while it is being checked."""
    return db.session.get(ContingentOrderEnd, order)


def _order_rows_statement() -> Any:
    """Select orders with their ends and the number of their students."""
    students = (
        select(func.count())
        .where(ContingentOrderStudent.order_id == ContingentOrder.id)
        .correlate(ContingentOrder)
        .scalar_subquery()
    )
    return select(ContingentOrder, ContingentOrderEnd.how, ContingentOrderEnd.at, students).outerjoin(
        ContingentOrderEnd, ContingentOrderEnd.order_id == ContingentOrder.id
    )


def _order_row(row: Any) -> OrderRow:
    one = row[0]
    return OrderRow(
        one.id, order_head(one), one.unit_id, one.case_id, one.drafted_by, one.made_at, row[1], row[2], row[3]
    )


def load_order_row(order: UUID) -> OrderRow:
    """Return an order with its end; one statement. Raises Missing."""
    row = db.session.execute(_order_rows_statement().where(ContingentOrder.id == order)).one_or_none()
    if row is None:
        raise Missing
    return _order_row(row)


def load_orders_page(
    wanted: OrderFilter,
    today: date,
    after: OrderPageKey | None,
    most: int,
    readers: Collection[RoleAssignment] = (),
) -> list[OrderRow]:
    """Return orders, the latest first, after a key; drafts replaced by others are left out. One statement. `readers`:
    the roles of the reader; the limits of an auditor apply (7.1)."""
    statement = (
        _order_rows_statement()
        .order_by(ContingentOrder.ordered_on.desc(), ContingentOrder.id.desc())
        .limit(most)
    )
    how = ContingentOrderEnd.how
    if wanted.units is not None:
        statement = statement.where(ContingentOrder.unit_id.in_(wanted.units))
    audited = audited_rows_condition(
        readers,
        "orders.read",
        (ContingentOrder.unit_id,),
        (ContingentOrder.ordered_on, ContingentOrder.ordered_on),
    )
    if audited is not None:
        statement = statement.where(audited)
    if wanted.kind:
        statement = statement.where(ContingentOrder.kind == wanted.kind)
    if wanted.state == "OPEN":
        statement = statement.where(how.is_(None))
    elif wanted.state in ("COMING", "DONE"):
        is_coming = ContingentOrder.effective_on > today
        statement = statement.where(how == APPLIED, is_coming if wanted.state == "COMING" else ~is_coming)
    elif wanted.state:
        statement = statement.where(how == wanted.state)
    else:
        statement = statement.where(or_(how.is_(None), how != "REPLACED"))
    if wanted.first is not None:
        statement = statement.where(ContingentOrder.ordered_on >= wanted.first)
    if wanted.last is not None:
        statement = statement.where(ContingentOrder.ordered_on <= wanted.last)
    if wanted.number:
        statement = statement.where(every_word_condition(ContingentOrder.number, wanted.number))
    if after is not None:
        key = tuple_(ContingentOrder.ordered_on, ContingentOrder.id)
        statement = statement.where(key < tuple_(after.ordered_on, after.id))
    return [_order_row(row) for row in db.session.execute(statement)]


def load_applied_orders_of_student(student: UUID) -> list[OrderRow]:
    """Return the applied orders about a student, the latest first; one statement."""
    statement = (
        _order_rows_statement()
        .join(ContingentOrderStudent, ContingentOrderStudent.order_id == ContingentOrder.id)
        .where(ContingentOrderStudent.student_id == student, ContingentOrderEnd.how == APPLIED)
        .order_by(ContingentOrder.effective_on.desc(), ContingentOrder.id.desc())
    )
    return [_order_row(row) for row in db.session.execute(statement)]


def load_ordered_groups(groups: Iterable[UUID | None]) -> dict[UUID, OrderedGroup]:
    """Return groups by id; one statement, none for no groups."""
    wanted = {group for group in groups if group}
    if not wanted:
        return {}
    rows = db.session.execute(
        select(StudyGroup.id, StudyGroup.name, StudyGroup.unit_id, StudyGroup.ends_on).where(
            StudyGroup.id.in_(wanted)
        )
    )
    return {row.id: OrderedGroup(row.name, row.unit_id, row.ends_on) for row in rows}


def load_order_names(persons: Iterable[UUID]) -> dict[UUID, OrderNames]:
    """Return the present names of persons, by which a change of names is compared; one statement."""
    rows = db.session.execute(
        select(Person.id, Person.family_name, Person.given_name, Person.patronymic).where(
            Person.id.in_(list(persons))
        )
    )
    return {row.id: OrderNames(*row[1:]) for row in rows}


@dataclass(frozen=True, slots=True)
class FoundStudent:
    """A student whom an order may name: his name and the group of his last stay."""

    id: UUID
    name: PersonName
    group: UUID
    group_name: str


def find_students_of_units(
    units: Collection[UUID] | None,
    text: str = "",
    most: int = MAX_FOUND_STUDENTS,
    *,
    students: Collection[UUID] = (),
    group: UUID | None = None,
) -> list[FoundStudent]:
    """Return students whose last stay is in a group of these units (None: of any), also those who left, by name; with
    `students` or `group` only these. One statement."""
    last = (
        select(Membership.person_id, Membership.group_id)
        .ext(distinct_on(Membership.person_id))
        .order_by(Membership.person_id, Membership.starts_on.desc(), Membership.id)
        .subquery()
    )
    name = func.concat_ws(" ", Person.family_name, Person.given_name, Person.patronymic, StudyGroup.name)
    statement = (
        select(Person, StudyGroup.id, StudyGroup.name)
        .join(last, last.c.person_id == Person.id)
        .join(StudyGroup, StudyGroup.id == last.c.group_id)
        .where(every_word_condition(name, text))
        .order_by(Person.sort_key, Person.id)
        .limit(most)
    )
    if units is not None:
        statement = statement.where(StudyGroup.unit_id.in_(units))
    if students or group is not None:
        statement = statement.where(or_(Person.id.in_(students), StudyGroup.id == group))
    return [
        FoundStudent(
            person.id,
            build_person_name(
                person.id, person.family_name, person.given_name, person.patronymic, person.sort_key
            ),
            group,
            group_name,
        )
        for person, group, group_name in db.session.execute(statement)
    ]


def load_students_by_group(units: Collection[UUID] | None) -> Mapping[str, list[FoundStudent]]:
    """Return the students of these units by the name of the group of their last stay; one statement."""
    found: dict[str, list[FoundStudent]] = {}
    for one in find_students_of_units(units, most=20_000):
        found.setdefault(one.group_name, []).append(one)
    return found


def load_groups_by_name(units: Collection[UUID] | None) -> dict[str, list[UUID]]:
    """Return the groups of these units (None: of all) that go on, by name as it is compared; one statement."""
    statement = select(StudyGroup.id, StudyGroup.name).where(StudyGroup.ends_on.is_(None))
    if units is not None:
        statement = statement.where(StudyGroup.unit_id.in_(units))
    found: dict[str, list[UUID]] = {}
    for row in db.session.execute(statement):
        found.setdefault(word_key(row.name), []).append(row.id)
    return found
