"""Names as an auditor sees them: initials and a number, until he asks to see names and says why (7.1).

Whether names are masked belongs to the request or job at hand; `build_person_name` asks here, so that every page, list,
print and export does it alike. The number is the same everywhere, so that one person can be followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

_MASKED: ContextVar[bool] = ContextVar("names_masked", default=False)
_KNOWN: ContextVar[dict[UUID, dict[str, str]] | None] = ContextVar("known_replacements", default=None)
_NUMBERS = 1_000_000


def are_names_masked() -> bool:
    """Return whether names are masked in the request or job at hand."""
    return _MASKED.get()


def set_names_masked(masked: bool) -> None:
    """Mask names, or show them, until this is called again: once at the begin and once at the end of a request."""
    _MASKED.set(masked)
    _KNOWN.set({})


def known_replacements() -> dict[UUID, dict[str, str]]:
    """Return what the request or job at hand has found to stand for names, by person; its caller adds to it."""
    found = _KNOWN.get()
    if found is None:
        found = {}
        _KNOWN.set(found)
    return found


@contextmanager
def mask_names_in_block(masked: bool = True) -> Iterator[None]:
    """Mask names in a block, or show them: for an export in the worker, and for what is compared by name."""
    token = _MASKED.set(masked)
    try:
        yield
    finally:
        _MASKED.reset(token)


def masked_name(person: UUID | None, family: str, given: str, patronymic: str) -> str:
    """Return initials and number: "А. К. 048 213"; without an id (a student of an order to come) initials alone."""
    letters = [
        next((sign.upper() for sign in part if sign.isalpha()), "") for part in (family, given, patronymic)
    ]
    initials = " ".join(f"{letter}." for letter in letters if letter)
    if person is None:
        return initials
    digits = f"{person.int % _NUMBERS:06d}"
    return f"{initials} {digits[:3]}\N{NO-BREAK SPACE}{digits[3:]}".strip()


def replace_names_in_value(value: Any, replacements: Mapping[str, str]) -> Any:
    """Return a JSON value with every stored name in its texts replaced; longer names first."""
    if not replacements:
        return value
    if isinstance(value, str):
        for name in sorted(replacements, key=len, reverse=True):
            value = value.replace(name, replacements[name])
        return value
    if isinstance(value, Mapping):
        return {key: replace_names_in_value(part, replacements) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [replace_names_in_value(part, replacements) for part in value]
    return value
