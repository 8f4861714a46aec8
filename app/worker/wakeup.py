"""The wake-up: one rq job that says "look". It carries nothing, so losing it or repeating it is harmless."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import cache
from threading import Event, Thread

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
JOB = "app.worker.due_work.wake"
JOB_SECONDS = 300
SILENCE = 5.0
"""Seconds without another try after Redis did not answer."""


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


class Ringer:
    """Rings from a thread of its own, so that nobody's page waits for Redis; many commits ring once.

    The thread is started by the first ring of each process: a server may fork after the application is made.
    """

    def __init__(self, bell: Doorbell) -> None:
        self._bell = bell
        self._asked = Event()
        self._process = 0

    def __call__(self) -> None:
        """Ask for a ring, without waiting for it."""
        if self._process != os.getpid():
            self._process = os.getpid()
            Thread(target=self._work, name="doorbell", daemon=True).start()
        self._asked.set()

    def _work(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            try:
                self._bell.ring()
            except RedisError as problem:
                log.warning("wake_up.failed", error=str(problem))
                time.sleep(SILENCE)


def waker(settings: Settings) -> Callable[[Act], None]:
    """What `create_app` puts into `door.after_commit`: a person's act rings; the system's own acts need not,
    for whoever performs them looks again by himself. A Redis that is down is logged, never raised."""
    ring = Ringer(doorbell(settings.redis_url))

    def wake_up(act: Act) -> None:
        if act.person is not None:
            ring()

    return wake_up
