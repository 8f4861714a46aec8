"""Which notice also goes by mail. Pure."""

from __future__ import annotations

BELL_ONLY = frozenset({"outbox.message.died"})
"""Told inside only: a letter about letters that cannot be sent would never end."""


def gets_letter(fact: str, address: str | None) -> bool:
    """Whether a person with this address (None: has none) gets the notice by mail too."""
    return bool(address) and fact not in BELL_ONLY
