"""Checksum of the stored engine state: computed when it is written, verified when it is read."""

from __future__ import annotations

import hashlib


class StateUnreadable(Exception):
    """The stored bytes do not match their checksum; the case is quarantined."""


def state_checksum(body: bytes) -> bytes:
    """Return the SHA-256 that is stored beside the state."""
    return hashlib.sha256(body).digest()


def verify_state_checksum(body: bytes, check: bytes) -> bytes:
    """Return the state; raise StateUnreadable when it does not match its checksum."""
    if state_checksum(bytes(body)) != bytes(check):
        raise StateUnreadable("the state does not match its SHA-256")
    return bytes(body)
