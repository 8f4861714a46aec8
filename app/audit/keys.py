"""The keys that encrypt persons' values in the audit: created, wrapped and cached."""

from __future__ import annotations

from time import monotonic
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.audit.models import SubjectKey
from app.kernel.db import db
from app.kernel.keyring import unwrap_key, wrap_keys
from app.kernel.rehearsal import current_rehearsal
from app.kernel.sealing import new_random_key

SUBJECT_KEY_PURPOSE = "audit.subject_key"
_MAX_CACHED = 20_000
MAX_KEY_AGE_SECONDS = 300.0
"""How long a process may use a key without asking the database again: an erasure reaches every process in that time."""
_key_cache: dict[UUID, tuple[bytes, float]] = {}
"""Keys read back from the database, and when. A key created in a running act is not cached: the act may roll back."""


def load_or_create_person_keys(subjects: set[UUID]) -> dict[UUID, bytes]:
    """Return the key of each person, created where there is none. No statement when all are cached."""
    known = _fresh_cached_keys(subjects)
    missing = subjects - known.keys()
    if missing:
        stored = _load_stored_person_keys(missing)
        _cache_person_keys(stored)
        known |= stored | _create_person_keys(missing - stored.keys())
    return known


def load_existing_person_keys(subjects: set[UUID]) -> dict[UUID, bytes]:
    """Return the existing keys, for reading; a person without a key was erased."""
    known = _fresh_cached_keys(subjects)
    return known | _load_stored_person_keys(subjects - known.keys())


def _fresh_cached_keys(subjects: set[UUID]) -> dict[UUID, bytes]:
    """Return the cached keys of these persons that are not older than `MAX_KEY_AGE_SECONDS`."""
    oldest = monotonic() - MAX_KEY_AGE_SECONDS
    found = ((subject, _key_cache.get(subject)) for subject in subjects)
    return {subject: known[0] for subject, known in found if known is not None and known[1] > oldest}


def _load_stored_person_keys(subjects: set[UUID]) -> dict[UUID, bytes]:
    """Return the stored keys of these persons, unwrapped; one statement, none for no persons."""
    if not subjects:
        return {}
    # A caller in the middle of changing a row must not have it flushed half changed.
    with db.session.no_autoflush:
        found = db.session.execute(
            select(SubjectKey.subject, SubjectKey.wrapped).where(SubjectKey.subject.in_(subjects))
        ).all()
    return {subject: unwrap_key(SUBJECT_KEY_PURPOSE, wrapped, subject.bytes) for subject, wrapped in found}


def _create_person_keys(subjects: set[UUID]) -> dict[UUID, bytes]:
    """Create the keys of these persons and return them as stored."""
    if not subjects:
        return {}
    ordered = sorted(subjects)
    wrapped = wrap_keys(SUBJECT_KEY_PURPOSE, [(new_random_key(), subject.bytes) for subject in ordered])
    rows = [{"subject": one, "wrapped": key} for one, key in zip(ordered, wrapped, strict=True)]
    # Another act may create the same key now: keep the stored one. Sorted, so that two acts cannot deadlock.
    with db.session.no_autoflush:
        db.session.execute(insert(SubjectKey).on_conflict_do_nothing(), rows)
    return _load_stored_person_keys(subjects)


def _cache_person_keys(keys: dict[UUID, bytes]) -> None:
    """Cache these keys; empty a full cache before. Those of a rehearsal end with it."""
    if current_rehearsal() is not None:
        return
    if len(_key_cache) + len(keys) > _MAX_CACHED:
        _key_cache.clear()
    now = monotonic()
    _key_cache.update({subject: (key, now) for subject, key in keys.items()})


def clear_person_key_cache() -> None:
    """Empty the key cache of this process, as after a change of the installation or of the database."""
    _key_cache.clear()
