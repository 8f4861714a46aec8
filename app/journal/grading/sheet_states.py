"""The states of a grade sheet."""

from __future__ import annotations

DRAFT, SIGNED, VISED, APPROVED, CLOSED = "DRAFT", "SIGNED", "VISED", "APPROVED", "CLOSED"
