"""The door: the one place that commits. Every write of every entrance goes through it.

`write(act)` ends the read transaction that a page may have open, begins one transaction, and commits it when
its block ends well; an exception rolls everything back and is raised further. Callbacks for the time after a
commit (the wake-up of the relay) are appended to `after_commit_hooks` by `create_app`; a failure there is logged,
never raised, because the commit is already done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.orm import Session

from app.kernel.act import Act
from app.kernel.db import db

log = structlog.get_logger(__name__)

after_commit_hooks: list[Callable[[Act], None]] = []


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
def read() -> Iterator[Session]:
    """Open a read transaction and roll it back at the end of the block, so that no write is committed."""
    session = db.session()
    session.rollback()
    try:
        yield session
    finally:
        session.rollback()
