"""Read the year in which a school year ends. Pure."""

from __future__ import annotations

import re
from datetime import date

_LAST_MONTH = 9
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


def academic_year_text(text: str) -> str:
    """Return a school year as people write it: "2026/27" for "2027", the year of its end in OneRoster; other texts as
    they are."""
    if not re.fullmatch(r"\d{4}", text):
        return text
    return f"{int(text) - 1}/{text[2:]}"


def school_year_of_last_day(last: date) -> int:
    """Return the year in which the school year of a semester ends: that of its last day, or the next year after an
    autumn that ends before New Year."""
    return last.year + (last.month > _LAST_MONTH)
