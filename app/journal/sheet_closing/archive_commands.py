"""Commands that archive the journals and sheets of an academic year: the office orders it, the worker does it in
batches, and what is open about a journal keeps it out (7.4)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.audit.record import AuditEvent, record_audit_event, record_audit_events
from app.journal.courses.journal_states import lock_journal_states, write_journal_states
from app.journal.courses.state_rules import ARCHIVED
from app.journal.grading.sheet_states import ARCHIVED as SHEET_ARCHIVED
from app.journal.sheet_closing.archive_queries import (
    find_archive_year,
    load_closed_journals_of_year,
    load_open_case_numbers,
)
from app.journal.sheet_closing.archive_rules import reason_not_to_archive, refusal_to_archive_year
from app.journal.tables import GradeSheet
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.ids import new_id
from app.outbox.post import post_event
from app.people.queries.acting import load_acting_roles

ARCHIVING_CONTINUED_EVENT, ARCHIVING_FINISHED_EVENT = "journal.archive.continued", "journal.archive.finished"
ARCHIVING_ORDERED, SHEET_ARCHIVED_EVENT = "journal.archive.ordered", "journal.sheet.archived"
JOURNALS_PER_BATCH = 50


def order_archiving_of_year(act: Act, year: str) -> None:
    """Order the archiving of every closed journal of a year; the worker does it. A repeat finds what is left.

    Raises Missing, Denied (not the academic office), Refused (7.4: the year is not over; its days have not passed).
    """
    found = find_archive_year(year)
    if found is None or act.person is None:
        raise Missing
    refusal = refusal_to_archive_year(act.assignments, found.ended_on, found.opens, act.at)
    if refusal is not None:
        raise refusal
    order = new_id()
    record_audit_event(
        act,
        ARCHIVING_ORDERED,
        ("journal.archive", order),
        None,
        {"year": year, "journals": found.closed},
        "7.4",
    )
    payload = {"year": year, "by": str(act.person), "for": str(act.on_behalf_of or ""), "done": 0, "left": 0}
    post_event(act, ARCHIVING_CONTINUED_EVENT, {**payload, "after": ""})


def archive_batch_of_year(
    act: Act, year: str, by: UUID, behalf: UUID | None, after: UUID | None, done: int, left: int
) -> None:
    """Archive the next batch of closed journals in the name of who ordered it, and post its continuation, or at its end
    a notice with the numbers of journals archived and left. Harmless to repeat."""
    found = find_archive_year(year)
    roles = load_acting_roles(by, behalf, local_day(act.at))
    office = Act(by, behalf, act.at, roles, locale=act.locale)
    if found is None or refusal_to_archive_year(roles, found.ended_on, found.opens, act.at) is not None:
        return
    batch = load_closed_journals_of_year(year, after, JOURNALS_PER_BATCH)
    for offering in batch:
        if _archive_journal(office, offering):
            done += 1
        else:
            left += 1
    if len(batch) == JOURNALS_PER_BATCH:
        payload = {"year": year, "by": str(by), "for": str(behalf or ""), "done": done, "left": left}
        post_event(act, ARCHIVING_CONTINUED_EVENT, {**payload, "after": str(batch[-1])})
        return
    payload = {"recipients": [str(by)], "url": "/archive", "year": year, "archived": done, "left": left}
    post_event(office, ARCHIVING_FINISHED_EVENT, payload)


def _archive_journal(act: Act, offering: UUID) -> bool:
    """Archive a journal with its sheets; return whether nothing about it was open."""
    states = lock_journal_states([offering])
    sheets = db.session.scalars(
        select(GradeSheet)
        .where(GradeSheet.offering_id == offering)
        .order_by(GradeSheet.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    reason = reason_not_to_archive(states[offering], [one.state for one in sheets], ())
    if reason is not None or load_open_case_numbers(offering, sheets):
        return False
    write_journal_states(act, states, ARCHIVED, "7.4")
    for sheet in sheets:
        sheet.state, sheet.archived_at = SHEET_ARCHIVED, act.at
    db.session.flush()
    record_audit_events(
        act,
        [
            AuditEvent(
                SHEET_ARCHIVED_EVENT,
                ("journal.grade_sheet", one.id),
                {"state": "CLOSED"},
                {"state": SHEET_ARCHIVED},
                "7.4",
            )
            for one in sheets
        ],
    )
    return True
