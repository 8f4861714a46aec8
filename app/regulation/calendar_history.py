"""Queries of the calendar page beside the days: changes with person and reason, confirmed years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from app.audit.words import unseal_texts
from app.kernel.db import db
from app.regulation.models import CalendarChange, CalendarYear


@dataclass(frozen=True, slots=True)
class CalendarChangeRow:
    """One change of the calendar, with its reason decrypted."""

    id: UUID
    at: datetime
    person: UUID | None
    kind: str
    unit: UUID | None
    since: datetime | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmedYear:
    """Confirmation of the days of a year: decree, time, person."""

    source: str
    at: datetime
    by: UUID | None


def load_calendar_changes(most: int, below: tuple[datetime, UUID] | None = None) -> list[CalendarChangeRow]:
    """Return changes, newest first, before the position `below` if given. Two statements."""
    wanted = select(CalendarChange).order_by(CalendarChange.at.desc(), CalendarChange.id.desc()).limit(most)
    if below is not None:
        wanted = wanted.where(tuple_(CalendarChange.at, CalendarChange.id) < below)
    return _decrypt_calendar_changes(db.session.scalars(wanted).all())


def find_calendar_change(id: UUID) -> CalendarChangeRow | None:
    """Return one change, or None."""
    found = db.session.get(CalendarChange, id)
    return _decrypt_calendar_changes([found])[0] if found is not None else None


def _decrypt_calendar_changes(rows: Sequence[CalendarChange]) -> list[CalendarChangeRow]:
    """Return the changes with their reasons decrypted."""
    words = unseal_texts([(row.person, row.words) for row in rows])
    return [
        CalendarChangeRow(
            row.id, row.at, row.person, row.kind, row.unit_id, row.since, row.before, row.after, text
        )
        for row, text in zip(rows, words, strict=True)
    ]


def find_year_confirmation(year: int) -> ConfirmedYear | None:
    """Return the confirmation of the year; None while its days are an estimate."""
    row = db.session.get(CalendarYear, year)
    return ConfirmedYear(row.source, row.confirmed_at, row.confirmed_by) if row is not None else None
