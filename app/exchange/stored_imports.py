"""Load and lock stored imports, and read their files."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, select

from app.exchange.models import RosterImport
from app.exchange.read import ReadProgress, Roster, read_roster
from app.files.store import FileStore
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing


def lock_import_statement(import_id: UUID) -> Select[RosterImport]:
    """Select the import with a row lock."""
    # FOR NO KEY UPDATE: the progress row, written over another connection, refers to this key.
    locked = select(RosterImport).where(RosterImport.id == import_id).with_for_update(key_share=True)
    return locked.execution_options(populate_existing=True)


def lock_import_or_missing(import_id: UUID) -> RosterImport:
    """Return the locked import; raises Missing."""
    found = db.session.scalar(lock_import_statement(import_id))
    if found is None:
        raise Missing
    return found


def read_stored_file(act: Act, store: FileStore, found: RosterImport) -> bytes:
    """Return the stored file of an import; raises ContentLost."""
    return store.open_file(act, found.id, lambda _file: True).content


def read_stored_roster(
    act: Act, store: FileStore, found: RosterImport, progress: ReadProgress | None = None
) -> Roster:
    """Return the roster of the stored file of an import; raises ContentLost."""
    content = read_stored_file(act, store, found)
    return read_roster(content, inclusive_ends=found.inclusive_ends, progress=progress)
