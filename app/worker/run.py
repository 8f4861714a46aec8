"""`depter worker`: an rq worker in the main thread and the clock in a thread, with one application.

Its supervisor (`make run`, systemd, a container) restarts it. Any number may run, on several machines.
"""

from __future__ import annotations

import time

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from rq.worker.base import StopRequested

from app.kernel.settings import Settings
from app.worker import due_work
from app.worker.clock import WakeupClock
from app.worker.wakeup import QUEUE_NAME

log = structlog.get_logger(__name__)


class Worker(SimpleWorker):
    """An rq worker that runs jobs in its own process and application; reconnects to Redis within seconds."""

    max_connection_wait_time = 2.0


def run_until_stopped(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Without Redis, also at the start, the clock works alone."""
    from app import create_app

    app = create_app(settings)
    due_work.install_application(app)
    WakeupClock(app).start()
    redis = Redis.from_url(settings.redis_url, socket_connect_timeout=2.0)
    while True:
        try:
            queue = Queue(QUEUE_NAME, connection=redis, serializer=JSONSerializer)
            worker = Worker([queue], connection=redis, serializer=JSONSerializer)
            worker.work(logging_level="WARNING")
            return
        except RedisError as problem:
            log.warning("worker.without_redis", error=str(problem))
        except StopRequested:
            return
        time.sleep(1.0)
