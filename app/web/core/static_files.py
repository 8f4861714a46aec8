"""Static files under a versioned address, so that browsers cache them without limit.

The version is a SHA-256 over every file of `app/web/static`, so relative imports of scripts and styles keep
it. A page opened before an upgrade still requests the former version: it gets the present files, uncached.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, send_from_directory

STATIC_FOLDER = Path(__file__).parents[1] / "static"
CACHE_FOREVER = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"


@cache
def static_files_version(folder: Path = STATIC_FOLDER) -> str:
    """Return 16 hexadecimal digits that change with any file of the folder; computed once a process."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def register_static_endpoint(app: Flask) -> None:
    """Register the endpoint `static`; `url_for` adds the version."""

    @app.url_defaults
    def add_static_files_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("version", static_files_version())

    app.add_url_rule("/static/<version>/<path:filename>", "static", _serve_static_file)


def _serve_static_file(version: str, filename: str) -> Response:
    return send_from_directory(STATIC_FOLDER, filename)


def static_cache_control() -> str:
    """Return the Cache-Control of the static file of the current request."""
    return CACHE_FOREVER if (request.view_args or {}).get("version") == static_files_version() else REVALIDATE
