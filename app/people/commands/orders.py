"""Commands that draft an order about students and end its way (2.1). `order_effects` applies it.

A draft is immutable; approvals are bound to its SHA-256. What it says of groups is written with its dates at once, so
that a list of students knows a later day too; what has no dates (names, accounts, an expulsion from a leave) waits for
its day in a message.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, select

from app.audit.record import record_audit_event
from app.audit.words import seal_text_repeatably
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, FieldProblem, Invalid, Stale
from app.people.models import Person
from app.people.order_models import ContingentOrder, ContingentOrderEnd, ContingentOrderStudent
from app.people.order_rules import (
    KINDS_OF_NEW_STUDENTS,
    MAX_SHOWN_PROBLEMS,
    ORDER_KINDS,
    REFUSED,
    RENAME,
    REPLACED,
    WITHDRAWN,
    OrderEntry,
    OrderHead,
    OrderNames,
    find_last_stay,
    problem_of_order_entry,
    problem_of_order_students,
    refusal_to_draft_order,
)
from app.people.queries import membership as stays_of
from app.people.queries import orders as queries
from app.people.queries.structure import load_units_in_reach

ORDER_DRAFTED, ORDER_ENDED = "people.order.drafted", "people.order.ended"
DRAFT_ORDERS = "orders.draft"
ENDED_OUTCOME = "ended"
CLAUSE = "2.1"


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order as somebody drafts it: its head, its lines, the ids of the files with its scan."""

    head: OrderHead
    entries: tuple[OrderEntry, ...]
    files: tuple[UUID, ...] = ()


def store_order_draft(
    act: Act, order_id: UUID, draft: OrderDraft, before: UUID | None = None
) -> ContingentOrder:
    """Store an order as it is to be checked and signed; `before` is the draft that came back for rework. A repeat has
    no effect.

    Raises Invalid (`contingent_order`, `order_no`, `order_date`, `effective_on`, `signature`, `files`), Denied (nobody
    acts, or not in the unit of the students), Stale.
    """
    if act.person is None:
        raise Denied("people.order.not_yours", clause="3.1")
    head = replace(draft.head, number=" ".join(draft.head.number.split()))
    refusal = refusal_to_draft_order(head, local_day(act.at), bool(draft.files))
    if refusal is not None:
        raise refusal
    entries = _entries_with_ids(order_id, head, draft.entries)
    _require_students(head, entries)
    unit, entries = _unit_of_entries(act, head, entries)
    row = _unsaved_order(act, order_id, head, entries, draft.files, unit, act.person)
    known = db.session.get(ContingentOrder, order_id)
    if known is not None:
        if known.sha256 != row.sha256:
            raise Stale("people.form.other_content")
        return known
    if before is not None:
        end_order(act, before, REPLACED)
    lock_order_number(head)
    same = queries.find_same_order(head.number, head.ordered_on)
    if same is not None:
        raise Invalid.field("order_no", "people.order.number_taken", number=same.number, at=same.ordered_on)
    db.session.add(row)
    db.session.flush()
    db.session.add_all(
        ContingentOrderStudent(order_id=order_id, student_id=entry.student) for entry in entries
    )
    db.session.flush()
    after = {
        "kind": head.kind,
        "number": head.number,
        "ordered_on": head.ordered_on,
        "effective_on": head.effective_on,
        "students": len(entries),
        "sha256": row.sha256,
    }
    record_audit_event(act, ORDER_DRAFTED, ("people.contingent_order", order_id), None, after, CLAUSE)
    return row


def _entries_with_ids(
    order_id: UUID, head: OrderHead, entries: Sequence[OrderEntry]
) -> tuple[OrderEntry, ...]:
    """Return the lines of the order; a new student gets the id of the person that he will be."""
    if head.kind not in KINDS_OF_NEW_STUDENTS:
        return tuple(entries)
    return tuple(
        replace(entry, student=uuid5(order_id, f"student {place}")) for place, entry in enumerate(entries)
    )


def _require_students(head: OrderHead, entries: Sequence[OrderEntry]) -> None:
    """Raise Invalid (`contingent_order`) unless the lines name some students, each once."""
    problem = problem_of_order_students([entry.student for entry in entries])
    if problem is None and head.kind in KINDS_OF_NEW_STUDENTS:
        named = [entry.names for entry in entries]
        emails = [one.email.casefold() for one in named if one is not None and one.email]
        if len(set(named)) < len(named) or len(set(emails)) < len(emails):
            problem = FieldProblem("people.order.student_twice")
        elif emails and db.session.scalar(
            select(Person.id).where(func.lower(Person.email).in_(emails)).limit(1)
        ):
            problem = FieldProblem("people.order.email_taken")
    if problem is not None:
        raise Invalid({"contingent_order": [problem]})


def _unit_of_entries(
    act: Act, head: OrderHead, entries: Sequence[OrderEntry]
) -> tuple[UUID, tuple[OrderEntry, ...]]:
    """Return the institute of the students, and the lines with the group of each as it is now.

    Raises Invalid (`contingent_order`) with what is wrong with each student, or when they are not of one institute in
    which the act may draft.
    """
    problems, checked, units = check_order_entries(head, entries)
    if problems:
        raise Invalid({"contingent_order": problems[:MAX_SHOWN_PROBLEMS]})
    allowed = load_units_in_reach(act.assignments, DRAFT_ORDERS)
    if len(units) != 1:
        raise Invalid.field("contingent_order", "people.order.several_units")
    unit = units.pop()
    if allowed is not None and unit not in allowed:
        raise Invalid.field("contingent_order", "people.order.other_unit")
    return unit, checked


