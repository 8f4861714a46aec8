"""Read the year in which a school year ends. Pure."""

from __future__ import annotations

import re

_YEARS_PATTERN = re.compile(r"(\d{4})(?:\D+(\d{4}|\d{2}))?")


def school_year_end(text: str) -> int | None:
    """Return the year in which a school year ends, as OneRoster names it: 2027 for "2027", "2026/27" and
    "2026-2027"; None for other texts."""
    found = _YEARS_PATTERN.fullmatch(text.strip())
    if found is None:
        return None
    first, last = found.group(1), found.group(2)
    if not last:
        return int(first)
    end = int(f"{first[: 4 - len(last)]}{last}")
    return end if end >= int(first) else end + 100
