"""Commands of access (P22): what a chief asks for, the role given or ended by it, the acceptance of the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import DateTime, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import record_audit_event
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Stale
from app.kernel.ids import new_id
from app.outbox.post import post_event
from app.people.access_models import AccessRequest, RuleAcceptance
from app.people.access_rules import (
    AskedRole,
    HeldRole,
    refusal_to_ask_for_end,
    refusal_to_ask_for_role,
)
from app.people.commands.roles import end_or_delete_role_grant, grant_role
from app.people.models import Account, Person, RoleGrant, Unit
from app.people.queries.access import (
    access_fingerprint,
    find_held_role,
    load_unended_roles_of_person,
    rules_version,
)
from app.people.queries.units import load_placed_units
from app.regulation import queries as regulation
from app.regulation.clauses import clause_by_number

GRANT, END = "grant", "end"
ROLE_TERM_POLICY = "access.role_term"
GRANTED, ENDED, NOT_POSSIBLE = "granted", "ended", "not_possible"
ACCESS_CHANGED_EVENT = "people.access.changed"


@dataclass(frozen=True, slots=True)
class AskedAccess:
    """What the form of a request says: a role for a person from and until a day, or the end of the role `grant` on the
    day `until`. Without `since` it is from today."""

    until: date
    grant: UUID | None = None
    person: UUID | None = None
    role: str = ""
    unit: UUID | None = None
    deputy: bool = False
    since: date | None = None


def store_access_request(act: Act, request_id: UUID, asked: AskedAccess) -> AccessRequest:
    """Store what a chief asks for; a repeat returns the stored request.

    Raises Missing (no person acts), Denied (for himself), Invalid (`access`, `valid_from`, `valid_until`), Stale.
    """
    if act.person is None:
        raise Missing
    existing = db.session.get(AccessRequest, request_id)
    row = _end_request(act, request_id, asked) if asked.grant else _grant_request(act, request_id, asked)
    if existing is not None:
        if access_fingerprint(existing) != access_fingerprint(row):
            raise Stale("people.form.other_content")
        return existing
    db.session.add(row)
    db.session.flush()
    after = {
        "action": row.action,
        "role": row.role,
        "unit": row.unit_id,
        "deputy": row.deputy,
        "from": row.valid_from,
        "until": row.valid_until,
    }
    record_audit_event(
        act,
        "people.access.asked",
        ("people.access_request", row.id),
        None,
        after,
        "3.1",
        subject=row.person_id,
    )
    return row


def _acting_persons(act: Act) -> set[UUID]:
    """Return who acts, and for whom."""
    return {person for person in (act.person, act.on_behalf_of) if person is not None}


def _grant_request(act: Act, request_id: UUID, asked: AskedAccess) -> AccessRequest:
    """Return the row of a request for a role. Raises Denied, Invalid."""
    today = local_day(act.at)
    if asked.person is None or not _is_here(asked.person):
        raise Invalid.field("access", "people.access.not_his_person")
    since = asked.since or today
    calendar = regulation.load_unit_deadline_calendar(db.session, None, today)
    role = AskedRole(asked.person, asked.role, asked.unit, asked.deputy, since, asked.until)
    refusal = refusal_to_ask_for_role(
        _acting_persons(act),
        act.assignments,
        role,
        load_unended_roles_of_person(asked.person, today),
        load_placed_units(),
        today,
        int(calendar.policy(ROLE_TERM_POLICY).value),
    )
    if refusal is not None:
        raise refusal
    return AccessRequest(
        id=request_id,
        action=GRANT,
        requester_id=act.person,
        on_behalf_of=act.on_behalf_of,
        person_id=asked.person,
        role=asked.role,
        unit_id=asked.unit,
        deputy=asked.deputy,
        valid_from=since,
        valid_until=asked.until,
        made_at=act.at,
    )


def _end_request(act: Act, request_id: UUID, asked: AskedAccess) -> AccessRequest:
    """Return the row of a request that a role ends. Raises Denied, Invalid."""
    today = local_day(act.at)
    held: HeldRole | None = find_held_role(asked.grant, today) if asked.grant else None
    refusal = refusal_to_ask_for_end(
        _acting_persons(act), act.assignments, held, asked.until, load_placed_units(), today
    )
    if refusal is not None:
        raise refusal
    assert held is not None
    return AccessRequest(
        id=request_id,
        action=END,
        requester_id=act.person,
        on_behalf_of=act.on_behalf_of,
        person_id=held.person,
        role=held.role,
        unit_id=held.unit,
        deputy=held.deputy,
        valid_from=held.valid_from,
        valid_until=asked.until,
        grant_id=held.grant,
        made_at=act.at,
    )


def _is_here(person: UUID) -> bool:
    """Return whether a person exists and has not left."""
    found = select(Person.id).where(Person.id == person, Person.ended_at.is_(None))
    return db.session.scalar(found) is not None


def apply_access_request(act: Act, access: UUID) -> str:
    """Give or end the role of a request; return `granted`, `ended`, or `not_possible` when the person has left, the
    unit or the role ended meanwhile, or the days are over. Idempotent.

    Approvals are checked by the registry of operations. Raises Missing.
    """
    row = db.session.get(AccessRequest, access)
    if row is None:
        raise Missing
    outcome = _end_asked_role(act, row) if row.action == END else _grant_asked_role(act, row)
    if outcome != NOT_POSSIBLE:
        payload = {"recipients": [str(row.person_id)], "outcome": outcome, "url": "/account", "clause": "3.1"}
        post_event(act, ACCESS_CHANGED_EVENT, payload)
    return outcome


def _end_asked_role(act: Act, row: AccessRequest) -> str:
    """End the role of a request, at the earliest today."""
    grant = db.session.get(RoleGrant, row.grant_id)
    today = local_day(act.at)
    if grant is None or (grant.valid_until is not None and grant.valid_until < today):
        return NOT_POSSIBLE
    end_or_delete_role_grant(act, grant.id, max(row.valid_until, today))
    return ENDED


def _grant_asked_role(act: Act, row: AccessRequest) -> str:
    """Give the role of a request, from today when its first day has passed meanwhile."""
    today = local_day(act.at)
    ends_on = db.session.scalar(select(Unit.ends_on).where(Unit.id == row.unit_id)) if row.unit_id else None
    unit_goes_on = ends_on is None or ends_on >= row.valid_until
    if row.valid_until < today or not unit_goes_on or not _is_here(row.person_id):
        return NOT_POSSIBLE
    # The role has the id of its request, so that a repeat gives it once.
    grant_role(
        act,
        row.id,
        row.person_id,
        row.role,
        row.unit_id,
        max(row.valid_from, today),
        row.valid_until,
        deputy=row.deputy,
    )
    return GRANTED


def accept_rules(act: Act, version: str) -> None:
    """Store that the person of the act has accepted the rules of personal access (3.2); a repeat has no effect.

    Raises Missing without a person, Stale when `version` is not the one in force: he has read other sentences.
    """
    if act.person is None:
        raise Missing
    if version != rules_version():
        raise Stale("people.rules.other_version")
    words = clause_by_number("3.2").says
    stored = db.session.execute(
        insert(RuleAcceptance)
        .values(
            id=new_id(),
            person_id=act.person,
            version=version,
            words=words.get(act.locale, words["ky"]),
            locale=act.locale,
            at=act.at,
        )
        .on_conflict_do_nothing()
        .returning(RuleAcceptance.id)
    ).first()
    if stored is not None:
        after = {"version": version, "locale": act.locale}
        record_audit_event(
            act,
            "people.rules.accepted",
            ("people.person", act.person),
            None,
            after,
            "3.2",
            subject=act.person,
        )


def store_rule_acceptances(at: datetime) -> None:
    """Store for everybody with an account that he accepted the rules in force at this moment: for invented people."""
    words = clause_by_number("3.2").says["ky"]
    accounts = select(
        func.gen_random_uuid(),
        Account.person_id,
        literal(rules_version()),
        literal(words),
        literal("ky"),
        literal(at, DateTime(timezone=True)),
    )
    names = ["id", "person_id", "version", "words", "locale", "at"]
    db.session.execute(insert(RuleAcceptance).from_select(names, accounts).on_conflict_do_nothing())


def hide_setup_steps(act: Act) -> None:
    """Hide the steps of moving in on the start page of the person of the act; a repeat has no effect."""
    person = db.session.get(Person, act.person)
    if person is None:
        raise Missing
    person.setup_hidden_at = person.setup_hidden_at or act.at
    db.session.flush()
