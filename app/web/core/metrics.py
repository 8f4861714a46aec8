"""Numbers for a monitoring system: requests of all web processes, and what waits in the database.

Requests are counted by prometheus-client. `depter web` has several processes: it gives them one folder
(PROMETHEUS_MULTIPROC_DIR) before this module is imported, so that any of them answers for all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.kernel.readiness import open_short_connection
from app.notices.commands.notify import DIGEST_DUE_EVENT, LETTER_DUE_EVENT

SHARED_FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
"""The folder that prometheus-client chose at its import; None: the counts are those of this process."""
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REQUEST_COUNT = Counter(
    "depter_requests", "Answered requests.", ("group", "method", "status"), registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "depter_request_seconds",
    "Seconds until a response began.",
    ("group", "method"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
_LETTER_EVENTS = [LETTER_DUE_EVENT, DIGEST_DUE_EVENT]
_WAITING_WORK_STATEMENT = """
SELECT coalesce((SELECT extract(epoch FROM clock_timestamp() - min(not_before)) FROM outbox.message
                 WHERE done_at IS NULL AND dead_at IS NULL AND not_before <= clock_timestamp()), 0)::float,
       (SELECT count(*) FROM cases.timer WHERE due_at < clock_timestamp() - interval '1 minute'),
       (SELECT count(*) FROM outbox.message
        WHERE done_at IS NULL AND dead_at IS NULL AND event_type = ANY(%(letters)s)
              AND not_before <= clock_timestamp()),
       (SELECT count(*) FROM outbox.message
        WHERE dead_at IS NOT NULL AND done_at IS NULL AND event_type = ANY(%(letters)s)),
       (SELECT count(*) FROM outbox.message WHERE dead_at IS NOT NULL AND done_at IS NULL)
"""
_WAITING_WORK_NAMES = (
    ("depter_outbox_age_seconds", "Age of the oldest event that is due and not delivered."),
    ("depter_timers_overdue", "Timers of cases that should have fired more than a minute ago."),
    ("depter_letters_waiting", "Letters that are due and not sent."),
    ("depter_letters_failed", "Letters given up after eight attempts."),
    ("depter_messages_dead", "Events given up after eight attempts, letters among them."),
)


def count_request(group: str, method: str, status: str, seconds: float) -> None:
    """Count one answered request. `group` is the blueprint, `status` the three digits."""
    known = method if method in KNOWN_METHODS else "other"
    REQUEST_COUNT.labels(group, known, status).inc()
    REQUEST_SECONDS.labels(group, known).observe(seconds)


def metrics_text(database_url: str) -> bytes:
    """Return the metrics in the text format of Prometheus; one connection and one statement."""
    registry = CollectorRegistry()
    if SHARED_FOLDER:
        MultiProcessCollector(registry, SHARED_FOLDER)  # type: ignore[no-untyped-call]
        requests = generate_latest(registry)
    else:
        requests = generate_latest(REGISTRY)
    waiting = CollectorRegistry()
    waiting.register(_WaitingWorkCollector(database_url))
    return requests + generate_latest(waiting)


class _WaitingWorkCollector(Collector):
    """Reads what waits in the database; without the database only `depter_database_up 0`."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url

    def collect(self) -> Iterator[Any]:
        """Yield the gauges."""
        values: Any = None
        try:
            with open_short_connection(self._database_url) as connection:
                values = connection.execute(_WAITING_WORK_STATEMENT, {"letters": _LETTER_EVENTS}).fetchone()
        except psycopg.Error:
            values = None
        yield GaugeMetricFamily("depter_database_up", "Whether the database answers.", 1 if values else 0)
        for (name, help_text), value in zip(_WAITING_WORK_NAMES, values or (), strict=False):
            yield GaugeMetricFamily(name, help_text, value)
