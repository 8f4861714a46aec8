"""Puts the tables of a run into docs/bench.md, between their marks; the prose around them stays."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime

from app.kernel.clock import local_time
from app.kernel.settings import PROJECT_DIR
from tools.bench.processes import by_process
from tools.bench.table import Figure, rows
from tools.bench.ways import WAYS

PAGE = PROJECT_DIR / "docs" / "bench.md"


AUDIT = "audit"


def into_docs(figures: list[Figure]) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- end of name -->` for each table that was measured."""
    text = PAGE.read_text(encoding="utf-8")
    others = [one for one in figures if one.name.split(".")[0] not in (*WAYS, AUDIT)]
    audit = [one for one in figures if one.name.split(".")[0] == AUDIT]
    for name, lines in (("main", rows(others)), ("processes", by_process(figures)), ("audit", rows(audit))):
        if len(lines) > 2:
            text = _between(text, name, [_told(), "", *lines])
    PAGE.write_text(text, encoding="utf-8")


def _told() -> str:
    """When and on what: a figure without its machine says nothing."""
    today = local_time(datetime.now(UTC)).date()
    load = os.getloadavg()[0]
    return f"Measured on {today:%d %B %Y}, {os.cpu_count()} cores, load {load:.1f} at the end."


def _between(text: str, name: str, lines: list[str]) -> str:
    marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    return marks.sub(lambda found: found[1] + "\n".join(lines) + "\n" + found[2], text)
