"""Passwords and whether an account is open. Knows argon2; the same answer for every reason not to let in."""

from __future__ import annotations

import secrets
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import select

from app.audit.record import Private, record
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Missing, Refused
from app.people.commands.resets import GIVEN, OPENED, PASSWORD, watch_account
from app.people.commands.sessions import end_all_sessions
from app.people.models import Account, Person

SHORTEST = 10
LONGEST_LOGIN = 80
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


@cache
def _nobody() -> str:
    """A hash to spend the same time on a login that does not exist."""
    return _hasher.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """An argon2id hash."""
    return _hasher.hash(password)


def _fits(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False


def check_password(login: str, password: str) -> UUID:
    """The person of this login and password; raises Denied `people.sign_in.wrong`, the same for every cause.

    One statement, and the same time whether the login exists or not.
    """
    found = db.session.execute(
        select(Account.person_id, Account.password, Account.disabled_at, Person.ended_at)
        .join(Person, Person.id == Account.person_id)
        .where(Account.login == login.strip().casefold())
    ).one_or_none()
    fits = _fits(found.password if found else _nobody(), password)
    if found is None or not fits or found.disabled_at is not None or found.ended_at is not None:
        raise Denied("people.sign_in.wrong")
    person: UUID = found.person_id
    return person


def keep_hash_strong(act: Act, person: UUID, password: str) -> None:
    """Hash a password that was just checked anew, where its hash was made with weaker parameters than today's."""
    account = db.session.get(Account, person)
    if account is not None and _hasher.check_needs_rehash(account.password):
        account.password = hash_password(password)
        record(act, "people.account.rehashed", ("people.person", person), None, None, "3.2")


def change_password(act: Act, old: str, new: str, session_id: UUID) -> None:
    """A new password of one's own; every other session ends. Raises Invalid naming the field."""
    account = db.session.get(Account, act.person)
    if account is None:
        raise Missing
    if not _fits(account.password, old):
        raise Invalid.field("old", "people.password.wrong")
    if len(new) < SHORTEST:
        raise Invalid.field("new", "people.password.too_short", min=SHORTEST)
    if new == old:
        raise Invalid.field("new", "people.password.same")
    account.password = hash_password(new)
    account.must_change = False
    end_all_sessions(act, account.person_id, session_id)
    record(act, "people.account.password_changed", ("people.person", account.person_id), None, None, "3.2")


def give_account(act: Act, person: UUID, login: str) -> str:
    """An account for somebody who has none, with a password for once, answered here and stored nowhere (3.2).

    Raises Missing, Refused (there is one already), Invalid (`login`).
    """
    if db.session.scalar(select(Person.id).where(Person.id == person).with_for_update()) is None:
        raise Missing
    if db.session.get(Account, person) is not None:
        raise Refused("people.account.there_already", clause="3.2")
    folded = free_login(login)
    password = secrets.token_urlsafe(9)
    db.session.add(
        Account(person_id=person, login=folded, password=hash_password(password), must_change=True)
    )
    db.session.flush()
    after = {"login": Private(folded)}
    record(act, "people.account.given", ("people.person", person), None, after, "3.2", subject=person)
    watch_account(act, person, GIVEN)
    return password


def add_account(act: Act, person: UUID, login: str, password: str) -> None:
    """An account with a password that its owner has chosen himself. Raises Invalid (`login`, `new`)."""
    folded = free_login(login)
    if len(password) < SHORTEST:
        raise Invalid.field("new", "people.password.too_short", min=SHORTEST)
    db.session.add(Account(person_id=person, login=folded, password=hash_password(password)))
    db.session.flush()
    after = {"login": Private(folded)}
    record(act, "people.account.chosen", ("people.person", person), None, after, "3.2", subject=person)


def free_login(login: str) -> str:
    """The login as it is stored; raises Invalid (`login`) when it is empty, too long or taken."""
    folded = login.strip().casefold()
    if not folded:
        raise Invalid.field("login", "forms.field.required")
    if len(folded) > LONGEST_LOGIN:
        raise Invalid.field("login", "forms.field.too_long", max=LONGEST_LOGIN)
    if db.session.scalar(select(Account.person_id).where(Account.login == folded)):
        raise Invalid.field("login", "people.account.login_taken")
    return folded


def reset_password(act: Act, person: UUID) -> str:
    """A password for once, by an administrator: its owner has to choose another at his first sign-in (3.2).

    Every session of the person ends; he and who watches over his unit are told at once. Answers the password, which is
    stored nowhere. Raises Missing, Refused.
    """
    account = _account_of_another(act, person)
    password = secrets.token_urlsafe(9)
    account.password = hash_password(password)
    account.must_change = True
    end_all_sessions(act, person)
    record(act, "people.account.password_reset", ("people.person", person), None, None, "3.2")
    watch_account(act, person, PASSWORD)
    return password


def close_account(act: Act, person: UUID) -> None:
    """Nobody signs in with this account any more; living sessions end. Harmless when closed. Raises as above."""
    account = _account_of_another(act, person)
    if account.disabled_at is None:
        account.disabled_at = act.at
        end_all_sessions(act, person)
        record(act, "people.account.closed", ("people.person", person), None, None, "3.2")


def open_account(act: Act, person: UUID) -> None:
    """The account may be used again. Harmless when open. Raises Missing, Refused."""
    account = _account_of_another(act, person)
    if account.disabled_at is not None:
        before = {"closed_at": account.disabled_at}
        account.disabled_at = None
        record(act, "people.account.opened", ("people.person", person), before, None, "3.2")
        watch_account(act, person, OPENED)


def _account_of_another(act: Act, person: UUID) -> Account:
    account = db.session.get(Account, person)
    if account is None:
        raise Missing
    if person == act.person:
        raise Refused("people.account.oneself", clause="3.2")
    return account
