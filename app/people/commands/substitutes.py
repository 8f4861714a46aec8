"""Commands for dated substitutes (3.2): named and revoked by the person who will be absent. Each acts under
his own login."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from app.audit.record import record_audit_event
from app.audit.words import seal_text
from app.kernel.act import Act
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Refused, Stale
from app.outbox.post import post_event
from app.people.models import ROLES, Person, RoleGrant, Substitute
from app.people.rules import refusal_to_set_validity_period

STUDENT_ROLE = "student"
SUBSTITUTE_NAMED_EVENT = "people.substitute.named"
SUBSTITUTION_ENDED_EVENT = "people.substitute.over"
"""Event type, posted when a substitution is revoked, and for the day after its last day: open tasks return to
the absent person."""


def name_substitute(
    act: Act,
    substitute_id: UUID,
    substitute: UUID,
    role: str | None,
    valid_from: date,
    valid_until: date,
    reason: str,
) -> None:
    """Name a substitute for the act's person in one role, or (None) in all; a repeat has no effect.

    Raises Invalid (`substitute`, `role`, `from`, `until`, `valid_until`, `reason`), Refused (3.2), Stale.
    """
    existing = db.session.get(Substitute, substitute_id)
    if existing is not None:
        if (existing.absent_id, existing.substitute_id, existing.role) != (act.person, substitute, role):
            raise Stale("people.form.other_content")
        return
    if substitute == act.person:
        raise Refused("people.substitute.oneself")
    if role is not None and (role not in ROLES or role == STUDENT_ROLE):
        raise Invalid.field("role", "forms.field.not_offered")
    refusal = refusal_to_set_validity_period(valid_from, valid_until)
    if refusal is not None:
        raise refusal
    if valid_until < valid_from or valid_until < local_day(act.at):
        raise Invalid.field("valid_until", "people.period.backwards")
    if not reason.strip():
        raise Invalid.field("reason", "forms.field.required")
    if not _has_staff_role_in_period(substitute, valid_from, valid_until):
        raise Invalid.field("substitute", "forms.field.not_offered")
    db.session.add(
        Substitute(
            id=substitute_id,
            absent_id=act.person,
            substitute_id=substitute,
            role=role,
            valid_from=valid_from,
            valid_until=valid_until,
            reason=seal_text(act.person, reason.strip()[:500]),
        )
    )
    db.session.flush()
    after = {"substitute": substitute, "role": role, "from": valid_from, "until": valid_until}
    record_audit_event(act, SUBSTITUTE_NAMED_EVENT, ("people.substitute", substitute_id), None, after, "3.2")
    payload = {
        "recipients": [str(substitute)],
        "on_behalf_of": str(act.person),
        "since": valid_from.isoformat(),
        "until": valid_until.isoformat(),
        "clause": "3.2",
        "url": "/inbox",
    }
    post_event(act, SUBSTITUTE_NAMED_EVENT, payload)
    day_after = datetime.combine(valid_until + timedelta(days=1), time(), UNIVERSITY_ZONE).astimezone(UTC)
    post_event(
        act, SUBSTITUTION_ENDED_EVENT, _substitution_end_payload(act.person, substitute), not_before=day_after
    )


def _substitution_end_payload(absent: UUID | None, substitute: UUID) -> dict[str, str]:
    """Return the payload of the end of a substitution."""
    return {"absent": str(absent), "substitute": str(substitute)}


def _has_staff_role_in_period(person: UUID, since: date, until: date) -> bool:
    """Return whether the person holds a staff role on some day of the period."""
    held = select(RoleGrant.id).join(Person, Person.id == RoleGrant.person_id)
    return (
        db.session.scalar(
            held.where(
                RoleGrant.person_id == person,
                RoleGrant.role != STUDENT_ROLE,
                RoleGrant.valid_from <= until,
                or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= since),
                Person.ended_at.is_(None),
            ).limit(1)
        )
        is not None
    )


def revoke_substitution(act: Act, substitute_id: UUID) -> None:
    """Revoke a substitution at once, by the person who named it. No effect when revoked. Raises Missing."""
    found = db.session.get(Substitute, substitute_id)
    if found is None or found.absent_id != act.person:
        raise Missing
    if found.revoked_at is None:
        found.revoked_at = act.at
        record_audit_event(
            act, "people.substitute.ended", ("people.substitute", substitute_id), None, None, "3.2"
        )
        db.session.flush()
        post_event(
            act, SUBSTITUTION_ENDED_EVENT, _substitution_end_payload(found.absent_id, found.substitute_id)
        )
