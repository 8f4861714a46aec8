"""Commands that grant and end dated roles; the past of a role never changes. Permission is checked in the web
layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from app.audit.record import AuditEvent, record_audit_event, record_audit_events
from app.kernel.act import Act, ReadingLimits
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Stale
from app.people.audit_limits_rules import AUDITOR, refusal_of_limits
from app.people.models import ROLES, RoleGrant, Unit
from app.people.rules import refusal_to_set_validity_period


@dataclass(frozen=True, slots=True)
class OpenRoleGrant:
    """A role without a last day that a person gets in a unit, with the id that the caller chose."""

    id: UUID
    person: UUID
    unit: UUID | None


def grant_role(
    act: Act,
    grant_id: UUID,
    person: UUID,
    role: str,
    unit: UUID | None,
    valid_from: date,
    valid_until: date | None = None,
    *,
    deputy: bool = False,
    limits: ReadingLimits | None = None,
    from_outside: bool = False,
) -> UUID:
    """Grant a dated role; a repeat has no effect. An auditor's may have limits; one from outside has to end. Raises
    Invalid (`role`, `unit`, `from`, `until`, `valid_until`, `covers_until`, `kinds`), Stale."""
    existing = db.session.get(RoleGrant, grant_id)
    if existing is not None:
        if (existing.person_id, existing.role, existing.unit_id) != (person, role, unit):
            raise Stale("people.form.other_content")
        return grant_id
    if role not in ROLES:
        raise Invalid.field("role", "people.role.unknown")
    refusal = refusal_to_set_validity_period(valid_from, valid_until)
    if refusal is not None:
        raise refusal
    if valid_until is not None and valid_until < valid_from:
        raise Invalid.field("valid_until", "people.period.backwards")
    placed = db.session.execute(select(Unit.ends_on, Unit.kind).where(Unit.id == unit)).one_or_none()
    ends_on, unit_kind = placed or (None, None)
    refusal = refusal_of_limits(role, valid_until, limits, from_outside=from_outside, unit_kind=unit_kind)
    if refusal is not None:
        raise refusal
    if ends_on is not None and (valid_until is None or valid_until > ends_on):
        raise Invalid.field("unit", "people.structure.unit_ended", at=ends_on)
    db.session.add(
        RoleGrant(
            id=grant_id,
            person_id=person,
            role=role,
            unit_id=unit,
            deputy=deputy,
            valid_from=valid_from,
            valid_until=valid_until,
            from_outside=from_outside,
            covers_from=limits.starts_on if limits else None,
            covers_until=limits.ends_on if limits else None,
            kinds=sorted(limits.kinds) if limits and limits.kinds is not None else None,
        )
    )
    db.session.flush()
    after: dict[str, Any] = {
        "role": role,
        "unit": unit,
        "deputy": deputy,
        "from": valid_from,
        "until": valid_until,
    }
    if role == AUDITOR:
        after |= _limits_for_audit(limits) | {"from_outside": from_outside}
    record_audit_event(
        act,
        "people.role.granted",
        ("people.person", person),
        None,
        after,
        "3.1",
        subject=person,
    )
    return grant_id


def _limits_for_audit(limits: ReadingLimits | None) -> dict[str, Any]:
    """Return the limits of an auditor as the audit keeps them; None: not limited."""
    kinds = sorted(limits.kinds) if limits and limits.kinds is not None else None
    first, last = (limits.starts_on, limits.ends_on) if limits else (None, None)
    return {"covers_from": first, "covers_until": last, "kinds": kinds}


def grant_open_roles(act: Act, grants: Sequence[OpenRoleGrant], role: str, valid_from: date) -> None:
    """Grant a role without a last day to several persons; a repeat has no effect. Four statements, however many.

    Raises Invalid (`unit`: it has ended; `valid_from`), Stale.
    """
    refusal = refusal_to_set_validity_period(valid_from, None)
    if refusal is not None:
        raise refusal
    found = db.session.scalars(select(RoleGrant).where(RoleGrant.id.in_([one.id for one in grants])))
    known = {one.id: (one.person_id, one.role, one.unit_id) for one in found}
    if any(known.get(one.id, (one.person, role, one.unit)) != (one.person, role, one.unit) for one in grants):
        raise Stale("people.form.other_content")
    new = [one for one in grants if one.id not in known]
    if not new:
        return
    units = {one.unit for one in new if one.unit is not None}
    ends_on = db.session.scalar(select(func.min(Unit.ends_on)).where(Unit.id.in_(units)))
    if ends_on is not None:
        raise Invalid.field("unit", "people.structure.unit_ended", at=ends_on)
    rows = [
        {"id": one.id, "person_id": one.person, "role": role, "unit_id": one.unit, "valid_from": valid_from}
        for one in new
    ]
    db.session.execute(insert(RoleGrant), rows)
    events = [
        AuditEvent(
            "people.role.granted",
            ("people.person", one.person),
            None,
            {"role": role, "unit": one.unit, "deputy": False, "from": valid_from, "until": None},
            "3.1",
            one.person,
        )
        for one in new
    ]
    record_audit_events(act, events)


def end_or_delete_role_grant(act: Act, grant_id: UUID, last_day: date) -> None:
    """Set the last day of a role; no effect when it ended before. Delete a role that has not begun. Raises
    Missing."""
    grant = db.session.get(RoleGrant, grant_id)
    if grant is None:
        raise Missing
    if grant.valid_until is not None and grant.valid_until <= last_day:
        return
    before = {"from": grant.valid_from, "until": grant.valid_until}
    after: dict[str, object] = {"role": grant.role, "unit": grant.unit_id}
    if last_day < grant.valid_from:
        db.session.delete(grant)
        event_type = "people.role.taken_back"
    else:
        grant.valid_until = last_day
        after["until"] = last_day
        event_type = "people.role.ended"
    db.session.flush()
    record_audit_event(act, event_type, ("people.person", grant.person_id), before, after, "3.1")
