"""The demo university, built again from its audit and compared."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from app.audit.replay.compare import RowDifference
from app.audit.replay.run import replay_audit
from app.demo.load import fill_demo_database
from app.diagrams.sync import publish_shipped_diagrams
from app.diagrams.versions import read_shipped_diagrams
from app.journal.grading.initial_schemes import shipped_scheme_rows
from app.kernel import door
from app.kernel.act import Act
from app.kernel.settings import PROJECT_DIR
from tests.support.clock import FrozenClock
from tools.bench.table import Figure, figure

ROUNDS = 5


def measure(figures: list[Figure], settings: Any, clock: FrozenClock) -> None:
    """Load the demo into an empty database, then replay it; there is no difference."""
    act = Act.by_system(clock())
    with door.write(act):
        publish_shipped_diagrams(act, read_shipped_diagrams(PROJECT_DIR / "workflows", PROJECT_DIR / "forms"))
    fill_demo_database(clock(), settings.data_dir)
    shipped = {"journal.grading_scheme": shipped_scheme_rows()}
    seconds, records, rows = [], 0, 0
    for _ in range(ROUNDS):
        found: list[RowDifference] = []
        begun = time.perf_counter()
        with door.read():
            result = replay_audit(settings.migration_database_url, shipped, found.append)
        seconds.append(time.perf_counter() - begun)
        assert result.agrees, found
        records, rows = result.records, sum(result.rows.values())
    note = f"{records} records, {rows} rows, {rows / median(seconds):.0f} rows/s"
    figures.append(figure("audit_replay.demo", seconds, note))
