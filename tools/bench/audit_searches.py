"""What the auditor's room is asked for in the bench of its lists: single filters and likely pairs."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import md5
from uuid import UUID

YEARS, GROUPS, COURSES, DEPARTMENTS, STUDENTS, TEACHERS = 5, 250, 200, 20, 6000, 500
CLOSED_DEPARTMENT = 99
"""A department that was closed after two years: nothing of the last three is about it."""
CORRECTED, CLOSING = "journal.mark.corrected", "journal.sheet.closed"
Search = Callable[[random.Random], dict[str, str]]


def _id(letter: str, most: int) -> Callable[[random.Random], str]:
    return lambda chance: _made_id(f"{letter}{chance.randrange(most)}")


def _made_id(text: str) -> str:
    return str(UUID(md5(text.encode(), usedforsecurity=False).hexdigest()))


teacher, student, group = _id("t", TEACHERS), _id("s", STUDENTS), _id("g", GROUPS)
course, unit, closed = _id("c", COURSES), _id("u", DEPARTMENTS), _made_id(f"u{CLOSED_DEPARTMENT}")


def _month_before(today: date) -> Search:
    def month(chance: random.Random) -> dict[str, str]:
        first = today - timedelta(days=chance.randrange(30, 365 * YEARS - 30))
        return {"since": first.isoformat(), "until": (first + timedelta(days=30)).isoformat()}

    return month


def searches_of_deeds(today: date, institute: str) -> dict[str, Search]:
    """Return the searches of the list of deeds by name; each makes the filters of a round."""
    month = _month_before(today)
    return {
        "all": lambda _c: {},
        "person": lambda c: {"person": teacher(c)},
        "student": lambda c: {"person": student(c), "part": "about"},
        "group": lambda c: {"group": group(c)},
        "course": lambda c: {"course": course(c)},
        "unit": lambda c: {"unit": unit(c)},
        "institute": lambda _c: {"unit": institute},
        "closed_unit": lambda _c: {"unit": closed},
        "month": month,
        "kind": lambda _c: {"kind": CORRECTED},
        "rare_kind": lambda _c: {"kind": CLOSING},
        "clause": lambda _c: {"clause": "4.4"},
        "late": lambda _c: {"late": "yes"},
        "import": lambda _c: {"source": "import"},
        "deputy": lambda _c: {"deputy": "1"},
        "process": lambda _c: {"process": "late_entry"},
        "outcome": lambda _c: {"outcome": "rejected"},
        "person_month": lambda c: {"person": teacher(c), **month(c)},
        "person_late": lambda c: {"person": teacher(c), "late": "yes"},
        "person_import": lambda c: {"person": teacher(c), "source": "import"},
        "person_deputy": lambda c: {"person": teacher(c), "deputy": "1"},
        "person_kind": lambda c: {"person": teacher(c), "kind": CORRECTED},
        "person_group": lambda c: {"person": teacher(c), "group": group(c)},
        "person_unit": lambda c: {"person": teacher(c), "unit": unit(c)},
        "person_outcome": lambda c: {"person": teacher(c), "outcome": "rejected"},
        "group_month": lambda c: {"group": group(c), **month(c)},
        "group_kind": lambda c: {"group": group(c), "kind": CORRECTED},
        "group_rare_kind": lambda c: {"group": group(c), "kind": CLOSING},
        "group_clause": lambda c: {"group": group(c), "clause": "4.4"},
        "group_late": lambda c: {"group": group(c), "late": "yes"},
        "group_course": lambda c: {"group": group(c), "course": course(c)},
        "course_import": lambda c: {"course": course(c), "source": "import"},
        "unit_month": lambda c: {"unit": unit(c), **month(c)},
        "unit_kind": lambda c: {"unit": unit(c), "kind": CORRECTED},
        "unit_rare_kind": lambda c: {"unit": unit(c), "kind": CLOSING},
        "unit_late": lambda c: {"unit": unit(c), "late": "yes"},
        "closed_unit_late": lambda _c: {"unit": closed, "late": "yes"},
        "unit_outcome": lambda c: {"unit": unit(c), "outcome": "rejected"},
        "unit_deputy": lambda c: {"unit": unit(c), "deputy": "1"},
        "kind_month": lambda c: {"kind": CORRECTED, **month(c)},
        "kind_late": lambda _c: {"kind": CORRECTED, "late": "yes"},
        "clause_outcome": lambda _c: {"clause": "4.4", "outcome": "rejected"},
        "clause_rare_kind": lambda _c: {"clause": "4.4", "kind": CLOSING},
        "late_import": lambda _c: {"late": "yes", "source": "import"},
        "outcome_month": lambda c: {"process": "late_correction", "outcome": "rejected", **month(c)},
        "process_outcome": lambda _c: {"process": "late_entry", "outcome": "rejected"},
        "values": lambda c: {"old": str(c.randrange(101)), "new": str(c.randrange(101))},
        "value": lambda c: {"new": str(c.randrange(101))},
        "value_range": lambda _c: {"old": "<51", "new": ">=51"},
        "value_range_group": lambda c: {"old": "<51", "new": ">=51", "group": group(c)},
        "value_group": lambda c: {"new": str(c.randrange(101)), "group": group(c)},
        "values_unit": lambda c: {"old": "75", "new": "90", "unit": unit(c)},
        "value_range_unit": lambda c: {"old": "<51", "new": ">=51", "unit": unit(c)},
        "value_range_closed_unit": lambda _c: {"old": "<51", "new": ">=51", "unit": closed},
        "value_person": lambda c: {"old": "<51", "new": ">=51", "person": teacher(c)},
        "value_late_unit": lambda c: {"new": ">=90", "late": "yes", "unit": unit(c)},
    }


def searches_of_cases(today: date) -> dict[str, Search]:
    """Return the searches of the list of cases by name; each makes the filters of a round."""
    month = _month_before(today)
    return {
        "every": lambda _c: {},
        "of_person": lambda c: {"person": teacher(c)},
        "about": lambda c: {"person": student(c), "part": "about"},
        "of_unit": lambda c: {"unit": unit(c)},
        "of_group": lambda c: {"group": group(c)},
        "of_course": lambda c: {"course": course(c)},
        "process": lambda _c: {"process": "late_entry"},
        "open": lambda _c: {"state": "open"},
        "outcome": lambda _c: {"outcome": "rejected"},
        "clause": lambda _c: {"clause": "4.4"},
        "rare_clause": lambda _c: {"clause": "7.6"},
        "deputy": lambda _c: {"deputy": "1"},
        "late": lambda _c: {"late": "yes"},
        "in_time": lambda _c: {"late": "no"},
        "late_rejected": lambda _c: {"late": "yes", "outcome": "rejected"},
        "late_unit": lambda c: {"late": "yes", "unit": unit(c)},
        "rejected_person": lambda c: {"outcome": "rejected", "person": teacher(c)},
        "process_outcome": lambda _c: {"process": "late_entry", "outcome": "rejected"},
        "of_unit_month": lambda c: {"unit": unit(c), **month(c)},
        "late_group": lambda c: {"late": "yes", "group": group(c)},
    }
