"""Reads of acts of takeover: the list, one act, and the acts of a journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_

from app.audit.words import unseal_text
from app.journal.tables import Course, Offering, Takeover, TakeoverJournal
from app.kernel.db import db
from app.kernel.workbook_reading import WorkbookFinding, findings_from_json
from app.people.models import StudyGroup


@dataclass(frozen=True, slots=True)
class TakeoverRow:
    """An act as a page shows it."""

    id: UUID
    kind: str
    state: str
    semester: UUID | None
    number: str
    day: date
    signed_by: str
    first: date | None
    last: date | None
    sent_by: UUID
    sent_for: UUID | None
    sent_at: datetime
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    ended_at: datetime | None
    findings: tuple[WorkbookFinding, ...]
    problem: str | None
    journals: int
    done: int
    refused: int
    cells: int
    results: int


@dataclass(frozen=True, slots=True)
class TakenJournalRow:
    """What an act brings to one journal, in numbers."""

    number: int
    offering: UUID
    group: str
    code: str
    names: Any
    cells: int
    results: int
    state: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class TakeoverOfJournal:
    """An act by which marks of a journal were taken over."""

    takeover: UUID
    number: str
    day: date
    at: datetime
    cells: int
    results: int


def _build_row(one: Takeover) -> TakeoverRow:
    findings = unseal_text(one.sent_by, one.findings)
    return TakeoverRow(
        one.id,
        one.kind,
        one.state,
        one.semester_id,
        one.document_number,
        one.document_date,
        unseal_text(one.sent_by, one.signed_by) or "…",
        one.first_day,
        one.last_day,
        one.sent_by,
        one.sent_for,
        one.sent_at,
        one.confirmed_by,
        one.confirmed_at,
        one.ended_at,
        findings_from_json(findings) if findings else (),
        one.problem,
        one.journals,
        one.done,
        one.refused,
        one.cells,
        one.results,
    )


def load_takeovers_page(most: int, before: TakeoverRow | None) -> list[TakeoverRow]:
    """Return acts, newest first, before one of them."""
    wanted = select(Takeover).order_by(Takeover.sent_at.desc(), Takeover.id.desc()).limit(most)
    if before is not None:
        wanted = wanted.where(tuple_(Takeover.sent_at, Takeover.id) < (before.sent_at, before.id))
    return [_build_row(one) for one in db.session.scalars(wanted.execution_options(populate_existing=True))]


def find_takeover(takeover: UUID) -> TakeoverRow | None:
    """Return one act, or None."""
    found = db.session.get(Takeover, takeover, populate_existing=True)
    return _build_row(found) if found else None


def load_taken_journals(takeover: UUID, most: int, after: int) -> list[TakenJournalRow]:
    """Return the journals of an act, in the order of its file, after a number; one statement."""
    found = db.session.execute(
        select(
            TakeoverJournal.number,
            TakeoverJournal.offering_id,
            StudyGroup.name,
            Course.code,
            Course.names,
            func.jsonb_array_length(TakeoverJournal.cells),
            func.jsonb_array_length(TakeoverJournal.results),
            TakeoverJournal.state,
            TakeoverJournal.problem,
        )
        .join(Offering, Offering.id == TakeoverJournal.offering_id)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(TakeoverJournal.takeover_id == takeover, TakeoverJournal.number > after)
        .order_by(TakeoverJournal.number)
        .limit(most)
    )
    return [TakenJournalRow(*row) for row in found]


def load_takeovers_of_journal(offering: UUID) -> Sequence[TakeoverOfJournal]:
    """Return the acts by which marks of a journal were taken over, oldest first; one statement."""
    found = db.session.execute(
        select(
            Takeover.id,
            Takeover.document_number,
            Takeover.document_date,
            TakeoverJournal.done_at,
            func.jsonb_array_length(TakeoverJournal.cells),
            func.jsonb_array_length(TakeoverJournal.results),
        )
        .join(TakeoverJournal, TakeoverJournal.takeover_id == Takeover.id)
        .where(TakeoverJournal.offering_id == offering, TakeoverJournal.state == "DONE")
        .order_by(TakeoverJournal.done_at)
    )
    return [TakeoverOfJournal(*row) for row in found]
