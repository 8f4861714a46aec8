"""Identifiers: UUID version 7, so that rows created together are stored together."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7

from app.kernel.errors import Invalid


def new_id() -> UUID:
    """Return a new identifier, ordered by time of creation."""
    return UUID(int=uuid7().int)


def parse_id(text: object, field: str = "id") -> UUID:
    """Return the identifier in `text`. Raises Invalid naming `field` when it is none."""
    try:
        return UUID(str(text))
    except ValueError:
        raise Invalid.field(field, "kernel.input.not_an_id") from None
