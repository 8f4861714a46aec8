"""Headings of error pages, by HTTP status."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import gettext as _
from app.texts.translate import mark

TITLES: Mapping[int, str] = {
    400: mark("This could not be read"),
    401: mark("Please sign in"),
    403: mark("This is not for your role"),
    404: mark("Not found"),
    405: mark("This could not be read"),
    409: mark("This is not possible now"),
    413: mark("Too large"),
    415: mark("This could not be read"),
    422: mark("Some fields need another look"),
    429: mark("Please wait a moment"),
    500: mark("Something went wrong"),
}


def title_of(status: int) -> str:
    """Return the heading of an error page; the one of 400 for an unknown status."""
    return _(TITLES.get(status, TITLES[400]))
