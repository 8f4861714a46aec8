"""The engine's state as a row: kept with its SHA-256, read only when it is whole. Knows no step and no rule."""

from __future__ import annotations

import hashlib


class StateUnreadable(Exception):
    """The stored bytes are not those that were written; the case is quarantined."""


def check_of(body: bytes) -> bytes:
    """The fingerprint stored beside the state."""
    return hashlib.sha256(body).digest()


def checked(body: bytes, check: bytes) -> bytes:
    """The state itself; raises StateUnreadable when it does not match its fingerprint."""
    if check_of(bytes(body)) != bytes(check):
        raise StateUnreadable("the state does not match its SHA-256")
    return bytes(body)
