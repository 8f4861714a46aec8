"""The door: the one place that commits. Every write of every entrance goes through it.

`write(act)` ends the read transaction that a page may have open, begins one transaction, and commits it when
its block ends well; an exception rolls everything back and is raised further. Callbacks for the time after a
commit (the wake-up of the relay) are appended to `after_commit_hooks` by `create_app`; a failure there is logged,
never raised, because the commit is already done.

`rehearse(act)` runs the same commands and always rolls back: no commit, no callback, no number of a sequence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.rehearsal import Rehearsal, begin_rehearsal, end_rehearsal

log = structlog.get_logger(__name__)

after_commit_hooks: list[Callable[[Act], None]] = []
before_commit_hooks: list[Callable[[Session, Act], None]] = []
"""What a room below completes in every act before its commit, such as the audit."""
_REHEARSAL_LIMITS = text(
    "SELECT set_config('statement_timeout', '5s', true), set_config('lock_timeout', '5s', true)"
)
"""A rehearsal is work for nobody: it neither keeps the database busy nor waits long for those who write."""


@contextmanager
def write(act: Act) -> Iterator[Session]:
    """Open the one transaction of this act. Raises RuntimeError when a write is already under way."""
    session = db.session()
    if session.info.get("act") is not None:
        raise RuntimeError("an act is already under way in this session")
    session.rollback()
    session.info["act"] = act
    try:
        yield session
        for complete in before_commit_hooks:
            complete(session, act)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["act"] = None
    for notify in after_commit_hooks:
        try:
            notify(act)
        except Exception:
            log.exception("after_commit.failed", notify=getattr(notify, "__name__", repr(notify)))


@contextmanager
def rehearse(act: Act) -> Iterator[Rehearsal]:
    """Open a transaction that is rolled back however its block ends. Raises RuntimeError when a write is under way.

    A write inside it raises RuntimeError, and so does a commit.
    """
    session = db.session()
    if session.info.get("act") is not None:
        raise RuntimeError("an act is already under way in this session")
    session.rollback()
    session.info["act"] = act
    try:
        rehearsal = begin_rehearsal(session)
        session.execute(_REHEARSAL_LIMITS)
        yield rehearsal
    finally:
        session.rollback()
        session.expunge_all()
        end_rehearsal(session)
        session.info["act"] = None


@contextmanager
def rehearse_in_write() -> Iterator[Rehearsal]:
    """Rehearse inside the running write of the worker: what the block does is rolled back to a savepoint, however it
    ends, and the write goes on. Raises RuntimeError when no write is under way."""
    session = db.session()
    if session.info.get("act") is None:
        raise RuntimeError("a rehearsal inside a write needs a write")
    session.flush()
    savepoint = session.begin_nested()
    try:
        yield begin_rehearsal(session)
    finally:
        savepoint.rollback()
        session.expire_all()
        end_rehearsal(session)


@contextmanager
def read() -> Iterator[Session]:
    """Open a read transaction and roll it back at the end of the block, so that no write is committed."""
    session = db.session()
    session.rollback()
    try:
        yield session
    finally:
        session.rollback()
