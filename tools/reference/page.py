"""The page: clauses, operations, starts, policies, messages of refusal, commands, settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import click

from app import operations
from app.cli import depter
from app.kernel.settings import PROJECT_DIR
from app.regulation.clauses import all_clauses
from app.regulation.seed import read_seed_policies
from app.texts.messages import MESSAGES_BY_CODE, NEXT_STEPS_BY_CODE
from tools.reference.clauses import LATER, implementations, scenarios

PAGE = PROJECT_DIR / "docs" / "reference.md"
HEAD = """# Reference

Written by `make reference` from what the product knows about itself; a test fails when it falls behind. The prose is
elsewhere: [architecture](architecture.md), [paths](paths.md), [running](running.md).
"""


def written() -> str:
    """The whole page."""
    parts = (
        HEAD,
        *section("Clauses, where they are kept and what proves it", _clauses()),
        *section("Operations a diagram may call", _operations()),
        *section("Starts of a case", _starts()),
        *section("Policies and their first values", _policies()),
        *section("Refusals: code, what is said, what to do next", _refusals()),
        *section("Commands", _commands()),
        *section("Targets of make", _targets()),
    )
    return "\n".join(parts)


def section(title: str, rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A heading and a table; the first row names the columns."""
    head, *body = rows
    yield f"## {title}\n"
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    yield from ("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in body)
    yield ""


def _clauses() -> Iterator[tuple[str, ...]]:
    yield "clause", "about", "kept in", "proved by"
    proofs = scenarios()
    for clause in all_clauses():
        number = clause.number
        if number in LATER:
            yield number, clause.titles["en"], f"not yet: {LATER[number]}", ""
        else:
            kept = ", ".join(f"`{name}`" for name in implementations(number))
            proved = ", ".join(f"`{name}`" for name in proofs.get(number, []))
            yield number, clause.titles["en"], kept, proved


def _operations() -> Iterator[tuple[str, ...]]:
    yield (
        "operation",
        "takes",
        "outcomes (the first keeps its writes)",
        "approvals demanded, in order",
        "clause",
    )
    for name, entry in operations.OPERATIONS.items():
        takes = ", ".join(f"`{key}`: {kind.__name__}" for key, kind in entry.params.items())
        outcomes = [
            *entry.success_outcomes,
            *(one for one in entry.outcomes if one not in entry.success_outcomes),
        ]
        roles = entry.required_approvals.roles if entry.required_approvals else ()
        yield f"`{name}`", takes, ", ".join(outcomes), ", ".join(roles), entry.clause


def _starts() -> Iterator[tuple[str, ...]]:
    yield "start", "diagram", "who may", "event_type", "clause"
    for name, entry in operations.STARTS.items():
        diagram = "any that is not on the menu" if entry.general else name
        yield f"`{name}`", diagram, ", ".join(entry.roles), f"`start.{entry.id_variable}`", entry.clause


def _policies() -> Iterator[tuple[str, ...]]:
    yield "policy", "value", "measure", "clause", "source"
    for row in read_seed_policies():
        yield f"`{row['key']}`", str(row["value"]), row["measure"], row["clause"], row["source"]


def _refusals() -> Iterator[tuple[str, ...]]:
    yield "code", "what is said", "next"
    for code in sorted(MESSAGES_BY_CODE):
        yield f"`{code}`", MESSAGES_BY_CODE[code], NEXT_STEPS_BY_CODE.get(code, "")


def _commands() -> Iterator[tuple[str, ...]]:
    yield "command", "does", "options"
    yield from _of(depter, "depter")


def _of(group: click.Group, prefix: str) -> Iterator[tuple[str, ...]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from _of(command, f"{prefix} {name}")
        elif not command.hidden:
            options = ", ".join(f"`{_option(param)}`" for param in command.params)
            yield f"`{prefix} {name}`", (command.help or "").split("\n")[0], options


def _option(param: Any) -> str:
    return param.opts[0] if isinstance(param, click.Option) else str(param.human_readable_name)


def _targets() -> Iterator[tuple[str, ...]]:
    yield "target", "does"
    for name, text in re.findall(
        r"^([a-z-]+):.*## (.+)$", (PROJECT_DIR / "Makefile").read_text(), re.MULTILINE
    ):
        yield f"`make {name}`", text
