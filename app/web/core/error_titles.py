"""Headings of error pages, by HTTP status."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_
from app.texts.translate import gettext as _

ERROR_TITLES_BY_STATUS: Mapping[int, str] = {
    400: N_("This could not be read"),
    401: N_("Please sign in"),
    403: N_("This is not for your role"),
    404: N_("Not found"),
    405: N_("This could not be read"),
    409: N_("This is not possible now"),
    413: N_("Too large"),
    415: N_("This could not be read"),
    422: N_("Some fields need another look"),
    429: N_("Please wait a moment"),
    500: N_("Something went wrong"),
    503: N_("Not available at the moment"),
}


def error_page_heading(status: int) -> str:
    """Return the heading of an error page; the one of 400 for an unknown status."""
    return _(ERROR_TITLES_BY_STATUS.get(status, ERROR_TITLES_BY_STATUS[400]))
