"""Queries of moving in: whether a person has hidden its steps."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.kernel.db import db
from app.people.models import Person


def find_setup_hidden_time(person: UUID) -> datetime | None:
    """Return when a person hid the steps of moving in, or None; one statement."""
    return db.session.scalar(select(Person.setup_hidden_at).where(Person.id == person))
