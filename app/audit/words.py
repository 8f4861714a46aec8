"""Seal free text of a person under its author's key; erasure removes the text and keeps the entry."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from app.audit.keys import load_existing_person_keys, load_or_create_person_keys
from app.kernel.sealing import UnreadableSeal, seal_bytes, seal_bytes_repeatably, unseal_bytes


def seal_text_repeatably(author: UUID, text: str) -> bytes:
    """Return the text as it is stored, for immutable rows: the same person and text give the same bytes.

    A SHA-256 over these bytes is the same for a repeat, and still right after the text was erased.
    """
    return b"\x01" + seal_bytes_repeatably(load_or_create_person_keys({author})[author], text.encode())


def unseal_text(author: UUID | None, stored: bytes | None) -> str:
    """Return one text; "" for none or an erased one. At most one statement."""
    return unseal_texts([(author, stored)])[0]


def seal_text(author: UUID | None, text: str) -> bytes | None:
    """Return the text as it is stored; None for an empty text. Text of the system is not encrypted."""
    if not text:
        return None
    # The first byte tells the two kinds apart: 0 plain text of the system, 1 text sealed for a person.
    if author is None:
        return b"\x00" + text.encode()
    return b"\x01" + seal_bytes(load_or_create_person_keys({author})[author], text.encode())


def unseal_texts(rows: Iterable[tuple[UUID | None, bytes | None]]) -> list[str]:
    """Return the texts of (author, stored) pairs in order; "" for none or an erased one. One statement."""
    pairs = [(author, bytes(stored)) if stored else (author, b"") for author, stored in rows]
    authors = {author for author, stored in pairs if stored[:1] == b"\x01" and author}
    keys = load_existing_person_keys(authors) if authors else {}
    return [_unseal_text_or_empty(stored, keys.get(author) if author else None) for author, stored in pairs]


def seal_content(owner: UUID, content: bytes) -> bytes:
    """Return bytes sealed under the key of a person, as a file made for him is kept."""
    return seal_bytes(load_or_create_person_keys({owner})[owner], content)


def unseal_content(owner: UUID, stored: bytes) -> bytes | None:
    """Return what `seal_content` sealed; None when the key of the person was erased. At most one statement."""
    key = load_existing_person_keys({owner}).get(owner)
    try:
        return unseal_bytes(key, bytes(stored)) if key is not None else None
    except UnreadableSeal:
        return None


def sealed_text_json(author: UUID, stored: bytes | None) -> dict[str, str] | None:
    """Return a stored text for a JSON value that is kept in the clear, such as the subject of a case; None for none."""
    return {"sealed": base64.b64encode(stored).decode(), "of": str(author)} if stored else None


def unseal_json_texts(value: Any) -> Any:
    """Return a JSON value with every text of `sealed_text_json` in it readable; "" for an erased one. One statement."""
    found: list[tuple[UUID, bytes]] = []
    _collect_sealed_texts(value, found)
    texts = iter(unseal_texts(found))
    return _replace_sealed_texts(value, texts)


def _is_sealed_text(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() == {"sealed", "of"}


def _collect_sealed_texts(value: Any, found: list[tuple[UUID, bytes]]) -> None:
    """Append author and bytes of each sealed text, in the order in which `_replace_sealed_texts` meets them."""
    if _is_sealed_text(value):
        found.append((UUID(value["of"]), base64.b64decode(value["sealed"])))
        return
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for part in parts:
        _collect_sealed_texts(part, found)


def _replace_sealed_texts(value: Any, texts: Iterator[str]) -> Any:
    if _is_sealed_text(value):
        return next(texts)
    if isinstance(value, Mapping):
        return {name: _replace_sealed_texts(part, texts) for name, part in value.items()}
    return [_replace_sealed_texts(part, texts) for part in value] if isinstance(value, list) else value


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
