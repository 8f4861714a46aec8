"""Static files under an address that names their content: a browser keeps them for ever and asks for none twice.

The version is a SHA-256 over every file of `app/web/static`, so relative imports of scripts and styles keep it. A page
that was open during an upgrade still asks for files of the version before: it gets the present ones, not to be kept.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, send_from_directory

FOLDER = Path(__file__).parents[1] / "static"
KEEP = "public, max-age=31536000, immutable"
ASK = "no-cache"


@cache
def version(folder: Path = FOLDER) -> str:
    """Return 16 hexadecimal digits that change with any file of the folder; read once a process."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def install(app: Flask) -> None:
    """Register the endpoint `static`; `url_for` adds the version."""

    @app.url_defaults
    def name_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("version", version())

    app.add_url_rule("/static/<version>/<path:filename>", "static", _serve)


def _serve(version: str, filename: str) -> Response:
    return send_from_directory(FOLDER, filename)


def caching() -> str:
    """Return the Cache-Control of the static file that the present request asks for."""
    return KEEP if (request.view_args or {}).get("version") == version() else ASK
