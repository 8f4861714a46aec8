"""Invented Kyrgyz names, from `names.toml`. No person is behind any of them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from random import Random


@cache
def _known() -> dict[str, list[str]]:
    found = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))
    return {kind: text.split() for kind, text in found.items()}


def person(random: Random) -> tuple[str, str, str]:
    """Family name, given name, patronymic."""
    known = _known()
    woman = random.random() < 0.5
    family = random.choice(known["families"]) + ("а" if woman else "")
    given = random.choice(known["women" if woman else "men"])
    patronymic = f"{random.choice(known['parents'])} {'кызы' if woman else 'уулу'}"
    return family, given, patronymic
