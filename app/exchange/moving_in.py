"""Whether the university is still moving in: it has no lesson yet."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists, select

from app.journal.tables import Lesson
from app.kernel.db import db
from app.people.models import Person


def is_shown_setup_steps(person: UUID) -> bool:
    """Return whether the steps of moving in are the start page of a person with a part in them: there is no lesson yet
    and he has not hidden them. One statement."""
    shown = select(Person.id).where(
        Person.id == person, Person.setup_hidden_at.is_(None), ~exists(select(Lesson.id))
    )
    return db.session.scalar(shown) is not None
