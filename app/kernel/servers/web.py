"""Web server: gunicorn manages the processes, `buffered` their connections."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gunicorn.app.base import BaseApplication

from app.kernel.servers.buffered import BufferedWorker
from app.kernel.servers.parent_watch import request_signal_on_parent_death


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Options of the server: `bind` is `host:port` or `fd://3`.

    `patience` is the time in seconds that running requests get at the end.
    """

    bind: str
    workers: int = 2
    threads: int = 8
    patience: int = 30
    after_fork: Callable[[], None] = lambda: None


class _Gunicorn(BaseApplication):  # type: ignore[misc]
    def __init__(self, application: Callable[..., Any], serving: ServerOptions) -> None:
        self.application = application
        self.serving = serving
        super().__init__()

    def load_config(self) -> None:
        def post_fork(arbiter: Any, worker: Any) -> None:
            request_signal_on_parent_death(signal.SIGKILL)
            self.serving.after_fork()

        for name, value in {
            "bind": self.serving.bind,
            "workers": self.serving.workers,
            "threads": self.serving.threads,
            "worker_class": BufferedWorker,
            "graceful_timeout": self.serving.patience,
            "max_requests": 20_000,
            "max_requests_jitter": 2_000,
            "control_socket_disable": True,
            "preload_app": True,
            "post_fork": post_fork,
            "proc_name": "depter-web",
            "loglevel": "warning",
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        return self.application


def serve_application(application: Callable[..., Any], serving: ServerOptions) -> None:
    """Serve until SIGTERM. The application is loaded once and shared by the worker processes."""
    _Gunicorn(application, serving).run()
