"""The wake-up: one rq job that says "look". It carries nothing, so losing it or repeating it is harmless."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from app.kernel.act import Act
from app.kernel.settings import Settings

log = structlog.get_logger(__name__)

QUEUE = "depter"
QUEUED = "depter:wake-up"
"""Set while a wake-up is on its way, so that there is never a second one behind it."""
LOST_AFTER = 5
"""Seconds after which a wake-up that did not arrive counts as lost."""
JOB = "app.worker.jobs.wake"
JOB_SECONDS = 300
SILENCE = 5.0
"""Seconds without another try after Redis did not answer: nobody's page waits for it twice."""


class Doorbell:
    """Rings for the worker through Redis."""

    def __init__(self, redis_url: str) -> None:
        self.redis = Redis.from_url(redis_url, socket_timeout=1.0, socket_connect_timeout=0.5)
        self._queue = Queue(QUEUE, connection=self.redis, serializer=JSONSerializer)

    def ring(self) -> bool:
        """Queue one wake-up; False when one is on its way already. Raises RedisError."""
        with self.redis.pipeline(transaction=False) as asked:
            asked.set(QUEUED, 1, nx=True, ex=LOST_AFTER)
            asked.llen(self._queue.key)
            free, length = asked.execute()
        if not free or length:
            return False
        self._queue.enqueue(JOB, job_timeout=JOB_SECONDS, result_ttl=0, failure_ttl=3600, ttl=60)
        return True

    def answered(self) -> None:
        """Called before looking: whatever is committed from now on may ring again."""
        try:
            self.redis.delete(QUEUED)
        except RedisError as problem:
            log.warning("wake_up.not_answered", error=str(problem))


doorbell = cache(Doorbell)
"""The doorbell of this process for a Redis address."""


def waker(settings: Settings) -> Callable[[Act], None]:
    """What `create_app` puts into `door.after_commit`: a person's act rings; the system's own acts need not,
    for whoever performs them looks again by himself. A Redis that is down is logged, never raised."""
    bell = doorbell(settings.redis_url)
    silent_until = 0.0

    def wake_up(act: Act) -> None:
        nonlocal silent_until
        if act.person is None or time.monotonic() < silent_until:
            return
        try:
            bell.ring()
        except RedisError as problem:
            silent_until = time.monotonic() + SILENCE
            log.warning("wake_up.failed", error=str(problem))

    return wake_up
