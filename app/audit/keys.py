"""The keys under which persons' values stand in the audit. Knows how to make and unwrap them, not what they hide."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.audit.models import SubjectKey
from app.kernel.db import db
from app.kernel.sealing import installation_key, new_key, seal, unseal

_PURPOSE = "audit.subject_key"
_MOST = 20_000
_committed: dict[UUID, bytes] = {}
"""Keys read back from the database. A key made in a running act is not kept: the act may still roll back."""


def subject_keys(subjects: set[UUID]) -> dict[UUID, bytes]:
    """The key of each person, made where there is none. No statement at all when all are known here."""
    known = {subject: _committed[subject] for subject in subjects if subject in _committed}
    missing = subjects - known.keys()
    if missing:
        stored = _read(missing)
        _remember(stored)
        known |= stored | _make(missing - stored.keys())
    return known


def readable_keys(subjects: set[UUID]) -> dict[UUID, bytes]:
    """The keys that exist, for reading; a person without a key was erased."""
    known = {subject: _committed[subject] for subject in subjects if subject in _committed}
    return known | _read(subjects - known.keys())


def _read(subjects: set[UUID]) -> dict[UUID, bytes]:
    if not subjects:
        return {}
    found = db.session.execute(
        select(SubjectKey.subject, SubjectKey.wrapped).where(SubjectKey.subject.in_(subjects))
    )
    return {subject: unseal(installation_key(_PURPOSE), wrapped, subject.bytes) for subject, wrapped in found}


def _make(subjects: set[UUID]) -> dict[UUID, bytes]:
    if not subjects:
        return {}
    master = installation_key(_PURPOSE)
    rows = [
        {"subject": subject, "wrapped": seal(master, new_key(), subject.bytes)}
        for subject in sorted(subjects)
    ]
    db.session.execute(insert(SubjectKey).on_conflict_do_nothing(), rows)
    return _read(subjects)


def _remember(keys: dict[UUID, bytes]) -> None:
    if len(_committed) + len(keys) > _MOST:
        _committed.clear()
    _committed.update(keys)


def forget() -> None:
    """Drop what this process remembers, as after a change of the installation or of the database."""
    _committed.clear()
