"""A rehearsal: one transaction that is always rolled back, in which acts run as they would and leave nothing.

`door.rehearse` opens it. What PostgreSQL does not roll back, a sequence, is not drawn: rows get identifiers of the
rehearsal. Persons that do not belong to the rehearsal are not read in it (`app.people.rehearsed_persons`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.kernel.db import db
from app.kernel.ids import new_id

_SESSION_KEY = "rehearsal"
_FIRST_ROW_NUMBER, _NUMBERS_PER_REHEARSAL, _MAX_REHEARSALS = 2**62, 2**22, 2**39


def _yield_rehearsal_row_numbers() -> Iterator[int]:
    """Yield row numbers that no sequence reaches, in a range that no other rehearsal is likely to have."""
    return count(_FIRST_ROW_NUMBER + new_id().int % _MAX_REHEARSALS * _NUMBERS_PER_REHEARSAL)


@dataclass(slots=True, weakref_slot=True, eq=False)
class Rehearsal:
    """What a running rehearsal keeps: the persons it made, and the numbers its rows get instead of those of
    sequences."""

    persons: set[UUID] = field(default_factory=set)
    row_numbers: Iterator[int] = field(default_factory=_yield_rehearsal_row_numbers)


def current_rehearsal() -> Rehearsal | None:
    """Return the rehearsal that runs in the session, or None; no statement."""
    found: Rehearsal | None = db.session().info.get(_SESSION_KEY)
    return found


def begin_rehearsal(session: Session) -> Rehearsal:
    """Mark the session: until `end_rehearsal` it refuses to commit."""
    made = Rehearsal()
    session.info[_SESSION_KEY] = made
    return made


def end_rehearsal(session: Session) -> None:
    """Remove the mark; the transaction was rolled back."""
    session.info.pop(_SESSION_KEY, None)


def find_rehearsal_of_session(session: Session) -> Rehearsal | None:
    """Return the rehearsal that runs in this session, or None."""
    found: Rehearsal | None = session.info.get(_SESSION_KEY)
    return found


@event.listens_for(Session, "before_commit")
def _refuse_commit(session: Session) -> None:
    """Raise RuntimeError when somebody commits a rehearsal; the release of a savepoint is no commit."""
    if find_rehearsal_of_session(session) is not None and not session.in_nested_transaction():
        raise RuntimeError("a rehearsal is never committed")
