"""Lawful erasure of a person's texts: by a decision, after the retention of 7.5, in the register of erasures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_, select

from app.audit.erasures import erase_person
from app.audit.models import AuditRecord, Erasure
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing, Refused
from app.people.erasure_rules import first_day_of_erasure, refusal_to_erase
from app.people.models import Membership, Person, RoleGrant
from app.regulation.queries import load_unit_deadline_calendar

RETENTION_POLICY = "archive.retention_years"


@dataclass(frozen=True, slots=True)
class ErasureState:
    """Whether the texts of a person may be erased: he is still here, his last day and the first day of an erasure
    (None: nothing is kept about him), the years of the policy; `erased_on`: they were erased."""

    still_here: bool
    last_day: date | None
    first_day: date | None
    years: int
    erased_on: date | None


def load_erasure_state(act: Act, person: UUID) -> ErasureState:
    """Return whether and from when the texts of a person may be erased; five statements. Raises Missing."""
    row = db.session.get(Person, person)
    if row is None:
        raise Missing
    today = local_day(act.at)
    stays, grants = (
        db.session.execute(
            select(func.max(ends), func.count().filter(or_(ends.is_(None), ends >= today))).where(
                owner == person
            )
        ).one()
        for ends, owner in (
            (Membership.ends_on, Membership.person_id),
            (RoleGrant.valid_until, RoleGrant.person_id),
        )
    )
    recorded = db.session.scalar(
        select(func.max(AuditRecord.recorded_at)).where(
            or_(AuditRecord.person == person, AuditRecord.object_id == person)
        )
    )
    erased_at = db.session.scalar(select(func.max(Erasure.erased_at)).where(Erasure.person == person))
    days = [stays[0], grants[0], *(local_day(at) for at in (recorded, row.ended_at) if at is not None)]
    last_day = max((day for day in days if day is not None), default=None)
    policies = load_unit_deadline_calendar(db.session, None, today).policies
    years = int(policies[RETENTION_POLICY].value)
    return ErasureState(
        still_here=bool(stays[1] or grants[1]),
        last_day=last_day,
        first_day=first_day_of_erasure(last_day, years) if last_day else None,
        years=years,
        erased_on=local_day(erased_at) if erased_at else None,
    )


def erase_person_by_decision(act: Act, person: UUID, document: str, decided_on: date, words: str) -> UUID:
    """Erase the sealed texts of a person for ever by a decision (7.5); return the id of the entry of the register.

    The right is checked in the web layer. Raises Missing, Refused before the years have passed, for a person who is
    here and for one who was erased, Invalid (`document`, `words`, `decided_on`, `person`).
    """
    state = load_erasure_state(act, person)
    if state.erased_on is not None:
        raise Refused("people.erasure.done", at=state.erased_on)
    refusal = refusal_to_erase(state.still_here, state.last_day, state.years, local_day(act.at))
    if refusal is not None:
        raise refusal
    return erase_person(act, person, document, decided_on, words)
