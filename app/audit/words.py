"""Free text of a person, sealed under its author's key, so that erasure leaves the step and takes the words."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from app.audit.keys import readable_keys, subject_keys
from app.kernel.sealing import Unreadable, seal, unseal


def sealed(author: UUID | None, text: str) -> bytes | None:
    """The text as it is stored; None when there is nothing to store. The system's own words are not private."""
    if not text:
        return None
    if author is None:
        return b"\x00" + text.encode()
    return b"\x01" + seal(subject_keys({author})[author], text.encode())


def opened(rows: Iterable[tuple[UUID | None, bytes | None]]) -> list[str]:
    """The texts of (author, stored) pairs in order; "" where there was none or it was erased. One statement."""
    pairs = [(author, bytes(stored)) if stored else (author, b"") for author, stored in rows]
    authors = {author for author, stored in pairs if stored[:1] == b"\x01" and author}
    keys = readable_keys(authors) if authors else {}
    return [_open(stored, keys.get(author) if author else None) for author, stored in pairs]


def _open(stored: bytes, key: bytes | None) -> str:
    if stored[:1] == b"\x00":
        return stored[1:].decode()
    if not stored or key is None:
        return ""
    try:
        return unseal(key, stored[1:]).decode()
    except Unreadable:
        return ""
