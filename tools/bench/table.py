"""Figures: medians, percentiles, the printed table and `build/bench.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median


@dataclass(slots=True)
class Figure:
    """One measured thing. Times in milliseconds; counts a round."""

    name: str
    p50_ms: float
    p95_ms: float
    sql_statements: float | None = None
    round_trips: float | None = None
    ratio_to_floor: float | None = None
    note: str = ""


def figure(name: str, seconds: list[float], note: str = "", **counts: float | None) -> Figure:
    """A figure from the seconds of each round."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return Figure(name, round(median(ordered) * 1000, 3), round(p95 * 1000, 3), note=note, **counts)


def write(figures: list[Figure], path: Path) -> None:
    """The JSON list that the issue asks for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(item) for item in figures], indent=1, ensure_ascii=False) + "\n")


def show(figures: list[Figure]) -> str:
    """A table for people."""
    head = f"{'what':<44}{'p50 ms':>9}{'p95 ms':>9}{'sql':>6}{'trips':>7}{'/floor':>8}  note"
    lines = [head, "-" * len(head)]
    for item in figures:
        sql = "" if item.sql_statements is None else f"{item.sql_statements:g}"
        trips = "" if item.round_trips is None else f"{item.round_trips:g}"
        ratio = "" if item.ratio_to_floor is None else f"{item.ratio_to_floor:.2f}"
        lines.append(
            f"{item.name:<44}{item.p50_ms:>9.3f}{item.p95_ms:>9.3f}{sql:>6}{trips:>7}{ratio:>8}  {item.note}"
        )
    return "\n".join(lines)


def rows(figures: list[Figure]) -> list[str]:
    """The same as a Markdown table, for a document."""
    lines = ["| | p50 ms | p95 ms | statements | round trips | to the floor |", "|---|---|---|---|---|---|"]
    for item in figures:
        numbers = (item.sql_statements, item.round_trips, item.ratio_to_floor)
        cells = ["" if number is None else f"{number:g}" for number in numbers]
        times = [f"{item.p50_ms:.2f}", f"{item.p95_ms:.2f}"]
        lines.append("| " + " | ".join([f"`{item.name}`", *times, *cells]) + " |")
    return lines
