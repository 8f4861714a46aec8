"""Invented Kyrgyz names from `names.toml`; none belongs to a real person."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from random import Random


@cache
def _read_name_lists() -> dict[str, list[str]]:
    """Return the lists of names by kind."""
    found = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))
    return {kind: text.split() for kind, text in found.items()}


def invent_name(random: Random) -> tuple[str, str, str]:
    """Return family name, given name and patronymic."""
    known = _read_name_lists()
    woman = random.random() < 0.5
    family = random.choice(known["families"]) + ("а" if woman else "")
    given = random.choice(known["women" if woman else "men"])
    patronymic = f"{random.choice(known['parents'])} {'кызы' if woman else 'уулу'}"
    return family, given, patronymic
