"""Reading of the moment from which a version is to be in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.kernel.typed_values import read_moment_field


def read_effective_moment(form: Mapping[str, str]) -> datetime | None:
    """Return the moment of `effective_at` (local time of the university) when `when` is `later`; else None: at once.

    Raises Invalid `effective_at` when it is empty or no moment.
    """
    if form.get("when") != "later":
        return None
    return read_moment_field("effective_at", form.get("effective_at"))
