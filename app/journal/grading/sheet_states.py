"""The states of a grade sheet."""

from __future__ import annotations

DRAFT, SIGNED, ENDORSED, APPROVED, CLOSED = "DRAFT", "SIGNED", "ENDORSED", "APPROVED", "CLOSED"
