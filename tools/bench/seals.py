"""The audit with and without the queue of the sealer, the lag of the seal, and the verification of a large export.

Latency is one connection that commits one record at a time; throughput is four at once. Rounds with and without the
trigger follow each other, so that other load on the machine affects both alike.
"""

from __future__ import annotations

import tempfile
import threading
import time
from argparse import Namespace
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

from app.sealer import export, reports, run, seal
from app.sealer.settings import SealerSettings
from app.sealer.standalone import depter_verify
from tools.bench.table import Figure, figure
from tools.bench.world import Database

INSERT = (
    "INSERT INTO audit.record (format, event_type, object_kind, object_id, body)"
    " VALUES (1, 'bench.thing.done', 'bench.thing', gen_random_uuid(), %s)"
)
FILL = INSERT.replace("VALUES (1,", "SELECT 1,").replace("%s)", "%s FROM generate_series(1, %s)")
BODY = "{" + '"x":"' + "y" * 740 + '"}'
CLIENTS, ROUNDS_OF_THROUGHPUT, SECONDS_OF_THROUGHPUT = 4, 5, 2.0
RATE, LAG_SECONDS, MAX_LAG = 500, 20.0, 5.0


def measure(figures: list[Figure], database: Database, records: int, rounds: int) -> None:
    """Every figure of the seals, in the order of the table."""
    with tempfile.TemporaryDirectory() as folder, database.connect(autocommit=True) as owner:
        settings = SealerSettings(
            database.url("depter_sealer").replace("+psycopg", ""),
            Path(folder, "sealer"),
            "bench/audit",
            seconds=2.0,
        )
        _measure_latency(figures, database, owner, rounds)
        _measure_throughput(figures, database, owner)
        # Verified later with the rest: what was written past the queue would be found.
        owner.execute("INSERT INTO audit.unsealed SELECT id FROM audit.record ON CONFLICT DO NOTHING")
        _measure_lag(figures, database, settings, LAG_SECONDS if records > 100_000 else 4.0)
        _measure_large_log(figures, database, owner, settings, Path(folder), records)


def _set_queue(owner: Any, on: bool) -> None:
    verb = "ENABLE ALWAYS" if on else "DISABLE"
    owner.execute(f"ALTER TABLE audit.record {verb} TRIGGER audit_record_queue")


def _measure_latency(figures: list[Figure], database: Database, owner: Any, rounds: int) -> None:
    """One record, one commit, one connection."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    with database.connect("depter_app", autocommit=True) as application:
        for number in range(max(2 * rounds // 50, 4)):
            _set_queue(owner, number % 2 == 0)
            for _ in range(50):
                seconds[number % 2 == 0].append(_seconds_of(lambda: application.execute(INSERT, (BODY,))))
    _set_queue(owner, True)
    plain, queued = figure("audit.commit.plain", seconds[False]), figure("audit.commit.queued", seconds[True])
    ratio = median(seconds[True]) / median(seconds[False])
    figures += [plain, queued]
    print(f"audit.commit: {ratio:.2f} times the latency without the queue")


def _measure_throughput(figures: list[Figure], database: Database, owner: Any) -> None:
    """Commits a second of several connections at once."""
    counts: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * ROUNDS_OF_THROUGHPUT):
        _set_queue(owner, number % 2 == 0)
        with ThreadPoolExecutor(CLIENTS) as pool:
            made = list(pool.map(lambda _: _commit_for_a_while(database), range(CLIENTS)))
        counts[number % 2 == 0].append(sum(made) / SECONDS_OF_THROUGHPUT)
    _set_queue(owner, True)
    with_queue, without = median(counts[True]), median(counts[False])
    figures.append(figure("audit.throughput.plain_s_a_commit", [1 / without]))
    figures.append(figure("audit.throughput.queued_s_a_commit", [1 / with_queue]))
    print(
        f"audit.throughput: {with_queue:.0f}/s with the queue, {without:.0f}/s without: {with_queue / without:.2f}"
    )


def _commit_for_a_while(database: Database) -> int:
    count, end = 0, time.perf_counter() + SECONDS_OF_THROUGHPUT
    with database.connect("depter_app", autocommit=True) as application:
        while time.perf_counter() < end:
            application.execute(INSERT, (BODY,))
            count += 1
    return count


def _measure_lag(figures: list[Figure], database: Database, settings: SealerSettings, seconds: float) -> None:
    """At 500 records a second: how long after its commit a record is under a signed checkpoint."""
    stopping = threading.Event()
    sealer = threading.Thread(target=run.run_until_stopped, args=(settings, stopping.is_set))
    with (
        database.connect("depter_app", autocommit=True) as application,
        database.connect(autocommit=True) as owner,
    ):
        sealer.start()
        while not owner.execute("SELECT count(*) FROM sealer.checkpoint").fetchone()[0]:
            time.sleep(0.1)
        begun, sent = time.perf_counter(), 0
        while (passed := time.perf_counter() - begun) < seconds:
            while sent < passed * RATE:
                application.execute(FILL, (BODY, 25))
                sent += 25
            time.sleep(0.01)
        while owner.execute("SELECT count(*) FROM audit.unsealed").fetchone()[0]:
            time.sleep(0.1)
        stopping.set()
        sealer.join()
        rows = owner.execute(
            "SELECT extract(epoch FROM c.sealed_until - r.recorded_at)::float8 FROM (SELECT id, recorded_at FROM"
            " audit.record ORDER BY id DESC LIMIT %s) AS r JOIN sealer.leaf AS l ON l.record_id = r.id, LATERAL"
            " (SELECT sealed_until FROM sealer.checkpoint WHERE size > l.leaf_index ORDER BY size LIMIT 1) AS c",
            (sent,),
        ).fetchall()
    lags = [row[0] for row in rows]
    assert len(lags) == sent and max(lags) < MAX_LAG, max(lags)
    figures.append(figure(f"seal.lag.{RATE}_a_second", lags))
    print(f"seal.lag: {sent} records in {seconds:.0f} s, the last one sealed after {max(lags):.2f} s")


def _measure_large_log(
    figures: list[Figure],
    database: Database,
    owner: Any,
    settings: SealerSettings,
    folder: Path,
    records: int,
) -> None:
    """Seal, export and verify so many records."""
    for _ in range(records // 10_000):
        owner.execute(FILL, (BODY, 10_000))
    with reports.open_sealer_connection(settings) as connection:
        sealer = seal.Sealer(connection, settings)
        sealer.begin()
        sealed = _seconds_of(sealer.seal_round)
    figures.append(figure(f"seal.round_{records}", [sealed]))
    kept = folder / "kept.txt"
    kept.write_text(sealer.last_checkpoint.note if sealer.last_checkpoint else "")
    written = _seconds_of(lambda: export.export_audit(database.url("depter_app"), folder / "export"))
    figures.append(figure(f"audit.export_{records}", [written]))
    report = depter_verify.Report("en")
    options = Namespace(kept=[str(kept)], key=[], witness="")
    verified = _seconds_of(lambda: depter_verify.verify_export(folder / "export", options, report))
    assert not report.bad and not report.attention, report.bad[:3] + report.attention[:3]
    figures.append(figure(f"audit.verify_{records}", [verified]))


def _seconds_of(deed: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    deed()
    return time.perf_counter() - begun
