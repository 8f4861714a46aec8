"""Clauses of the regulation by number: a title, what the clause says, and how the university has set what it leaves
open, in three languages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ClauseSetting:
    """One line about a setting of the university. `texts` in ky, ru, en; `{policy}` stands for the value of a policy.

    `policy` and `value`: the line is true only while this policy has this value; both "" for a line without condition.
    """

    texts: Mapping[str, str]
    policy: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause. `titles` and `says` in ky, ru, en; `says` holds nothing that the clause does not say, `here` holds
    the settings of the university."""

    number: str
    titles: Mapping[str, str]
    says: Mapping[str, str]
    here: tuple[ClauseSetting, ...] = ()


@lru_cache(maxsize=1)
def _read_clauses() -> Mapping[str, Clause]:
    """Return the clauses of `clauses.toml` by number, in its order."""
    found = tomllib.loads(Path(__file__).with_name("clauses.toml").read_text(encoding="utf-8"))
    return {
        row["number"]: Clause(
            row["number"],
            row["title"],
            row["says"],
            tuple(_read_setting(line) for line in row.get("here", ())),
        )
        for row in found["clause"]
    }


def _read_setting(line: Mapping[str, str]) -> ClauseSetting:
    """Return one line of `here`; its `when` is "policy=value"."""
    policy, _, value = line.get("when", "").partition("=")
    return ClauseSetting({key: text for key, text in line.items() if key != "when"}, policy, value)


def clause_by_number(number: str) -> Clause:
    """Return the clause with this number; raises KeyError."""
    return _read_clauses()[number]


def all_clauses() -> list[Clause]:
    """Return every clause, in the order of the regulation."""
    return list(_read_clauses().values())
