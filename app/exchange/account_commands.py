"""Commands that import accounts: store the plan of a file, then give people their user names and addresses, at once or
by the worker. No password is made: each person chooses one with the letter or the slip that follows."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import xlsxwriter
from sqlalchemy import func, or_, select

from app.audit.record import AuditEvent, PrivateValue, record_audit_event, record_audit_events
from app.audit.words import seal_text, unseal_text
from app.exchange.account_plan import AccountPlan, PlannedAccount, load_known_persons, plan_account_import
from app.exchange.account_reading import MAX_FINDINGS, AccountTable, read_account_table
from app.exchange.account_words import COLUMNS, SHEET_NAMES
from app.exchange.models import AccountImport
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.workbook_reading import WorkbookFinding
from app.outbox.post import post_event
from app.people.models import Account, Person

IMPORT_CONTINUED_EVENT = "exchange.accounts.continued"
IMPORT_FINISHED_EVENT = "exchange.accounts.imported"
BATCH_SIZE = 500
"""Rows executed in one transaction; a longer file is executed by the worker."""


@dataclass(frozen=True, slots=True)
class CheckedAccounts:
    """A file with its plan, and everything that is wrong in it."""

    plan: AccountPlan
    findings: tuple[WorkbookFinding, ...]


def check_account_table(act: Act, content: bytes) -> CheckedAccounts:
    """Read a file and plan it; nothing is written."""
    table: AccountTable = read_account_table(content)
    plan = AccountPlan()
    if not table.findings:
        plan = plan_account_import(table, load_known_persons(local_day(act.at)))
        if not table.rows:
            table.add_to_file("exchange.accounts_file.empty")
    return CheckedAccounts(plan, tuple(table.findings[:MAX_FINDINGS]))


def write_account_table(act: Act, locale: str, *, everybody: bool) -> bytes:
    """Return the template of an import in a language: everybody without an account, or (`everybody`) with one too."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        heads = book.add_format({"bold": True, "bottom": 1})
        sheet = book.add_worksheet(SHEET_NAMES[locale])
        for place, words in enumerate(COLUMNS.values()):
            sheet.write_string(0, place, words[locale], heads)
        rows = [
            one
            for one in load_known_persons(local_day(act.at))
            if not one.left and (everybody or not one.login)
        ]
        for number, one in enumerate(rows, 1):
            login = one.login or one.proposed
            cells = (
                str(one.id),
                one.name,
                next(iter(one.numbers), ""),
                ", ".join(one.groups),
                login,
                one.email,
            )
            for place, text in enumerate(cells):
                sheet.write_string(number, place, text)
        sheet.set_column(0, len(COLUMNS) - 1, 24)
        sheet.freeze_panes(1, 0)
    return content.getvalue()


def store_account_plan(act: Act, import_id: UUID, plan: AccountPlan) -> None:
    """Store the plan of a file without findings; a repeat has no effect. Raises Missing without a person."""
    if act.person is None:
        raise Missing
    if db.session.get(AccountImport, import_id) is not None:
        return
    rows = [[str(one.person), one.login, one.email] for one in plan.planned]
    db.session.add(
        AccountImport(
            id=import_id,
            rows=seal_text(act.person, json.dumps(rows)),
            total=len(rows),
            counts=plan.counts,
            sent_by=act.person,
            sent_at=act.at,
        )
    )
    db.session.flush()


@dataclass(frozen=True, slots=True)
class AccountImportView:
    """An import as its sender sees it: the counts of its plan, and how far it is."""

    counts: dict[str, Any]
    total: int
    done: int
    refused: int
    queued_at: datetime | None
    done_at: datetime | None
    planned: tuple[PlannedAccount, ...]


def find_own_account_import(act: Act, import_id: UUID) -> AccountImportView:
    """Return an import that the person of the act sent. Raises Missing."""
    found = db.session.get(AccountImport, import_id, populate_existing=True)
    if found is None or found.sent_by != act.person:
        raise Missing
    return AccountImportView(
        dict(found.counts),
        found.total,
        found.done,
        found.refused,
        found.queued_at,
        found.done_at,
        tuple(_planned_rows(found)),
    )


def _planned_rows(found: AccountImport) -> list[PlannedAccount]:
    """Return the rows of a stored plan; [] when the key of its sender was erased."""
    text = unseal_text(found.sent_by, found.rows)
    return [PlannedAccount(UUID(person), login, email) for person, login, email in json.loads(text or "[]")]


