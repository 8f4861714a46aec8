"""One door, one commit: every write of every entrance passes here. Knows no room, decides nothing.

`write(act)` ends the read transaction that a page may have open, begins one transaction, and commits it when
its block ends well; an exception rolls everything back and travels on. What should happen after a commit (the
wake-up of the relay) is appended to `after_commit` by `create_app`; a failure there is logged, never raised,
because the commit already stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.orm import Session

from app.kernel.act import Act
from app.kernel.db import db

log = structlog.get_logger(__name__)

after_commit: list[Callable[[Act], None]] = []


@contextmanager
def write(act: Act) -> Iterator[Session]:
    """The one transaction of this act. Raises RuntimeError when a write is already under way."""
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
    for notify in after_commit:
        try:
            notify(act)
        except Exception:
            log.exception("after_commit.failed", notify=getattr(notify, "__name__", repr(notify)))


@contextmanager
def read() -> Iterator[Session]:
    """A read transaction that is ended when the block is left; nothing can be written in it by accident."""
    session = db.session()
    session.rollback()
    try:
        yield session
    finally:
        session.rollback()
