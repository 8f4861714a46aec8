"""Redirect targets sent by a browser: only paths of this application are accepted."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_SAFE_PATH_PATTERN = re.compile(r"[^\\\x00-\x20\x7f]*")
"""Browsers read a backslash as a slash and drop control characters: a path may contain neither."""


def own_path_or_root(target: str | None) -> str:
    """Return the target when it is a path of this application, else "/"."""
    parts = urlsplit(target or "/")
    foreign = parts.scheme or parts.netloc or not parts.path.startswith("/")
    if foreign or (target or "").startswith("//") or not _SAFE_PATH_PATTERN.fullmatch(target or "/"):
        return "/"
    return target or "/"
