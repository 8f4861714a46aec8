"""Addresses given by a browser: only paths of ours are followed."""

from __future__ import annotations

from urllib.parse import urlsplit


def own_path(target: str | None) -> str:
    """The target when it is a path here, else the start page."""
    parts = urlsplit(target or "/")
    foreign = parts.scheme or parts.netloc or not parts.path.startswith("/")
    if foreign or (target or "").startswith(("//", "/\\")):
        return "/"
    return target or "/"
