"""Record account resets by others than the owner: notify the owner and those responsible for his unit; his
decisions of the next days are flagged on their cases (3.2: the owner answers for what is done with his
account)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert, or_, select

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
PASSWORD_CHANGED_EVENT = "people.account.password_changed"
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


def store_account_reset(act: Act, person: UUID, kind: str, made_by: UUID | None) -> None:
    """Record that `made_by` could enter the account from now on, so that decisions are flagged; notify nobody."""
    row = AccountReset(
        id=new_id(),
        person_id=person,
        kind=kind,
        at=act.at,
        made_by=made_by,
        watched_until=_reset_watch_deadline(act),
    )
    db.session.add(row)
    db.session.flush()


def store_and_post_account_reset(act: Act, person: UUID, kind: str, made_by: UUID | None = None) -> None:
    """Record that somebody else could enter the account from now on; notify its owner and the watchers.

    `made_by` is that person; by default the person of the act.
    """
    made_by = made_by or act.person
    store_account_reset(act, person, kind, made_by)
    common = {"kind": kind, "by": str(made_by) if made_by else None}
    for_owner = {**common, "why": f"people.account.{kind}", "url": "/account", "recipients": [str(person)]}
    post_event(act, ACCOUNT_RESET_EVENT, for_owner)
    watchers = sorted(str(one) for one in _load_reset_watcher_ids(act, person, made_by))
    if watchers:
        for_watchers = {**common, "person": str(person), "url": "/notices", "recipients": watchers}
        post_event(act, RESET_WATCHED_EVENT, {**for_watchers, "why": "people.account.watched"})


def store_and_post_account_resets(act: Act, persons: Collection[UUID], kind: str) -> None:
    """Record and tell resets of several accounts, as `store_and_post_account_reset` does. Three statements for students
    without other roles, however many."""
    deadline = _reset_watch_deadline(act)
    rows = [
        {
            "id": new_id(),
            "person_id": one,
            "kind": kind,
            "at": act.at,
            "made_by": act.person,
            "watched_until": deadline,
        }
        for one in persons
    ]
    db.session.execute(insert(AccountReset), rows)
    common = {"kind": kind, "by": str(act.person) if act.person else None}
    owner_page = {**common, "why": f"people.account.{kind}", "url": "/account"}
    owners = sorted(str(one) for one in persons)
    events: list[OutboxEvent] = [(ACCOUNT_RESET_EVENT, {**owner_page, "recipients": owners}, None)]
    for one, roles in _load_roles_of_persons_on_day(persons, local_day(act.at)).items():
        if roles != {STUDENT_ROLE}:
            watchers = sorted(str(each) for each in _load_reset_watcher_ids(act, one, act.person))
            watched = {**common, "person": str(one), "url": "/notices", "recipients": watchers}
            if watchers:
                events.append((RESET_WATCHED_EVENT, {**watched, "why": "people.account.watched"}, None))
    post_events(act, events)


def _load_roles_of_persons_on_day(persons: Collection[UUID], on: date) -> dict[UUID, set[str]]:
    """Return the roles of each of these persons on a day; one statement."""
    found: dict[UUID, set[str]] = {one: set() for one in persons}
    rows = db.session.execute(
        select(RoleGrant.person_id, RoleGrant.role).where(
            RoleGrant.person_id.in_(persons),
            RoleGrant.valid_from <= on,
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= on),
        )
    )
    for person, role in rows:
        found[person].add(role)
    return found


def _reset_watch_deadline(act: Act) -> datetime:
    """Return until when the decisions of a person are flagged after a reset."""
    calendar = regulation.load_unit_deadline_calendar(db.session, None, local_day(act.at))
    return compute_deadline(calendar, RESET_WATCH_POLICY, act.at).moment


def post_password_changed(act: Act, person: UUID) -> None:
    """Notify the owner of an account that its password was changed by a one-time link or code."""
    payload = {"why": "people.account.changed", "url": "/account", "recipients": [str(person)]}
    post_event(act, PASSWORD_CHANGED_EVENT, payload)


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


def _load_reset_watcher_ids(act: Act, person: UUID, made_by: UUID | None) -> set[UUID]:
    """Return the persons notified beside the owner: the directorate of his unit; the academic office when he
    is of a directorate or of no unit; the rector when he is of that office. Excludes the owner and `made_by`;
    empty for a student without other roles."""
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
        found -= {person, made_by}
        if not found and role not in roles:
            found = _load_nearest_holder_ids(role, None, today)
    return {one for one in found if one not in (person, made_by)}


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
