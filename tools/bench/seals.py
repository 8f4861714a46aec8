"""What the audit costs a transaction, the lag of the seal, and the verification of a large export.

The transaction appends one entry to the history of a case: without the audit, with its record, and with its record and
the queue of the sealer. Latency is one connection that commits one at a time; throughput is four at once. Rounds of the
three follow each other, so that other load on the machine affects them alike. The table of records holds a hundred
thousand before, so that its indexes have pages to look up.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from app.sealer import export, reports, run, seal
from app.sealer.settings import SealerSettings
from app.sealer.standalone import depter_verify
from tools.bench.table import Figure, figure
from tools.bench.world import Database

INSERT = (
    "INSERT INTO audit.record (format, event_type, object_kind, object_id, body, at, person, subject, clause,"
    " offering_id) VALUES (1, 'bench.thing.done', 'bench.thing', gen_random_uuid(), %s, now(),"
    " md5('t' || floor(random() * 500))::uuid, md5('s' || floor(random() * 6000))::uuid, '4.3.1',"
    " md5('o' || floor(random() * 2000))::uuid)"
)
FILL = INSERT.replace("VALUES (1,", "SELECT 1,")[:-1] + " FROM generate_series(1, %s)"
BODY = "{" + '"x":"' + "y" * 740 + '"}'
CHANGE = (
    "INSERT INTO cases.history (case_id, at, kind, person, iteration, answers, opened)"
    " VALUES (gen_random_uuid(), now(), 'bench', md5('t' || floor(random() * 500))::uuid, 1, '{}', '[]')"
)
NONE, PLAIN, QUEUED = "none", "plain", "queued"
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
        owner.execute(FILL, (BODY, min(100_000, records)))
        owner.execute("VACUUM ANALYZE audit.record")
        measure_cost(figures, database, owner, rounds)
        # Verified later with the rest: what was written past the queue would be found.
        owner.execute("INSERT INTO audit.unsealed SELECT id FROM audit.record ON CONFLICT DO NOTHING")
        _measure_lag(figures, database, settings, LAG_SECONDS if records > 100_000 else 4.0)
        _measure_large_log(figures, database, owner, settings, Path(folder), records)


def _set_queue(owner: Any, way: str) -> None:
    verb = "DISABLE" if way == PLAIN else "ENABLE ALWAYS"
    owner.execute(f"ALTER TABLE audit.record {verb} TRIGGER audit_record_queue")


def _change(application: Any, way: str) -> None:
    """One transaction of one or two statements in one round trip each, as psycopg prepares them."""
    with application.transaction():
        application.execute(CHANGE, prepare=True)
        if way != NONE:
            application.execute(INSERT, (BODY,), prepare=True)


def measure_cost(figures: list[Figure], database: Database, owner: Any, rounds: int) -> None:
    """Latency and throughput of the transaction without the audit, with a record, and with the queue."""
    seconds: dict[str, list[float]] = {NONE: [], PLAIN: [], QUEUED: []}
    with database.connect("depter_app", autocommit=True) as application:
        for _ in range(max(rounds // 50, 2)):
            for way, found in seconds.items():
                _set_queue(owner, way)
                found += [_seconds_of(partial(_change, application, way)) for _ in range(50)]
    figures += [figure(f"audit.commit.{way}", found) for way, found in seconds.items()]
    _print_ratios("audit.commit, latency", {way: median(found) for way, found in seconds.items()})
    each: dict[str, list[float]] = {NONE: [], PLAIN: [], QUEUED: []}
    for _ in range(ROUNDS_OF_THROUGHPUT):
        for way, times in each.items():
            _set_queue(owner, way)
            with ThreadPoolExecutor(CLIENTS) as pool:
                made = sum(pool.map(lambda _, way=way: _commit_for_a_while(database, way), range(CLIENTS)))
            times.append(SECONDS_OF_THROUGHPUT / made)
    figures += [figure(f"audit.throughput.{way}_s_a_commit", times) for way, times in each.items()]
    _print_ratios("audit.throughput, seconds a commit", {way: median(times) for way, times in each.items()})
    _set_queue(owner, QUEUED)


def _print_ratios(name: str, medians: dict[str, float]) -> None:
    told = ", ".join(f"{way} {one * 1000:.2f} ms ({one / medians[NONE]:.2f})" for way, one in medians.items())
    print(f"{name}: {told}", flush=True)


def _commit_for_a_while(database: Database, way: str) -> int:
    count, end = 0, time.perf_counter() + SECONDS_OF_THROUGHPUT
    with database.connect("depter_app", autocommit=True) as application:
        while time.perf_counter() < end:
            _change(application, way)
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
    size = sum(one.stat().st_size for one in (folder / "export").iterdir()) / 1e6
    verifier = Path(depter_verify.__file__)
    # In a process of its own, as an auditor runs it.
    command = [sys.executable, str(verifier), str(folder / "export"), "--kept", str(kept), "--lang", "en"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    verified, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert answer.returncode == 0, answer.stdout + answer.stderr
    figures.append(figure(f"audit.verify_{records}", [verified]))
    print(
        f"seal of {records} records {sealed:.1f} s; export {written:.1f} s, {size:.0f} MB;"
        f" verification {verified:.1f} s, {processor:.1f} s of CPU,"
        f" {after.ru_maxrss / 1024:.0f} MB of memory",
        flush=True,
    )


def _seconds_of(deed: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    deed()
    return time.perf_counter() - begun
