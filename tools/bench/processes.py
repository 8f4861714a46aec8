"""Every shipped process: its start and each completion, as a command and over HTTP, interleaved with the floor.

One round is the floor, then one case of each process by commands, then one over HTTP. Trust ratios and counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sqlalchemy import func, select

from app.cases.models import Case, CaseState
from tests.scenarios.world import World
from tests.support import query_counter
from tools.bench.driving import Deed, Desks, by_commands, over_http
from tools.bench.table import Figure, figure
from tools.bench.ways import WAYS

COMMAND, HTTP = "command", "http"
count = query_counter.count


@dataclass(slots=True)
class Seen:
    """Of one deed: the seconds of each round, and what it sent."""

    seconds: list[float] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)
    trips: list[int] = field(default_factory=list)


Found = dict[tuple[str, str, str], Seen]
"""By process, deed and way of doing it."""


def measure(app: Any, world: World, rounds: int, floor: Callable[[], float]) -> list[Figure]:
    """Figures named `process.element.command` and `.http`, each beside the floor of the same rounds.

    `floor()` does the floor once and answers its seconds. The first round warms up and is not counted.
    """
    desks = Desks(app, world)
    found: Found = {}
    bare: list[float] = []
    for number in range(rounds + 1):
        counted = found if number else {}
        if number:
            bare.append(floor())
        for key, way in WAYS.items():
            _one(counted, key, COMMAND, by_commands(world, way, way.ask(world, 1)))
            _one(counted, key, HTTP, over_http(world, way, way.ask(world, 1), desks))
    sizes = _sizes(world)
    return [
        figure(
            ".".join(name),
            seen.seconds,
            f"largest state {sizes[name[0]]} B" if name[1:] == ("start", COMMAND) else "",
            sql_statements=median(seen.statements),
            round_trips=median(seen.trips),
            ratio_to_floor=round(median(seen.seconds) / median(bare), 2),
        )
        for name, seen in found.items()
    ]


def _one(found: Found, key: str, how: str, deeds: Iterator[Deed]) -> None:
    for element, deed in deeds:
        count.reset()
        begun = time.perf_counter()
        deed()
        seconds = time.perf_counter() - begun
        seen = found.setdefault((key, element, how), Seen())
        seen.seconds.append(seconds)
        seen.statements.append(count.statements)
        seen.trips.append(count.round_trips)


def _sizes(world: World) -> dict[str, int]:
    """The largest state among the cases of each process, in bytes."""
    world.session.rollback()
    rows = world.session.execute(
        select(Case.diagram, func.max(func.length(CaseState.body)))
        .join(CaseState, CaseState.case_id == Case.id)
        .group_by(Case.diagram)
    ).all()
    world.session.rollback()
    return {key: int(size) for key, size in rows}


def by_process(figures: list[Figure]) -> list[str]:
    """A Markdown table, a line a deed: what the command costs, then what the person waits for over HTTP."""
    named = {one.name: one for one in figures}
    lines = [
        "| process | deed | p50 ms | p95 ms | statements | to the floor | http p50 ms | http statements |",
        "|---|---|---|---|---|---|---|---|",
    ]
    last = ""
    for key, way in WAYS.items():
        for element in ("start", *way.steps):
            command, http = (named.get(f"{key}.{element}.{how}") for how in (COMMAND, HTTP))
            if command is not None:
                cells = [
                    f"`{key}`" if key != last else "",
                    element,
                    f"{command.p50_ms:.1f}",
                    f"{command.p95_ms:.1f}",
                    f"{command.sql_statements:g}",
                    f"{command.ratio_to_floor:.2f}",
                    f"{http.p50_ms:.1f}" if http else "",
                    f"{http.sql_statements:g}" if http else "",
                ]
                lines.append("| " + " | ".join(cells) + " |")
                last = key
    return lines
