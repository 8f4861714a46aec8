"""Commands that grant and end dated roles; the past of a role never changes. Permission is checked in the web
layer."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from app.audit.record import record_audit_event
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Stale
from app.people.models import ROLES, RoleGrant
from app.people.rules import refusal_to_set_validity_period


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
) -> UUID:
    """Grant a dated role; a repeat has no effect. Raises Invalid (`role`, `from`, `until`, `valid_until`), Stale."""
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
    db.session.add(
        RoleGrant(
            id=grant_id,
            person_id=person,
            role=role,
            unit_id=unit,
            deputy=deputy,
            valid_from=valid_from,
            valid_until=valid_until,
        )
    )
    db.session.flush()
    after = {"role": role, "unit": unit, "deputy": deputy, "from": valid_from, "until": valid_until}
    record_audit_event(
        act, "people.role.granted", ("people.person", person), None, after, "3.1", subject=person
    )
    return grant_id


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
