"""Identifiers: UUID version 7, so that rows created together are stored together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

from app.kernel.errors import Invalid

_repeatable: ContextVar[Iterator[UUID] | None] = ContextVar("repeatable_ids", default=None)


def new_id() -> UUID:
    """Return a new identifier, ordered by time of creation."""
    source = _repeatable.get()
    return UUID(int=uuid7().int) if source is None else next(source)


@contextmanager
def make_ids_repeatable_in_block(seed: UUID) -> Iterator[None]:
    """Let `new_id` return the same identifiers, in the same order, each time a block runs with this seed."""
    token = _repeatable.set(uuid5(seed, str(number)) for number in count())
    try:
        yield
    finally:
        _repeatable.reset(token)


def parse_id(text: object, field: str = "id") -> UUID:
    """Return the identifier in `text`. Raises Invalid naming `field` when it is none."""
    try:
        return UUID(str(text))
    except ValueError:
        raise Invalid.field(field, "kernel.input.not_an_id") from None
