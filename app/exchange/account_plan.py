"""Plan an import of accounts: who each row means, what he gets, and what is wrong with it, by cell."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from app.exchange.account_reading import MAX_FINDINGS, AccountTable
from app.kernel.db import db
from app.kernel.workbook_reading import word_key
from app.people.models import Account, Membership, Person, StudyGroup
from app.people.rules import full_name

MAX_LOGIN_LENGTH, MAX_EMAIL_LENGTH = 80, 200
EMAIL_PATTERN = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
NEW, SAME = "new", "same"


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person as an import sees him: `login` of his account, `proposed` user name, address, numbers, groups."""

    id: UUID
    name: str
    email: str
    proposed: str
    login: str
    numbers: tuple[str, ...]
    left: bool
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedAccount:
    """What a person gets: a user name, an address, or both ("" leaves what is stored)."""

    person: UUID
    login: str
    email: str


@dataclass(slots=True)
class AccountPlan:
    """The rows of an import that change something, and the number of rows by what happens to them."""

    planned: list[PlannedAccount] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"login": 0, "email": 0, SAME: 0})


def load_known_persons(today: date) -> list[KnownPerson]:
    """Return every person with account, address and groups of the day; two statements."""
    groups: dict[UUID, list[str]] = defaultdict(list)
    memberships = db.session.execute(
        select(Membership.person_id, StudyGroup.name)
        .join(StudyGroup, StudyGroup.id == Membership.group_id)
        .where(Membership.starts_on <= today, or_(Membership.ends_on.is_(None), Membership.ends_on >= today))
    )
    for person, name in memberships:
        groups[person].append(name)
    found = db.session.execute(
        select(
            Person.id,
            Person.family_name,
            Person.given_name,
            Person.patronymic,
            Person.email,
            Person.proposed_login,
            Account.login,
            Person.identifier,
            Person.external_id,
            Person.ended_at,
        )
        .outerjoin(Account, Account.person_id == Person.id)
        .order_by(Person.sort_key, Person.id)
    )
    return [
        KnownPerson(
            id=row.id,
            name=full_name(row.family_name, row.given_name, row.patronymic),
            email=row.email or "",
            proposed=row.proposed_login or "",
            login=row.login or "",
            numbers=tuple(one for one in (row.identifier, row.external_id) if one),
            left=row.ended_at is not None,
            groups=tuple(dict.fromkeys(groups.get(row.id, ()))),
        )
        for row in found
    ]


class _Index:
    """Persons by everything a row may name them by, and who holds which user name and address."""

    def __init__(self, persons: Iterable[KnownPerson]) -> None:
        self.by_id: dict[str, KnownPerson] = {}
        self.by_number: dict[str, list[KnownPerson]] = defaultdict(list)
        self.by_name: dict[str, list[KnownPerson]] = defaultdict(list)
        self.holder_of_login: dict[str, UUID] = {}
        self.holder_of_email: dict[str, UUID] = {}
        for one in persons:
            self.by_id[str(one.id)] = one
            for number in {word_key(text) for text in one.numbers}:
                self.by_number[number].append(one)
            self.by_name[word_key(one.name)].append(one)
            for login in (one.proposed, one.login):
                if login:
                    self.holder_of_login[login] = one.id
            if one.email and not one.left:
                self.holder_of_email[one.email.casefold()] = one.id


def plan_account_import(table: AccountTable, persons: Iterable[KnownPerson]) -> AccountPlan:
    """Return what the rows of a file would change; note in the table what is wrong with a row."""
    index, plan = _Index(persons), AccountPlan()
    rows_of: dict[UUID, int] = {}
    for number, values in table.rows:
        if len(table.findings) >= MAX_FINDINGS:
            break
        before = len(table.findings)
        person = _find_person(table, index, number, values)
        if person is None:
            continue
        if person.id in rows_of:
            table.add(number, "name", "exchange.accounts_file.person_twice", row=rows_of[person.id])
            continue
        rows_of[person.id] = number
        login = _read_login(table, index, number, values.get("login", ""), person)
        email = _read_email(table, index, number, values.get("email", ""), person)
        if len(table.findings) == before:
            _plan_row(plan, person, login, email)
    return plan


def _plan_row(plan: AccountPlan, person: KnownPerson, login: str, email: str) -> None:
    """Add what a row changes to the plan."""
    new_login = "" if login in (person.proposed, person.login) else login
    new_email = "" if email == person.email else email
    if not new_login and not new_email:
        plan.counts[SAME] += 1
        return
    plan.counts["login"] += bool(new_login)
    plan.counts["email"] += bool(new_email)
    plan.planned.append(PlannedAccount(person.id, new_login, new_email))


def _find_person(
    table: AccountTable, index: _Index, number: int, values: dict[str, str]
) -> KnownPerson | None:
    """Return whom a row means; note why nobody, or several."""
    for key in ("id", "number", "name"):
        wanted = values.get(key, "")
        if not wanted:
            continue
        if key == "id":
            one = index.by_id.get(wanted.lower())
            found = [one] if one else []
        else:
            found = (index.by_number if key == "number" else index.by_name).get(word_key(wanted), [])
        if values.get("group") and len(found) > 1:
            group = word_key(values["group"])
            found = [one for one in found if group in map(word_key, one.groups)]
        here = [one for one in found if not one.left]
        if len(here) == 1:
            if key != "name" and values.get("name") and word_key(values["name"]) != word_key(here[0].name):
                table.add(number, "name", "exchange.accounts_file.other_name", name=here[0].name)
                return None
            return here[0]
        code = "several_persons" if here else "has_left" if found else "unknown_person"
        table.add(number, key, f"exchange.accounts_file.{code}", text=wanted[:60])
        return None
    table.add(number, "name", "forms.field.required")
    return None


def _read_login(table: AccountTable, index: _Index, number: int, typed: str, person: KnownPerson) -> str:
    """Return the user name of a row, case-folded; note why it cannot be his."""
    login = typed.casefold()
    if not login or login == person.login:
        return login
    code = ""
    if person.login:
        code = "has_account"
    elif len(login) > MAX_LOGIN_LENGTH or " " in login:
        code = "wrong_login"
    elif index.holder_of_login.get(login, person.id) != person.id:
        code = "login_taken"
    if code:
        table.add(
            number, "login", f"exchange.accounts_file.{code}", login=person.login, most=MAX_LOGIN_LENGTH
        )
    index.holder_of_login.setdefault(login, person.id)
    return login


def _read_email(table: AccountTable, index: _Index, number: int, typed: str, person: KnownPerson) -> str:
    """Return the address of a row; note why it cannot be his."""
    if not typed or typed.casefold() == person.email.casefold():
        return person.email if typed else ""
    code = ""
    if person.login:
        # Whoever has an account is asked for nothing here: his letters would go to another address unseen.
        code = "address_of_account"
    elif len(typed) > MAX_EMAIL_LENGTH or not EMAIL_PATTERN.fullmatch(typed):
        code = "wrong_email"
    elif index.holder_of_email.get(typed.casefold(), person.id) != person.id:
        code = "email_of_another"
    if code:
        table.add(number, "email", f"exchange.accounts_file.{code}", text=typed[:60])
    index.holder_of_email.setdefault(typed.casefold(), person.id)
    return typed
