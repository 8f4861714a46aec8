"""Record account resets by others than the owner: notify the owner and those responsible for his unit; his
decisions of the next days are flagged on their cases (3.2: the owner answers for what is done with his
account)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.ids import new_id
from app.outbox.post import OutboxEvent, post_event, post_events
from app.people.models import Account, AccountReset, RoleGrant
from app.people.queries.role_holders import load_role_holders
from app.regulation import queries as regulation
from app.regulation.rules import compute_deadline

RESET_WATCH_POLICY = "account.reset_watch"
ACCOUNT_RESET_EVENT, RESET_WATCHED_EVENT, ADDRESS_CHANGED_EVENT = (
    "people.account.reset",
    "people.account.watched",
    "people.account.address_changed",
)
PASSWORD_RESET_KIND, ISSUED_RESET_KIND, REOPENED_RESET_KIND = "password", "given", "opened"
STUDENT_ROLE, DIRECTORATE_ROLE, OFFICE_ROLE, RECTOR_ROLE = (
    "student",
    "directorate",
    "academic_office",
    "rector",
)


def store_and_post_account_reset(act: Act, person: UUID, kind: str) -> None:
    """Record that somebody else could enter the account from now on; notify its owner and the watchers."""
    deadline = compute_deadline(
        regulation.load_unit_deadline_calendar(db.session, None, local_day(act.at)),
        RESET_WATCH_POLICY,
        act.at,
    )
    row = AccountReset(
        id=new_id(),
        person_id=person,
        kind=kind,
        at=act.at,
        made_by=act.person,
        watched_until=deadline.moment,
    )
    db.session.add(row)
    db.session.flush()
    common = {"kind": kind, "by": str(act.person) if act.person else None}
    for_owner = {**common, "why": f"people.account.{kind}", "url": "/account", "recipients": [str(person)]}
    post_event(act, ACCOUNT_RESET_EVENT, for_owner)
    watchers = sorted(str(one) for one in _load_reset_watcher_ids(act, person))
    if watchers:
        for_watchers = {**common, "person": str(person), "url": "/notices", "recipients": watchers}
        post_event(act, RESET_WATCHED_EVENT, {**for_watchers, "why": "people.account.watched"})


def notify_owners_at_previous_addresses(act: Act, before: Mapping[UUID, str]) -> None:
    """Notify each of these persons who has an account, at the previous address, that letters now go to
    another one; two statements, none without persons."""
    if not before:
        return
    owners = db.session.scalars(select(Account.person_id).where(Account.person_id.in_(list(before))))
    common = {
        "by": str(act.person) if act.person else None,
        "why": "people.account.address",
        "url": "/account",
    }
    events: list[OutboxEvent] = [
        (
            ADDRESS_CHANGED_EVENT,
            {**common, "recipients": [str(one)], "addresses": {str(one): before[one]}},
            None,
        )
        for one in sorted(owners)
    ]
    post_events(act, events)


def _load_reset_watcher_ids(act: Act, person: UUID) -> set[UUID]:
    """Return the persons notified beside the owner: the directorate of his unit; the academic office when he
    is of a directorate or of no unit; the rector when he is of that office. Excludes the owner and the person
    of the act; empty for a student without other roles."""
    today = local_day(act.at)
    held = _load_roles_on_day(person, today)
    roles = {role for role, _unit in held}
    if roles == {STUDENT_ROLE}:
        return set()
    units = {unit for role, unit in held if unit and role != STUDENT_ROLE}
    found: set[UUID] = set()
    if DIRECTORATE_ROLE not in roles:
        found = {one for unit in units for one in _load_nearest_holder_ids(DIRECTORATE_ROLE, unit, today)}
    for role in (OFFICE_ROLE, RECTOR_ROLE):
        found -= {person, act.person}
        if not found and role not in roles:
            found = _load_nearest_holder_ids(role, None, today)
    return {one for one in found if one not in (person, act.person)}


def _load_roles_on_day(person: UUID, on: date) -> list[tuple[str, UUID | None]]:
    """Return the roles with units of a person on a day; one statement."""
    found = db.session.execute(
        select(RoleGrant.role, RoleGrant.unit_id).where(
            RoleGrant.person_id == person,
            RoleGrant.valid_from <= on,
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= on),
        )
    )
    return [(row.role, row.unit_id) for row in found]


def _load_nearest_holder_ids(role: str, unit: UUID | None, on: date) -> set[UUID]:
    """Return the holders of the role in the unit, or in the nearest unit above with a holder, and their
    substitutes."""
    holders = load_role_holders(role, unit, on)
    near = [one for one in holders if one.distance == holders[0].distance]
    return {person for one in near for person in (one.person, *one.substitutes)}
