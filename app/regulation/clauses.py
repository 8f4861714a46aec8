"""Clauses of the regulation by number: a title and a summary of two sentences in three languages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause. `titles` and `meaning` in ky, ru, en."""

    number: str
    titles: Mapping[str, str]
    meaning: Mapping[str, str]


@lru_cache(maxsize=1)
def _read_clauses() -> Mapping[str, Clause]:
    """Return the clauses of `clauses.toml` by number, in its order."""
    found = tomllib.loads(Path(__file__).with_name("clauses.toml").read_text(encoding="utf-8"))
    return {row["number"]: Clause(row["number"], row["title"], row["meaning"]) for row in found["clause"]}


def clause_by_number(number: str) -> Clause:
    """Return the clause with this number; raises KeyError."""
    return _read_clauses()[number]


def all_clauses() -> list[Clause]:
    """Return every clause, in the order of the regulation."""
    return list(_read_clauses().values())
