"""Canonical JSON (RFC 8785) and its SHA-256: one spelling of a value, for signatures and comparisons."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785


def canonical_json(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a JSON value. Raises rfc8785.CanonicalizationError for anything else."""
    return rfc8785.dumps(value)


def canonical_sha256(value: Any) -> str:
    """Return the SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def to_json_value(value: Any) -> Any:
    """Return the value as JSON: keys and values of types unknown to JSON become texts."""
    if isinstance(value, Mapping):
        return {str(key): to_json_value(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json_value(part) for part in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
