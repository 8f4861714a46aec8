"""Seal free text of a person under its author's key; erasure removes the text and keeps the entry."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from app.audit.keys import load_existing_keys, load_or_create_keys
from app.kernel.sealing import UnreadableSeal, seal_bytes, unseal_bytes


def seal_text(author: UUID | None, text: str) -> bytes | None:
    """Return the text as it is stored; None for an empty text. Text of the system is not encrypted."""
    if not text:
        return None
    # The first byte tells the two kinds apart: 0 plain text of the system, 1 text sealed for a person.
    if author is None:
        return b"\x00" + text.encode()
    return b"\x01" + seal_bytes(load_or_create_keys({author})[author], text.encode())


def unseal_texts(rows: Iterable[tuple[UUID | None, bytes | None]]) -> list[str]:
    """Return the texts of (author, stored) pairs in order; "" for none or an erased one. One statement."""
    pairs = [(author, bytes(stored)) if stored else (author, b"") for author, stored in rows]
    authors = {author for author, stored in pairs if stored[:1] == b"\x01" and author}
    keys = load_existing_keys(authors) if authors else {}
    return [_unseal_text_or_empty(stored, keys.get(author) if author else None) for author, stored in pairs]


def _unseal_text_or_empty(stored: bytes, key: bytes | None) -> str:
    """Return one stored text; "" when it cannot be decrypted."""
    if stored[:1] == b"\x00":
        return stored[1:].decode()
    if not stored or key is None:
        return ""
    try:
        return unseal_bytes(key, stored[1:]).decode()
    except UnreadableSeal:
        return ""
