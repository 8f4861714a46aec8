"""Every policy with its limits, from `policies.toml`, and the open questions, from `questions.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.kernel.errors import Missing
from app.regulation.policy_rules import PolicyDescription
from app.regulation.seed import read_seed_policies


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that the regulation leaves open. `texts` and `here` (how it is read now) in ky, ru, en.

    `policy` is the policy that decides it, "" when there is none.
    """

    key: str
    clause: str
    policy: str
    texts: Mapping[str, str]
    here: Mapping[str, str]


@lru_cache(maxsize=1)
def policy_descriptions() -> Mapping[str, PolicyDescription]:
    """Return every policy by key, in the order of the file."""
    return {
        row["key"]: PolicyDescription(
            key=row["key"],
            value=row["value"],
            measure=row["measure"],
            clause=row["clause"],
            source=row["source"],
            choices=tuple(row.get("choices", ())),
            several=row.get("several", False),
            least=row.get("least"),
            most=row.get("most"),
            elsewhere=row.get("elsewhere", False),
        )
        for row in read_seed_policies()
    }


def policy_description(key: str) -> PolicyDescription:
    """Return one policy; raises Missing."""
    found = policy_descriptions().get(key)
    if found is None:
        raise Missing
    return found


@lru_cache(maxsize=1)
def open_questions() -> Mapping[str, OpenQuestion]:
    """Return every open question by key, in the order of the file."""
    found = tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))
    return {
        row["key"]: OpenQuestion(row["key"], row["clause"], row.get("policy", ""), row["ask"], row["here"])
        for row in found["question"]
    }


def open_question(key: str) -> OpenQuestion:
    """Return one open question; raises Missing."""
    found = open_questions().get(key)
    if found is None:
        raise Missing
    return found