def begin_account_import(act: Act, import_id: UUID, most: int = BATCH_SIZE) -> bool:
    """Execute a stored plan; one of more than `most` rows is left to the worker. Return whether it is
    done now. A repeat has no effect.

    Raises Missing.
    """
    found = _lock_import(import_id)
    if found is None or found.sent_by != act.person:
        raise Missing
    if found.queued_at is None:
        found.queued_at = act.at
        db.session.flush()
        if found.total > most:
            post_event(act, IMPORT_CONTINUED_EVENT, {"import": str(import_id), "from": 0})
        else:
            _execute_batch(act, found, most)
    return found.done_at is not None


def continue_account_import(act: Act, import_id: UUID, start: int, most: int = BATCH_SIZE) -> None:
    """Execute the next `most` rows of an import in the name of its sender; ask for the rest. Safe to run again."""
    found = _lock_import(import_id)
    if found is None or found.done_at is not None or found.done != start:
        return
    _execute_batch(act, found, most)
    if found.done_at is None:
        post_event(act, IMPORT_CONTINUED_EVENT, {"import": str(import_id), "from": found.done})


def _lock_import(import_id: UUID) -> AccountImport | None:
    """Lock an import, and let imports of accounts run one after another."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("exchange.accounts"))))
    return db.session.scalar(
        select(AccountImport)
        .where(AccountImport.id == import_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _execute_batch(act: Act, found: AccountImport, most: int) -> None:
    """Execute the next rows of an import; what is no longer possible is counted as refused."""
    rows = _planned_rows(found)[found.done : found.done + most]
    changed = _give_logins_and_addresses(act, rows)
    found.done += len(rows)
    found.refused += len(rows) - changed
    if found.done >= found.total or not rows:
        found.done_at = act.at
        counts = {"done": found.done - found.refused, "refused": found.refused}
        record_audit_event(
            act, IMPORT_FINISHED_EVENT, ("exchange.account_import", found.id), None, counts, "3.2"
        )
        payload = {"recipients": [str(found.sent_by)], "url": f"/people/accounts/import/{found.id}"}
        post_event(act, IMPORT_FINISHED_EVENT, payload)
    db.session.flush()


def _give_logins_and_addresses(act: Act, rows: Sequence[PlannedAccount]) -> int:
    """Give each person his user name and address unless he has an account or left meanwhile, or another took it; return
    for how many. Three statements and one for each change."""
    wanted_logins = {one.login for one in rows if one.login}
    wanted_emails = {one.email.casefold() for one in rows if one.email}
    persons = {
        one.id: one
        for one in db.session.scalars(
            select(Person)
            .where(Person.id.in_({row.person for row in rows}))
            .order_by(Person.id)
            .with_for_update()
        )
    }
    with_account = set(db.session.scalars(select(Account.person_id).where(Account.person_id.in_(persons))))
    taken = {
        login: UUID(int=0)
        for login in db.session.scalars(select(Account.login).where(Account.login.in_(wanted_logins)))
    }
    holders = db.session.execute(
        select(Person.id, Person.proposed_login, Person.email).where(
            or_(Person.proposed_login.in_(wanted_logins), func.lower(Person.email).in_(wanted_emails)),
            Person.ended_at.is_(None),
        )
    ).all()
    taken |= {row.proposed_login: row.id for row in holders if row.proposed_login}
    addresses = {row.email.casefold(): row.id for row in holders if row.email}
    events: list[AuditEvent] = []
    for row in rows:
        person = persons.get(row.person)
        free = (
            taken.get(row.login, row.person) == row.person
            and addresses.get(row.email.casefold(), row.person) == row.person
        )
        if person is None or person.ended_at is not None or person.id in with_account or not free:
            continue
        before = {"login": PrivateValue(person.proposed_login), "email": PrivateValue(person.email)}
        person.proposed_login = row.login or person.proposed_login
        person.email = row.email or person.email
        after = {"login": PrivateValue(person.proposed_login), "email": PrivateValue(person.email)}
        events.append(
            AuditEvent(
                "people.account.proposed",
                ("people.person", person.id),
                before,
                after,
                "3.2",
                subject=person.id,
            )
        )
    db.session.flush()
    record_audit_events(act, events)
    return len(events)
