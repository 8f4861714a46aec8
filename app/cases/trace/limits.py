"""Whether an object lies within the units, days and kinds that a limited reader of the audit was given (7.1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from app.audit.models import AuditRecord
from app.journal.gradebook_views.cell_versions import select_offering_ids
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import UNIVERSITY_ZONE
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people.audit_limits_rules import may_open_pages_of_verb, reaches_audited_object
from app.people.models import Membership, RoleGrant, StudyGroup
from app.people.queries import load_unit_tree
from app.people.queries.audit_reach import limited_auditor_roles, load_units_below

_VERBS_BY_ROOM = {"journal": "journal.read", "cases": "processes.cases", "people": "people.read"}
"""The verb of the pages on which the product shows the objects of a room."""


@dataclass(frozen=True, slots=True)
class RecordLimit:
    """The records that one role of a limited reader reaches: of these units with all below them (None: of any), from a
    moment on (None: any) and before another."""

    units: tuple[UUID, ...] | None
    first: datetime | None
    after_last: datetime | None


def is_limited_reader(act: Act) -> bool:
    """Return whether every role in which the act reads the audit is limited; no statement."""
    return bool(limited_auditor_roles(act.assignments))


def require_object_in_reach(
    act: Act, verb: str, units: Collection[UUID], days: tuple[date, date] | None
) -> None:
    """Raise Missing unless a role of the reader reaches an object of these units and days (None: it has none).

    `verb` is that of the page on which the product shows the object. One statement for a limited reader, else none.
    """
    limited = limited_auditor_roles(act.assignments)
    if not limited:
        return
    above = _with_ancestors(units)
    if not any(reaches_audited_object(one, verb, above, days) for one in limited):
        raise Missing


def require_unlimited_reader(act: Act) -> None:
    """Raise Missing for a reader whose role is limited: the object belongs to no unit and no day."""
    if is_limited_reader(act):
        raise Missing


def require_person_of_units(act: Act, person: UUID) -> None:
    """Raise Missing unless the person ever held a role in the units of the reader or studied in a group of them; no
    statement for a reader whom nothing limits, else two at most."""
    limited = limited_auditor_roles(act.assignments)
    open_roles = [one for one in limited if may_open_pages_of_verb(one, "people.read")]
    if not limited or any(one.unit is None for one in open_roles):
        return
    units = _units_below(open_roles)
    held = select(RoleGrant.id).where(RoleGrant.person_id == person, RoleGrant.unit_id.in_(units)).exists()
    studied = (
        select(Membership.id)
        .join(StudyGroup, StudyGroup.id == Membership.group_id)
        .where(Membership.person_id == person, StudyGroup.unit_id.in_(units))
        .exists()
    )
    if not db.session.scalar(select(or_(held, studied))):
        raise Missing


def load_record_limits(act: Act, object_kind: str = "") -> tuple[RecordLimit, ...] | None:
    """Return what a limited reader reaches of the records of a kind of object, one limit a role; None: every record.

    Without a kind the object itself is in his reach, so its units do not narrow and only days do. One statement a role.
    """
    limited = limited_auditor_roles(act.assignments)
    if not limited:
        return None
    verb = _VERBS_BY_ROOM.get(object_kind.partition(".")[0]) if object_kind else None
    found = []
    for one in limited:
        if object_kind and (verb is None or not may_open_pages_of_verb(one, verb)):
            continue
        bound = bool(object_kind) and one.unit is not None
        first, last = (one.limits.starts_on, one.limits.ends_on) if one.limits else (None, None)
        found.append(
            RecordLimit(
                _units_below([one]) if bound else None,
                _first_moment(first) if first else None,
                _first_moment(last + timedelta(days=1)) if last else None,
            )
        )
    return tuple(found)


def record_limits_condition(limits: Sequence[RecordLimit]) -> ColumnElement[bool]:
    """Return the condition that a record lies in one of these limits; without one no record does."""
    return or_(false(), *(_limit_condition(one) for one in limits))


def _limit_condition(limit: RecordLimit) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if limit.units is not None:
        groups = select(StudyGroup.id).where(StudyGroup.unit_id.in_(limit.units))
        conditions.append(
            or_(
                AuditRecord.offering_id.in_(select_offering_ids(limit.units)),
                AuditRecord.unit_id.in_(limit.units),
                AuditRecord.group_id.in_(groups),
            )
        )
    if limit.first is not None:
        conditions.append(AuditRecord.at >= limit.first)
    if limit.after_last is not None:
        conditions.append(AuditRecord.at < limit.after_last)
    return and_(*conditions)


def _units_below(roles: Sequence[RoleAssignment]) -> tuple[UUID, ...]:
    """Return the units of these roles with all below them; a statement a role."""
    return tuple(sorted({unit for one in roles if one.unit for unit in load_units_below(one.unit)}))


def _with_ancestors(units: Collection[UUID]) -> frozenset[UUID]:
    """Return these units with all above them; one statement."""
    tree, found = load_unit_tree(), set(units)
    waiting = list(units)
    while waiting:
        row = tree.get(waiting.pop())
        if row is not None and row.parent is not None and row.parent not in found:
            found.add(row.parent)
            waiting.append(row.parent)
    return frozenset(found)


def _first_moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UNIVERSITY_ZONE).astimezone(UTC)