def check_order_entries(
    head: OrderHead, entries: Sequence[OrderEntry]
) -> tuple[list[FieldProblem], tuple[OrderEntry, ...], set[UUID]]:
    """Return what is wrong with the students of an order now, its lines with the group of each as it is now, and the
    institutes of the students. Four statements."""
    groups = queries.load_ordered_groups(entry.group for entry in entries)
    students = [entry.student for entry in entries]
    stays = stays_of.load_enrolment_periods(students) if head.kind not in KINDS_OF_NEW_STUDENTS else {}
    names = queries.names_of_entries(entries)
    present = queries.load_order_names(students) if head.kind == RENAME else {}
    problems: list[FieldProblem] = []
    checked: list[OrderEntry] = []
    units: set[UUID] = set()
    for entry in entries:
        group, own = groups.get(entry.group) if entry.group else None, stays.get(entry.student, [])
        found = problem_of_order_entry(
            head, entry, own, group, names[entry.student].full, present.get(entry.student)
        )
        if found is not None:
            problems.append(found)
        last = find_last_stay(own, head.effective_on)
        checked.append(replace(entry, came_from=last.group if last else None))
        if head.kind in KINDS_OF_NEW_STUDENTS:
            units |= {group.unit} if group else set()
        elif last is not None:
            units.add(last.unit)
    return problems, tuple(checked), units


def _unsaved_order(
    act: Act,
    order_id: UUID,
    head: OrderHead,
    entries: Sequence[OrderEntry],
    files: Sequence[UUID],
    unit: UUID,
    drafted_by: UUID,
) -> ContingentOrder:
    """Return an unsaved order with its hash."""
    row = ContingentOrder(
        id=order_id,
        kind=head.kind,
        number=head.number,
        ordered_on=head.ordered_on,
        effective_on=head.effective_on,
        signing=head.signing,
        unit_id=unit,
        entries=[_entry_json(entry) for entry in entries],
        files=list(files),
        case_id=act.case,
        drafted_by=drafted_by,
        made_at=act.at,
    )
    row.sha256 = canonical_sha256(queries.order_content_to_hash(row))
    return row


def _entry_json(entry: OrderEntry) -> dict[str, Any]:
    """Return a line as it is stored, its names sealed for the student."""
    parts = {
        "group": str(entry.group) if entry.group else None,
        "until": entry.until.isoformat() if entry.until else None,
        "names": _sealed_names(entry.student, entry.names) if entry.names else None,
        "came_from": str(entry.came_from) if entry.came_from else None,
    }
    return {"student": str(entry.student)} | {key: value for key, value in parts.items() if value}


def _sealed_names(student: UUID, names: OrderNames) -> str:
    text = json.dumps(
        [names.family_name, names.given_name, names.patronymic, names.email], ensure_ascii=False
    )
    return base64.b64encode(seal_text_repeatably(student, text)).decode()


def lock_order_number(head: OrderHead) -> None:
    """Let drafts of one number and date wait for each other, so that the second sees the first."""
    key = f"order:{head.number.upper()}:{head.ordered_on.isoformat()}"
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def end_order(act: Act, order: UUID, how: str) -> str:
    """Store how the way of an order ended; the first end stands. Return `ended`. Raises Missing."""
    row = queries.load_order(order)
    lock_order_number(queries.order_head(row))
    if queries.find_order_end(order) is None:
        store_order_end(act, row, how)
    return ENDED_OUTCOME


def refuse_order(act: Act, contingent_order: UUID) -> str:
    """End the way of an order that was refused. Return `ended`. Raises Missing."""
    return end_order(act, contingent_order, REFUSED)


def withdraw_order(act: Act, contingent_order: UUID) -> str:
    """End the way of an order whose draft was withdrawn. Return `ended`. Raises Missing."""
    return end_order(act, contingent_order, WITHDRAWN)


def store_order_end(act: Act, row: ContingentOrder, how: str) -> None:
    """Store how the way of an order ended, with its audit record."""
    db.session.add(ContingentOrderEnd(order_id=row.id, how=how, at=act.at))
    db.session.flush()
    after = {"how": how, "number": row.number, "sha256": row.sha256}
    record_audit_event(act, ORDER_ENDED, ("people.contingent_order", row.id), None, after, CLAUSE)


def read_order_kind(code: str) -> str:
    """Return a kind of order. Raises Invalid (`contingent_order`)."""
    if code not in ORDER_KINDS:
        raise Invalid.field("contingent_order", "forms.field.not_offered")
    return code


def read_order_entries(lines: Sequence[Mapping[str, Any]]) -> tuple[OrderEntry, ...]:
    """Return the lines that a form answered (`app.forms`) as entries; a new student has no id yet."""
    return tuple(
        OrderEntry(
            student=UUID(line["student"]) if line.get("student") else UUID(int=place),
            group=UUID(line["group"]) if line.get("group") else None,
            until=_day_of_line(line),
            names=OrderNames(
                line.get("family_name", ""),
                line.get("given_name", ""),
                line.get("patronymic", ""),
                line.get("email", ""),
            )
            if line.get("family_name") is not None
            else None,
        )
        for place, line in enumerate(lines)
    )


def _day_of_line(line: Mapping[str, Any]) -> Any:
    return datetime.fromisoformat(line["until"]).date() if line.get("until") else None
