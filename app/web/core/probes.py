"""`/healthz`, `/readyz` and `/metrics`: answered before Flask, without session, cookie, throttle or database pool."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterable
from functools import cached_property
from ipaddress import ip_address
from typing import Any

from flask import Flask, request

from app.kernel.readiness import list_failing_parts, newest_schema_version
from app.kernel.settings import Settings
from app.web.core.metrics import count_request, metrics_text

GROUP_KEY = "depter.endpoint_group"
"""Key in the WSGI environment under which Flask notes the blueprint of a request."""
READINESS_SECONDS = 1.0
"""How long an answer about readiness is repeated."""
FORWARDED_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
Answer = tuple[str, str, bytes]
"""Status line, media type and body."""


class ProbesAndRequestCount:
    """WSGI middleware: answers the probes, and counts every other request with its duration."""

    def __init__(self, wsgi_app: Callable[..., Iterable[bytes]], settings: Settings) -> None:
        self._wsgi_app = wsgi_app
        self._settings = settings
        self._checked_at, self._failing_names = float("-inf"), [""]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        answer = {"/healthz": self._health, "/readyz": self._readiness, "/metrics": self._metrics}.get(
            environ.get("PATH_INFO", "")
        )
        if answer is None:
            return self._count_and_pass_on(environ, start_response)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            status, media_type, body = "405 Method Not Allowed", "text/plain; charset=utf-8", b"GET only\n"
        else:
            status, media_type, body = answer(environ)
        headers = [
            ("Content-Type", media_type),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        start_response(status, headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _count_and_pass_on(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        began = time.perf_counter()

        def start_and_count(status: str, headers: Any, error: Any = None) -> Any:
            group = environ.get(GROUP_KEY, "none")
            count_request(group, environ["REQUEST_METHOD"], status[:3], time.perf_counter() - began)
            return start_response(status, headers, error) if error else start_response(status, headers)

        return self._wsgi_app(environ, start_and_count)

    def _health(self, environ: dict[str, Any]) -> Answer:
        """Answer that the process is alive; asks nothing else."""
        return "200 OK", "text/plain; charset=utf-8", b"ok\n"

    @cached_property
    def _schema_version(self) -> str:
        return newest_schema_version()

    def _readiness(self, environ: dict[str, Any]) -> Answer:
        """Answer whether requests can be served: the names of failing parts, one a line, with 503."""
        # Anybody may ask, so that the servers behind are asked once a second at most.
        if time.monotonic() - self._checked_at > READINESS_SECONDS:
            parts = list_failing_parts(self._settings, self._schema_version)
            self._checked_at, self._failing_names = time.monotonic(), [part.name for part in parts]
        names = self._failing_names
        status = "503 Service Unavailable" if names else "200 OK"
        return status, "text/plain; charset=utf-8", ("\n".join(names or ["ok"]) + "\n").encode()

    def _metrics(self, environ: dict[str, Any]) -> Answer:
        """Answer the metrics to this machine or to the holder of the token, 403 to others."""
        if not _may_read_metrics(environ, self._settings.metrics_token):
            text = b"The metrics are open to this machine and to the holder of METRICS_TOKEN.\n"
            return "403 Forbidden", "text/plain; charset=utf-8", text
        return (
            "200 OK",
            "text/plain; version=0.0.4; charset=utf-8",
            metrics_text(self._settings.database_url),
        )


def _may_read_metrics(environ: dict[str, Any], token: str) -> bool:
    """Return whether the request has the token, or comes from this machine and from no proxy on it."""
    given = environ.get("HTTP_AUTHORIZATION", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    if any(environ.get(name) for name in FORWARDED_HEADERS):
        return False
    try:
        return ip_address(environ.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def install_probes_and_request_count(app: Flask, settings: Settings) -> None:
    """Put the middleware before the application, and note the blueprint of each request for it."""

    @app.url_value_preprocessor
    def note_endpoint_group(endpoint: str | None, _values: dict[str, Any] | None) -> None:
        request.environ[GROUP_KEY] = "static" if endpoint == "static" else request.blueprint or "none"

    app.wsgi_app = ProbesAndRequestCount(app.wsgi_app, settings)  # type: ignore[method-assign]
