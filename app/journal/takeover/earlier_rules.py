"""Rules of results of earlier semesters that an act brings: years, limits, what is known already. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

MAX_POINTS, MAX_CREDITS, MAX_SEMESTER = 100, 60, 14
MAX_GRADE_LENGTH, MAX_CODE_LENGTH, MAX_COURSE_LENGTH = 30, 40, 200
FIRST_MONTH_OF_YEAR = 9
"""An academic year begins in September."""
_YEAR = re.compile(r"((?:19|20)\d\d)\s*[/–-]\s*((?:19|20)?\d\d)")


@dataclass(frozen=True, slots=True)
class EarlierResultValue:
    """What a result of an earlier semester says: credits, points of 100 and a grade in words or letters."""

    credits: Decimal | None
    points: Decimal | None
    grade: str


def read_academic_year(text: str) -> str | None:
    """Return an academic year as 2024/25, from 2024/2025, 2024-25 or 2024/25; None for anything else."""
    found = _YEAR.fullmatch(text.strip())
    if found is None:
        return None
    first, second = int(found[1]), int(found[2][-2:])
    return f"{first}/{second:02d}" if (first + 1) % 100 == second else None


def has_year_begun(academic_year: str, today: date) -> bool:
    """Return whether an academic year (2024/25) has begun on a day."""
    return date(int(academic_year[:4]), FIRST_MONTH_OF_YEAR, 1) <= today


def problem_of_earlier_value(value: EarlierResultValue) -> tuple[str, str] | None:
    """Return column and code of what is wrong with a result, None when it has points or a grade in their limits."""
    if value.points is None and not value.grade:
        return "points", "no_value"
    if value.points is not None and not 0 <= value.points <= MAX_POINTS:
        return "points", "points_over_hundred"
    if value.credits is not None and not 0 < value.credits <= MAX_CREDITS:
        return "credits", "no_credits"
    return ("grade", "grade_too_long") if len(value.grade) > MAX_GRADE_LENGTH else None
