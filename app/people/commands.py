"""The verbs of people. Each runs inside `door.write`, takes the act first, and leaves an audit record."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from sqlalchemy import select, update

from app.audit.record import Private, record
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Missing, Refused
from app.kernel.i18n import LOCALES
from app.people.models import ROLES, Account, LoginSession, Membership, Person, RoleGrant, Substitute
from app.people.rules import sort_key

LIFE = timedelta(hours=12)
SHORTEST_PASSWORD = 10
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


@cache
def _nobody() -> str:
    """A hash to spend the same time on a login that does not exist."""
    return _hasher.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """An argon2id hash."""
    return _hasher.hash(password)


def hash_key(key: str) -> bytes:
    """What is stored of a session's key."""
    return hashlib.sha256(key.encode()).digest()


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: its key, shown once, and whose it is."""

    key: str
    session_id: UUID
    person_id: UUID


def check_password(login: str, password: str) -> UUID:
    """The person of this login and password; raises Denied `people.sign_in.wrong`, the same for every cause.

    One statement, and the same time whether the login exists or not.
    """
    account = db.session.scalar(select(Account).where(Account.login == login.strip().casefold()))
    try:
        _hasher.verify(account.password if account else _nobody(), password)
    except Argon2Error:
        raise Denied("people.sign_in.wrong") from None
    if account is None or account.disabled_at is not None:
        raise Denied("people.sign_in.wrong")
    return account.person_id


def open_session(act: Act, session_id: UUID, person: UUID, user_agent: str = "", address: str = "") -> Opened:
    """Begin a session of somebody whose password was checked."""
    key = secrets.token_urlsafe(32)
    db.session.add(
        LoginSession(
            id=session_id,
            key_hash=hash_key(key),
            person_id=person,
            created_at=act.at,
            seen_at=act.at,
            expires_at=act.at + LIFE,
            user_agent=user_agent[:200],
            address=address[:60],
        )
    )
    db.session.flush()
    record(act, "people.session.opened", ("people.login_session", session_id), None, {"person": person})
    return Opened(key, session_id, person)


def end_session(act: Act, session_id: UUID) -> None:
    """End one of one's own sessions; harmless when it is over. Raises Missing."""
    session = db.session.get(LoginSession, session_id)
    if session is None or session.person_id != act.person:
        raise Missing
    if session.revoked_at is None:
        session.revoked_at = act.at
        record(act, "people.session.ended", ("people.login_session", session_id), None, None)


def end_all_sessions(act: Act, person: UUID, but: UUID | None = None) -> None:
    """End every living session of a person, but one if named."""
    db.session.execute(
        update(LoginSession)
        .where(LoginSession.person_id == person, LoginSession.revoked_at.is_(None), LoginSession.id != but)
        .values(revoked_at=act.at)
    )
    record(act, "people.session.all_ended", ("people.person", person), None, None)


def keep_alive(act: Act, session_id: UUID) -> None:
    """Note that the session was used; called at most once in some minutes."""
    db.session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id)
        .values(seen_at=act.at, expires_at=act.at + LIFE)
    )


def switch_hat(
    act: Act, session_id: UUID, role: str | None, unit: UUID | None, on_behalf_of: UUID | None
) -> None:
    """Choose the role in use, or whom one acts for. The entrance has checked that both are offered."""
    db.session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.person_id == act.person)
        .values(role=role, unit_id=unit, on_behalf_of=on_behalf_of)
    )
    after = {"role": role, "unit": unit, "on_behalf_of": on_behalf_of}
    record(act, "people.session.hat_switched", ("people.login_session", session_id), None, after, "3.2")


def set_locale(act: Act, locale: str) -> None:
    """The language of pages and letters. Raises Invalid."""
    if locale not in LOCALES:
        raise Invalid.field("locale", "people.locale.unknown")
    db.session.execute(update(Person).where(Person.id == act.person).values(locale=locale))


def set_theme(act: Act, theme: str) -> None:
    """Light, dark, or as the device. Raises Invalid."""
    if theme not in ("auto", "light", "dark"):
        raise Invalid.field("theme", "people.theme.unknown")
    db.session.execute(update(Person).where(Person.id == act.person).values(theme=theme))


