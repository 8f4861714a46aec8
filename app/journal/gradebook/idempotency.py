"""Detection of repeated writes: an immutable row is written once under the id that its caller chose."""

from __future__ import annotations

from typing import Protocol, TypeVar
from uuid import UUID

from app.kernel.db import db
from app.kernel.errors import Stale


class HashedRow(Protocol):
    """A row that stores the hash of its content."""

    sha256: str


HashedT = TypeVar("HashedT", bound=HashedRow)


def find_already_written_row(model: type[HashedT], id: UUID, sha256: str) -> HashedT | None:
    """Return the row of this id when it was written before, else None. Raises Stale when its content
    differs."""
    known = db.session.get(model, id)
    if known is not None and known.sha256 != sha256:
        raise Stale("journal.change_set.other_content")
    return known
