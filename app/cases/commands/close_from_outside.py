"""A case ends from outside: what it is about was overtaken by something else. The engine takes no step for it.

Its tasks and timers end with it, its state stays as it was; the history says why, and everybody it concerns is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from app.audit.record import record
from app.cases.case_record import HeldCase, save
from app.cases.events import CASE_ENDED, how_it_ended, recipients
from app.cases.history import tell
from app.cases.locking import Locked, lock_case
from app.cases.models import Task, Timer
from app.cases.undecided import tell_undecided
from app.diagrams.versions import VersionDamaged
from app.kernel.act import Act
from app.kernel.db import db
from app.outbox.post import post

MOOT = "moot"
"""The outcome of a case that nobody needs an answer to any more."""
OVERTAKEN = "cases.case.overtaken"


@dataclass(frozen=True, slots=True)
class Ground:
    """Why something happens to a case from outside: a code that entrances word, its clause, and what else is to be
    said of it (`order`: the number of an order, `case`: the case that overtook this one)."""

    why: str
    clause: str
    more: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, str]:
        """As history, audit and news keep it."""
        return {"why": self.why, **self.more}


def close_moot(act: Act, case_id: UUID, outcome: str, ground: Ground) -> bool:
    """End the case with this outcome; answers whether it was still running. A repeat is harmless. Raises Missing."""
    return end_locked(act, lock_case(case_id), outcome, ground)


def end_locked(act: Act, locked: Locked, outcome: str, ground: Ground) -> bool:
    """`close_moot` for who holds the lock already."""
    case = locked.case
    if case.closed_at is not None:
        return False
    act, before = act.under(case.id), case.status
    holders = holders_of(case.id)
    tell_undecided(act, case, outcome)
    case.close("done", outcome, act.at)
    save(case)
    db.session.execute(
        update(Task)
        .where(Task.case_id == case.id, Task.closed_at.is_(None))
        .values(closed_at=act.at, closed_by=None, closed_how=outcome)
    )
    db.session.execute(delete(Timer).where(Timer.case_id == case.id))
    said = ground.as_json()
    tell(act, case.id, "overtaken", decision=outcome, answers=said, clause=ground.clause)
    after = {"number": case.number, "outcome": outcome, **said}
    record(act, OVERTAKEN, ("cases.case", case.id), {"status": before}, after, ground.clause)
    told = recipients(case.requester, case.on_behalf_of, *case.about, *holders)
    post(act, CASE_ENDED, {**about(locked), **said, **_how_it_ended(locked, outcome), "recipients": told})
    return True


def holders_of(case_id: UUID) -> list[UUID]:
    """Who has an open task of the case in his hands; one statement."""
    found = select(Task.assignee).where(
        Task.case_id == case_id, Task.closed_at.is_(None), Task.assignee.is_not(None)
    )
    return [person for person in db.session.scalars(found) if person]


def _how_it_ended(locked: Locked, outcome: str) -> dict[str, Any]:
    try:
        return how_it_ended(locked.published(), outcome)
    except VersionDamaged:
        return {"outcome": outcome}


def about(locked: Locked) -> dict[str, Any]:
    """What the news of a case say about it; without the title of its process when its version cannot be read."""
    try:
        process = dict(locked.load_version().model.titles)
    except VersionDamaged:
        process = {}
    return {**_about(locked.case), "process": process}


def _about(case: HeldCase) -> dict[str, Any]:
    return {
        "case": str(case.id),
        "number": case.number,
        "subject": case.subject,
        "url": f"/cases/{case.id}",
    }