def change_password(act: Act, old: str, new: str, session_id: UUID) -> None:
    """A new password; every other session ends. Raises Invalid naming the field."""
    account = db.session.get(Account, act.person)
    if account is None:
        raise Missing
    try:
        _hasher.verify(account.password, old)
    except Argon2Error:
        raise Invalid.field("old", "people.password.wrong") from None
    if len(new) < SHORTEST_PASSWORD:
        raise Invalid.field("new", "people.password.too_short", min=SHORTEST_PASSWORD)
    account.password = hash_password(new)
    end_all_sessions(act, account.person_id, session_id)
    record(act, "people.account.password_changed", ("people.person", account.person_id), None, None, "3.2")


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be added, with the account if there is to be one."""

    id: UUID
    family_name: str
    given_name: str
    patronymic: str = ""
    email: str | None = None
    locale: str | None = None
    login: str | None = None
    password: str | None = None


def add_person(act: Act, new: NewPerson) -> UUID:
    """Add a person; a repeat with the same id is harmless. Raises Invalid (`family_name`, `login`)."""
    if db.session.get(Person, new.id) is not None:
        return new.id
    if not new.family_name.strip():
        raise Invalid.field("family_name", "forms.field.required")
    login = new.login.strip().casefold() if new.login else None
    if login and db.session.scalar(select(Account.person_id).where(Account.login == login)):
        raise Invalid.field("login", "people.account.login_taken")
    db.session.add(
        Person(
            id=new.id,
            family_name=new.family_name.strip(),
            given_name=new.given_name.strip(),
            patronymic=new.patronymic.strip(),
            sort_key=sort_key(new.family_name, new.given_name, new.patronymic),
            email=new.email or None,
            locale=new.locale,
        )
    )
    db.session.flush()
    if login:
        hashed = hash_password(new.password or secrets.token_urlsafe(16))
        db.session.add(Account(person_id=new.id, login=login, password=hashed))
        db.session.flush()
    after = {"name": Private(f"{new.family_name} {new.given_name}"), "login": Private(login)}
    record(act, "people.person.added", ("people.person", new.id), None, after, "3.1", subject=new.id)
    return new.id


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
    """Give a role, dated; a repeat with the same id is harmless. Raises Invalid (`role`, `valid_until`)."""
    if db.session.get(RoleGrant, grant_id) is not None:
        return grant_id
    if role not in ROLES:
        raise Invalid.field("role", "people.role.unknown")
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
    record(act, "people.role.granted", ("people.person", person), None, after, "3.1", subject=person)
    return grant_id


def end_role(act: Act, grant_id: UUID, last_day: date) -> None:
    """The role's last day; nothing of its past changes. Raises Missing, Invalid (`last_day`)."""
    grant = db.session.get(RoleGrant, grant_id)
    if grant is None:
        raise Missing
    if last_day < grant.valid_from:
        raise Invalid.field("last_day", "people.period.backwards")
    before = {"until": grant.valid_until}
    grant.valid_until = last_day
    db.session.flush()
    after = {"role": grant.role, "unit": grant.unit_id, "until": last_day}
    record(act, "people.role.ended", ("people.person", grant.person_id), before, after, "3.1")


def set_membership(
    act: Act, membership_id: UUID, student: UUID, group: UUID, starts_on: date, order_no: str = ""
) -> None:
    """A student joins a group by an order; what he belonged to before ends the day before (2.1b)."""
    if db.session.get(Membership, membership_id) is not None:
        return
    db.session.execute(
        update(Membership)
        .where(
            Membership.person_id == student, Membership.ends_on.is_(None), Membership.starts_on < starts_on
        )
        .values(ends_on=starts_on - timedelta(days=1))
    )
    db.session.add(
        Membership(
            id=membership_id, person_id=student, group_id=group, starts_on=starts_on, order_no=order_no
        )
    )
    db.session.flush()
    after = {"group": group, "from": starts_on, "order": order_no}
    record(act, "people.membership.set", ("people.person", student), None, after, "2.1b", subject=student)


def end_membership(act: Act, student: UUID, group: UUID, last_day: date, order_no: str = "") -> None:
    """A student's last day in a group; harmless when he left already."""
    db.session.execute(
        update(Membership)
        .where(Membership.person_id == student, Membership.group_id == group, Membership.ends_on.is_(None))
        .values(ends_on=last_day)
    )
    after = {"group": group, "until": last_day, "order": order_no}
    record(act, "people.membership.ended", ("people.person", student), None, after, "2.1b", subject=student)


def name_substitute(
    act: Act,
    substitute_id: UUID,
    substitute: UUID,
    role: str | None,
    valid_from: date,
    valid_until: date,
    reason: str,
) -> None:
    """The person of the act names who acts for him, dated; a repeat is harmless. Raises Invalid, Refused (3.2)."""
    if db.session.get(Substitute, substitute_id) is not None:
        return
    if substitute == act.person:
        raise Refused("people.substitute.oneself", clause="3.2")
    if valid_until < valid_from or valid_until < local_day(act.at):
        raise Invalid.field("valid_until", "people.period.backwards")
    if not reason.strip():
        raise Invalid.field("reason", "forms.field.required")
    if db.session.get(Person, substitute) is None:
        raise Invalid.field("substitute", "people.person.unknown")
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
    record(act, "people.substitute.named", ("people.substitute", substitute_id), None, after, "3.2")


def end_substitute(act: Act, substitute_id: UUID) -> None:
    """Take a substitution back at once; by who named it. Raises Missing."""
    found = db.session.get(Substitute, substitute_id)
    if found is None or found.absent_id != act.person:
        raise Missing
    if found.revoked_at is None:
        found.revoked_at = act.at
        record(act, "people.substitute.ended", ("people.substitute", substitute_id), None, None, "3.2")
