"""The states of a grade sheet."""

from __future__ import annotations

DRAFT, SIGNED, ENDORSED, APPROVED, CLOSED = "DRAFT", "SIGNED", "ENDORSED", "APPROVED", "CLOSED"
ARCHIVED = "ARCHIVED"
SHUT_SHEET_STATES = frozenset({CLOSED, ARCHIVED})
"""States in which only a protocol changes a result (7.4, 7.6)."""
