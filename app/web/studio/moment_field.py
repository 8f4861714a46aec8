"""Reading of the moment from which a version is to be in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.kernel.clock import UNIVERSITY_ZONE
from app.kernel.errors import Invalid


def read_effective_moment(form: Mapping[str, str]) -> datetime | None:
    """Return the moment of `effective_at` (local time of the university) when `when` is `later`; else None: at once.

    Raises Invalid `effective_at` when it is empty or no moment.
    """
    if form.get("when") != "later":
        return None
    given = form.get("effective_at", "").strip()
    if not given:
        raise Invalid.field("effective_at", "forms.field.required")
    try:
        return datetime.fromisoformat(given).replace(tzinfo=UNIVERSITY_ZONE)
    except ValueError:
        raise Invalid.field("effective_at", "diagrams.proposal.moment") from None
