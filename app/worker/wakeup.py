"""Wake-ups of the worker: one rq job without content, so losing or repeating it is harmless."""

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

QUEUE_NAME = "depter"
PENDING_KEY = "depter:wake-up"
"""Redis key that is set while a wake-up is on its way, so that there is never a second one behind it."""
PENDING_WAKEUP_EXPIRES_SECONDS = 5
"""Seconds after which a wake-up that did not arrive counts as lost."""
WAKEUP_JOB_PATH = "app.worker.due_work.wake"
WAKEUP_JOB_TIMEOUT_SECONDS = 900
"""Seconds after which a wake-up counts as hung; a roster of 200,000 rows takes half a minute or more."""
REDIS_RETRY_SECONDS = 5.0
"""Seconds until the next try when Redis did not answer."""


class WakeupQueue:
    """The queue of wake-ups in Redis."""

    def __init__(self, redis_url: str) -> None:
        self.redis = Redis.from_url(redis_url, socket_timeout=1.0, socket_connect_timeout=0.5)
        self._queue = Queue(QUEUE_NAME, connection=self.redis, serializer=JSONSerializer)

    def send_wakeup(self) -> bool:
        """Queue one wake-up; return False when one is on its way. Raises RedisError."""
        with self.redis.pipeline(transaction=False) as pipe:
            pipe.set(PENDING_KEY, 1, nx=True, ex=PENDING_WAKEUP_EXPIRES_SECONDS)
            pipe.llen(self._queue.key)
            free, length = pipe.execute()
        # A job that still waits in the queue will do the work of this one too.
        if not free or length:
            return False
        self._queue.enqueue(
            WAKEUP_JOB_PATH, job_timeout=WAKEUP_JOB_TIMEOUT_SECONDS, result_ttl=0, failure_ttl=3600, ttl=60
        )
        return True

    def clear_pending_wakeup(self) -> None:
        """Clear the key of a pending wake-up; called before the work, so that later commits send the next."""
        try:
            self.redis.delete(PENDING_KEY)
        except RedisError as problem:
            log.warning("wake_up.not_answered", error=str(problem))


cached_wakeup_queue = cache(WakeupQueue)
"""Returns the queue of this process for a Redis address."""


class WakeupThread:
    """Sends wake-ups from its own thread, so that no request waits for Redis; many commits send one."""

    def __init__(self, queue: WakeupQueue) -> None:
        self._queue = queue
        self._requested = Event()
        self._process = 0

    def __call__(self) -> None:
        """Request a wake-up without waiting for it."""
        # A server may fork after the application is made, and threads do not survive a fork.
        if self._process != os.getpid():
            self._process = os.getpid()
            Thread(target=self._send_requested_wakeups, name="doorbell", daemon=True).start()
        self._requested.set()

    def _send_requested_wakeups(self) -> None:
        """Wait for requests and send them; log errors of Redis."""
        while True:
            self._requested.wait()
            self._requested.clear()
            try:
                self._queue.send_wakeup()
            except RedisError as problem:
                log.warning("wake_up.failed", error=str(problem))
                time.sleep(REDIS_RETRY_SECONDS)


def wakeup_hook(settings: Settings) -> Callable[[Act], None]:
    """Return the hook for `door.after_commit_hooks`: the act of a person sends a wake-up.

    Acts of the system send none, because the worker that performs them looks again itself. Errors of Redis
    are logged, never raised.
    """
    request_wakeup = WakeupThread(cached_wakeup_queue(settings.redis_url))

    def wake_up(act: Act) -> None:
        """Request a wake-up after the act of a person."""
        if act.person is not None:
            request_wakeup()

    return wake_up
