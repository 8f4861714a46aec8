"""Dated substitutes (3.2): named and taken back by the person who will be absent. Each acts under his own login."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from app.audit.record import record
from app.kernel.act import Act
from app.kernel.clock import ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Refused, Stale
from app.outbox.post import post
from app.people.models import ROLES, Person, RoleGrant, Substitute

STUDENT = "student"
NAMED = "people.substitute.named"
OVER = "people.substitute.over"
"""Posted when a substitution is taken back, and for the day after its last: what waits goes back."""


def name_substitute(
    act: Act,
    substitute_id: UUID,
    substitute: UUID,
    role: str | None,
    valid_from: date,
    valid_until: date,
    reason: str,
) -> None:
    """The person of the act names who acts for him in one role, or (None) in all; a repeat is harmless.

    Raises Invalid (`substitute`, `role`, `valid_until`, `reason`), Refused (3.2), Stale.
    """
    there = db.session.get(Substitute, substitute_id)
    if there is not None:
        if (there.absent_id, there.substitute_id, there.role) != (act.person, substitute, role):
            raise Stale("people.form.other_content")
        return
    if substitute == act.person:
        raise Refused("people.substitute.oneself", clause="3.2")
    if role is not None and (role not in ROLES or role == STUDENT):
        raise Invalid.field("role", "forms.field.not_offered")
    if valid_until < valid_from or valid_until < local_day(act.at):
        raise Invalid.field("valid_until", "people.period.backwards")
    if not reason.strip():
        raise Invalid.field("reason", "forms.field.required")
    if not _works_here(substitute, valid_from, valid_until):
        raise Invalid.field("substitute", "forms.field.not_offered")
    db.session.add(
        Substitute(
            id=substitute_id,
            absent_id=act.person,
            substitute_id=substitute,
            role=role,
            valid_from=valid_from,
            valid_until=valid_until,
            reason=reason.strip()[:500],
        )
    )
    db.session.flush()
    after = {"substitute": substitute, "role": role, "from": valid_from, "until": valid_until}
    record(act, NAMED, ("people.substitute", substitute_id), None, after, "3.2")
    news = {
        "recipients": [str(substitute)],
        "on_behalf_of": str(act.person),
        "since": valid_from.isoformat(),
        "until": valid_until.isoformat(),
        "clause": "3.2",
        "url": "/inbox",
    }
    post(act, NAMED, news)
    after_it = datetime.combine(valid_until + timedelta(days=1), time(), ZONE).astimezone(UTC)
    post(act, OVER, _who(act.person, substitute), not_before=after_it)


def _who(absent: UUID | None, substitute: UUID) -> dict[str, str]:
    return {"absent": str(absent), "substitute": str(substitute)}


def _works_here(person: UUID, since: date, until: date) -> bool:
    """Whether the person holds a role of staff at some time of the period."""
    held = select(RoleGrant.id).join(Person, Person.id == RoleGrant.person_id)
    return (
        db.session.scalar(
            held.where(
                RoleGrant.person_id == person,
                RoleGrant.role != STUDENT,
                RoleGrant.valid_from <= until,
                or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= since),
                Person.ended_at.is_(None),
            ).limit(1)
        )
        is not None
    )


def end_substitute(act: Act, substitute_id: UUID) -> None:
    """Take a substitution back at once; by who named it. Harmless when taken back. Raises Missing."""
    found = db.session.get(Substitute, substitute_id)
    if found is None or found.absent_id != act.person:
        raise Missing
    if found.revoked_at is None:
        found.revoked_at = act.at
        record(act, "people.substitute.ended", ("people.substitute", substitute_id), None, None, "3.2")
        db.session.flush()
        post(act, OVER, _who(found.absent_id, found.substitute_id))
