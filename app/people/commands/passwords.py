"""Commands for passwords (argon2id) and for opening and closing accounts."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import select, true, update

from app.audit.record import AuditEvent, PrivateValue, record_audit_event, record_audit_events
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Missing, Refused
from app.people.commands.one_time_keys import (
    HANDED_AS_SLIP,
    PASSWORD_PURPOSE,
    RESET_SLIP_LIFETIME,
    InvitationLink,
    create_one_time_keys,
    end_open_keys,
)
from app.people.commands.resets import (
    PASSWORD_RESET_KIND,
    REOPENED_RESET_KIND,
    post_password_changed,
    store_and_post_account_reset,
    store_and_post_account_resets,
)
from app.people.commands.sessions import end_all_sessions_of_person
from app.people.models import Account, Person
from app.people.password_strength import MAX_PASSWORD_BYTES, require_good_password

MAX_LOGIN_LENGTH = 80
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


@cache
def _dummy_password_hash() -> str:
    """Return a hash for unknown logins, so that checking them takes the same time."""
    return _hasher.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """Return an argon2id hash."""
    return _hasher.hash(password)


def _is_password_of_hash(hashed: str, password: str) -> bool:
    """Return whether the password matches the hash; what is too long to be a password is not hashed."""
    if len(password) > MAX_PASSWORD_BYTES:
        return False
    try:
        return _hasher.verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False


def authenticate_person(login: str, password: str) -> UUID:
    """Return the person of this login and password; raises Denied `people.sign_in.wrong`, the same for every
    cause.

    One statement, and the same time whether the login exists or not.
    """
    found = db.session.execute(
        select(Account.person_id, Account.password, Account.disabled_at, Person.ended_at)
        .join(Person, Person.id == Account.person_id)
        .where(Account.login == login.strip().casefold())
    ).one_or_none()
    # The hash is computed for unknown logins too: the time must not reveal whether a login exists.
    matches = _is_password_of_hash(found.password if found else _dummy_password_hash(), password)
    if found is None or not matches or found.disabled_at is not None or found.ended_at is not None:
        raise Denied("people.sign_in.wrong")
    person: UUID = found.person_id
    return person


def rehash_if_weak(act: Act, person: UUID, password: str) -> None:
    """Rehash a password that was just checked when its hash has weaker parameters than the current ones."""
    account = db.session.get(Account, person)
    if account is not None and _hasher.check_needs_rehash(account.password):
        account.password = hash_password(password)
        record_audit_event(act, "people.account.rehashed", ("people.person", person), None, None, "3.2")


def change_password(act: Act, old: str, new: str, session_id: UUID) -> None:
    """Change the password of the act's person; end his other sessions. Raises Missing, Invalid (`old`,
    `new`)."""
    account = db.session.get(Account, act.person)
    if account is None:
        raise Missing
    if not _is_password_of_hash(account.password, old):
        raise Invalid.field("old", "people.password.wrong")
    if new == old:
        raise Invalid.field("new", "people.password.same")
    require_good_password(new, account.login, _load_names_of_person(account.person_id))
    account.password = hash_password(new)
    end_all_sessions_of_person(act, account.person_id, session_id)
    record_audit_event(
        act, "people.account.password_changed", ("people.person", account.person_id), None, None, "3.2"
    )


def create_own_account(act: Act, person: UUID, login: str, password: str) -> None:
    """Create an account with a password chosen by its owner. Raises Invalid (`login`, `new`)."""
    folded = require_available_login(login, person)
    require_good_password(password, folded, _load_names_of_person(person))
    db.session.add(Account(person_id=person, login=folded, password=hash_password(password)))
    db.session.flush()
    after = {"login": PrivateValue(folded)}
    record_audit_event(
        act, "people.account.chosen", ("people.person", person), None, after, "3.2", subject=person
    )


def _load_names_of_person(person: UUID) -> list[str]:
    """Return the names of a person; one statement."""
    names = select(Person.family_name, Person.given_name, Person.patronymic).where(Person.id == person)
    return [name for name in db.session.execute(names).one() if name]


def require_available_login(login: str, person: UUID | None = None) -> str:
    """Return the login as stored (case-folded); raises Invalid (`login`) when it is empty, too long, taken, or kept for
    another than this person."""
    folded = login.strip().casefold()
    if not folded:
        raise Invalid.field("login", "forms.field.required")
    if len(folded) > MAX_LOGIN_LENGTH:
        raise Invalid.field("login", "forms.field.too_long", max=MAX_LOGIN_LENGTH)
    if db.session.scalar(select(Account.person_id).where(Account.login == folded)):
        raise Invalid.field("login", "people.account.login_taken")
    kept_for = db.session.scalar(select(Person.id).where(Person.proposed_login == folded))
    if kept_for is not None and kept_for != person:
        raise Invalid.field("login", "people.account.login_taken")
    return folded


def set_own_new_password(act: Act, person: UUID, new: str) -> None:
    """Set the password that the owner chose with a one-time key; his sessions end, and a letter tells him.

    Raises Missing (no account, or a closed one), Invalid (`new`).
    """
    account = db.session.get(Account, person)
    if account is None or account.disabled_at is not None:
        raise Missing
    require_good_password(new, account.login, _load_names_of_person(person))
    account.password = hash_password(new)
    end_all_sessions_of_person(act, person)
    record_audit_event(
        act, "people.account.password_chosen", ("people.person", person), None, None, "3.2", subject=person
    )
    post_password_changed(act, person)


def reset_password_by_admin(act: Act, person: UUID) -> InvitationLink:
    """End the password of a person by an administrator and return a one-time code, with which its owner chooses
    another (3.2).

    Every session of the person ends; he and those responsible for his unit are notified at once. The code is not
    stored. Raises Missing, Refused (the own account, a closed one).
    """
    account = _require_account_of_another(act, person)
    if account.disabled_at is not None:
        raise Refused("people.account.closed")
    # Nobody knows this password: the earlier one opens nothing any more.
    account.password = hash_password(secrets.token_urlsafe(32))
    end_all_sessions_of_person(act, person)
    record_audit_event(act, "people.account.password_reset", ("people.person", person), None, None, "3.2")
    store_and_post_account_reset(act, person, PASSWORD_RESET_KIND)
    (made,) = create_one_time_keys(
        act, [person], RESET_SLIP_LIFETIME, purpose=PASSWORD_PURPOSE, handed=HANDED_AS_SLIP
    )
    return made


def close_account(act: Act, person: UUID) -> None:
    """Close the account and end its sessions; no effect when closed. Raises Missing, Refused."""
    account = _require_account_of_another(act, person)
    if account.disabled_at is None:
        account.disabled_at = act.at
        end_open_keys(act, [person])
        end_all_sessions_of_person(act, person)
        record_audit_event(act, "people.account.closed", ("people.person", person), None, None, "3.2")


def reopen_account(act: Act, person: UUID) -> None:
    """Open a closed account again; no effect when open. Raises Missing, Refused."""
    account = _require_account_of_another(act, person)
    if account.disabled_at is not None:
        before = {"closed_at": account.disabled_at}
        account.disabled_at = None
        record_audit_event(act, "people.account.opened", ("people.person", person), before, None, "3.2")
        store_and_post_account_reset(act, person, REOPENED_RESET_KIND)


def reopen_accounts(act: Act, persons: Collection[UUID]) -> None:
    """Open the closed ones of these accounts again; no effect on the others, nor on the own. A fixed number of
    statements, and those of a notice for each person with a role beside that of a student."""
    others = Account.person_id != act.person if act.person is not None else true()
    found = db.session.execute(
        select(Account.person_id, Account.disabled_at)
        .where(Account.person_id.in_(persons), Account.disabled_at.is_not(None), others)
        .order_by(Account.person_id)
        .with_for_update()
    )
    closed = {row.person_id: row.disabled_at for row in found}
    if not closed:
        return
    db.session.execute(update(Account).where(Account.person_id.in_(closed)).values(disabled_at=None))
    events = [
        AuditEvent("people.account.opened", ("people.person", one), {"closed_at": at}, None, "3.2")
        for one, at in closed.items()
    ]
    record_audit_events(act, events)
    store_and_post_account_resets(act, closed, REOPENED_RESET_KIND)


def _require_account_of_another(act: Act, person: UUID) -> Account:
    """Return the account; raises Missing, Refused for the own account."""
    account = db.session.get(Account, person)
    if account is None:
        raise Missing
    if person == act.person:
        raise Refused("people.account.oneself")
    return account
